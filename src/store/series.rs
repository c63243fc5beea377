//! Series: points of a metric by step, as text from the moment they are followed.
//!
//! A series that fits in memory stays there; a longer one grows in a hidden file beside the entry
//! that it will become, so that the end of a run has little left to do, however many points it had.
//! The entry is prepared in a hidden file, for which nobody has to hold the run's lock, and then named.

use std::io::{BufWriter, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::base::about::About;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::json::{self, Json, Object};
use crate::base::sys;
use crate::base::value::{Scalar, Value};
use crate::store::thin::Thin;
use crate::store::{Store, sort};

/// Points up to which an entry is laid out as Python would.
const PRETTY: u64 = 1000;

/// How an entry begins, and its file while the run goes on: its points follow, a line each.
pub const HEAD: &[u8] = b"{\n  \"data\": [\n";

/// Bytes of a line with two numbers, at most.
const LONGEST_NUMBER: usize = 64;

/// Bytes in memory from which a series goes on in its file.
pub const SPOOL: usize = 256 << 10;

/// A series while its run goes on.
#[derive(Debug)]
pub struct Series {
    name: String,
    about: About,
    /// Lines `[step,value],` that are not in the file yet.
    tail: Vec<u8>,
    spool: Option<PathBuf>,
    /// The identity of that file, and its length: nobody else has to write to it.
    inode: u64,
    spooled: u64,
    /// The file that holds the whole entry, once it was prepared.
    entry: Option<PathBuf>,
    count: u64,
    last_step: i64,
    last_start: usize,
    sorted: bool,
    /// Points that an earlier attempt had, and of which only those that were shown while it went on are left.
    missing: u64,
    /// The points that are shown while it grows, and how many there were when they last were.
    thin: Thin,
    shown: u64,
}

impl Series {
    /// A series without points.
    pub fn new(name: String) -> Self {
        Self {
            name,
            about: About::default(),
            tail: Vec::new(),
            spool: None,
            inode: 0,
            spooled: 0,
            entry: None,
            count: 0,
            last_step: i64::MIN,
            last_start: 0,
            sorted: true,
            missing: 0,
            thin: Thin::default(),
            shown: 0,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many points it has.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The step of the point that came last, if there is one.
    pub fn last_step(&self) -> Option<i64> {
        (self.count > 0).then_some(self.last_step)
    }

    /// Bytes it holds in memory.
    pub fn in_memory(&self) -> usize {
        self.tail.len()
    }

    /// Says what its values are; what is not said now stays.
    pub fn describe(&mut self, about: About) {
        self.about.add(about);
    }

    /// Adds a point.
    #[inline]
    pub fn push(&mut self, step: i64, value: Scalar) {
        self.start(step);
        self.thin.push(step, value);
        match value {
            Scalar::F64(value) => json::write_f64(value, &mut self.tail),
            Scalar::I64(value) => json::write_i64(value, &mut self.tail),
            Scalar::Bool(value) => self.tail.extend_from_slice(if value { b"true" } else { b"false" }),
        }
        self.tail.extend_from_slice(b"],\n");
    }

    /// Adds a text at a step.
    pub fn push_text(&mut self, step: i64, text: &str) {
        self.start(step);
        self.thin.push_text(step, text);
        json::write_string(text, &mut self.tail);
        self.tail.extend_from_slice(b"],\n");
    }

    /// Adds a value at a step.
    pub fn push_value(&mut self, step: i64, value: &Value<'_>) {
        match value {
            Value::Scalar(value) => self.push(step, *value),
            Value::Text(text) => self.push_text(step, text),
        }
    }

    #[inline]
    fn start(&mut self, step: i64) {
        self.tail.reserve(LONGEST_NUMBER);
        self.sorted &= step >= self.last_step;
        self.last_step = step;
        self.count += 1;
        self.last_start = self.tail.len();
        self.tail.push(b'[');
        json::write_i64(step, &mut self.tail);
        self.tail.push(b',');
    }

    /// Its entry in the summary.
    pub fn summary(&self) -> Json {
        let last =
            std::str::from_utf8(self.tail.get(self.last_start..).unwrap_or_default()).unwrap_or_default();
        let last = json::parse(last.trim_end_matches(",\n")).unwrap_or(Json::Null);
        let points = [("count", Json::from(self.count)), ("last", last)];
        Json::object(points.into_iter().chain(self.about.members()))
    }

    /// Moves what is in memory to the file, but for the last point, which the summary shows.
    ///
    /// # Errors
    /// When it can't be written; then it stays in memory.
    pub fn spill(&mut self, store: &Store, directory: &Path, stem: &str) -> Result<()> {
        self.append(store, directory, stem, self.last_start, b"")
    }

    /// Appends the first `count` bytes of the tail and then `closing` to the file, all or nothing.
    fn append(
        &mut self,
        store: &Store,
        directory: &Path,
        stem: &str,
        count: usize,
        closing: &[u8],
    ) -> Result<()> {
        let temporary = || directory.join(store.temporary_name(&format!("{stem}.json")));
        let path = self.spool.clone().unwrap_or_else(temporary);
        let written = file::append(&path).and_then(|mut file| {
            let metadata = file.metadata()?;
            let before = metadata.len();
            let head: &[u8] = if before == 0 { HEAD } else { b"" };
            let pieces = [head, &self.tail[..count], closing];
            pieces.iter().try_for_each(|piece| file.write_all(piece)).inspect_err(|_| {
                // Half a line would spoil the file.
                let _ = file.set_len(before);
            })?;
            if store.is_durable() {
                // The end of the run waits for the disk: the less is left then, the better.
                sys::start_writeback(&file, before);
            }
            let written: usize = pieces.iter().map(|piece| piece.len()).sum();
            Ok((metadata.ino(), before + written as u64))
        });
        if written.is_err() && self.spool.is_none() {
            // On a full disk a file can be made, and nothing be written to it.
            let _ = std::fs::remove_file(&path);
        }
        (self.inode, self.spooled) = written.map_err(|source| Error::io("write", &path, &source))?;
        self.spool = Some(path);
        self.tail.drain(..count);
        self.last_start = 0;
        Ok(())
    }

    fn metadata(&self) -> Json {
        let said = self.about.members().into_iter().filter(|(_, said)| *said != Json::Null);
        let mut members = vec![("type", Json::from("stepped_metric"))];
        members.extend(said);
        if self.missing > 0 {
            members.extend(partial(self.count + self.missing));
        }
        Json::object(members)
    }

    /// Has at most so many points be shown while it grows; none where `most` is 0.
    pub fn limit_shown(&mut self, most: usize) {
        self.thin.limit(most);
    }

    /// Notes that an earlier attempt had so many points that are lost.
    pub fn note_missing(&mut self, missing: u64) {
        self.missing += missing;
    }

    /// How many points of an earlier attempt are lost.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Returns whether it has points that were not shown yet.
    pub fn is_news(&self) -> bool {
        self.count > self.shown
    }

    /// How many points it had when it was last shown.
    pub fn shown(&self) -> u64 {
        self.shown
    }

    /// Takes back that it was shown with more than `before` points.
    pub fn not_shown(&mut self, before: u64) {
        self.shown = before;
    }

    /// The entry that shows it while it grows: every point while they are few, else those that make up its
    /// look. Its metadata says that it is no more than that. None where it is not to be shown.
    pub fn show(&mut self) -> Option<Vec<u8>> {
        self.shown = self.count;
        let lines = self.thin.lines()?;
        let mut out = HEAD.to_vec();
        out.extend_from_slice(&lines.join(&b",\n"[..]));
        out.push(b'\n');
        let Json::Object(mut metadata) = self.metadata() else { return None };
        metadata.extend(partial(self.count + self.missing).map(|(key, value)| (key.to_owned(), value)));
        out.extend_from_slice(closing(lines.len() as u64, &metadata.into()).as_bytes());
        Some(out)
    }

    /// The file that it grows in, if it has one.
    pub fn spool(&self) -> Option<&Path> {
        self.spool.as_deref()
    }

    /// Returns whether its file is there as it was left.
    pub fn is_intact(&self) -> bool {
        let Some(spool) = &self.spool else { return true };
        std::fs::metadata(spool)
            .is_ok_and(|metadata| (metadata.ino(), metadata.len()) == (self.inode, self.spooled))
    }

    /// Goes on without the points of its file, which is gone; gives their number.
    pub fn lose_spool(&mut self) -> u64 {
        self.spool = None;
        self.spooled = 0;
        let before = self.count;
        self.count = self.tail.iter().filter(|byte| **byte == b'\n').count() as u64;
        before - self.count
    }

    /// The facts that it takes to go on with it, besides its lines in memory.
    pub fn save(&self) -> Json {
        let spool = self.spool.as_ref().and_then(|spool| spool.file_name()?.to_str());
        let facts = [
            ("name", Json::from(self.name.as_str())),
            ("spool", spool.map(Json::from).into()),
            ("spooled", self.spooled.into()),
            ("count", self.count.into()),
            ("last_step", self.last_step.into()),
            ("last_start", (self.last_start as u64).into()),
            ("sorted", self.sorted.into()),
            ("missing", self.missing.into()),
        ];
        Json::object(facts.into_iter().chain(self.about.members()))
    }

    /// The lines in memory.
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// The series that `save` described, without its file; nothing if that is none.
    pub fn load(json: &Json, tail: Vec<u8>) -> Option<Self> {
        let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
        let number = |key: &str| json.get(key)?.as_i64();
        Some(Self {
            about: About::read(json),
            count: number("count")?.try_into().ok()?,
            last_step: number("last_step")?,
            last_start: usize::try_from(number("last_start")?).ok().filter(|start| *start <= tail.len())?,
            sorted: json.get("sorted")? == &Json::Bool(true),
            missing: number("missing").and_then(|missing| missing.try_into().ok()).unwrap_or(0),
            tail,
            // Nobody waits to see it.
            thin: Thin::new(0),
            ..Self::new(text("name")?)
        })
    }

    /// Has it go on in `spool`, of which the first `length` bytes are its points; false if it has less.
    ///
    /// # Errors
    /// When the file can't be looked at or shortened.
    pub fn go_on_in(&mut self, spool: PathBuf, length: u64) -> std::io::Result<bool> {
        let file = match file::open(&spool) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            file => file?,
        };
        let metadata = file.metadata()?;
        if metadata.len() < length {
            return Ok(false);
        }
        file.set_len(length)?;
        (self.inode, self.spooled, self.spool) = (metadata.ino(), length, Some(spool));
        Ok(true)
    }

    /// Its unit, description and axis.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Shows every point to `body` in the order of the entry: its step, and its value as JSON. Points
    /// out of order are sorted in a file of `scratch`.
    ///
    /// # Errors
    /// When a file can't be read or written, and those of `body`.
    pub fn each(&self, scratch: &Path, mut body: impl FnMut(i64, &[u8]) -> Result<()>) -> Result<()> {
        self.each_line(scratch, |step, line| {
            let comma = line.iter().position(|byte| *byte == b',').unwrap_or(0);
            body(step, &line[comma + 1..line.len() - 1])
        })
    }

    /// Shows every line `[step,value]` to `body`, sorted by step, equal steps in order of arrival.
    fn each_line(&self, scratch: &Path, mut body: impl FnMut(i64, &[u8]) -> Result<()>) -> Result<()> {
        let spool = match &self.spool {
            Some(spool) => Some((
                file::open_to_read(spool).map_err(|source| Error::io("read", spool, &source))?,
                &**spool,
            )),
            None => None,
        };
        let lines = sort::Lines { spool, tail: &self.tail };
        if self.sorted { lines.each(&mut body) } else { lines.each_sorted(scratch, &mut body) }
    }

    /// Writes the entry under the name that `path` has.
    ///
    /// # Errors
    /// The same as `prepare` and `name_entry`.
    pub fn finish(&mut self, store: &Store, path: &Path) -> Result<()> {
        let (Some(directory), Some(stem)) = (path.parent(), path.file_stem().and_then(|stem| stem.to_str()))
        else {
            return Err(Error::new(ErrorKind::Name, format!("{} can't be a file", path.display())));
        };
        self.prepare(store, directory, stem)?;
        self.name_entry(store, path)
    }

    /// Writes the entry to a hidden file of `directory`: `[[step, value], ..]` sorted by step, equal
    /// steps in order of arrival.
    ///
    /// # Errors
    /// When it can't be read or written; the points stay in memory and file.
    pub fn prepare(&mut self, store: &Store, directory: &Path, stem: &str) -> Result<()> {
        if self.entry.is_some() {
            return Ok(());
        }
        let closing = closing(self.count, &self.metadata());
        if self.sorted && self.count > PRETTY {
            // Points that came in order are in the file already, which becomes the entry; the last one
            // goes without its comma.
            let body = self.tail.len() - 2;
            self.append(store, directory, stem, body, format!("\n{closing}").as_bytes())?;
            self.entry = self.spool.take();
            return Ok(());
        }
        let path = directory.join(store.temporary_name(&format!("{stem}.json")));
        let written = self.write_whole(&path, directory, &closing);
        if written.is_err() {
            let _ = std::fs::remove_file(&path);
            return written;
        }
        self.discard();
        self.entry = Some(path);
        Ok(())
    }

    fn write_whole(&self, path: &Path, scratch: &Path, closing: &str) -> Result<()> {
        let failed = |source: std::io::Error| Error::io("write", path, &source);
        let file = file::create_new(path).map_err(failed)?;
        let capacity = if self.count > PRETTY { 1 << 20 } else { 8 << 10 };
        let mut out = BufWriter::with_capacity(capacity, file);
        out.write_all(HEAD).map_err(failed)?;
        let mut separator: &[u8] = b"";
        self.each_line(scratch, |_, point| {
            let mut write = |bytes: &[u8]| out.write_all(bytes).map_err(failed);
            write(separator)?;
            separator = b",\n";
            if self.count > PRETTY {
                return write(point);
            }
            let comma = point.iter().position(|byte| *byte == b',').unwrap_or(0);
            write(b"    [\n      ")?;
            write(&point[1..comma])?;
            write(b",\n      ")?;
            write(&point[comma + 1..point.len() - 1])?;
            write(b"\n    ]")
        })?;
        let end: &[u8] = if self.count > 0 { b"\n" } else { b"" };
        [end, closing.as_bytes()].iter().try_for_each(|bytes| out.write_all(bytes)).map_err(failed)?;
        out.flush().map_err(failed)
    }

    /// The file of the entry that was prepared and has no name yet.
    pub fn prepared(&self) -> Option<&Path> {
        self.entry.as_deref()
    }

    /// Gives the entry that was prepared its name.
    ///
    /// # Errors
    /// When it can't be renamed; the file goes then.
    pub fn name_entry(&mut self, store: &Store, path: &Path) -> Result<()> {
        let Some(entry) = self.entry.take() else { return Ok(()) };
        // A new name needs one call only.
        let name = if self.shown > 0 { Store::name_in_passing } else { Store::name };
        name(store, &entry, path).map_err(|source| {
            let _ = std::fs::remove_file(&entry);
            Error::io("rename", &entry, &source)
        })
    }

    /// Removes its files.
    pub fn discard(&mut self) {
        for file in [self.spool.take(), self.entry.take()].into_iter().flatten() {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// The text after `count` points.
fn closing(count: u64, metadata: &Json) -> String {
    let mut out = b"  ],\n  \"dtype\": null,\n  \"metadata\": ".to_vec();
    json::write_pretty(metadata, &mut out, 1);
    let shape = Json::Array(vec![Json::from(count), Json::Int(2)]);
    out.extend_from_slice(b",\n  \"shape\": ");
    json::write_pretty(&shape, &mut out, 1);
    out.extend_from_slice(b"\n}");
    // Everything written above is ASCII.
    String::from_utf8_lossy(&out).into_owned()
}

/// The metadata of an entry that is a part of a series with so many points.
fn partial(total: u64) -> [(&'static str, Json); 2] {
    [("partial", Json::Bool(true)), ("total_points", total.into())]
}

/// How many points a series has whose entry is a part of it, as its metadata says; None where it is all of
/// it, as far as anybody knows.
pub fn total_of_partial(metadata: &Object) -> Option<u64> {
    let is_partial = metadata.get("partial") == Some(&Json::Bool(true));
    metadata.get("total_points").filter(|_| is_partial)?.as_i64()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::read_json;

    fn finished(series: &mut Series, spill: bool) -> (String, Json) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), "e:1").unwrap();
        let results = store.root().join("results");
        if spill {
            series.spill(&store, &results, "s").unwrap();
        }
        let path = results.join("s.json");
        series.finish(&store, &path).unwrap();
        assert_eq!(std::fs::read_dir(&results).unwrap().count(), 1);
        (std::fs::read_to_string(&path).unwrap(), read_json(&path).unwrap().unwrap())
    }

    #[test]
    fn a_short_series_is_laid_out_as_python_does() {
        let mut series = Series::new("res".into());
        for (step, value) in [(0, 1.0), (1, 0.5), (2, 1.0 / 3.0)] {
            series.push(step, Scalar::F64(value));
        }
        let (text, json) = finished(&mut series, false);
        assert_eq!(text, json.to_pretty());
        assert!(text.contains("\"type\": \"stepped_metric\""));
    }

    #[test]
    fn steps_are_sorted_and_equal_steps_keep_their_order() {
        for long in [0, 5000] {
            let mut series = Series::new("s".into());
            for step in (0..long).rev() {
                series.push(step, Scalar::I64(step));
            }
            for (step, text) in [(7, "a,[\n]"), (3, "b"), (7, "c"), (-1, "é")] {
                series.push_text(step, text);
            }
            series.push(3, Scalar::F64(f64::NAN));
            let (_, json) = finished(&mut series, long != 0);
            let points = json.get("data").unwrap().as_array().unwrap();
            assert_eq!(points.len() as i64, long + 5);
            let steps: Vec<i64> =
                points.iter().map(|point| point.as_array().unwrap()[0].as_i64().unwrap()).collect();
            assert!(steps.is_sorted());
            let texts: Vec<&str> =
                points.iter().filter_map(|point| point.as_array().unwrap()[1].as_str()).collect();
            assert_eq!(texts, ["é", "b", "a,[\n]", "c"]);
        }
    }

    #[test]
    fn a_series_that_grows_is_shown_whole_or_thinned() {
        let mut series = Series::new("s".into());
        series.describe(About { unit: Some("J".into()), ..About::default() });
        assert!(!series.is_news());
        for (count, points) in [(3, 3), (500, 500), (100_000, 1000)] {
            for step in series.count()..count {
                series.push(step as i64, Scalar::F64(if step % 3 == 0 { f64::NAN } else { step as f64 }));
            }
            assert!(series.is_news());
            let text = String::from_utf8(series.show().unwrap()).unwrap();
            let entry = json::parse(&text).unwrap();
            assert!(!series.is_news());
            let data = entry.array_at("data");
            assert!(data.len() <= points && (points > 500 || data.len() == points), "{}", data.len());
            assert_eq!(entry.array_at("shape")[0], Json::from(data.len() as u64));
            let metadata = entry.get("metadata").unwrap().as_object().unwrap();
            assert_eq!(total_of_partial(metadata), Some(count));
            assert_eq!(metadata.get("unit").and_then(Json::as_str), Some("J"));
        }
        let (_, whole) = finished(&mut series, true);
        assert_eq!(total_of_partial(whole.get("metadata").unwrap().as_object().unwrap()), None);
        assert_eq!(whole.array_at("data").len(), 100_000);
    }

    #[test]
    fn a_long_sorted_series_is_the_same_with_and_without_a_file() {
        let make = |spill| {
            let mut series = Series::new("s".into());
            series.describe(About { unit: Some("J".into()), ..About::default() });
            (0..2000).for_each(|step| series.push(step / 2, Scalar::F64(step as f64 / 7.0)));
            finished(&mut series, spill)
        };
        let (text, json) = make(false);
        assert_eq!(make(true).0, text);
        assert_eq!(json.get("shape").unwrap().as_array().unwrap()[0], Json::Int(2000));
        assert_eq!(json.get("metadata").unwrap().get("unit").unwrap().as_str(), Some("J"));
        assert_eq!(json.get("data").unwrap().as_array().unwrap().len(), 2000);
    }
}
