//! The power fails at random points of a run's life: the store can be used afterwards without
//! cleaning up, and has everything that was emitted before the last durable flush.
//!
//! One disk is an ext4 in a file, of which the kernel forgets what was not written when it is shut
//! down; another is a file system of ours that forgets all that was not synced.
//! `METALAB_POWER_SECONDS=600` goes on for as long, `METALAB_POWER_SEED=7` begins with other numbers,
//! `METALAB_POWER_KEEP=DIR` keeps a store that shows a fault.

#![cfg(target_os = "linux")]

mod common;
#[path = "common/deaths.rs"]
mod deaths;
#[path = "common/forgetful.rs"]
mod forgetful;
#[path = "common/process.rs"]
mod many;

use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use common::{c_compilers, command, compile, files, is_ci, run};
use deaths::{Attempt, Counts, DURABLE, FINISHED, Model, OPENED, Random, Victim, Word, entries};
use many::Process;

/// EXT4_IOC_SHUTDOWN and how: the journal's buffers are written first, or nothing is.
const SHUTDOWN: libc::c_ulong = 0x8004_587D;
const LOG_FLUSH: u32 = 1;
const NO_LOG_FLUSH: u32 = 2;

#[test]
fn process() {
    many::obey_if_told();
}

fn is_root() -> bool {
    // SAFETY: no preconditions.
    unsafe { libc::geteuid() == 0 }
}

#[track_caller]
fn shell(line: &str) -> Result<(), String> {
    let output = Command::new("sh").args(["-c", line]).stdin(Stdio::null()).output().unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{line}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

/// A disk of which the power can be cut.
struct Disk {
    directory: tempfile::TempDir,
    kind: Kind,
}

enum Kind {
    /// An ext4 in a file.
    Ext4 { is_on: bool },
    /// One in user space, which forgets whatever was not synced.
    Forgetful(forgetful::Disk),
}

/// Gives this thread a set of mounts of its own: nothing of them outlives the test.
fn is_apart() -> bool {
    // SAFETY: only this thread and its children see another set of mounts.
    let is_apart = unsafe { libc::unshare(libc::CLONE_NEWNS) } == 0;
    is_apart && shell("mount --make-rprivate /").is_ok()
}

impl Disk {
    /// None where the kernel does not permit it.
    fn ext4() -> Option<Self> {
        let places = ["/sbin", "/usr/sbin", "/bin", "/usr/bin"];
        if !places.iter().any(|place| Path::new(place).join("mkfs.ext4").exists()) {
            common::skip("the power can't be cut: there is no mkfs.ext4 (package e2fsprogs)");
            return None;
        }
        if !is_apart() {
            assert!(!(is_ci() && is_root()), "a namespace of mounts can't be had");
            println!("skipped: the kernel does not permit a namespace of mounts (that takes root)");
            return None;
        }
        let mut disk = Self { directory: tempfile::tempdir().unwrap(), kind: Kind::Ext4 { is_on: false } };
        std::fs::create_dir(disk.root()).unwrap();
        shell(&format!("truncate -s 256M {0} && mkfs.ext4 -q {0}", disk.image().display())).unwrap();
        if let Err(error) = disk.mount() {
            println!("skipped: the kernel does not permit a loop device: {error}");
            return None;
        }
        Some(disk)
    }

    /// The same in user space.
    fn forgetful() -> Option<Self> {
        is_apart();
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("disk");
        std::fs::create_dir(&root).unwrap();
        match forgetful::Disk::new(&root) {
            Ok(disk) => Some(Self { directory, kind: Kind::Forgetful(disk) }),
            Err(error) => {
                println!("skipped: the kernel does not permit a file system in user space: {error}");
                None
            }
        }
    }

    fn image(&self) -> PathBuf {
        self.directory.path().join("image")
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("disk")
    }

    fn mount(&mut self) -> Result<(), String> {
        shell(&format!("mount -o loop {} {}", self.image().display(), self.root().display()))?;
        self.kind = Kind::Ext4 { is_on: true };
        Ok(())
    }

    fn unmount(&mut self) -> Result<(), String> {
        let start = Instant::now();
        // Another thread's child has this process's files until it is another program.
        let unmounted = loop {
            match shell(&format!("umount {}", self.root().display())) {
                Err(error) if error.contains("busy") && start.elapsed() < Duration::from_secs(20) => {}
                unmounted => break unmounted,
            }
        };
        self.kind = Kind::Ext4 { is_on: false };
        unmounted
    }

    /// From here on nothing gets to the disk.
    fn cut(&self, how: u32) {
        if let Kind::Forgetful(disk) = &self.kind {
            return disk.cut();
        }
        let root = std::fs::File::open(self.root()).unwrap();
        // SAFETY: the call reads the one number.
        let status = unsafe { libc::ioctl(root.as_raw_fd(), SHUTDOWN, &raw const how) };
        assert_eq!(status, 0, "{}", std::io::Error::last_os_error());
    }

    /// From the instant on at which the disk has a file of this name.
    fn cut_at(&self, name: &str) {
        match &self.kind {
            Kind::Forgetful(disk) => disk.cut_at(name),
            Kind::Ext4 { .. } => unreachable!("it does not tell"),
        }
    }

    fn off_and_on(&mut self) {
        if let Kind::Forgetful(disk) = &mut self.kind {
            return disk.off_and_on();
        }
        self.unmount().unwrap();
        self.mount().unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if matches!(self.kind, Kind::Ext4 { is_on: true }) {
            // The namespace ends with the thread, and takes the mount along if this fails.
            let _ = self.unmount();
        }
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// The words before the last durable flush of their thread, and the others.
fn split(words: &[Word]) -> (Vec<Word>, Vec<Word>) {
    if words.iter().any(|word| word.kind == FINISHED) {
        return (words.to_vec(), Vec::new());
    }
    let is_safe = |at: usize, word: &Word| {
        word.kind == OPENED
            || words[at..].iter().any(|later| later.kind == DURABLE && later.thread == word.thread)
    };
    let (mut safe, mut others) = (Vec::new(), Vec::new());
    for (at, word) in words.iter().enumerate() {
        if is_safe(at, word) { safe.push(*word) } else { others.push(*word) }
    }
    (safe, others)
}

struct Life<'a> {
    disk: &'a mut Disk,
    program: &'a Path,
    random: &'a mut Random,
    counts: &'a mut Counts,
    /// True if journals are beside the store.
    is_elsewhere: bool,
    durable: u64,
    signals: u64,
}

impl Life<'_> {
    fn store(&self) -> PathBuf {
        self.disk.root().join("store")
    }

    fn command(&self, action: &str) -> Command {
        let mut command = command(self.program);
        command.arg(action).arg(self.store());
        if self.is_elsewhere {
            command.env("METALAB_JOURNAL", self.disk.root().join("journals"));
        }
        command
    }

    /// Processes of a run, which emit until the power fails; what each said. There is one, or as many
    /// ranks.
    fn live(&mut self, attempt: &Attempt, ranks: u64) -> Vec<Vec<Word>> {
        let mut victims = Vec::new();
        for rank in 0..ranks {
            let mut command = self.command("emit");
            command.arg("r").env("DEATHS_DURABLE", "1");
            command.env("DEATHS_FLUSH", (5 + self.random.below(150)).to_string());
            command.env("DEATHS_PAUSE", self.random.below(400).to_string());
            if ranks > 1 {
                command.env("OMPI_COMM_WORLD_RANK", rank.to_string());
                command.env("OMPI_COMM_WORLD_SIZE", ranks.to_string());
            }
            attempt.environment(&mut command);
            victims.push(Victim::start(&mut command));
        }
        let most = if self.random.is_one_in(3) { 400 } else { 60 };
        let patience = Duration::from_millis(self.random.below(most) * ranks);
        // Another program's fsync has the file system write its journal, at any instant of the run.
        let mut noise = std::fs::File::create(self.disk.root().join("noise")).unwrap();
        let start = Instant::now();
        while start.elapsed() < patience {
            std::thread::sleep(Duration::from_micros(self.random.below(4_000)));
            if self.random.is_one_in(3) {
                noise.write_all(b"noise").unwrap();
                noise.sync_all().unwrap();
            }
        }
        drop(noise);
        self.disk.cut(if self.random.is_one_in(3) { LOG_FLUSH } else { NO_LOG_FLUSH });
        victims[0].wait(Duration::from_millis(self.random.below(10)));
        let mut all = Vec::new();
        for mut victim in victims {
            let is_dead = victim
                .child
                .try_wait()
                .unwrap()
                .is_some_and(|status| !status.success() && status.code() != Some(9));
            self.signals += u64::from(is_dead);
            let said = victim.kill_after(Duration::ZERO);
            self.counts.deaths += 1;
            self.durable += u64::from(said.has(DURABLE, 0) || said.has(FINISHED, 0));
            all.push(said.words);
        }
        all
    }

    /// A program that has to succeed.
    fn succeeds(&mut self, what: &str, command: &mut Command) {
        let ran = run(command);
        if !ran.status.success() {
            self.counts.refused(format!("{what}: {} {}", ran.status, ran.stderr));
        }
    }

    /// The power fails again while the store is recovered.
    fn recover_in_vain(&mut self) {
        let mut command = self.command("recover");
        let mut victim = Victim::start(&mut command);
        victim.wait(Duration::from_micros(self.random.below(40_000)));
        self.disk.cut(if self.random.is_one_in(3) { LOG_FLUSH } else { NO_LOG_FLUSH });
        victim.kill_after(Duration::ZERO);
        self.counts.deaths += 1;
        self.disk.off_and_on();
    }

    /// Does what a user does then: opens another run, and recovers the rest.
    fn use_again(&mut self, number: i64) {
        self.succeeds("another run", self.command("again").arg(format!("again{number}")));
        let first = run(&mut self.command("recover"));
        // The loss may be told once.
        if !first.status.success() && !first.stderr.contains("METALAB_ERR_INCOMPLETE") {
            self.counts.refused(format!("recovery: {} {}", first.status, first.stderr));
        }
        self.succeeds("recovery", &mut self.command("recover"));
        let root = self.store().join("deaths_1");
        for (name, content) in files(&root) {
            let parts: Vec<&str> = name.split('/').collect();
            let is_hidden = parts.iter().any(|part| part.starts_with('.'));
            // Readers look only for what belongs to a record.
            let is_read = parts.len() < 3 || root.join(format!("runs/{}.json", parts[1])).exists();
            let is_ours = name.ends_with(".json") && !is_hidden && is_read;
            if is_ours && serde_json::from_slice::<serde_json::Value>(&content).is_err() {
                self.counts.unreadable(format!("{name} has {} bytes", content.len()));
            }
        }
    }

    /// The power comes back, fails again in the middle of recoveries, and comes back for good.
    fn off_and_on(&mut self) {
        self.disk.off_and_on();
        while self.random.is_one_in(3) {
            self.recover_in_vain();
        }
    }

    fn all(&mut self) {
        // Who makes a directory outside the store has to see to its entry; a user has the store already.
        std::fs::create_dir(self.store()).unwrap();
        std::fs::File::open(self.disk.root()).unwrap().sync_all().unwrap();
        let before = self.counts.faults();
        match self.random.is_one_in(3) {
            true => self.ranks(),
            false => self.attempts(),
        }
        let keep = std::env::var_os("METALAB_POWER_KEEP").filter(|keep| !Path::new(keep).exists());
        if let Some(keep) = keep.filter(|_| self.counts.faults() > before) {
            let copied = Command::new("cp").arg("-a").arg(self.disk.root()).arg(keep).status();
            assert!(copied.unwrap().success());
        }
        // The dead run itself can be made anew.
        self.succeeds("the same run", self.command("again").arg("r"));
    }

    /// Ranks of one run, ended by a cut of the power.
    fn ranks(&mut self) {
        let size = 2 + self.random.below(2);
        let (threads, rounds) = (1 + self.random.below(2), 10 + self.random.below(600) as i64);
        let attempt = Attempt { number: 0, threads, names: 10, rounds, restart: None };
        let all = self.live(&attempt, size);
        self.off_and_on();
        self.use_again(0);
        for (rank, words) in all.iter().enumerate() {
            let (safe, others) = split(words);
            if safe.iter().any(|word| word.kind != OPENED) {
                let mut model = Model::default();
                model.go_on(&attempt, &safe);
                model.may(&attempt, &others);
                let label = if rank == 0 { String::new() } else { format!("rank.{rank}") };
                let how = format!("{} calls, {size} ranks", words.len());
                model.check(&self.store(), "r", &label, self.counts, &how);
            }
        }
    }

    /// Attempts at a run, each ended by a cut of the power.
    fn attempts(&mut self) {
        let mut model = Model::default();
        let (mut how, mut begun) = (String::new(), false);
        for number in 0..1 + self.random.below(3) as i64 {
            let rounds = 10 + self.random.below(600) as i64;
            let threads = 1 + self.random.below(3);
            let mut attempt = Attempt { number, threads, names: 10, rounds, restart: None };
            if number > 0 {
                attempt.restart = Some(self.random.below(100) as i64);
                attempt.rounds += attempt.restart.unwrap();
            }
            let words = self.live(&attempt, 1).remove(0);
            self.off_and_on();
            how.push_str(&format!("{} calls from {:?}, ", words.len(), attempt.restart));
            let (safe, others) = split(&words);
            // The directory of an open that returned need not be on the disk yet.
            let is_safe = safe.iter().any(|word| word.kind != OPENED);
            begun |= is_safe;
            let goes_on = model.go_on(&attempt, if is_safe || number > 0 { &safe } else { &[] });
            if goes_on {
                model.may(&attempt, &others);
            }
            self.use_again(number);
            if begun && is_safe && goes_on {
                model.check(&self.store(), "r", "", self.counts, &how);
            }
            if !goes_on || !is_safe {
                // Nothing is known for certain of what this attempt left.
                break;
            }
        }
    }
}

fn cut_the_power(disk: &mut Disk, program: &Path) {
    let seconds = variable("METALAB_POWER_SECONDS");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64;
    let fixed = if seconds.is_some() { now } else { 0x9E37_79B9_7F4A_7C15 };
    let seed = variable("METALAB_POWER_SEED").unwrap_or(fixed) | 1;
    let (start, patience) = (Instant::now(), Duration::from_secs(seconds.unwrap_or(8)));
    let (mut random, mut counts, mut durable, mut signals) = (Random(seed), Counts::default(), 0, 0);
    while start.elapsed() < patience {
        let is_elsewhere = random.is_one_in(4);
        let (random, counts) = (&mut random, &mut counts);
        let mut life = Life { disk, program, random, counts, is_elsewhere, durable: 0, signals: 0 };
        life.all();
        (durable, signals) = (durable + life.durable, signals + life.signals);
        std::fs::remove_dir_all(disk.root().join("store")).unwrap();
        let _ = std::fs::remove_dir_all(disk.root().join("journals"));
    }
    println!(
        "METALAB_POWER_SEED={seed}: {durable} cuts after a durable flush, {signals} processes died of the cut"
    );
    assert!(counts.deaths > 0 && durable > 0, "nothing was flushed");
    counts.check();
}

/// Cuts the power of a disk that `make` makes.
#[track_caller]
fn with(make: impl FnOnce() -> Option<Disk> + Send + 'static) {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let program = compile(compiler, "deaths");
    apart(move || {
        if let Some(mut disk) = make() {
            cut_the_power(&mut disk, &program);
        }
    });
}

/// Does something in a thread of its own, which has the mounts.
#[track_caller]
fn apart(what: impl FnOnce() + Send + 'static) {
    if let Err(panic) = std::thread::spawn(what).join() {
        std::panic::resume_unwind(panic);
    }
}

/// Two ranks, of which only the first waits for the disk. `end` ends them before the power fails. No file whose
/// name ends in `what` is empty then.
fn cut_under_ranks(what: &'static str, end: impl FnOnce(Process, Process) + Send + 'static) {
    apart(move || {
        let Some(mut disk) = Disk::forgetful() else { return };
        let store = disk.root().join("store");
        let mut first = Process::start_with(&store, &[("METALAB_DURABLE", "1")]);
        let mut second = Process::start(&store);
        first.tell("rank 0 2; open; points loss 0 10 0; array field 1");
        second.tell("rank 1 2; open; points loss 0 10 0; array field 2; data d 1; flush");
        end(first, second);
        disk.cut(NO_LOG_FLUSH);
        disk.off_and_on();
        let mut later = Process::start(&store);
        later.tell("recover");
        later.end();
        assert_eq!(many::record(&store)["status"], "success");
        for (name, content) in files(&many::root(&store)) {
            let is_seen = !name.split('/').any(|part| part.starts_with('.')) && name.ends_with(what);
            assert!(!is_seen || !content.is_empty(), "{name} is empty");
        }
    });
}

#[test]
fn who_waits_for_the_disk_waits_for_what_other_ranks_have_left() {
    cut_under_ranks("", |mut first, mut second| {
        second.tell("finish");
        first.tell("finish");
        second.end();
        first.end();
    });
}

#[test]
fn entries_of_a_rank_of_which_the_disk_has_nothing_else_are_set_aside() {
    cut_under_ranks(".json", |mut first, second| {
        first.tell("finish");
        first.end();
        second.kill();
    });
}

/// The disk has the record, and nothing that came after it, when the power fails.
fn cut_at_the_record(command: &'static str) {
    apart(move || {
        let Some(mut disk) = Disk::forgetful() else { return };
        let store = disk.root().join("store");
        let durable = [("METALAB_DURABLE", "1")];
        let mut earlier = Process::start_with(&store, &durable);
        earlier.tell("run earlier; open; metric m 1; finish");
        earlier.end();
        let mut process = Process::start_with(&store, &durable);
        process.tell("run r; open; points loss 0 10 0; flush");
        disk.cut_at("r.json");
        assert_ne!(process.ask(command), "ok");
        process.kill();
        disk.off_and_on();
        assert_eq!(many::record(&store)["status"], "running");
        let mut later = Process::start(&store);
        later.tell("recover");
        later.end();
        assert_eq!(many::record(&store)["status"], "failed");
    });
}

#[test]
fn a_record_that_the_disk_has_has_a_journal_there() {
    cut_at_the_record("flush_durable");
    cut_at_the_record("finish");
}

#[test]
fn what_a_recovery_has_set_aside_does_not_come_back() {
    apart(|| {
        let Some(mut disk) = Disk::forgetful() else { return };
        let store = disk.root().join("store");
        let mut process = Process::start(&store);
        process.tell("run r; open; metric m 1; flush_durable");
        process.kill();
        // Of a rank of which the disk has nothing else.
        let entry = many::root(&store).join("results/r/d.json");
        std::fs::File::create(&entry).unwrap().sync_all().unwrap();
        for above in entry.ancestors().skip(1).take(2) {
            std::fs::File::open(above).unwrap().sync_all().unwrap();
        }
        let mut later = Process::start(&store);
        later.tell("recover");
        later.end();
        disk.cut(NO_LOG_FLUSH);
        disk.off_and_on();
        assert_eq!(many::record(&store)["status"], "failed");
        assert_eq!(many::results(&store), [".d.json.damaged-1"]);
    });
}

#[test]
fn a_store_on_ext4_outlives_cuts_of_the_power() {
    with(Disk::ext4);
}

#[test]
fn a_store_outlives_the_loss_of_all_that_was_not_synced() {
    with(Disk::forgetful);
}

/// After a cut there is only what was synced: else the test above shows nothing.
#[test]
fn a_forgetful_disk_keeps_what_was_synced() {
    let ended = std::thread::spawn(|| {
        let Some(mut disk) = Disk::forgetful() else { return };
        let root = disk.root();
        let file = std::fs::File::create_new(root.join("mapped")).unwrap();
        file.set_len(16 << 10).unwrap();
        // SAFETY: nobody else has the file.
        let mut map = unsafe { memmap2::MmapMut::map_mut(&file) }.unwrap();
        map[5000..5006].copy_from_slice(b"synced");
        std::fs::File::open(root.join("mapped")).unwrap().sync_all().unwrap();
        map[5006..5010].copy_from_slice(b"late");
        drop((map, file));
        for name in ["kept", "lost", "unnamed"] {
            std::fs::create_dir(root.join(name)).unwrap();
            let file = std::fs::File::create(root.join(name).join("file")).unwrap();
            (&file).write_all(b"synced").unwrap();
            file.sync_all().unwrap();
            (&file).write_all(b" and not").unwrap();
            if name != "unnamed" {
                std::fs::File::open(root.join(name)).unwrap().sync_all().unwrap();
            }
        }
        std::fs::rename(root.join("lost"), root.join("renamed")).unwrap();
        std::fs::File::open(&root).unwrap().sync_all().unwrap();
        std::fs::rename(root.join("kept"), root.join("other")).unwrap();
        std::fs::remove_file(root.join("renamed/file")).unwrap();
        disk.cut(NO_LOG_FLUSH);
        assert!(std::fs::write(root.join("late"), b"").is_err());
        disk.off_and_on();
        let there: Vec<(String, Vec<u8>)> = files(&root).into_iter().collect();
        let mut mapped = vec![0; 16 << 10];
        mapped[5000..5006].copy_from_slice(b"synced");
        let wanted = [("kept/file", &b"synced"[..]), ("mapped", &mapped), ("renamed/file", b"synced")];
        assert_eq!(there, wanted.map(|(name, content)| (name.to_owned(), content.to_vec())));
        assert!(root.join("unnamed").exists());
    });
    if let Err(panic) = ended.join() {
        std::panic::resume_unwind(panic);
    }
}

/// A store of two runs that have ended.
fn two_runs() -> Option<(PathBuf, tempfile::TempDir)> {
    let program = compile(c_compilers().first()?, "deaths");
    let store = tempfile::tempdir().unwrap();
    for run_id in ["a", "b"] {
        run(command(&program).arg("again").arg(store.path()).arg(run_id)).succeeded();
    }
    Some((program, store))
}

#[test]
fn records_that_are_empty_are_set_aside_by_recovery_and_said() {
    let Some((_, store)) = two_runs() else { return };
    let root = store.path().join("deaths_1");
    let recover = || metalab::recover_with_report(store.path().to_str(), None, None).unwrap();
    assert_eq!(recover().remark, None);
    // The experiment is found by its records then.
    std::fs::write(root.join("_meta.json"), "").unwrap();
    std::fs::write(root.join("runs/a.json"), "").unwrap();
    let recovered = recover();
    let remark = recovered.remark.unwrap();
    assert!(recovered.runs == 0 && remark.contains("a.json") && remark.contains("_meta.json"), "{remark}");
    let names: Vec<String> = files(&root.join("runs")).into_keys().collect();
    assert_eq!(names, [".a.json.damaged-1", "b.json"]);
    assert_eq!(common::json(&root.join("_meta.json"))["experiment_id"], "deaths:1");
    assert_eq!(recover().remark, None);
}

/// Kills a process that emits to run `r` of the store, once it has two artifacts.
fn die(program: &Path, store: &Path) {
    let mut emit = command(program);
    emit.arg("emit").arg(store).arg("r");
    emit.env("DEATHS_ROUNDS", "1000000").env("DEATHS_PAUSE", "1000").env("DEATHS_NAMES", "0");
    let victim = Victim::start(&mut emit);
    let manifest = store.join("deaths_1/artifacts/r/_manifest.json");
    let has = |name: &str| std::fs::read_to_string(&manifest).is_ok_and(|text| text.contains(name));
    let start = Instant::now();
    while !(has("a0.20") && has("a0.70")) {
        assert!(start.elapsed() < Duration::from_secs(60), "there are no artifacts");
        std::thread::sleep(Duration::from_millis(5));
    }
    victim.kill_after(Duration::ZERO);
}

#[test]
fn a_journal_that_nobody_can_tell_whose_it_is_keeps_no_run_from_being_opened() {
    let Some((program, store)) = two_runs() else { return };
    let root = store.path().join("deaths_1");
    let recover = || metalab::recover_with_report(store.path().to_str(), None, None).unwrap();
    die(&program, store.path());
    let member = entries(&root.join(".journal/r")).remove(0);
    std::fs::write(member.join("run.json"), "").unwrap();
    std::fs::write(root.join("runs/r.json"), "").unwrap();
    let remark = recover().remark.unwrap();
    assert!(remark.contains("does not say whose it is") && remark.contains("r.json"), "{remark}");
    // It is there still, for who wants to look at it.
    let aside = format!(".journal/.r-{}.damaged-1/names", member.file_name().unwrap().to_str().unwrap());
    assert!(root.join(aside).exists());
    run(command(&program).arg("again").arg(store.path()).arg("r")).succeeded();
    assert_eq!(recover().remark, None);
}

#[test]
fn an_artifact_that_lost_its_end_is_none_and_the_record_says_so() {
    let Some((program, store)) = two_runs() else { return };
    let root = store.path().join("deaths_1");
    die(&program, store.path());
    let manifest = root.join("artifacts/r/_manifest.json");
    std::fs::File::options()
        .write(true)
        .open(root.join("artifacts/r/a0.20.txt"))
        .unwrap()
        .set_len(3)
        .unwrap();
    run(command(&program).arg("recover").arg(store.path())).succeeded();
    let record = common::json(&root.join("runs/r.json"));
    assert!(record["warnings"].to_string().contains("a0.20"), "{record}");
    for list in [record, common::json(&manifest)] {
        let text = list["artifacts"].to_string();
        assert!(!text.contains("a0.20") && text.contains("a0.70"), "{text}");
    }
}
