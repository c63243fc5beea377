//! The commit, branch and state of the work tree, read from a git repository's files.
//!
//! No `git` is started: a child process would raise SIGCHLD in the host, could be reaped by its
//! `wait`, and may run hooks; a library that does it all is larger than this one. Nothing is written
//! and nothing of the repository's configuration is run. What this does not understand is "unknown".

mod id;
mod index;
mod object;
#[cfg(test)]
mod tests;
mod worktree;

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use id::{Id, Kind};

use crate::base::limit::Limit;

/// Directories above the first one that are looked into.
const MOST_LEVELS: usize = 64;

/// References to references that are followed.
const MOST_REFERENCES: usize = 5;

/// The longest name of a reference.
const LONGEST_NAME: usize = 1024;

/// A repository with a work tree.
#[derive(Debug)]
pub struct Repository {
    /// The top directory of the work tree.
    pub top: PathBuf,
    /// Where this work tree's HEAD and index are.
    directory: PathBuf,
    /// Where what all work trees share is: objects, branches, the configuration.
    common: PathBuf,
    config: Config,
}

/// The part of the configuration that matters here.
#[derive(Debug, Default)]
struct Config {
    kind: Kind,
    ignores_mode: bool,
    converts_newlines: bool,
}

/// Where HEAD points.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The branch, unless HEAD is detached.
    pub branch: Option<String>,
    /// The commit in hexadecimal digits, unless the branch has none yet.
    pub commit: Option<String>,
}

impl Repository {
    /// The repository that `place` is in; not one of another file system, as git has it.
    pub fn find(place: &Path, limit: &Limit<'_>) -> Option<Self> {
        let device = std::fs::metadata(place).ok()?.dev();
        for top in place.ancestors().take(MOST_LEVELS) {
            limit.check()?;
            if std::fs::metadata(top).ok()?.dev() != device {
                return None;
            }
            if let Some(repository) = Self::at(top) {
                return Some(repository);
            }
        }
        None
    }

    /// The repository whose work tree has its top here.
    fn at(top: &Path) -> Option<Self> {
        let dot_git = top.join(".git");
        let directory = if std::fs::metadata(&dot_git).ok()?.is_dir() {
            dot_git
        } else {
            // Of a further work tree, or a submodule.
            let text = read_text(&dot_git, 4 << 10)?;
            top.join(text.strip_prefix("gitdir: ")?.trim_end_matches(['\n', '\r']))
        };
        if !directory.join("HEAD").is_file() {
            return None;
        }
        let common = match read_text(&directory.join("commondir"), 4 << 10) {
            Some(text) => directory.join(text.trim_end_matches(['\n', '\r'])),
            None => directory.clone(),
        };
        let config = Config::read(&read_text(&common.join("config"), 1 << 20).unwrap_or_default());
        Some(Self { top: top.to_owned(), directory, common, config })
    }

    /// Where HEAD points. Nothing if that is kept in a way that is unknown here (reftable).
    pub fn head(&self, limit: &Limit<'_>) -> Option<Head> {
        let mut text = read_text(&self.directory.join("HEAD"), 4 << 10)?;
        let mut head = Head::default();
        for _ in 0..MOST_REFERENCES {
            limit.check()?;
            let line = text.trim_end();
            let Some(name) = line.strip_prefix("ref:").map(str::trim_start) else {
                head.commit = Some(Id::parse(line)?.to_string());
                return Some(head);
            };
            if !is_reference(name) {
                return None;
            }
            if head.branch.is_none() {
                head.branch = Some(name.strip_prefix("refs/heads/").unwrap_or(name).to_owned());
            }
            let loose = [&self.directory, &self.common];
            text = match loose.into_iter().find_map(|place| read_text(&place.join(name), 4 << 10)) {
                Some(text) => text,
                None => match self.packed(name, limit)? {
                    Some(commit) => commit,
                    // The branch has no commit yet.
                    None => return Some(head),
                },
            };
        }
        None
    }

    /// The entry of `name` in the file of packed references.
    fn packed(&self, name: &str, limit: &Limit<'_>) -> Option<Option<String>> {
        let path = self.common.join("packed-refs");
        if !path.exists() {
            return Some(None);
        }
        let mut lines = BufReader::with_capacity(64 << 10, open_regular(&path)?);
        let mut line = Vec::new();
        let mut count = 0u32;
        loop {
            line.clear();
            let size = (&mut lines).take(2 * LONGEST_NAME as u64).read_until(b'\n', &mut line).ok()?;
            if size == 0 {
                return Some(None);
            }
            if count % 256 == 0 {
                limit.check()?;
            }
            count += 1;
            let line = std::str::from_utf8(&line).ok().and_then(|line| line.split_once(' '));
            if let Some((commit, _)) = line.filter(|(_, found)| found.trim_end() == name) {
                return Some(Some(commit.to_owned()));
            }
        }
    }

    /// Returns whether tracked files differ from `commit`, as `git describe --dirty` has it: staged or
    /// not, submodules included, untracked files not. Nothing if that can't be told, or not in time.
    pub fn is_dirty(&self, commit: &str, limit: &Limit<'_>) -> Option<bool> {
        worktree::is_dirty(self, Id::parse(commit)?, limit, 0)
    }
}

impl Config {
    fn read(text: &str) -> Self {
        let mut config = Self::default();
        let mut section = String::new();
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix('[') {
                section = rest.split(']').next().unwrap_or_default().trim().to_ascii_lowercase();
                continue;
            }
            let (key, value) = line.split_once('=').unwrap_or((line, "true"));
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim().to_ascii_lowercase());
            let is_true = matches!(value.as_str(), "true" | "yes" | "on" | "1");
            match (section.as_str(), key.as_str()) {
                ("core", "filemode") => config.ignores_mode = !is_true,
                ("core", "autocrlf") => config.converts_newlines = is_true || value == "input",
                ("extensions", "objectformat") if value == "sha256" => config.kind = Kind::Sha256,
                _ => {}
            }
        }
        config
    }
}

/// Returns whether `name` can be that of a reference, and so of a file below the repository.
fn is_reference(name: &str) -> bool {
    name.starts_with("refs/")
        && name.len() <= LONGEST_NAME
        && !name.contains(|character: char| character.is_control() || character == '\\')
        && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        // HEAD of a repository with another kind of references.
        && name != "refs/heads/.invalid"
}

/// Opens a regular file; of anything else, such as a pipe, the opening could hang.
fn open_regular(path: &Path) -> Option<File> {
    let file =
        OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path).ok()?;
    file.metadata().ok()?.is_file().then_some(file)
}

/// The bytes of a regular file of at most `most` bytes.
fn read_bytes(path: &Path, most: u64) -> Option<Vec<u8>> {
    let file = open_regular(path)?;
    let size = file.metadata().ok()?.len();
    if size > most {
        return None;
    }
    let mut bytes = Vec::with_capacity(size as usize);
    file.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn read_text(path: &Path, most: u64) -> Option<String> {
    String::from_utf8(read_bytes(path, most)?).ok()
}
