//! Log levels, and loggers by name that captures subscribe to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use crate::capture::Inner;
use crate::error::Result;
use crate::sync::PerProcess;

/// How serious a line is. The numbers are Python's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever looks for a fault.
    Debug = 10,
    /// What goes on.
    Info = 20,
    /// What may be wrong.
    Warning = 30,
    /// What is wrong; reaches the file at once.
    Error = 40,
    /// What ends the run.
    Critical = 50,
}

impl Level {
    /// The level with this number, if there is one.
    pub fn from_number(number: i32) -> Option<Self> {
        use Level::*;
        [Debug, Info, Warning, Error, Critical].into_iter().find(|level| *level as i32 == number)
    }

    /// `DEBUG`, as the log has it.
    pub fn name(self) -> &'static str {
        self.padded().trim_end()
    }

    pub(crate) fn padded(self) -> &'static str {
        match self {
            Level::Debug => "DEBUG  ",
            Level::Info => "INFO   ",
            Level::Warning => "WARNING",
            Level::Error => "ERROR  ",
            Level::Critical => "CRITICAL",
        }
    }
}

struct Subscription {
    logger: String,
    level: Level,
    capture: Weak<Inner>,
}

/// A forked child has none of its parent's captures, so none of their subscriptions.
static SUBSCRIPTIONS: PerProcess<RwLock<Vec<Subscription>>> = PerProcess::new(|_| RwLock::default());

/// The lowest level that anybody wants, so that a line nobody wants costs one load.
static LOWEST: AtomicUsize = AtomicUsize::new(usize::MAX);

fn note_lowest(subscriptions: &[Subscription]) {
    let lowest = subscriptions.iter().map(|one| one.level as usize).min().unwrap_or(usize::MAX);
    LOWEST.store(lowest, Ordering::Release);
}

/// Whether `logger` is `ancestor` or below it; everything is below "".
fn is_below(logger: &str, ancestor: &str) -> bool {
    ancestor.is_empty()
        || logger.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn wanted(logger: &str, level: Level) -> Vec<Arc<Inner>> {
    if (level as usize) < LOWEST.load(Ordering::Acquire) {
        return Vec::new();
    }
    let subscriptions = SUBSCRIPTIONS.get().read().unwrap_or_else(PoisonError::into_inner);
    let mut captures: Vec<Arc<Inner>> = Vec::new();
    for one in subscriptions.iter().filter(|one| level >= one.level && is_below(logger, &one.logger)) {
        // A capture that subscribed to `a` and to `a.b` gets a line of `a.b` once.
        if let Some(capture) = one.capture.upgrade()
            && !captures.iter().any(|other| Arc::ptr_eq(other, &capture))
        {
            captures.push(capture);
        }
    }
    captures
}

/// Emits a line of `logger` to every capture that subscribed to it or to one of its ancestors.
///
/// # Errors
/// The first one of those captures; the others get the line all the same.
pub fn log(logger: &str, level: Level, text: &str) -> Result<()> {
    let mut result = Ok(());
    for capture in wanted(logger, level) {
        result = result.and(capture.log(Some(logger), level, text));
    }
    result
}

/// Whether a line of `logger` at `level` would reach a capture.
pub fn is_enabled(logger: &str, level: Level) -> bool {
    !wanted(logger, level).is_empty()
}

pub(crate) fn subscribe(capture: &Arc<Inner>, logger: &str, level: Level) {
    let mut subscriptions = SUBSCRIPTIONS.get().write().unwrap_or_else(PoisonError::into_inner);
    let same =
        |one: &Subscription| one.logger == logger && std::ptr::eq(one.capture.as_ptr(), Arc::as_ptr(capture));
    subscriptions.retain(|one| !same(one));
    subscriptions.push(Subscription { logger: logger.to_owned(), level, capture: Arc::downgrade(capture) });
    note_lowest(&subscriptions);
}

/// Ends the subscription to `logger`, or every one of the capture.
pub(crate) fn unsubscribe(capture: &Inner, logger: Option<&str>) {
    let mut subscriptions = SUBSCRIPTIONS.get().write().unwrap_or_else(PoisonError::into_inner);
    subscriptions.retain(|one| {
        !std::ptr::eq(one.capture.as_ptr(), capture) || logger.is_some_and(|logger| one.logger != logger)
    });
    note_lowest(&subscriptions);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hierarchies_are_dotted() {
        assert!(is_below("a", "a") && is_below("a.b.c", "a.b") && is_below("a", ""));
        assert!(!is_below("ab", "a") && !is_below("a", "a.b"));
    }

    #[test]
    fn levels_are_pythons() {
        assert_eq!(Level::from_number(30), Some(Level::Warning));
        assert_eq!(Level::from_number(25), None);
        assert_eq!(Level::Info.name(), "INFO");
        assert_eq!(Level::Info.padded().len(), 7);
        assert_eq!(Level::Critical.padded(), "CRITICAL");
    }
}
