//! A run: its identity and options, its record, and the context that its threads share.

pub mod context;
pub mod deadline;
pub mod identity;
pub mod log;
pub mod log_file;
pub mod notice;
pub mod options;
pub mod saved;
pub mod signals;
mod state;
mod variables;

pub use context::Context;
pub use deadline::Deadline;
pub use log_file::RunLog;
pub use signals::Signals;
pub use state::{Descriptor, Ended, FIRST_STARTED, Identity, State, Status};
pub(crate) use variables::disabled;
