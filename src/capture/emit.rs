//! What a run emits.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::{Capture, Inner};
use crate::artifacts::sealer::{SINGLE, write_npz};
use crate::artifacts::snapshots::{self, Common};
use crate::artifacts::{Mapping, Snapshots, Stream, Wanted, suffix_of};
use crate::base::array::{ArrayView, DType, Order, extent};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::json::Json;
use crate::base::level::Level;
use crate::base::name;
use crate::base::sync::lock;
use crate::base::sys;
use crate::base::value::Value;
use crate::companions::stdio::{StdioCapture, Stream as StdStream, Streams};
use crate::journal::event::{Data, Event};
use crate::run::context::open_log;
use crate::run::log;
use crate::store::data;
use crate::store::figure::{self, FieldStyle};
use crate::store::npz::{Entry, Layout};

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

impl Capture {
    /// A plain metric: the last value wins.
    ///
    /// # Errors
    /// When the name can't be one, the run has ended, or the disk is full.
    pub fn metric<'a>(&self, name: &str, value: impl Into<Value<'a>>) -> Result<()> {
        self.live(|inner| {
            inner.emit(|emitter| {
                let id = emitter.name(name.as_bytes())?;
                emitter.metric_value(id, value.into())
            })
        })
    }

    /// A metric at a step: a point of the series of that name.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn metric_step<'a>(&self, name: &str, step: i64, value: impl Into<Value<'a>>) -> Result<()> {
        self.live(|inner| {
            inner.emit(|emitter| {
                let id = emitter.name(name.as_bytes())?;
                emitter.point_value(id, step, value.into())
            })
        })
    }

    /// Declares a series, and gives the number by which [`point`](Self::point) feeds it fast.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn series(&self, name: &str, unit: Option<&str>, description: Option<&str>) -> Result<u32> {
        self.live(|inner| {
            let id = inner.emit(|emitter| emitter.name(name.as_bytes()))?;
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
                emitter.point_value(series, step, value.into())
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
            inner.desk.put(
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
            inner.desk.put(Wanted { name, kind, format, suffix: &suffix, metadata }, |file, path| {
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
            inner.desk.put(
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
        inner.desk.map(name, dtype, order, shape, &layout, metadata)
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
        Ok(Snapshots::new(self.inner.as_ref().map(|inner| inner.desk.clone()), common))
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
        inner.desk.stream(Wanted { name, kind, format, suffix: &suffix, metadata })
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
            let source = file::open_to_read(path).map_err(|source| Error::io("open", path, &source))?;
            if !source.metadata().is_ok_and(|metadata| metadata.is_file()) {
                return Err(Error::new(ErrorKind::Value, format!("{} is no regular file", path.display())));
            }
            let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
            let extension = extension.filter(|extension| !extension.is_empty());
            let suffix = extension.as_deref().map_or(Ok(String::new()), suffix_of)?;
            let format = extension.as_deref().unwrap_or("binary");
            let kind = kind.unwrap_or("file");
            inner.desk.put(Wanted { name, kind, format, suffix: &suffix, metadata }, |file, staged| {
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
            inner.desk.put(Wanted { name, kind: "image", format, suffix: &suffix, metadata }, |file, path| {
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
            log::subscribe(&inner.shared.journal, logger, level);
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
            log::unsubscribe(&inner.shared.journal, Some(logger));
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
                if let Some(file) = file.as_ref()
                    && let Err(source) = file.append(lines)
                {
                    shared.problem("log the process's output", &Error::io("write", file.path(), &source));
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

impl Inner {
    /// A line of `logger`, or of the run's own.
    pub(crate) fn log(&self, logger: Option<&str>, level: Level, text: &str) -> Result<()> {
        self.emit(|emitter| emitter.line(logger, level, text))
    }
}

fn write_all(file: &mut File, path: &Path, bytes: &[u8]) -> Result<()> {
    std::io::Write::write_all(file, bytes).map_err(|source| Error::io("write", path, &source))
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
                    Some(
                        libc::EXDEV
                            | libc::EMLINK
                            | libc::EPERM
                            | libc::EACCES
                            | libc::EINVAL
                            | libc::ENOSYS
                            | libc::ENOTSUP
                    )
                ) => {}
            Err(error) => return Err(failed("take in")(error)),
        }
    }
    sys::copy_file(source, file).map_err(failed("copy"))?;
    sys::copy_attributes(source, file);
    if take == Take::Move {
        std::fs::remove_file(path).map_err(failed("remove"))?;
    }
    Ok(())
}
