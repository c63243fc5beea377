//! The lines `[step,value],` of a series in the order of their steps, whatever their number: runs that
//! fit in memory are sorted, written one after the other to a file, and merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::base::error::{Error, Result};
use crate::base::file;
use crate::base::sys;

/// Bytes of lines that are sorted in memory at a time.
const RUN: usize = 16 << 20;

/// Bytes that a run is read by when runs are merged, at most and at least.
const PIECE: std::ops::Range<usize> = 16 << 10..256 << 10;

/// The lines of a series in the order of their arrival: those of its file, if it has one, which may
/// have others between them, and then those in memory.
pub struct Lines<'a> {
    /// The file, and its path for messages.
    pub spool: Option<(File, &'a Path)>,
    /// Whole lines.
    pub tail: &'a [u8],
}

/// Is shown each line without the comma after it.
type Body<'a> = dyn FnMut(i64, &[u8]) -> Result<()> + 'a;

impl Lines<'_> {
    /// Shows the lines as they came.
    ///
    /// # Errors
    /// When the file can't be read, and those of `body`.
    pub fn each(self, body: &mut Body<'_>) -> Result<()> {
        if let Some((file, path)) = self.spool {
            let failed = |source: std::io::Error| Error::io("read", path, &source);
            let mut reader = BufReader::with_capacity(PIECE.end, file);
            let mut line = Vec::new();
            loop {
                line.clear();
                if reader.read_until(b'\n', &mut line).map_err(failed)? == 0 {
                    break;
                }
                show(&line, body)?;
            }
        }
        self.tail.split_inclusive(|byte| *byte == b'\n').try_for_each(|line| show(line, body))
    }

    /// Shows the lines sorted by step, equal steps in the order of arrival. A file of `scratch`, which
    /// has no name, holds the runs where there are several.
    ///
    /// # Errors
    /// When a file can't be read or written, and those of `body`.
    pub fn each_sorted(self, scratch: &Path, body: &mut Body<'_>) -> Result<()> {
        self.each_sorted_by(RUN, scratch, body)
    }

    fn each_sorted_by(self, size: usize, scratch: &Path, body: &mut Body<'_>) -> Result<()> {
        let mut run = Run::default();
        let mut runs: Option<Runs> = None;
        self.each(&mut |step, line| {
            if run.size() + line.len() > size && !run.lines.is_empty() {
                if runs.is_none() {
                    runs = Some(Runs::create(scratch)?);
                }
                runs.iter_mut().try_for_each(|runs| runs.write(&mut run))?;
            }
            run.push(step, line);
            Ok(())
        })?;
        let Some(mut runs) = runs else {
            run.sort();
            return run.lines().try_for_each(|(step, line)| body(step, line));
        };
        runs.write(&mut run)?;
        drop(run);
        runs.merge(body)
    }
}

/// Shows a line, if it is one.
fn show(line: &[u8], body: &mut Body<'_>) -> Result<()> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b",").unwrap_or(line);
    if line.starts_with(b"[") && line.len() > 1 { body(step_of(line), line) } else { Ok(()) }
}

fn step_of(line: &[u8]) -> i64 {
    let digits = line[1..].split(|byte| *byte == b',').next().unwrap_or_default();
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(i64::MIN)
}

/// Lines in memory.
#[derive(Default)]
struct Run {
    text: Vec<u8>,
    /// The step, the start and the length of each.
    lines: Vec<(i64, u32, u32)>,
}

impl Run {
    fn push(&mut self, step: i64, line: &[u8]) {
        self.lines.push((step, self.text.len() as u32, line.len() as u32));
        self.text.extend_from_slice(line);
    }

    /// Bytes that it takes.
    fn size(&self) -> usize {
        self.text.len() + self.lines.len() * size_of::<(i64, u32, u32)>()
    }

    fn sort(&mut self) {
        self.lines.sort_by_key(|(step, _, _)| *step);
    }

    fn lines(&self) -> impl Iterator<Item = (i64, &[u8])> {
        let line = |&(step, start, length): &(i64, u32, u32)| {
            (step, &self.text[start as usize..start as usize + length as usize])
        };
        self.lines.iter().map(line)
    }

    fn clear(&mut self) {
        self.text.clear();
        self.lines.clear();
    }
}

/// Sorted runs, one after the other in a file that has no name any more: a kill leaves nothing.
struct Runs {
    file: File,
    path: std::path::PathBuf,
    /// Where each ends.
    ends: Vec<u64>,
}

impl Runs {
    fn create(directory: &Path) -> Result<Self> {
        let random: [u8; 8] = sys::random_bytes();
        let path = directory.join(format!(".sort.tmp.{:016x}", u64::from_le_bytes(random)));
        let file = file::create_new(&path).map_err(|source| Error::io("create", &path, &source))?;
        let _ = std::fs::remove_file(&path);
        Ok(Self { file, path, ends: Vec::new() })
    }

    /// Sorts a run and writes it after the others; it is empty then.
    fn write(&mut self, run: &mut Run) -> Result<()> {
        run.sort();
        let mut end = self.ends.last().copied().unwrap_or(0);
        let mut out = BufWriter::with_capacity(1 << 20, &self.file);
        let written = run.lines().try_for_each(|(_, line)| {
            end += line.len() as u64 + 1;
            out.write_all(line).and_then(|()| out.write_all(b"\n"))
        });
        written.and_then(|()| out.flush()).map_err(|source| Error::io("write", &self.path, &source))?;
        drop(out);
        self.ends.push(end);
        run.clear();
        Ok(())
    }

    /// Shows the lines of all runs in order: of equal steps, those of the earlier run first.
    fn merge(&self, body: &mut Body<'_>) -> Result<()> {
        let piece = (RUN / self.ends.len()).clamp(PIECE.start, PIECE.end);
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let mut readers: Vec<_> = starts
            .zip(&self.ends)
            .map(|(at, end)| BufReader::with_capacity(piece, Part { file: &self.file, at, end: *end }))
            .collect();
        let failed = |source: std::io::Error| Error::io("read", &self.path, &source);
        let mut heads = BinaryHeap::with_capacity(readers.len());
        let mut lines = vec![Vec::new(); readers.len()];
        let mut advance = |index: usize, line: &mut Vec<u8>| -> Result<Option<i64>> {
            line.clear();
            let read = readers[index].read_until(b'\n', line).map_err(failed)?;
            Ok((read > 1).then(|| step_of(line)))
        };
        for (index, line) in lines.iter_mut().enumerate() {
            heads.extend(advance(index, line)?.map(|step| Reverse((step, index))));
        }
        while let Some(Reverse((_, index))) = heads.pop() {
            show(&lines[index], body)?;
            heads.extend(advance(index, &mut lines[index])?.map(|step| Reverse((step, index))));
        }
        Ok(())
    }
}

/// A part of a file, read from its start to its end.
struct Part<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl std::io::Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.file.read_at(&mut buffer[..most], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_merged_in_order_and_stay_stable() {
        let place = tempfile::tempdir().unwrap();
        let spool = place.path().join("spool");
        let text: String = (0..5000u64)
            .map(|index| format!("[{},{index}],\n", (index * 2_654_435_761 % 700) as i64 - 350))
            .collect();
        let (before, after) = text.split_at(text[..text.len() / 2].rfind('\n').unwrap() + 1);
        std::fs::write(&spool, format!("{{\n  \"data\": [\n{before}")).unwrap();
        let sorted = |size: usize| {
            let file = File::open(&spool).unwrap();
            let lines = Lines { spool: Some((file, &spool)), tail: after.as_bytes() };
            let mut shown = Vec::new();
            let mut body = |step: i64, line: &[u8]| {
                shown.push((step, String::from_utf8(line.to_vec()).unwrap()));
                Ok(())
            };
            lines.each_sorted_by(size, place.path(), &mut body).unwrap();
            shown
        };
        let whole = sorted(1 << 20);
        assert_eq!(whole.len(), 5000);
        let arrival = |line: &str| line[..line.len() - 1].rsplit(',').next().unwrap().parse::<u64>().unwrap();
        assert!(whole.is_sorted_by_key(|(step, line)| (*step, arrival(line))));
        for size in [200, 3000, 100_000] {
            assert!(sorted(size) == whole, "{size}");
        }
        // Nothing has a name but the spool.
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }
}
