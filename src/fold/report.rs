//! The result of recovering runs, and what is said of it.

use std::collections::BTreeMap;

/// Damaged files that a remark names at most.
const MOST_NAMED: usize = 5;

/// The result of recovering runs.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// Runs that were recovered.
    pub recovered: u64,
    /// Runs that were left because their processes can't be asked, by the machines of those.
    pub elsewhere: BTreeMap<String, u64>,
    /// Runs that were left because recovering them has killed a process, and how often.
    pub deadly: BTreeMap<String, u64>,
    /// Messages on files that were found damaged and set aside.
    pub damaged: Vec<String>,
}

impl Report {
    /// Says which runs were left to whom, and which files were set aside, if any were.
    pub fn remark(&self) -> Option<String> {
        let mut all = Vec::new();
        let count: u64 = self.elsewhere.values().sum();
        if count > 0 {
            let hosts: Vec<String> =
                self.elsewhere.iter().map(|(host, count)| format!("{host} ({count})")).collect();
            let runs = if count == 1 { "1 run was" } else { &format!("{count} runs were") };
            all.push(format!(
                "{runs} left unfinished by processes of other hosts, which can't be asked from here: {}; if a \
                 host is gone, metalab_recover_host or METALAB_TAKE_OVER takes its runs over",
                hosts.join(", ")
            ));
        }
        for (run_id, deaths) in &self.deadly {
            let times = if *deaths == 1 { "a process" } else { &format!("{deaths} processes") };
            all.push(format!(
                "run {run_id} was left: recovering it has killed {times}; metalab_recover tries it again"
            ));
        }
        all.extend(self.damaged.iter().take(MOST_NAMED).cloned());
        match self.damaged.len().saturating_sub(MOST_NAMED) {
            0 => {}
            more => all.push(format!("{more} more files were damaged and are set aside")),
        }
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Adds what became of others.
    pub fn add(&mut self, other: Self) {
        self.recovered += other.recovered;
        for (host, count) in other.elsewhere {
            *self.elsewhere.entry(host).or_default() += count;
        }
        self.deadly.extend(other.deadly);
        self.damaged.extend(other.damaged);
    }
}
