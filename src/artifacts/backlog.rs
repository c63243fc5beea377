//! Arrays that were computed and are not sealed yet.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use memmap2::MmapRaw;

use crate::base::sync::lock;

/// Bytes that may wait, besides two arrays of any size, before who asks for another is slowed.
const LIMIT: u64 = 1 << 30;

/// How long it waits at most; then it goes on.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

/// Arrays that wait to be sealed, with their mappings: to unmap takes a while, and to map again.
///
/// A solver that writes more than can be hashed is slowed to that pace, as one that calls write(2)
/// is to the disk's, unless a single array takes longer than anyone should wait. Beyond the limit
/// mappings are not kept, so that the memory which the process has mapped is bounded.
#[derive(Debug, Default)]
pub struct Backlog {
    waiting: Mutex<Waiting>,
    shrunk: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: u64,
    arrays: HashMap<String, (u64, Option<Arc<MmapRaw>>)>,
}

impl Waiting {
    fn has_room(&self, size: u64) -> bool {
        self.bytes.saturating_add(size) <= LIMIT.max(size.saturating_mul(2))
    }
}

impl Backlog {
    /// Waits for room for `size` bytes, but not for long.
    pub fn wait(&self, size: u64) {
        let waiting = lock(&self.waiting);
        let waited = self.shrunk.wait_timeout_while(waiting, LONGEST_WAIT, |waiting| !waiting.has_room(size));
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Adds an array that is about to be sealed.
    pub fn add(&self, staged: &str, map: Arc<MmapRaw>) {
        let size = map.len() as u64;
        let mut waiting = lock(&self.waiting);
        let map = waiting.has_room(size).then_some(map);
        waiting.bytes += size;
        waiting.arrays.insert(staged.to_owned(), (size, map));
    }

    /// The mapping of an array that is being sealed, if it was kept.
    pub fn take_map(&self, staged: &str) -> Option<Arc<MmapRaw>> {
        lock(&self.waiting).arrays.get_mut(staged)?.1.take()
    }

    /// Removes an array that was sealed or never will be.
    pub fn remove(&self, staged: &str) {
        let mut waiting = lock(&self.waiting);
        if let Some((size, _)) = waiting.arrays.remove(staged) {
            waiting.bytes -= size;
            self.shrunk.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use memmap2::MmapMut;

    use super::*;

    #[test]
    fn two_of_any_size_wait_with_their_mappings() {
        // Address space only: nobody touches the pages.
        let map = || Arc::new(MmapRaw::from(MmapMut::map_anon(LIMIT as usize).unwrap()));
        let backlog = Backlog::default();
        for name in ["a", "b", "c"] {
            backlog.add(name, map());
        }
        assert!(backlog.take_map("a").is_some() && backlog.take_map("b").is_some());
        assert!(backlog.take_map("a").is_none() && backlog.take_map("c").is_none());
        // Full: this comes back without anything being sealed.
        backlog.wait(LIMIT);
        std::thread::scope(|scope| {
            scope.spawn(|| backlog.wait(LIMIT));
            for name in ["a", "b", "c", "d"] {
                backlog.remove(name);
            }
        });
        assert_eq!(lock(&backlog.waiting).bytes, 0);
        backlog.add("e", map());
        assert!(backlog.take_map("e").is_some());
    }
}
