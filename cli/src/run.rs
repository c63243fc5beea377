//! A program that is run unchanged becomes a run of the store.

pub mod arguments;
mod artifacts;
mod channel;
mod follow;
pub mod inputs;
mod keeper;
pub mod program;
mod recorder;
mod relay;
mod sampler;
mod session;
mod signals;
mod usage;

pub use recorder::Reading;
pub use session::{Plan, cannot_start, run, status_of};
