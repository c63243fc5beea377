//! Artifacts on their way into the store: open arrays and streams, files made ahead, hashes and the manifest.

pub mod ahead;
mod backlog;
mod desk;
mod listing;
pub mod manifest;
mod open;
pub mod sealer;
pub mod snapshots;
pub mod staging;

pub use desk::{Desk, Wanted, suffix_of};
pub use open::{Mapping, Stream};
pub use snapshots::Snapshots;
