//! The files of an experiment: their layout, locks and whole writes, and the formats in them.

mod address;
pub mod damaged;
pub mod data;
#[cfg(feature = "postgres")]
mod discover;
mod experiment;
pub mod figure;
mod locator;
pub mod manifest;
pub mod npz;
pub mod series;
mod sort;
pub mod tar;
pub mod thin;
mod unsynced;

pub use address::Address;
pub use experiment::{Observer, Place, RunLock, Store, make_directory, read_json};
pub use locator::Locator;
pub use manifest::Submission;
