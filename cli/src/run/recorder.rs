//! The thread that makes logs, metrics and series of what the program prints.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use metalab::{Capture, Level, Output, Series};

use super::follow::Followed;
use super::relay::{Piece, Queue, Taken};
use crate::rules::{Choice, Found, Number, Reader};

/// How often files are looked at that the program writes, and lines that were redrawn.
const PAUSE: Duration = Duration::from_millis(200);

/// The rules that the output is read with.
#[derive(Debug, Clone)]
pub struct Reading {
    pub rules: Choice,
    pub finds_tables: bool,
    /// Files that are read like the output.
    pub follow: Vec<PathBuf>,
}

/// Starts the thread. It ends when all that was printed has come.
pub fn start(
    run: &Arc<Capture>,
    queue: &Arc<Queue>,
    logs: &[&str],
    reading: &Reading,
) -> metalab::Result<JoinHandle<()>> {
    let stream = |log: &&str| {
        let reader = Reader::new(&reading.rules, reading.finds_tables);
        Ok(Stream { output: run.output(log)?, reader, is_torn: false })
    };
    let streams = logs.iter().map(stream).collect::<metalab::Result<_>>()?;
    let follow =
        |path: &PathBuf| (Followed::new(path.clone()), Reader::new(&reading.rules, reading.finds_tables));
    let recorder = Recorder {
        streams,
        followed: reading.follow.iter().map(follow).collect(),
        sink: Sink { run: run.clone(), series: HashMap::new(), found: Vec::new(), said: HashSet::new() },
    };
    let queue = queue.clone();
    let body = move || recorder.run(&queue);
    let spawned = std::thread::Builder::new().name("mlab-recorder".to_owned()).spawn(body);
    spawned.map_err(|error| {
        metalab::Error::new(metalab::ErrorKind::Io, format!("cannot start a thread: {error}"))
    })
}

/// A stream of the program.
struct Stream {
    output: Output,
    reader: Reader,
    /// True while the line that comes has lost its beginning.
    is_torn: bool,
}

struct Recorder {
    streams: Vec<Stream>,
    followed: Vec<(Followed, Reader)>,
    sink: Sink,
}

impl Recorder {
    fn run(mut self, queue: &Queue) {
        let mut looked = std::time::Instant::now();
        loop {
            match queue.take(PAUSE) {
                Taken::Bytes(piece) => self.bytes(&piece),
                Taken::Quiet => (0..self.streams.len()).for_each(|index| {
                    self.bytes(&Piece { index, left_out: 0, bytes: Vec::new() });
                }),
                Taken::End => break,
            }
            if looked.elapsed() >= PAUSE {
                self.look();
                looked = std::time::Instant::now();
            }
        }
        for stream in &mut self.streams {
            let (lines, written) = stream.output.finish();
            self.sink.lines(after_torn(lines, &mut stream.is_torn), &mut stream.reader);
            self.sink.check("what the program printed is not in its log", written);
        }
        self.look();
        for (followed, reader) in &mut self.followed {
            self.sink.lines(&followed.rest(), reader);
        }
        let readers = self.streams.iter().map(|stream| &stream.reader);
        let readers = readers.chain(self.followed.iter().map(|(_, reader)| reader));
        let rules: Vec<&str> = readers.flat_map(Reader::rules).filter(|rules| *rules != "--rule").collect();
        if let Some(rules) = rules.first() {
            let _ = self.sink.run.log(Level::Info, &format!("The output was read by the rules for {rules}"));
        }
    }

    fn bytes(&mut self, piece: &Piece) {
        let Piece { index, left_out, bytes } = piece;
        let stream = &mut self.streams[*index];
        if *left_out > 0 {
            // No value is read of the line that has lost its end, and none of the one that has lost its beginning.
            let note = format!("\n[mlab: {left_out} bytes are left out here: they came too fast]\n");
            let _ = stream.output.feed(note.as_bytes());
            let what = "a part of the program's output is not in the log";
            if self.sink.said.insert(what) {
                let _ = self.sink.run.add_warning(what, ());
            }
            stream.is_torn = true;
        }
        let (lines, written) = stream.output.feed(bytes);
        self.sink.lines(after_torn(lines, &mut stream.is_torn), &mut stream.reader);
        self.sink.check("what the program printed is not in its log", written);
    }

    /// Reads what the files have more.
    fn look(&mut self) {
        for (followed, reader) in &mut self.followed {
            let sink = &mut self.sink;
            followed.read(|lines| sink.lines(lines, reader));
        }
    }
}

/// The lines without the first one, if that has lost its beginning.
fn after_torn<'a>(lines: &'a str, is_torn: &mut bool) -> &'a str {
    match *is_torn && !lines.is_empty() {
        true => {
            *is_torn = false;
            lines.split_once('\n').map_or("", |(_, after)| after)
        }
        false => lines,
    }
}

/// Where the values go.
struct Sink {
    run: Arc<Capture>,
    series: HashMap<String, Option<Series>>,
    found: Vec<Found>,
    said: HashSet<&'static str>,
}

impl Sink {
    fn lines(&mut self, lines: &str, reader: &mut Reader) {
        for line in lines.lines() {
            reader.line(line, &mut self.found);
            let mut found = std::mem::take(&mut self.found);
            found.drain(..).for_each(|value| self.put(&value));
            self.found = found;
        }
    }

    fn put(&mut self, found: &Found) {
        let Some(step) = found.step else {
            let put = match &found.value {
                Number::Int(value) => self.run.metric(&found.name, *value),
                Number::Float(value) => self.run.metric(&found.name, *value),
                Number::Text(value) => self.run.metric(&found.name, value.as_str()),
            };
            return self.check("a metric that the output has is not in the run", put);
        };
        if !self.series.contains_key(&found.name) {
            let series = self.declare(found);
            self.series.insert(found.name.clone(), series);
        }
        let Some(Some(series)) = self.series.get(&found.name) else { return };
        let put = match &found.value {
            Number::Int(value) => series.point(step, *value),
            Number::Float(value) => series.point(step, *value),
            Number::Text(_) => Ok(()),
        };
        self.check("a point that the output has is not in the run", put);
    }

    /// A series; none, with a warning, if the output has no name for it.
    fn declare(&mut self, found: &Found) -> Option<Series> {
        let declared = self.run.series(&found.name, found.unit.as_deref(), None).and_then(|series| {
            found.axis.as_ref().map_or(Ok(()), |axis| self.run.set_axis(&found.name, axis))?;
            Ok(series)
        });
        let series = declared.as_ref().ok().cloned();
        self.check("a series that the output has is not in the run", declared.map(drop));
        series
    }

    /// Says once in the run what could not be kept.
    fn check(&mut self, what: &'static str, result: metalab::Result<()>) {
        let Err(error) = result else { return };
        if self.said.insert(what) {
            let _ = self.run.add_warning(what, serde_json::json!({"reason": error.message()}));
        }
    }
}
