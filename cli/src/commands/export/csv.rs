//! A table as CSV: a header line, NaN and the infinities as `nan`, `inf` and `-inf`, nothing where there is no
//! value.

use super::Exported;
use super::columns::{Cell, Layout};
use crate::failure::{Failure, Result};

/// The text.
pub fn text(runs: &[Exported], is_wide: bool) -> Result<Vec<u8>> {
    let layout = Layout::of(runs, is_wide);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Failure::new(format!("cannot write csv: {error}"));
    writer.write_record(layout.columns.iter().map(|(name, _)| name)).map_err(failed)?;
    for one in runs {
        let columns = layout.rows(one);
        for row in 0..columns[0].cells.len() {
            writer.write_record(columns.iter().map(|column| cell(&column.cells[row]))).map_err(failed)?;
        }
    }
    writer.into_inner().map_err(|error| Failure::new(format!("cannot write csv: {error}")))
}

fn cell(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Bool(value) => value.to_string(),
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) if value.is_nan() => "nan".to_owned(),
        Cell::Float(value) if value.is_infinite() => if *value > 0.0 { "inf" } else { "-inf" }.to_owned(),
        // The shortest digits that are read back as the same number.
        Cell::Float(value) => format!("{value:?}"),
        Cell::Text(text) => text.to_string(),
    }
}
