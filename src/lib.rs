//! Capture a simulation's run into a store of the Python package `metalab`.
//!
//! A code opens a [`Capture`] and emits metrics, structured data, artifacts, files, figures and
//! logs. What a thread emits goes into a memory-mapped journal of its own, without a lock or a
//! system call, so that a kill at any instant loses nothing; a writer thread makes a store of it.
//! The C interface in `include/metalab.h` wraps this same API.

mod artifact;
mod capture;
mod clock;
mod code_hash;
mod data;
mod event;
mod journal;
mod log;
mod options;
mod recover;
mod run;
mod seal;
mod series;
mod stdio;
mod store;
mod sync;
mod sys;
mod writer;

pub mod array;
pub mod capi;
pub mod error;
pub mod figure;
pub mod identity;
pub mod json;
pub mod name;

pub use array::{ArrayView, DType, Order};
pub use artifact::{Mapping, Stream};
pub use capture::{Capture, Figure, Flush, Opened, Take, Value};
pub use error::{Error, ErrorKind, Result};
pub use json::Json;
pub use log::{Level, is_enabled as log_enabled, log};
pub use options::{IfSuccess, Options};
pub use recover::recover;
pub use stdio::Streams;
