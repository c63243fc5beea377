//! Capture a simulation's run into a store of the Python package `metalab`.
//!
//! A code opens a [`Capture`] and emits metrics, structured data, artifacts, files, figures and
//! logs. What a thread emits goes into a memory-mapped journal of its own, without a lock or a
//! system call, so that a kill at any instant loses nothing; a writer thread makes a store of it.
//! The C interface in `include/metalab.h` wraps this same API. [`read`] reads a store back.
//!
//! ```
//! use metalab::{Capture, Level, Opened, Options};
//!
//! #[derive(serde::Serialize)]
//! struct Params {
//!     cells: u32,
//!     tolerance: f64,
//! }
//!
//! # fn main() -> metalab::Result<()> {
//! # let directory = tempfile::tempdir().unwrap();
//! # let store = directory.path().to_str().unwrap();
//! let mut options = Options::new();
//! options.store(store).seed(42).params(Params { cells: 256, tolerance: 1e-6 })?;
//! options.experiment("heat:1.0")?;
//! let Opened::Capture(run) = Capture::open(&options)? else { return Ok(()) };
//!
//! let residual = run.series("residual", Some("K"), None)?;
//! for step in 0..1000 {
//!     residual.point(step, 1.0 / (step + 1) as f64)?;
//! }
//! run.metric("converged", true)?;
//! run.data("probe", [1.5, f64::NAN], serde_json::json!({"unit": "K"}))?;
//! run.log(Level::Info, "done")?;
//! run.finish()?;
//! assert_eq!(run.metrics()?.to_compact(), r#"{"converged":true}"#);
//! # Ok(())
//! # }
//! ```

// Without the index, what serves it is there for nobody.
#![cfg_attr(not(feature = "postgres"), allow(dead_code, unused_imports))]

mod artifacts;
mod base;
mod capture;
mod companions;
mod fold;
#[cfg_attr(not(feature = "postgres"), path = "index/absent.rs")]
mod index;
mod journal;
mod members;
mod run;
mod store;

pub mod capi;
pub mod read;

pub use artifacts::{Mapping, Snapshots, Stream};
pub use base::array::{ArrayView, DType, Order};
pub use base::error::{Error, ErrorKind, Result};
pub use base::json::Json;
pub use base::level::Level;
pub use base::value::{Scalar, Value};
pub use base::{array, digest, error, hex, json, name, namelist, stem, uuid};
pub use capture::recover::{
    Recovered, recover, recover_child, recover_gone, recover_host, recover_with_report,
};
pub use capture::{Capture, Figure, Flush, Opened, Output, Series, Take};
pub use companions::stdio::Streams;
pub use index::{IndexStatus, rebuild as index_rebuild, status as index_status};
pub use members::rank::{Rank, Role};
pub use run::Signals;
pub use run::identity;
pub use run::log::{is_enabled as log_enabled, log};
pub use run::options::{IfSuccess, Options};
pub use store::Locator;
pub use store::figure;
pub use store::manifest::add_copied as manifest_add_copied;
