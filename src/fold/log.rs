//! The journal's way into the log: a reader of its own, which waits where its file can't be written.
//! Nothing but a piece of text is in memory then; the others go on.

use super::log_file::LogFile;
use super::writer::Writer;
use crate::base::error::{Error, ErrorKind, Result};
use crate::journal::lanes::Stop;
use crate::journal::position::Logged;
use crate::journal::record::Record;
use crate::run::Context;

/// Records that are looked at before the rest of a round is the state's turn.
const PIECE: usize = 64 << 10;

impl Writer {
    /// Takes lines to the log's file, as far as it can be written.
    ///
    /// # Errors
    /// When the journal of a dead process can't be read.
    pub(super) fn follow_log(&mut self) -> Result<()> {
        let (shared, log, logged) = (&self.shared, &mut self.log, self.logged);
        let stop = loop {
            let stop = self.log_merge.advance(PIECE, |record, _| {
                let Record::Log { sequence, time, level, logger, text } = record else { return true };
                if sequence < logged {
                    return true;
                }
                if log.is_due() && !write(shared, log, sequence) {
                    return false;
                }
                let name = if logger == 0 { None } else { shared.journal.name(logger - 1) };
                log.take(sequence, time, level, name.as_deref(), &String::from_utf8_lossy(text));
                true
            })?;
            if stop != Stop::Enough {
                break stop;
            }
        };
        if stop != Stop::Refused {
            self.write_log();
        }
        Ok(())
    }

    /// Writes what waits.
    pub(super) fn write_log(&mut self) {
        write(&self.shared, &mut self.log, self.log_merge.next());
    }

    /// The same when nothing goes on any more: a line whose rest is missing ends.
    pub(super) fn end_log(&mut self) {
        self.log.end_line();
        self.write_log();
    }
}

/// Writes what waits of whole lines, all of which have lower numbers than `next`; false if it can't be.
fn write(shared: &Context, log: &mut LogFile, next: u64) -> bool {
    if !log.is_ready() {
        return true;
    }
    if log.is_gone() {
        make_anew(shared, log);
    }
    let written = log.write();
    let position = shared.journal.position().filter(|_| !log.is_anew());
    if let (Ok(length), Some(position)) = (&written, position) {
        position.set_logged(Logged { length: *length, next });
    }
    let is_written = written.is_ok();
    let path = || shared.store.log_path(&shared.identity.run_id, "run");
    shared.tried("write the log", written.map_err(|error| Error::io("write", &path(), &error)));
    is_written
}

/// Makes the log anew, which somebody removed. The journal stays and has its lines: who takes over what
/// is left of the run writes them all.
fn make_anew(shared: &Context, log: &mut LogFile) {
    log.make_anew();
    let removed = Error::new(ErrorKind::Io, "somebody removed it; the journal has its lines still");
    shared.problem("keep the log", &removed);
    let Some(position) = shared.journal.position() else { return };
    if let Some(start) = position.start() {
        position.set_logged(start);
    }
}
