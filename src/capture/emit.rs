//! What a run emits.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Capture, Inner, Open};
use crate::array::{ArrayView, DType, Order, extent};
use crate::artifact::ahead::Blank;
use crate::artifact::npz::{Entry, Layout};
use crate::artifact::snapshots::{self, Common};
use crate::artifact::{Mapping, Snapshots, Stream};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Data, Event, Mapped, Staged};
use crate::figure::{self, FieldStyle};
use crate::journal::record::Scalar;
use crate::journal::{Emitter, Log};
use crate::json::Json;
use crate::log::{self, Level};
use crate::run::Place;
use crate::seal::{SINGLE, write_npz};
use crate::stdio::{StdioCapture, Stream as StdStream, Streams};
use crate::sync::lock;
use crate::writer::open_log;
use crate::{data, file, name, sys};

/// The value of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A float; NaN and infinities are kept.
    F64(f64),
    /// An integer.
    I64(i64),
    /// A truth value.
    Bool(bool),
    /// A text of at most 32 KiB.
    Text(&'a str),
}

macro_rules! value_from {
    ($($type:ty => $variant:ident),*) => {
        $(impl<'a> From<$type> for Value<'a> {
            fn from(value: $type) -> Self {
                Value::$variant(value.into())
            }
        })*
    };
}
value_from!(f64 => F64, f32 => F64, i64 => I64, i32 => I64, u32 => I64, bool => Bool, &'a str => Text);

impl From<Scalar> for Value<'_> {
    fn from(value: Scalar) -> Self {
        match value {
            Scalar::F64(value) => Value::F64(value),
            Scalar::I64(value) => Value::I64(value),
            Scalar::Bool(value) => Value::Bool(value),
        }
    }
}

/// How an existing file becomes an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// A copy, by shared extents where the file system has them.
    Copy = 0,
    /// A hard link, a copy where there can be none. Writing to the source later changes the artifact.
    Link = 1,
    /// The file itself.
    Move = 2,
}

/// What a figure is made of.
#[derive(Debug, Clone, Copy)]
pub enum Figure<'a> {
    /// An encoded image and its format: "png", "svg", ...
    Encoded(&'a [u8], &'a str),
    /// Pixels of 8 bits a channel, rows from the top; `row_stride` bytes from row to row.
    Pixels {
        /// Rows of pixels.
        pixels: &'a [u8],
        /// Pixels of a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes of a pixel: 1 (grey), 3 (RGB) or 4 (RGBA).
        channels: u32,
        /// Bytes from row to row.
        row_stride: usize,
    },
    /// A field of rows and columns, drawn with a colour map.
    Field(&'a ArrayView<'a>, &'a FieldStyle),
}

/// A metric's name as its caller gives it, checked.
pub(crate) fn check_name(bytes: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        Error::new(ErrorKind::Utf8, format!("name {:?} is not UTF-8", bytes.escape_ascii().to_string()))
    })?;
    name::check(text)?;
    Ok(text)
}

/// Appends a plain metric.
#[inline]
pub(crate) fn metric(emitter: &Emitter, name: &[u8], value: Value<'_>) -> Result<()> {
    let id = emitter.name(name, check_name)?;
    match value {
        Value::F64(value) => emitter.metric(id, Scalar::F64(value)),
        Value::I64(value) => emitter.metric(id, Scalar::I64(value)),
        Value::Bool(value) => emitter.metric(id, Scalar::Bool(value)),
        Value::Text(text) => emitter.text_metric(id, text),
    }
}

/// Appends a metric at a step.
#[inline]
pub(crate) fn metric_step(emitter: &Emitter, name: &[u8], step: i64, value: Value<'_>) -> Result<()> {
    let id = emitter.name(name, check_name)?;
    point(emitter, id, step, value)
}

/// Appends a point of the series with the number `id`.
#[inline]
pub(crate) fn point(emitter: &Emitter, id: u32, step: i64, value: Value<'_>) -> Result<()> {
    match value {
        Value::F64(value) => emitter.point(id, step, Scalar::F64(value)),
        Value::I64(value) => emitter.point(id, step, Scalar::I64(value)),
        Value::Bool(value) => emitter.point(id, step, Scalar::Bool(value)),
        Value::Text(text) => emitter.text_point(id, step, text),
    }
}

impl Capture {
    /// A plain metric: the last value wins.
    ///
    /// # Errors
    /// When the name can't be one, the run has ended, or the disk is full.
    pub fn metric<'a>(&self, name: &str, value: impl Into<Value<'a>>) -> Result<()> {
        self.live(|inner| inner.emit(|emitter| metric(emitter, name.as_bytes(), value.into())))
    }

    /// A metric at a step: a point of the series of that name.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn metric_step<'a>(&self, name: &str, step: i64, value: impl Into<Value<'a>>) -> Result<()> {
        self.live(|inner| inner.emit(|emitter| metric_step(emitter, name.as_bytes(), step, value.into())))
    }

    /// Declares a series, and gives the number by which [`point`](Self::point) feeds it fast.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn series(&self, name: &str, unit: Option<&str>, description: Option<&str>) -> Result<u32> {
        self.live(|inner| {
            let id = inner.emit(|emitter| emitter.name(name.as_bytes(), check_name))?;
            inner.event(&Event::Series {
                name: name.to_owned(),
                unit: unit.map(str::to_owned),
                description: description.map(str::to_owned),
            })?;
            Ok(id)
        })
    }

    /// A point of a series of this capture.
    ///
    /// # Errors
    /// When there is no such series, the run has ended, or the disk is full.
    pub fn point<'a>(&self, series: u32, step: i64, value: impl Into<Value<'a>>) -> Result<()> {
        self.live(|inner| {
            inner.emit(|emitter| {
                if !emitter.knows(series) {
                    return Err(Error::new(
                        ErrorKind::Handle,
                        format!("{series} is no series of this capture"),
                    ));
                }
                point(emitter, series, step, value.into())
            })
        })
    }

    /// Has the metric `name`, plain or at steps, be reduced over all processes of the run when it
    /// ends: in place of each process's own, the run has `name.min`, `name.max`, `name.mean`,
    /// `name.sum`, `name.argmin`, `name.argmax` (whose the extremes are) and `name.count`. Said by
    /// each process that emits it. Texts can't be reduced and stay as they are.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn reduce(&self, name: &str) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            name::check(name)?;
            // The longest of the names that come of it.
            name::check(&format!("{name}.argmin"))?;
            inner.event(&Event::Reduce(name.to_owned()))
        })
    }

    /// Structured data: a JSON document. `metadata` is an object, here and below.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn data(&self, name: &str, document: Json, metadata: Json) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            name::check(name)?;
            inner.event(&Event::Data { name: name.to_owned(), data: Data::Document(document), metadata })
        })
    }

    /// Structured data: an array, which a reader gets as numpy's.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn data_array(&self, name: &str, array: &ArrayView<'_>, metadata: Json) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            name::check(name)?;
            data::check_array(array.dtype(), array.shape(), array.len() * array.dtype().size())?;
            let blob = inner.shared.journal.blob(|write| array.gather(Order::C, write))?;
            let data = Data::Array { dtype: array.dtype(), shape: array.shape().to_vec(), blob };
            inner.event(&Event::Data { name: name.to_owned(), data, metadata })
        })
    }

    /// An artifact: a JSON document.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn artifact_json(&self, name: &str, document: &Json, metadata: Json) -> Result<()> {
        self.live(|inner| {
            let text = document.to_pretty();
            inner.put(
                Wanted { name, kind: "json", format: "json", suffix: ".json", metadata },
                |file, path| write_all(file, path, text.as_bytes()),
            )
        })
    }

    /// An artifact: bytes of a kind and a format, which is the file's extension.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn artifact_bytes(
        &self,
        name: &str,
        bytes: &[u8],
        kind: &str,
        format: &str,
        metadata: Json,
    ) -> Result<()> {
        self.live(|inner| {
            let suffix = suffix_of(format)?;
            inner.put(Wanted { name, kind, format, suffix: &suffix, metadata }, |file, path| {
                write_all(file, path, bytes)
            })
        })
    }

    /// An artifact: an array as .npz.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn artifact_array(&self, name: &str, array: &ArrayView<'_>, metadata: Json) -> Result<()> {
        self.artifact_arrays(name, &[(SINGLE, *array)], metadata)
    }

    /// An artifact: named arrays in one .npz.
    ///
    /// # Errors
    /// As [`metric`](Self::metric), and when two arrays have one name.
    pub fn artifact_arrays(
        &self,
        name: &str,
        arrays: &[(&str, ArrayView<'_>)],
        metadata: Json,
    ) -> Result<()> {
        self.live(|inner| {
            let mut entries = Vec::with_capacity(arrays.len());
            for (key, array) in arrays {
                check_key(key)?;
                entries.push(Entry {
                    name: key,
                    dtype: array.dtype(),
                    order: array.order(),
                    shape: array.shape(),
                });
            }
            Layout::new(&entries)?;
            inner.put(
                Wanted { name, kind: "numpy", format: "npz", suffix: ".npz", metadata },
                |file, path| {
                    write_npz(file, path, &entries, |index, write| {
                        arrays[index].1.gather(arrays[index].1.order(), write)
                    })
                },
            )
        })
    }

    /// Maps an array for the caller to compute into: zeros at first, no second copy, an artifact
    /// when it is sealed.
    ///
    /// # Errors
    /// When the shape is absurd, and as [`metric`](Self::metric).
    pub fn map_array(
        &self,
        name: &str,
        dtype: DType,
        order: Order,
        shape: &[u64],
        metadata: Json,
    ) -> Result<Mapping> {
        let Some(inner) = &self.inner else {
            return Mapping::disabled(extent(dtype, shape)?.1);
        };
        let layout = Layout::new(&[Entry { name: SINGLE, dtype, order, shape }])?;
        inner.map(name, dtype, order, shape, &layout, metadata)
    }

    /// Declares an array of which the caller computes a snapshot every so many steps: each gets a
    /// mapping that was made ready before. `metadata` is that of all; each has its own step, too.
    ///
    /// # Errors
    /// When the shape is absurd, and as [`metric`](Self::metric).
    pub fn snapshots(
        &self,
        name: &str,
        dtype: DType,
        order: Order,
        shape: &[u64],
        metadata: Json,
    ) -> Result<Snapshots> {
        let layout = Layout::new(&[Entry { name: SINGLE, dtype, order, shape }])?;
        if let Some(inner) = &self.inner {
            inner.check_open()?;
            name::check(name)?;
            // Whatever the step will be.
            name::check(&snapshots::name_of(name, i64::MIN))?;
        }
        let common = Common { name: name.to_owned(), dtype, order, shape: shape.to_vec(), metadata, layout };
        Ok(Snapshots::new(self.inner.clone(), common))
    }

    /// An artifact that is appended to until it is sealed.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn stream(&self, name: &str, kind: &str, format: &str, metadata: Json) -> Result<Stream> {
        let Some(inner) = &self.inner else {
            return Ok(Stream::disabled());
        };
        let suffix = suffix_of(format)?;
        let (staged, file, path) = inner.stage(Wanted { name, kind, format, suffix: &suffix, metadata })?;
        inner.event(&Event::Mapping(staged.clone())).inspect_err(|_| drop(std::fs::remove_file(&path)))?;
        let key = staged.staged.clone();
        lock(&inner.open).insert(key.clone(), Open { staged, map: None });
        Ok(Stream::new(inner.clone(), key, file, path))
    }

    /// Takes in a file that exists; its mode and times are kept.
    ///
    /// # Errors
    /// When it is no regular file, and as [`metric`](Self::metric).
    pub fn file(
        &self,
        name: &str,
        path: &Path,
        take: Take,
        kind: Option<&str>,
        metadata: Json,
    ) -> Result<()> {
        self.live(|inner| {
            let source = File::open(path).map_err(|source| Error::io("open", path, &source))?;
            if !source.metadata().is_ok_and(|metadata| metadata.is_file()) {
                return Err(Error::new(ErrorKind::Value, format!("{} is no regular file", path.display())));
            }
            let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
            let extension = extension.filter(|extension| !extension.is_empty());
            let suffix = extension.as_deref().map_or(Ok(String::new()), suffix_of)?;
            let format = extension.as_deref().unwrap_or("binary");
            let kind = kind.unwrap_or("file");
            inner.put(Wanted { name, kind, format, suffix: &suffix, metadata }, |file, staged| {
                take_file(&source, path, take, file, staged)
            })
        })
    }

    /// An image artifact.
    ///
    /// # Errors
    /// When it can't be drawn, and as [`metric`](Self::metric).
    pub fn figure(&self, name: &str, figure: Figure<'_>, mut metadata: Json) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            let rendered;
            let (bytes, format): (&[u8], &str) = match figure {
                Figure::Encoded(bytes, format) => (bytes, format),
                Figure::Pixels { pixels, width, height, channels, row_stride } => {
                    rendered = figure::encode_pixels(pixels, width, height, channels, row_stride)?;
                    (&rendered, "png")
                }
                Figure::Field(field, style) => {
                    let drawn = figure::render_field(field, style)?;
                    // What the colours mean; the caller's own word wins.
                    if let Json::Object(metadata) = &mut metadata {
                        for (key, value) in [("vmin", drawn.vmin), ("vmax", drawn.vmax)] {
                            // A field without a finite value has no range.
                            if value.is_finite() {
                                metadata.entry(key.to_owned()).or_insert(Json::Float(value));
                            }
                        }
                    }
                    rendered = drawn.png;
                    (&rendered, "png")
                }
            };
            let suffix = suffix_of(format)?;
            inner.put(Wanted { name, kind: "image", format, suffix: &suffix, metadata }, |file, path| {
                write_all(file, path, bytes)
            })
        })
    }

    /// A line of the run's own log, of any length; it may hold newlines.
    ///
    /// # Errors
    /// When the run has ended or the disk is full.
    pub fn log(&self, level: Level, text: &str) -> Result<()> {
        self.live(|inner| inner.log(None, level, text))
    }

    /// Has lines of `logger` and of those below it, at `level` or above, go to the run's log too.
    ///
    /// # Errors
    /// When the name can't be one, or the run has ended.
    pub fn subscribe(&self, logger: &str, level: Level) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            if !logger.is_empty() {
                name::check(logger)?;
            }
            log::subscribe(inner, logger, level);
            let text = format!("Subscribed to logger: {logger} (level={})", level.name());
            inner.log(None, Level::Debug, &text)
        })
    }

    /// Ends the subscription to `logger`.
    ///
    /// # Errors
    /// When the run has ended.
    pub fn unsubscribe(&self, logger: &str) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            log::unsubscribe(inner, Some(logger));
            Ok(())
        })
    }

    /// Has what the process writes to stdout or stderr go to the logs of these names too, until
    /// the run ends or `stdio_end`. One capture of a process can have that at a time.
    ///
    /// # Errors
    /// When another capture has it, or a log or pipe can't be had.
    pub fn stdio(&self, streams: Streams) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            let open = |wanted: bool, log: &str| {
                let log = inner.shared.member.log(log);
                wanted.then(|| open_log(&inner.shared.store, &inner.shared.identity.run_id, &log)).transpose()
            };
            let files = [open(streams.stdout, "stdout")?, open(streams.stderr, "stderr")?];
            let shared = inner.shared.clone();
            let sink = move |stream: StdStream, lines: &[u8]| {
                let file = match stream {
                    StdStream::Stdout => &files[0],
                    StdStream::Stderr => &files[1],
                };
                if let Some(mut file) = file.as_ref()
                    && let Err(source) = std::io::Write::write_all(&mut file, lines)
                {
                    let path = PathBuf::from("stdout or stderr");
                    shared.problem("log the process's output", &Error::io("write", &path, &source));
                }
            };
            let started = StdioCapture::start(streams, Arc::new(sink))?;
            *lock(&inner.stdio) = Some(started);
            Ok(())
        })
    }

    /// Ends what `stdio` began.
    ///
    /// # Errors
    /// None today.
    pub fn stdio_end(&self) -> Result<()> {
        self.live(|inner| {
            let stdio = lock(&inner.stdio).take();
            drop(stdio);
            Ok(())
        })
    }
}

/// An artifact that is about to be.
struct Wanted<'a> {
    name: &'a str,
    kind: &'a str,
    format: &'a str,
    suffix: &'a str,
    metadata: Json,
}

impl Inner {
    /// A line of `logger`, or of the run's own.
    pub(crate) fn log(&self, logger: Option<&str>, level: Level, text: &str) -> Result<()> {
        self.emit(|emitter| log_line(emitter, logger, level, text))
    }

    /// Checks what an artifact is to be, and gives it the file that is its name's.
    fn claim(&self, wanted: Wanted<'_>) -> Result<Staged> {
        self.check_open()?;
        name::check(wanted.name)?;
        for (what, text) in [("kind", wanted.kind), ("format", wanted.format)] {
            if text.is_empty() || text.len() > 100 {
                return Err(Error::new(
                    ErrorKind::Value,
                    format!("{what} {text:?} must have 1 to 100 bytes"),
                ));
            }
        }
        let is_case_blind = self.shared.store.is_case_blind();
        let name = self.shared.member.names.first(wanted.name);
        let file = lock(&self.shared.state).claim_file(Place::Artifacts, &name, wanted.suffix, is_case_blind);
        Ok(Staged {
            name,
            kind: wanted.kind.to_owned(),
            format: wanted.format.to_owned(),
            staged: self.sealer.staging().name(&file),
            file,
            metadata: wanted.metadata,
            mapped: None,
        })
    }

    /// Maps an array of this layout, which becomes the artifact `name`.
    pub(crate) fn map(
        self: &Arc<Self>,
        name: &str,
        dtype: DType,
        order: Order,
        shape: &[u64],
        layout: &Layout,
        metadata: Json,
    ) -> Result<Mapping> {
        let wanted = Wanted { name, kind: "numpy", format: "npz", suffix: ".npz", metadata };
        let mut staged = self.claim(wanted)?;
        let Blank { name: key, map } = self.sealer.blank(layout.size())?;
        staged.staged.clone_from(&key);
        staged.mapped = Some(Mapped { dtype, order, shape: shape.to_vec() });
        let member = &layout.members()[0];
        let header = member.header();
        // SAFETY: the file is at least as long as its header, and the mapping still ours alone.
        unsafe { map.as_mut_ptr().copy_from_nonoverlapping(header.as_ptr(), header.len()) };
        self.event(&Event::Mapping(staged.clone())).inspect_err(|_| self.sealer.staging().remove(&key))?;
        let (start, end) = (member.data_offset() as usize, member.data_end() as usize);
        lock(&self.open).insert(key.clone(), Open { staged, map: Some(map.clone()) });
        Ok(Mapping::new(self.clone(), key, map, start, end - start))
    }

    /// Has arrays of `size` made ahead.
    pub(crate) fn declare_ahead(&self, size: u64) {
        self.sealer.ahead().declare(size);
    }

    /// Ends what `declare_ahead` began.
    pub(crate) fn retract_ahead(&self, size: u64) {
        // A forked child has no such thread, and may have inherited its locks as they were held.
        if !self.shared.journal.is_inherited() {
            self.sealer.ahead().retract(size);
        }
    }

    /// A file for an artifact, which no reader sees yet.
    fn stage(&self, wanted: Wanted<'_>) -> Result<(Staged, File, PathBuf)> {
        let staged = self.claim(wanted)?;
        let path = self.sealer.staging().path(&staged.staged);
        let file = file::create_new(&path).map_err(|source| Error::io("create", &path, &source))?;
        Ok((staged, file, path))
    }

    /// An artifact whose bytes are there now: `fill` writes them.
    fn put(&self, wanted: Wanted<'_>, fill: impl FnOnce(&mut File, &Path) -> Result<()>) -> Result<()> {
        let (staged, mut file, path) = self.stage(wanted)?;
        fill(&mut file, &path)
            .and_then(|()| self.event(&Event::Artifact(staged)))
            .inspect_err(|_| drop(std::fs::remove_file(&path)))
    }
}

/// Appends a log line, and has an urgent one written at once.
#[inline]
pub(crate) fn log_line(emitter: &Emitter, logger: Option<&str>, level: Level, text: &str) -> Result<()> {
    let logger = match logger {
        None => 0,
        Some("") => 1 + emitter.name(b"root", check_name)?,
        Some(logger) => 1 + emitter.name(logger.as_bytes(), check_name)?,
    };
    emitter.log(Log { level: level as u32, logger, text: text.as_bytes() })?;
    if level >= Level::Error {
        emitter.journal().wake();
    }
    Ok(())
}

fn write_all(file: &mut File, path: &Path, bytes: &[u8]) -> Result<()> {
    std::io::Write::write_all(file, bytes).map_err(|source| Error::io("write", path, &source))
}

/// `.png` of "png": a format becomes part of a file name.
fn suffix_of(format: &str) -> Result<String> {
    name::check(format).map_err(|error| error.context("format"))?;
    if format.len() > 40 {
        return Err(Error::new(ErrorKind::Name, format!("format {format:?} is longer than 40 bytes")));
    }
    let encoded = name::encode(format);
    Ok(format!(".{}", encoded.strip_prefix("%2E").unwrap_or(&encoded)))
}

/// The key of an array within an .npz.
fn check_key(key: &str) -> Result<()> {
    name::check(key).map_err(|error| error.context("array name"))?;
    // numpy would give the key back without it.
    if key.ends_with(".npy") {
        return Err(Error::new(ErrorKind::Name, format!("array name {key:?} must not end in .npy")));
    }
    Ok(())
}

fn take_file(source: &File, path: &Path, take: Take, file: &mut File, staged: &Path) -> Result<()> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |source: std::io::Error| Error::io(&what, path, &source)
    };
    if take != Take::Copy {
        // The staged name is there already, empty: a link must not find it, a rename replaces it.
        let taken = match take {
            Take::Move => std::fs::rename(path, staged),
            _ => {
                let mut beside = staged.as_os_str().to_owned();
                beside.push(".link");
                std::fs::canonicalize(path)
                    .and_then(|target| std::fs::hard_link(target, &beside))
                    .and_then(|()| std::fs::rename(&beside, staged))
                    .inspect_err(|_| drop(std::fs::remove_file(&beside)))
            }
        };
        match taken {
            Ok(()) => return Ok(()),
            // On another file system, or one without links: by copy then.
            Err(error)
                if matches!(
                    error.raw_os_error(),
                    Some(libc::EXDEV | libc::EMLINK | libc::EPERM | libc::ENOTSUP)
                ) => {}
            Err(error) => return Err(failed("take in")(error)),
        }
    }
    sys::copy_file(source, file).map_err(failed("copy"))?;
    sys::copy_attributes(source, file).map_err(failed("copy the mode and times of"))?;
    if take == Take::Move {
        std::fs::remove_file(path).map_err(failed("remove"))?;
    }
    Ok(())
}
