//! The C interface: `include/metalab.h` is generated from the files of this module.
//!
//! Functions here are thin: check, convert, call, write out-parameters. What a pointer must be is
//! what their documentation says, so it stands there and not under a heading of its own. Handles
//! are tokens that are looked up, never pointers that are followed: a NULL, foreign, ended or
//! freed handle is an answer, not undefined behaviour.

#![allow(non_camel_case_types, clippy::missing_safety_doc, clippy::missing_errors_doc)]

mod convert;
mod current;
mod handle;

pub mod arrow;
pub mod artifact;
pub mod capture;
pub mod data;
pub mod ending;
pub mod figure;
pub mod file;
pub mod identity;
pub mod index;
pub mod loaded;
pub mod log;
pub mod metric;
pub mod options;
pub mod points;
pub mod reader;
pub mod snapshots;
pub mod state;
pub mod status;
pub mod store;
mod structure;
pub mod values;
pub mod version;
pub mod worker;
