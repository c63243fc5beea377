//! Capture a simulation's run into a store of the Python package `metalab`.

pub mod array;
pub mod error;

pub use array::{ArrayView, DType, Order};
pub use error::{Error, ErrorKind, Result};
