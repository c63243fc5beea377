//! The ground floor: errors, values, JSON, names, arrays, clocks, and the operating system. Uses nothing above.

pub mod about;
pub mod array;
pub mod clock;
pub mod crew;
pub mod digest;
pub mod environment;
pub mod error;
pub mod file;
pub mod guard;
pub mod helper;
pub mod hex;
pub mod json;
pub mod level;
pub mod limit;
pub mod loading;
pub mod memory;
pub mod name;
pub mod pinned;
pub mod process;
pub mod redact;
pub mod registry;
pub mod signal;
pub mod stem;
pub mod sync;
pub mod sys;
pub mod value;
