//! The threads and handlers beside a solver: provenance, sampling, standard streams, signals and exits.

mod cgroup;
pub mod code_hash;
pub mod ending;
mod git;
pub mod provenance;
pub mod sample;
pub mod stdio;
