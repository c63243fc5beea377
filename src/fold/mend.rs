//! Files of series that somebody has removed or changed: their points are read again from the journal.

use std::collections::BTreeSet;

use super::writer::{PIECE, Writer};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::level::Level;
use crate::base::sys::coarse_time;
use crate::journal::lanes::{Merge, Reached, Stop};
use crate::journal::record::Record;
use crate::store::series::SPOOL;

impl Writer {
    /// Looks after the files of series that have `enough` in memory to be written to them.
    pub(super) fn mend(&mut self, enough: usize) {
        let mut broken = BTreeSet::new();
        for (id, series) in self.series.iter().enumerate() {
            if series.as_ref().is_some_and(|series| series.in_memory() > enough && !series.is_intact()) {
                broken.insert(id as u32);
            }
        }
        if broken.is_empty() {
            return;
        }
        let is_read = !self.saves.is_saved && self.read_again(&broken).is_ok();
        for id in broken {
            let Some(series) = &mut self.series[id as usize] else { continue };
            if is_read {
                let text = format!("The file of series {:?} was removed: it is read again", series.name());
                self.log.remark(coarse_time(), Level::Warning, &text);
                continue;
            }
            let lost = series.lose_spool();
            let what = format!("keep {lost} points of series {:?}", series.name());
            self.shared.problem(&what, &Error::new(ErrorKind::Incomplete, "its file was removed"));
        }
    }

    /// Makes these series again of the whole journal, as far as it has been read.
    fn read_again(&mut self, ids: &BTreeSet<u32>) -> Result<()> {
        let reached = self.merge.reached();
        let journal = self.shared.journal.clone();
        let (mut merge, damage) = Merge::of_left(journal.directory(), &journal.parts()?, &Reached::default());
        if let Some(reason) = damage.first() {
            return Err(Error::new(ErrorKind::Incomplete, reason.clone()));
        }
        let mut before = Vec::new();
        for id in ids {
            let series = self.series[*id as usize].take();
            before.extend(series.map(|series| (*id, series)));
        }
        loop {
            let stop = merge.advance(PIECE, |record, at| {
                match record {
                    Record::Point { name, .. } | Record::TextPoint { name, .. }
                        if ids.contains(&name) && reached.is_past(at) =>
                    {
                        self.take(record, at);
                    }
                    _ => {}
                }
                true
            });
            match stop {
                Ok(Stop::Enough) => self.spill_from(SPOOL),
                Ok(_) => break,
                Err(error) => {
                    for (id, before) in before {
                        if let Some(mut half) = self.series[id as usize].replace(before) {
                            half.discard();
                        }
                    }
                    return Err(error);
                }
            }
        }
        for (id, mut before) in before {
            before.discard();
            if let Some(series) = &mut self.series[id as usize] {
                series.describe(before.about().clone());
            }
        }
        Ok(())
    }
}
