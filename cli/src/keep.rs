//! The files of a store as the commands that keep it in order see them: where they are, whose each is, and
//! how they are replaced and removed so that a reader never sees half of something.

pub mod aside;
pub mod experiment;
pub mod leftovers;
pub mod lock;
pub mod moved;
pub mod progress;
pub mod whole;
