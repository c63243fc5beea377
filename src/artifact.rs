//! Artifacts on their way into the store.

pub mod ahead;
pub mod npz;
mod open;

pub use open::{Mapping, Stream};
