//! An array that a solver writes every so many steps.

use std::sync::Arc;

use super::Desk;
use super::Mapping;
use crate::base::array::{DType, Order};
use crate::base::error::Result;
use crate::base::json::Object;
use crate::store::npz::Layout;

/// The name, type, shape and metadata that all snapshots of an array share.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) name: String,
    pub(crate) dtype: DType,
    pub(crate) order: Order,
    pub(crate) shape: Vec<u64>,
    pub(crate) metadata: Object,
    pub(crate) layout: Layout,
}

/// An array of which a solver takes snapshots: each is mapped ready to be computed into, and
/// becomes an artifact of its own.
///
/// The files of the next two are made ahead, or of one where two would take more than 2 GiB.
#[derive(Debug)]
pub struct Snapshots {
    owner: Option<Arc<Desk>>,
    common: Common,
}

impl Snapshots {
    pub(crate) fn new(owner: Option<Arc<Desk>>, common: Common) -> Self {
        if let Some(desk) = &owner {
            desk.declare_ahead(common.layout.size());
        }
        Self { owner, common }
    }

    /// Maps the snapshot of `step`, zeros at first: the artifact `{name}.{step}`, with eight digits
    /// at least. Of two with one step, the one that is sealed later stays.
    ///
    /// If more than 1 GiB waits to be sealed, and more than two arrays, this waits for that, at most
    /// 250 ms.
    ///
    /// # Errors
    /// When the run has ended, or the disk is full.
    pub fn begin(&self, step: i64) -> Result<Mapping> {
        let common = &self.common;
        let Some(desk) = &self.owner else {
            let member = &common.layout.members()[0];
            return Mapping::disabled((member.data_end() - member.data_offset()) as usize);
        };
        let mut metadata = common.metadata.clone();
        metadata.insert("step".to_owned(), step.into());
        metadata.insert("snapshot_of".to_owned(), common.name.as_str().into());
        let (dtype, order) = (common.dtype, common.order);
        desk.map(&name_of(&common.name, step), dtype, order, &common.shape, &common.layout, metadata)
    }
}

impl Drop for Snapshots {
    fn drop(&mut self) {
        if let Some(desk) = &self.owner {
            desk.retract_ahead(self.common.layout.size());
        }
    }
}

/// The name of the artifact of a step: names are in the order of steps, at least where none is
/// negative.
pub(crate) fn name_of(name: &str, step: i64) -> String {
    let sign = if step < 0 { "-" } else { "" };
    format!("{name}.{sign}{:08}", step.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_padded() {
        let names = [0, 12, -5, 123_456_789, i64::MIN].map(|step| name_of("u", step));
        let wanted = ["u.00000000", "u.00000012", "u.-00000005", "u.123456789", "u.-9223372036854775808"];
        assert_eq!(names, wanted);
    }
}
