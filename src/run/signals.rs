//! The signals that a run takes.

/// Which signals a run has taken: see [`Options::signals`](crate::Options::signals).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signals {
    /// Those that end the process are noted, and end it as they would have.
    pub fatal: bool,
    /// SIGTERM and SIGUSR1 make `should_stop` true, and don't end the process.
    pub stop: bool,
    /// SIGINT, as Ctrl-C sends it, makes `should_stop` true the first time; the next one ends the process.
    pub interrupt: bool,
}
