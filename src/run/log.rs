//! Loggers by name, and the runs that subscribed to them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use crate::base::error::Result;
use crate::base::level::Level;
use crate::base::sync::PerProcess;
use crate::journal::{self, Journal};

struct Subscription {
    logger: String,
    level: Level,
    journal: Weak<Journal>,
}

/// A forked child has none of its parent's captures, so none of their subscriptions.
static SUBSCRIPTIONS: PerProcess<RwLock<Vec<Subscription>>> = PerProcess::new(|_| RwLock::default());

/// The lowest level that anybody wants, so that a line nobody wants costs one load.
static LOWEST: AtomicUsize = AtomicUsize::new(usize::MAX);

fn note_lowest(subscriptions: &[Subscription]) {
    let lowest = subscriptions.iter().map(|one| one.level as usize).min().unwrap_or(usize::MAX);
    LOWEST.store(lowest, Ordering::Release);
}

/// Returns whether `logger` is `ancestor` or below it; everything is below "".
fn is_below(logger: &str, ancestor: &str) -> bool {
    ancestor.is_empty()
        || logger.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn wanted(logger: &str, level: Level) -> Vec<Arc<Journal>> {
    if (level as usize) < LOWEST.load(Ordering::Acquire) {
        return Vec::new();
    }
    let subscriptions = SUBSCRIPTIONS.get().read().unwrap_or_else(PoisonError::into_inner);
    let mut journals: Vec<Arc<Journal>> = Vec::new();
    for one in subscriptions.iter().filter(|one| level >= one.level && is_below(logger, &one.logger)) {
        // A capture that subscribed to `a` and to `a.b` gets a line of `a.b` once.
        let journal = one.journal.upgrade();
        let is_new = |journal: &Arc<Journal>| !journals.iter().any(|other| Arc::ptr_eq(other, journal));
        let new = journal.filter(is_new);
        journals.extend(new);
    }
    journals
}

/// Emits a line of `logger` to every capture that subscribed to it or to one of its ancestors.
///
/// # Errors
/// The first one of those captures; the others get the line nevertheless.
pub fn log(logger: &str, level: Level, text: &str) -> Result<()> {
    let mut result = Ok(());
    for journal in wanted(logger, level) {
        let sent = journal::with(&journal, |emitter| emitter.line(Some(logger), level, text));
        result = result.and(sent);
    }
    result
}

/// Returns whether a line of `logger` at `level` would reach a capture.
pub fn is_enabled(logger: &str, level: Level) -> bool {
    !wanted(logger, level).is_empty()
}

/// Sends lines of `logger` and of those below it, at `level` or above, to this journal.
pub fn subscribe(journal: &Arc<Journal>, logger: &str, level: Level) {
    let mut subscriptions = SUBSCRIPTIONS.get().write().unwrap_or_else(PoisonError::into_inner);
    let same =
        |one: &Subscription| one.logger == logger && std::ptr::eq(one.journal.as_ptr(), Arc::as_ptr(journal));
    subscriptions.retain(|one| !same(one));
    subscriptions.push(Subscription { logger: logger.to_owned(), level, journal: Arc::downgrade(journal) });
    note_lowest(&subscriptions);
}

/// Ends the subscription to `logger`, or every one of the capture.
pub fn unsubscribe(journal: &Journal, logger: Option<&str>) {
    let mut subscriptions = SUBSCRIPTIONS.get().write().unwrap_or_else(PoisonError::into_inner);
    subscriptions.retain(|one| {
        !std::ptr::eq(one.journal.as_ptr(), journal) || logger.is_some_and(|logger| one.logger != logger)
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
}
