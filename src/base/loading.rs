//! The shared libraries that are mapped into this process, and those of them that came with one that the
//! library itself has loaded: these are none of the program's.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::sync::lock;

/// The paths of what was loaded for the library's own use.
static OWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn mapped() -> BTreeSet<String> {
    let maps = std::fs::read("/proc/self/maps").unwrap_or_default();
    let path = |line: &[u8]| {
        let start = line.iter().position(|byte| *byte == b'/')?;
        Some(String::from_utf8_lossy(&line[start..]).into_owned())
    };
    maps.split(|byte| *byte == b'\n').filter_map(path).collect()
}

/// Calls `load`, which loads a library for this one's own use.
pub fn own<T>(load: impl FnOnce() -> T) -> T {
    let before = mapped();
    let loaded = load();
    lock(&OWN).extend(mapped().difference(&before).cloned());
    loaded
}

/// Returns whether the file at `path` was loaded for this library's own use.
pub fn is_own(path: &str) -> bool {
    lock(&OWN).contains(path)
}
