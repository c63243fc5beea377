//! The processes of one run: who they are, their directories, names and parts, and how one attaches.

pub mod attach;
pub mod directory;
pub mod liveness;
mod member;
pub mod names;
pub mod part;
pub mod rank;
pub mod refusal;

pub use member::{Member, base_of, label};
