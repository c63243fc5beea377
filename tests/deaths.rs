//! Processes killed at any instant, in every way in which runs are made: with threads, many names,
//! ranks, attempts that go on, several names of one store, two copies of the library, and recoverers
//! that are killed as well. Beside them a process lives, whose run nobody may take over.
//!
//! `METALAB_KILL_SECONDS=600` goes on for as long, `METALAB_KILL_DEATHS=5000` until so many died, and
//! `METALAB_KILL_SEED=7` begins with other numbers, `METALAB_KILL_KEEP=DIR` keeps
//! a store that shows a fault. Cuts of the power are in tests/power.rs.

mod common;
#[path = "common/deaths.rs"]
mod deaths;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use common::{c_compilers, compile, library};
use deaths::{Attempt, Counts, FINISHED, Model, OPENED, Place, Random, Said, Victim, entries, read};

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Another copy of the library, which a process loads beside the one that it is linked with.
fn copy_of_the_library(directory: &Path) -> PathBuf {
    let copy = directory.join("libanother.so");
    std::fs::copy(library().join("libmetalab.so"), &copy).unwrap();
    copy
}

struct Session<'a> {
    place: Place,
    program: &'a Path,
    copy: &'a Path,
    random: &'a mut Random,
    counts: &'a mut Counts,
    made: u64,
    /// Runs to which a rank never came: their rooms wait for it while its launcher goes on, this process.
    awaiting: BTreeSet<String>,
    /// Who died, and what it had said.
    said: Vec<String>,
}

impl Session<'_> {
    fn command(&mut self, action: &str) -> std::process::Command {
        let spelling = self.random.below(5);
        self.place.command(self.program, action, spelling)
    }

    fn victim(&mut self, run: &str, attempt: &Attempt, copy: bool, environment: &[(&str, String)]) -> Victim {
        let mut command = self.command("emit");
        command.arg(run).envs(environment.iter().map(|(name, value)| (*name, value)));
        attempt.environment(&mut command);
        if copy {
            command.arg(self.copy);
        }
        Victim::start(&mut command)
    }

    /// Recovers, after some who did so were killed, twice at the same time.
    fn recover(&mut self) {
        let start = Instant::now();
        self.recover_now();
        // The process that stays recovers as well: who is at it already is not waited for.
        while self.has_journals() && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
            self.recover_now();
        }
        if start.elapsed() > Duration::from_secs(8) {
            println!("recovery took {:?}: {:?}", start.elapsed(), self.said);
        }
    }

    /// Journals of runs that nobody writes any more.
    fn has_journals(&self) -> bool {
        let all = entries(&self.place.store().join("deaths_1/.journal"));
        let runs = all.iter().filter_map(|path| path.file_name()?.to_str());
        runs.into_iter().any(|run| run.starts_with('r') && self.has_journal(run))
    }

    fn has_journal(&self, run: &str) -> bool {
        let room = self.place.store().join("deaths_1/.journal").join(run);
        if !self.awaiting.contains(run) {
            return room.exists();
        }
        // Who came has left its part, and it is in the record: the process that stays may be between the two. A
        // recoverer that was killed then leaves the journal beside the part, which goes with the room.
        let record = read(&self.place.store().join(format!("deaths_1/runs/{run}.json")));
        let record = record.ok().flatten().unwrap_or_default();
        let workers = record["provenance"]["extra"]["workers"].as_array().cloned().unwrap_or_default();
        let has_ended = |member: &PathBuf| {
            let notice = read(&member.join("run.json")).ok().flatten().unwrap_or_default();
            let is_it = |one: &&serde_json::Value| one["pid"] == notice["pid"];
            let is_told = workers.iter().find(is_it).is_some_and(|one| !one["ended"].is_null());
            member.join("part.json").exists() && (notice["role"] != "worker" || is_told)
        };
        record["status"] == "running" || !entries(&room).iter().all(has_ended)
    }

    fn recover_now(&mut self) {
        for _ in 0..self.random.below(3) {
            let victim = Victim::start(&mut self.command("recover"));
            let said = victim.kill_after(Duration::from_micros(1_000 + self.random.below(9_000)));
            self.died(&said, "a recoverer");
        }
        if self.place.store().join("deaths_1/_meta.json").exists() {
            let both = [self.command("recover"), self.command("recover")]
                .map(|mut command| Victim::start(&mut command));
            for said in both.map(Victim::end) {
                if !said.status.success() {
                    self.counts.refused(format!("recovery: {}", said.errors));
                }
            }
        }
    }

    /// Counts a death; a call that failed is a fault.
    fn died(&mut self, said: &Said, what: &str) {
        let last = said.words.len().saturating_sub(12);
        let finished = said.has(FINISHED, 0);
        self.said.push(format!(
            "{what}: {} words, finished {finished}, the last {:?}",
            said.words.len(),
            &said.words[last..]
        ));
        if said.was_refused() {
            self.counts.refused(format!("{what}: {}", said.errors));
        } else if !said.status.success() {
            self.counts.deaths += 1;
        }
    }

    /// The run's record, which says that the run has ended, and how.
    fn check_end(&mut self, run: &str, has_opened: bool, has_finished: bool, is_alone: bool) {
        match read(&self.place.store().join(format!("deaths_1/runs/{run}.json"))) {
            Ok(None) if has_opened => self.counts.lost(1, || format!("{run}: its record")),
            Ok(None) => {}
            Ok(Some(record)) => {
                let status = record["status"].as_str().unwrap_or_default();
                // Killed within finish, after the record: then the run did end well.
                let is_right = status == "success" || status == "failed" && !(has_finished && is_alone);
                if !is_right {
                    self.counts.refused(format!("{run}: its status is {status}"));
                }
            }
            Err(error) => self.counts.unreadable(error),
        }
        if self.has_journal(run) {
            self.counts.refused(format!("{run}: its journal is still there"));
        }
    }

    fn patience(&mut self) -> Duration {
        let most = if self.random.is_one_in(3) { 120_000 } else { 30_000 };
        Duration::from_micros(2_000 + self.random.below(most))
    }

    fn attempt(&mut self) -> Attempt {
        let rounds = 10 + self.random.below(390) as i64;
        Attempt { number: 0, threads: 1 + self.random.below(4), names: 20, rounds, restart: None }
    }

    /// A process with one run or, by two copies of the library, two.
    fn alone(&mut self, run: &str, attempt: Attempt, copy: bool) {
        let patience =
            if attempt.names > 100 { Duration::from_millis(60) } else { Duration::ZERO } + self.patience();
        let said = self.victim(run, &attempt, copy, &[]).kill_after(patience);
        let how = format!("{attempt:?}, two copies: {copy}");
        self.died(&said, &how);
        self.recover();
        for number in 0..=u8::from(copy) {
            let run = if number == 0 { run.to_owned() } else { format!("{run}b") };
            let words: Vec<_> = said.words.iter().copied().filter(|word| word.run == number).collect();
            let mut model = Model::default();
            model.go_on(&attempt, &words);
            model.check(&self.place.store(), &run, "", self.counts, &how);
            self.check_end(&run, said.has(OPENED, number), said.has(FINISHED, number), true);
        }
    }

    /// Attempts at one run, of which each goes on with the one before or begins anew.
    fn attempts(&mut self, run: &str) {
        let mut model = Model::default();
        let (mut how, mut has_opened, mut has_finished) = (String::new(), false, false);
        for number in 0..2 + self.random.below(2) as i64 {
            let mut attempt = self.attempt();
            attempt.number = number;
            if number > 0 && !self.random.is_one_in(4) {
                attempt.restart = Some(self.random.below(200) as i64);
                attempt.rounds += attempt.restart.unwrap();
            }
            let patience = self.patience();
            let said = self.victim(run, &attempt, false, &[]).kill_after(patience);
            how.push_str(&format!("{} threads from {:?}, ", attempt.threads, attempt.restart));
            self.died(&said, &how);
            has_opened |= said.has(OPENED, 0);
            has_finished = said.has(FINISHED, 0);
            if !model.go_on(&attempt, &said.words) {
                break;
            }
            // The next attempt recovers what this one left, unless somebody did.
            if self.random.is_one_in(2) {
                self.recover();
                model.check(&self.place.store(), run, "", self.counts, &how);
            }
        }
        self.recover();
        model.check(&self.place.store(), run, "", self.counts, &how);
        self.check_end(run, has_opened, has_finished, true);
    }

    /// Processes of one run.
    fn ranks(&mut self, run: &str) {
        let size = 2 + self.random.below(3);
        let mut attempt = self.attempt();
        attempt.threads = 1 + self.random.below(2);
        let mut victims: Vec<(String, Victim)> = Vec::new();
        for rank in 0..size {
            let environment =
                [("OMPI_COMM_WORLD_RANK", rank.to_string()), ("OMPI_COMM_WORLD_SIZE", size.to_string())];
            let label = if rank == 0 { String::new() } else { format!("rank.{rank}") };
            victims.push((label, self.victim(run, &attempt, false, &environment)));
        }
        let mut patience = Duration::from_millis(10) + self.patience();
        let mut all = Vec::new();
        while !victims.is_empty() {
            let (label, victim) = victims.remove(self.random.below(victims.len() as u64) as usize);
            all.push((label, victim.kill_after(patience)));
            patience = Duration::from_micros(self.random.below(6_000));
        }
        for (label, said) in &all {
            // A worker whose owner died early finds no run.
            if said.was_refused() && !said.has(OPENED, 0) && !label.is_empty() {
                continue;
            }
            self.died(said, &format!("{label} of {size}"));
        }
        if all.iter().any(|(_, said)| !said.has(OPENED, 0)) {
            self.awaiting.insert(run.to_owned());
        }
        self.recover();
        for (label, said) in &all {
            let mut model = Model::default();
            model.go_on(&attempt, &said.words);
            model.check(&self.place.store(), run, label, self.counts, &format!("{size} ranks, {attempt:?}"));
        }
        let has_opened = all.iter().any(|(_, said)| said.has(OPENED, 0));
        self.check_end(run, has_opened, false, false);
    }

    /// Keeps the store in which the first fault is, and says what each process said last.
    fn keep(&self) {
        let Some(keep) = std::env::var_os("METALAB_KILL_KEEP") else { return };
        if !Path::new(&keep).exists() {
            let from = self.place.directory.path();
            let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(&keep).status().unwrap();
            assert!(copied.success());
            println!("{:?} is in {keep:?}: {:#?}", self.place.directory.path(), self.said);
        }
    }

    fn one(&mut self) {
        let before = self.counts.faults();
        self.said.clear();
        self.another();
        if self.counts.faults() > before {
            self.keep();
        }
    }

    fn another(&mut self) {
        let run = format!("r{}", self.made);
        self.made += 1;
        let mut attempt = self.attempt();
        match self.random.below(12) {
            0 => {
                attempt.names = 1500;
                attempt.rounds = 1500;
                attempt.threads = 3;
                self.alone(&run, attempt, false);
            }
            1..4 => self.ranks(&run),
            4..7 => self.attempts(&run),
            7..9 => self.alone(&run, attempt, true),
            _ => self.alone(&run, attempt, false),
        }
    }

    /// Victims beside a process that lives, whose run is its own to the end.
    fn all(&mut self, is_over: impl Fn(&Counts) -> bool) {
        // The process itself knows the store by another name, and has another copy of the library.
        let mut command = self.command("stay");
        command
            .arg("bystander")
            .arg(self.copy)
            .env("DEATHS_OTHER", self.place.spelling(self.random.below(5)));
        let mut bystander = Victim::start(&mut command);
        let mut emitted = 0;
        for _ in 0..8 {
            bystander.say();
            emitted += 1;
            self.one();
            if is_over(self.counts) {
                break;
            }
        }
        bystander.say();
        let said = bystander.end();
        let record = read(&self.place.store().join("deaths_1/runs/bystander.json"));
        let status =
            record.ok().flatten().map(|record| record["status"].as_str().unwrap_or_default().to_owned());
        let entry = read(&self.place.store().join("deaths_1/results/bystander/p0.json"));
        let points = entry.ok().flatten().map_or(0, |entry| entry["data"].as_array().unwrap().len());
        let log = std::fs::read_to_string(self.place.store().join("deaths_1/logs/bystander_run.log"))
            .unwrap_or_default();
        let lines = log.matches("line 0").count();
        let is_right = said.has(FINISHED, 0)
            && status.as_deref() == Some("success")
            && !log.contains("[metalab.run.bystander] process");
        if !is_right || points != emitted + 1 || lines != emitted + 1 {
            let (wanted, errors) = (emitted + 1, &said.errors);
            let text = format!("{status:?}, {points} points and {lines} lines of {wanted}: {errors}\n{log}");
            self.counts.taken_over(text);
        }
    }
}

#[test]
fn nothing_is_lost_whoever_dies() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let program = compile(compiler, "deaths");
    let directory = tempfile::tempdir().unwrap();
    let copy = copy_of_the_library(directory.path());
    let (seconds, deaths) = (variable("METALAB_KILL_SECONDS"), variable("METALAB_KILL_DEATHS"));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let is_long = seconds.is_some() || deaths.is_some();
    let fixed = 0x2545_F491_4F6C_DD1D;
    let seed = variable("METALAB_KILL_SEED").unwrap_or(if is_long { now.as_nanos() as u64 } else { fixed });
    let patience = Duration::from_secs(seconds.unwrap_or(15));
    let (start, mut counts, mut random) = (Instant::now(), Counts::default(), Random(seed | 1));
    let is_over = |counts: &Counts| match deaths {
        Some(deaths) => counts.deaths >= deaths,
        None => start.elapsed() > patience,
    };
    while !is_over(&counts) {
        let mut session = Session {
            place: Place::new(),
            program: &program,
            copy: &copy,
            random: &mut random,
            counts: &mut counts,
            made: 0,
            awaiting: BTreeSet::new(),
            said: Vec::new(),
        };
        session.all(is_over);
    }
    println!("METALAB_KILL_SEED={seed}, {:?}", start.elapsed());
    assert!(counts.deaths > 0, "nobody was killed");
    counts.check();
}
