//! The lock of a run's record, manifest and results, as every writer of them takes it.

use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use super::experiment::Experiment;
use crate::failure::{Failure, Result};

/// How long another process is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it is waited between two attempts.
const PAUSE: Duration = Duration::from_millis(10);

/// The lock, held while this lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a run.
    pub fn take(experiment: &Experiment, run_id: &str) -> Result<Self> {
        let path = experiment.root.join(".locks").join(format!("{run_id}.lock"));
        let failed = |error: std::io::Error| Failure::new(format!("cannot lock {}: {error}", path.display()));
        let above = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(above).map_err(failed)?;
        let begun = Instant::now();
        loop {
            let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
            match file.try_lock() {
                // Somebody who removed the file while we waited has others lock another one.
                Ok(()) if is_at(&file, &path) => return Ok(Self { _file: file }),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            if begun.elapsed() > PATIENCE {
                let text = format!("another process holds the lock {}", path.display());
                return Err(Failure::new(text).advice("try it again when that process has ended"));
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// Returns true if `path` still names the file.
fn is_at(file: &File, path: &std::path::Path) -> bool {
    let number = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    let (ours, theirs) = (file.metadata().map(number), std::fs::metadata(path).map(number));
    matches!((ours, theirs), (Ok(ours), Ok(theirs)) if ours == theirs)
}
