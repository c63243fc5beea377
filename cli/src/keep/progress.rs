//! How far something is: a bar on stderr, on a terminal alone.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar.
#[derive(Debug, Clone)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar for `total` bytes.
    pub fn bytes(total: u64, what: &'static str) -> Self {
        Self::new(
            total,
            what,
            "{msg} {bar:30} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}",
        )
    }

    /// A bar for `total` runs.
    pub fn runs(total: u64, what: &'static str) -> Self {
        Self::new(total, what, "{msg} {bar:30} {pos}/{len} {eta}")
    }

    fn new(total: u64, what: &'static str, template: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::new(total);
        // The templates are ours, and right.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self { bar }
    }

    /// So much more is to be done.
    pub fn more(&self, count: u64) {
        self.bar.inc_length(count);
    }

    /// So much more is done.
    pub fn add(&self, count: u64) {
        self.bar.inc(count);
    }

    /// So much is done of so much.
    pub fn set(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    /// Takes the bar off the terminal.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
