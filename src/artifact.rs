//! Artifacts on their way into the store.

pub mod ahead;
pub mod npz;
mod open;
pub mod snapshots;
pub mod staging;

pub use open::{Mapping, Stream};
pub use snapshots::Snapshots;
