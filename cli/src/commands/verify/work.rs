//! The threads that read what is on the list.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use metalab::read::{check_entry, check_text};

use super::Account;
use super::finding::Finding;
use super::list::{Item, List};
use crate::keep::progress::Progress;

/// Some wait for the disk while others hash, at least.
const LEAST: usize = 4;

/// Reads all that is on the list, and returns what was found.
pub fn done(list: List) -> Account {
    let List { runs, small, items, findings } = list;
    let progress = Progress::bytes(items.iter().map(|(_, size)| size).sum(), "verify");
    let (next, bytes, found) = (AtomicUsize::new(0), AtomicU64::new(0), Mutex::new(findings));
    let work = || {
        while let Some((item, _)) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut seen = |count: u64| {
                bytes.fetch_add(count, Ordering::Relaxed);
                progress.add(count);
            };
            if let Some(finding) = check(item, &mut seen) {
                found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(finding);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).max(LEAST);
    std::thread::scope(|scope| {
        for _ in 1..threads.min(items.len()) {
            scope.spawn(work);
        }
        work();
    });
    progress.end();
    Account {
        runs,
        files: small + items.len() as u64,
        bytes: bytes.into_inner(),
        findings: found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner),
    }
}

fn check(item: &Item, seen: &mut dyn FnMut(u64)) -> Option<Finding> {
    let (path, checked): (&Path, _) = match item {
        Item::Artifact(artifact) => (&artifact.path, artifact.check(seen)),
        Item::Log(path) => (path, check_text(path, seen)),
        Item::Entry(path) => {
            let checked = check_entry(path);
            seen(std::fs::metadata(path).map_or(0, |metadata| metadata.len()));
            (path, checked)
        }
    };
    let error = checked.err()?;
    // A file that was replaced or removed meanwhile, of a run that goes on, is no finding.
    path.exists().then(|| Finding::of(path, &error))
}
