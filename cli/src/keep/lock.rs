//! The lock of a run's record, manifest and results, and that of an experiment's manifests, as every writer of
//! them takes it.

use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
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
        Self::at(experiment.root.join(".locks").join(format!("{run_id}.lock")))
    }

    /// Takes the lock of an experiment's manifests, as runs that begin do.
    pub fn of_manifests(experiment: &Experiment) -> Result<Self> {
        Self::at(experiment.root.join(".locks/manifest"))
    }

    fn at(path: PathBuf) -> Result<Self> {
        let failed = |error: std::io::Error| Failure::new(format!("cannot lock {}: {error}", path.display()));
        let above = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(above).map_err(failed)?;
        let begun = Instant::now();
        loop {
            let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
            // Somebody who removed the file while we waited has others lock another one.
            if try_lock(&file).map_err(failed)? && is_at(&file, &path) {
                return Ok(Self { _file: file });
            }
            if begun.elapsed() > PATIENCE {
                let text = format!("another process holds the lock {}", path.display());
                return Err(Failure::new(text).advice("try it again when that process has ended"));
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// Locks the file. Returns false if somebody else has it. The standard library does it since Rust 1.89.
fn try_lock(file: &File) -> std::io::Result<bool> {
    // SAFETY: a descriptor of ours.
    if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
        return Ok(true);
    }
    match std::io::Error::last_os_error() {
        error if error.kind() == std::io::ErrorKind::WouldBlock => Ok(false),
        error => Err(error),
    }
}

/// Returns true if `path` still names the file.
fn is_at(file: &File, path: &std::path::Path) -> bool {
    let number = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    let (ours, theirs) = (file.metadata().map(number), std::fs::metadata(path).map(number));
    matches!((ours, theirs), (Ok(ours), Ok(theirs)) if ours == theirs)
}
