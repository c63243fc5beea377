//! The control groups that this process is in: what they limit, and where their use is told.

use std::path::{Path, PathBuf};

/// From here on version 1 means that there is no limit.
const UNLIMITED: u64 = 1 << 62;

/// The limits of this process; None where there is none.
#[derive(Debug, Default, PartialEq)]
pub struct Limits {
    /// Bytes, and the file that has the bytes in use.
    pub memory: Option<(u64, PathBuf)>,
    /// Processors, and where to find how long the group was held back.
    pub cpu: Option<(f64, Throttled)>,
}

/// A line of a file that says how long a group was held back.
#[derive(Debug, Clone, PartialEq)]
pub struct Throttled {
    /// The file.
    pub path: PathBuf,
    /// The word that begins the line.
    pub key: &'static str,
    /// How many of its units are a second.
    pub per_second: f64,
}

/// A way in which a controller's files are named.
struct Names {
    /// The controller; nothing in version 2, where all are together.
    controller: Option<&'static str>,
}

impl Limits {
    /// Those of this process. The tightest one counts, of its group or of one above.
    pub fn read() -> Self {
        let text = |path| std::fs::read_to_string(path).unwrap_or_default();
        Self::of(&text("/proc/self/cgroup"), &text("/proc/self/mountinfo"))
    }

    /// The same, where the system says that the process is in these groups, mounted so.
    fn of(groups: &str, mounts: &str) -> Self {
        let unified = directories(groups, mounts, &Names { controller: None });
        let memory = directories(groups, mounts, &Names { controller: Some("memory") });
        let cpu = directories(groups, mounts, &Names { controller: Some("cpu") });
        let memory = unified
            .iter()
            .filter_map(|place| Some((number(&place.join("memory.max"))?, place.join("memory.current"))))
            .chain(memory.iter().filter_map(|place| {
                let bytes = number(&place.join("memory.limit_in_bytes"))?;
                Some((bytes, place.join("memory.usage_in_bytes")))
            }))
            .filter(|(bytes, _)| *bytes < UNLIMITED)
            .min_by_key(|(bytes, _)| *bytes);
        let cpu = unified
            .iter()
            .filter_map(|place| {
                let text = std::fs::read_to_string(place.join("cpu.max")).ok()?;
                let (quota, period) = text.trim().split_once(' ')?;
                let path = place.join("cpu.stat");
                let throttled = Throttled { path, key: "throttled_usec", per_second: 1e6 };
                Some((share(quota.parse().ok()?, period.parse().ok()?)?, throttled))
            })
            .chain(cpu.iter().filter_map(|place| {
                let quota = number(&place.join("cpu.cfs_quota_us"))?;
                let period = number(&place.join("cpu.cfs_period_us"))?;
                let path = place.join("cpu.stat");
                let throttled = Throttled { path, key: "throttled_time", per_second: 1e9 };
                Some((share(quota, period)?, throttled))
            }))
            .min_by(|(one, _), (other, _)| one.total_cmp(other));
        Self { memory, cpu }
    }
}

fn share(quota: u64, period: u64) -> Option<f64> {
    (quota > 0 && period > 0).then_some(quota as f64 / period as f64)
}

/// The number in a file; none where it says "max" or -1.
fn number(path: &Path) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The directories of the process's group of a controller and of those above it, as far as they
/// can be seen from here.
fn directories(groups: &str, mounts: &str, names: &Names) -> Vec<PathBuf> {
    let has = |list: &str, controller: &str| list.split(',').any(|one| one == controller);
    let group = groups.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (number, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let is_it = match names.controller {
            None => number == "0" && controllers.is_empty(),
            Some(controller) => has(controllers, controller),
        };
        is_it.then_some(path)
    });
    let mount = mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut kind = kind.split(' ');
        let (system, _, options) = (kind.next()?, kind.next()?, kind.next().unwrap_or_default());
        let is_it = match names.controller {
            None => system == "cgroup2",
            Some(controller) => system == "cgroup" && has(options, controller),
        };
        let mut place = place.split(' ').skip(3);
        is_it.then_some((place.next()?, place.next()?))
    });
    let (Some(group), Some((root, mount))) = (group, mount) else { return Vec::new() };
    // In a container the mount may begin at the process's own group.
    let below = Path::new(group).strip_prefix(root).unwrap_or(Path::new(""));
    let below = if below.components().all(|part| matches!(part, std::path::Component::Normal(_))) {
        below
    } else {
        Path::new("")
    };
    let mount = Path::new(mount);
    mount.join(below).ancestors().take_while(|place| place.starts_with(mount)).map(Path::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn version_2_takes_the_tightest_limit_above() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        write(root, "job/memory.max", "4096\n");
        write(root, "job/step/memory.max", "max\n");
        write(root, "job/cpu.max", "400000 100000\n");
        write(root, "job/step/cpu.max", "150000 100000\n");
        write(root, "job/step/task/cpu.max", "max 100000\n");
        let mounts = format!("31 23 0:28 / {} rw shared:9 - cgroup2 cgroup2 rw\n", root.display());
        let limits = Limits::of("0::/job/step/task\n", &mounts);
        assert_eq!(limits.memory, Some((4096, root.join("job/memory.current"))));
        let (cores, throttled) = limits.cpu.unwrap();
        assert_eq!((cores, throttled.path), (1.5, root.join("job/step/cpu.stat")));
        assert_eq!(Limits::of("0::/other\n", &mounts), Limits::default());
    }

    #[test]
    fn version_1_has_a_place_for_each_controller() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        write(root, "memory/memory.limit_in_bytes", "9223372036854771712\n");
        write(root, "memory/a/memory.limit_in_bytes", "1000\n");
        write(root, "cpu/cpu.cfs_quota_us", "-1\n");
        write(root, "cpu/cpu.cfs_period_us", "100000\n");
        let mounts = format!(
            "33 31 0:30 / {0}/cpu rw - cgroup cgroup rw,cpu,cpuacct\n35 31 0:32 /docker/x {0}/memory rw - cgroup cgroup rw,memory\n\
             41 31 0:38 / {0}/unified rw - cgroup2 cgroup2 rw\n",
            root.display()
        );
        let groups = "4:memory:/docker/x/a\n1:cpu,cpuacct:/docker/x\n0::/\n";
        let limits = Limits::of(groups, &mounts);
        assert_eq!(limits.memory, Some((1000, root.join("memory/a/memory.usage_in_bytes"))));
        assert_eq!(limits.cpu, None);
        write(root, "cpu/cpu.cfs_quota_us", "250000\n");
        let (cores, throttled) = Limits::of(groups, &mounts).cpu.unwrap();
        assert_eq!((cores, throttled.key), (2.5, "throttled_time"));
    }

    #[test]
    fn what_is_said_wrongly_limits_nothing() {
        for (groups, mounts) in
            [("", ""), ("0::/../x", "1 2 3 / /nowhere rw - cgroup2 c rw"), ("::", "- cgroup2")]
        {
            assert_eq!(Limits::of(groups, mounts), Limits::default());
        }
        // Whatever the system has here.
        let _ = Limits::read();
    }
}
