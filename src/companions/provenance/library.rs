//! The shared libraries that are loaded, and their versions as far as the names of their files say.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};

use crate::base::json::Json;
use crate::base::limit::Limit;
use crate::base::loading;

/// Libraries that are recorded, at most.
const MOST: usize = 300;

/// The longest line that is read: a path has 4096 bytes at most.
const LONGEST: u64 = 4096 + 256;

/// Name, version and path of each. The system's own list is read; nothing is loaded or called.
pub fn loaded(limit: &Limit<'_>) -> Option<Json> {
    let mut libraries = list(BufReader::with_capacity(32 << 10, File::open("/proc/self/maps").ok()?), limit)?;
    if let (Some(version), Some(Json::Object(libc))) = (libc_version(), libraries.get_mut("libc")) {
        libc.insert("version".to_owned(), version.into());
    }
    Some(libraries.into())
}

fn list(mut maps: impl std::io::BufRead, limit: &Limit<'_>) -> Option<BTreeMap<String, Json>> {
    let mut libraries = BTreeMap::new();
    let (mut line, mut last) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        if std::io::Read::take(&mut maps, LONGEST).read_until(b'\n', &mut line).ok()? == 0 {
            return Some(libraries);
        }
        limit.check()?;
        let Some(start) = line.iter().position(|byte| *byte == b'/') else { continue };
        let path = line[start..].strip_suffix(b"\n").unwrap_or(&line[start..]);
        // A library has several mappings, one after the other.
        if path == last {
            continue;
        }
        last.clear();
        last.extend_from_slice(path);
        let path = String::from_utf8_lossy(path);
        if loading::is_own(&path) {
            continue;
        }
        let path = path.trim_end_matches(" (deleted)");
        if let Some((name, version)) = path.rsplit('/').next().and_then(parse) {
            let library = Json::object([("version", Json::from(version)), ("path", path.into())]);
            libraries.insert(name.to_owned(), library);
            if libraries.len() == MOST {
                return Some(libraries);
            }
        }
    }
}

/// Name and version of "libhdf5.so.103.3.0", "libopenblas-r0.3.21.so", "libcuda.so".
fn parse(file: &str) -> Option<(&str, Option<&str>)> {
    let (name, after) = file.split_once(".so")?;
    if !name.starts_with("lib") || !(after.is_empty() || after.starts_with('.')) {
        return None;
    }
    if let Some(version) = after.strip_prefix('.') {
        return Some((name, Some(version)));
    }
    let is_version = |text: &str| {
        text.contains('.')
            && text.trim_start_matches(['r', 'v']).starts_with(|first: char| first.is_ascii_digit())
    };
    match name.rsplit_once('-') {
        Some((name, version)) if is_version(version) => Some((name, Some(version))),
        _ => Some((name, None)),
    }
}

/// glibc's, of which the file's name has had nothing since 2.34. This library calls it anyway.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn libc_version() -> Option<String> {
    // SAFETY: a static text, which ends at its NUL.
    let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    Some(version.to_string_lossy().into_owned())
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn libc_version() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    use super::*;

    #[test]
    fn names_of_files_tell_versions() {
        assert_eq!(parse("libmpi.so.40.30.4"), Some(("libmpi", Some("40.30.4"))));
        assert_eq!(parse("libopenblas-r0.3.21.so"), Some(("libopenblas", Some("r0.3.21"))));
        assert_eq!(parse("libcuda.so"), Some(("libcuda", None)));
        assert_eq!(parse("libstdc++.so.6.0.30"), Some(("libstdc++", Some("6.0.30"))));
        assert_eq!(parse("libm-2.31.so"), Some(("libm", Some("2.31"))));
        assert_eq!(parse("libgfortran-x.so"), Some(("libgfortran-x", None)));
        for file in ["ld-linux-x86-64.so.2", "lib.solver", "module.so", "libx.sound", "[heap]", ""] {
            assert_eq!(parse(file), None, "{file}");
        }
    }

    #[test]
    fn what_this_library_loads_for_itself_is_nobodys() {
        let all = || loaded(&Limit::new(Duration::from_secs(60), &AtomicBool::new(false))).unwrap();
        let is_there = all().get("libanl").is_some();
        let handle = loading::own(|| {
            // SAFETY: a system library without initialisers that matter; it stays loaded.
            unsafe { libc::dlopen(c"libanl.so.1".as_ptr(), libc::RTLD_NOW) }
        });
        if !handle.is_null() && !is_there {
            assert!(all().get("libanl").is_none() && all().get("libc").is_some());
        }
    }

    #[test]
    fn what_is_mapped_is_listed() {
        let maps = "00400000-00401000 r-xp 00000000 fd:00 1  /opt/x/solver\n\
                    7f00-7f01 r--p 0 fd:00 2   /opt/my libs/libhdf5.so.103.3.0\n\
                    7f01-7f02 r-xp 0 fd:00 2   /opt/my libs/libhdf5.so.103.3.0\n\
                    7f02-7f03 rw-p 0 00:00 0 \n\
                    7f03-7f04 r--p 0 fd:00 3   /tmp/libgone.so.1 (deleted)\n\
                    7fff-8000 rw-p 0 00:00 0   [stack]";
        let stop = AtomicBool::new(false);
        let libraries = list(maps.as_bytes(), &Limit::new(Duration::from_secs(60), &stop)).unwrap();
        assert_eq!(libraries.keys().collect::<Vec<_>>(), ["libgone", "libhdf5"]);
        let hdf5 = &libraries["libhdf5"];
        assert_eq!(hdf5.get("path").unwrap().as_str(), Some("/opt/my libs/libhdf5.so.103.3.0"));
        assert_eq!(libraries["libgone"].get("path").unwrap().as_str(), Some("/tmp/libgone.so.1"));
        assert!(list(maps.as_bytes(), &Limit::new(Duration::ZERO, &stop)).is_none());
    }
}
