//! Files of a run's artifact directory that no reader sees yet.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Names such files after the journal that speaks of them: processes share the directory, and who
/// takes a journal over has to know which files nobody needs any more.
#[derive(Debug)]
pub struct Staging {
    directory: PathBuf,
    mark: String,
    next: AtomicU64,
}

impl Staging {
    /// For the files in `directory` of the process that has `journal`.
    pub fn new(directory: PathBuf, journal: &Path) -> Self {
        let journal = journal.file_name().unwrap_or_default().to_string_lossy();
        Self { directory, mark: format!(".tmp.{journal}."), next: AtomicU64::new(0) }
    }

    /// A new name for a file that becomes `file`.
    pub fn name(&self, file: &str) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        // Named after the file as far as the limit of 255 bytes goes.
        let cut = (0..=file.len().min(180)).rev().find(|end| file.is_char_boundary(*end)).unwrap_or(0);
        format!(".{}{}{number}", &file[..cut], self.mark)
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The path of the file with such a name.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Removes the file with such a name, if it is there.
    pub fn remove(&self, name: &str) {
        let _ = std::fs::remove_file(self.path(name));
    }

    /// Removes what a dead process left here, but for the `known`. The caller has the run's lock:
    /// whoever writes a manifest has it, so that a half-written one is nobody's.
    pub fn sweep(&self, known: &HashSet<String>) {
        for entry in std::fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            let file = entry.file_name();
            let Some(name) = file.to_str() else { continue };
            let is_ours = name.starts_with('.') && name.contains(&self.mark) && !known.contains(name);
            if is_ours || name.starts_with("._manifest.json.tmp.") {
                self.remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_and_unknown_is_swept() {
        let directory = tempfile::tempdir().unwrap();
        let staging = |journal: &str| Staging::new(directory.path().to_owned(), Path::new(journal));
        let (ours, other) = (staging("/j/12-ab"), staging("/j/112-ab"));
        let long = "é".repeat(100);
        let names = [ours.name("a.npz"), ours.name(&long), ours.name("a.npz"), other.name("a.npz")];
        let files = names.iter().map(String::as_str).chain(["a.npz", "b.tmp.12-ab.0"]);
        std::fs::write(ours.path("._manifest.json.tmp.0a-0-1"), "").unwrap();
        for file in files.clone() {
            assert!(file.len() < 256);
            std::fs::write(ours.path(file), "").unwrap();
        }
        ours.sweep(&HashSet::from([names[2].clone()]));
        let mut left: Vec<String> = std::fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut wanted: Vec<&str> = files.skip(2).collect();
        left.sort();
        wanted.sort_unstable();
        assert_eq!(left, wanted);
    }
}
