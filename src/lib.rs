//! Capture a simulation's run into a store of the Python package `metalab`.

pub mod array;
pub mod error;

pub use array::{ArrayView, DType, Order};
pub use error::{Error, ErrorKind, Result};

mod event;
mod journal;
mod sync;
mod sys;
pub mod json;
pub mod name;
mod artifact;
mod clock;
mod run;
mod series;
mod store;
