//! The way from the journal to the store: following it, ending a run, and recovering a dead one.

mod absent;
mod apply;
mod cause;
mod combine;
mod dead;
mod death;
mod entries;
pub mod errand;
mod failures;
mod finish;
mod folded;
mod leftovers;
mod log;
mod log_file;
mod mend;
mod parts;
mod postponed;
mod publish;
pub mod recover;
mod reduce;
pub mod report;
pub mod rerun;
pub mod restart;
mod seat;
pub mod take_over;
pub mod writer;
