//! Capture a simulation's run into a store of the Python package `metalab`.
//!
//! A code opens a [`Capture`] and emits metrics, structured data, artifacts, files, figures and
//! logs. What a thread emits goes into a memory-mapped journal of its own, without a lock or a
//! system call, so that a kill at any instant loses nothing; a writer thread makes a store of it.
//! The C interface in `include/metalab.h` wraps this same API.
//!
//! ```
//! use metalab::{Capture, Level, Opened, Options};
//!
//! # fn main() -> metalab::Result<()> {
//! # let directory = tempfile::tempdir().unwrap();
//! # let store = directory.path().to_str().unwrap();
//! let mut options = Options::new();
//! options.store(store).seed(42).param("n", 256i64);
//! options.experiment("heat:1.0")?;
//! let Opened::Capture(run) = Capture::open(&options)? else { return Ok(()) };
//!
//! let residual = run.series("residual", Some("K"), None)?;
//! for step in 0..1000 {
//!     run.point(residual, step, 1.0 / (step + 1) as f64)?;
//! }
//! run.metric("converged", true)?;
//! run.log(Level::Info, "done")?;
//! run.finish()?;
//! assert_eq!(run.metrics()?.to_compact(), r#"{"converged":true}"#);
//! # Ok(())
//! # }
//! ```

mod artifact;
mod capture;
mod cgroup;
mod clock;
mod code_hash;
mod data;
mod ending;
mod event;
mod file;
mod git;
#[cfg_attr(not(feature = "postgres"), path = "index/absent.rs")]
mod index;
mod journal;
mod limit;
mod log;
mod options;
mod provenance;
mod recover;
mod restart;
mod run;
mod sample;
mod seal;
mod series;
mod stdio;
mod store;
mod sync;
mod sys;
mod worker;
mod writer;

pub mod array;
pub mod capi;
pub mod error;
pub mod figure;
pub mod identity;
pub mod json;
pub mod name;

pub use array::{ArrayView, DType, Order};
pub use artifact::{Mapping, Snapshots, Stream};
pub use capture::{Capture, Figure, Flush, Opened, Take, Value};
pub use ending::Signals;
pub use error::{Error, ErrorKind, Result};
pub use index::rebuild as index_rebuild;
pub use json::Json;
pub use log::{Level, is_enabled as log_enabled, log};
pub use options::{IfSuccess, Options};
pub use recover::{recover, recover_child};
pub use stdio::Streams;
pub use worker::rank::Role;
