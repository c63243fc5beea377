//! The way from the journal to the store: following it, ending a run, and recovering a dead one.

mod apply;
mod cause;
mod combine;
mod entries;
mod failures;
mod finish;
mod folded;
mod log;
mod log_file;
mod mend;
mod parts;
mod postponed;
mod publish;
pub mod recover;
mod reduce;
pub mod rerun;
pub mod restart;
mod seat;
mod take_over;
pub mod writer;
