//! What a reader wants to know of how a run came about, beyond what identifies it.
//!
//! What costs next to nothing, and what comes from the environment (which only the caller's thread
//! may read: others of the host may change it), is known when the run is opened. The rest is
//! gathered by a thread of ours, which puts each part into the journal as soon as it has it. The
//! end of a run waits for it only as long as `GRACE` after its beginning; whatever is late, or
//! hangs in a file system, is missing then, and the run is as good without.

mod command;
mod job;
mod library;
mod machine;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::event::Event;
use crate::git::Repository;
use crate::journal::Journal;
use crate::json::Json;
use crate::limit::Limit;
use crate::sync::PerProcess;
use crate::{code_hash, sys};

/// A run that ends sooner after its beginning waits so long for what is being gathered.
const GRACE: Duration = Duration::from_micros(500);

/// What is gathered of the system may take so long, each.
const PATIENCE: Duration = Duration::from_millis(500);

/// Looking for changed files may take so long.
const DIRTY_PATIENCE: Duration = Duration::from_secs(2);

/// Threads that hang in a file system, at most; runs that begin then do without.
const MOST_THREADS: usize = 8;

/// How many threads are gathering now.
static THREADS: PerProcess<AtomicUsize> = PerProcess::new(|_| AtomicUsize::new(0));

/// What is known at once: members of the record's provenance.
pub fn at_once(compiler: Option<&str>) -> Vec<(&'static str, Json)> {
    let mut members = vec![
        ("user", machine::user().into()),
        ("command", command::line()),
        ("working_directory", path(std::env::current_dir().ok().as_deref())),
        ("threads", machine::threads()),
        ("kernel", machine::kernel().into()),
        ("memory_bytes", machine::memory().into()),
    ];
    members.extend(compiler.map(|compiler| ("compiler", Json::from(compiler))));
    members.extend(job::variables().map(|variables| ("job", variables)));
    members.retain(|(_, value)| *value != Json::Null);
    members
}

fn path(path: Option<&Path>) -> Json {
    path.map_or(Json::Null, |path| path.to_string_lossy().into_owned().into())
}

/// Adds `more` to `object`: a member that both have as an object is merged, another one replaced.
pub fn merge(object: &mut Json, more: Json) {
    match (object, more) {
        (Json::Object(members), Json::Object(more)) => {
            for (key, value) in more {
                match members.get_mut(&key) {
                    Some(member) => merge(member, value),
                    None => drop(members.insert(key, value)),
                }
            }
        }
        (object, more) => *object = more,
    }
}

/// A part of what is gathered.
type Item = Box<dyn FnOnce(&Gatherer) + Send>;

/// What is being gathered for a run. Dropping it ends that.
#[derive(Debug)]
pub struct Gathering {
    started: Instant,
    process: u64,
    stop: Arc<AtomicBool>,
    done: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Gathering {
    /// Starts to gather what a run's provenance has besides, into its journal. Nothing if there
    /// can be no thread for it.
    pub fn start(journal: &Arc<Journal>) -> Option<Self> {
        Self::of(journal, items())
    }

    fn of(journal: &Arc<Journal>, items: Vec<Item>) -> Option<Self> {
        let counted = Counted::new()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (alive, done) = channel();
        let gatherer = Gatherer { journal: journal.clone(), stop: stop.clone() };
        let body = move || {
            let _counted = counted;
            for item in items {
                if stop_asked(&gatherer.stop) {
                    break;
                }
                item(&gatherer);
            }
            // Who waits for what was gathered need not wait for the thread's own end.
            drop::<Sender<()>>(alive);
        };
        let started = Instant::now();
        let thread = sys::spawn_helper("metalab-probe", 10, body).ok()?;
        Some(Self { started, process: sys::process_generation(), stop, done, thread: Some(thread) })
    }
}

impl Drop for Gathering {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        if self.process != sys::process_generation() {
            // A forked child does not have the thread, and waiting for it would have no end.
            std::mem::forget(thread);
            return;
        }
        // Nothing is ever sent: the channel ends when the thread is done.
        let patience = GRACE.saturating_sub(self.started.elapsed());
        let is_done = self.done.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected);
        self.stop.store(true, Ordering::Relaxed);
        // A thread that is late ends by itself, when the system call that it is in does.
        if is_done {
            let _ = thread.join();
        }
    }
}

fn stop_asked(stop: &AtomicBool) -> bool {
    stop.load(Ordering::Relaxed)
}

/// A place among the threads that gather, given back at its end.
struct Counted;

impl Counted {
    fn new() -> Option<Self> {
        let more = |threads| (threads < MOST_THREADS).then_some(threads + 1);
        THREADS.get().fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Self)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        THREADS.get().fetch_sub(1, Ordering::Relaxed);
    }
}

/// What an item gathers with.
struct Gatherer {
    journal: Arc<Journal>,
    stop: Arc<AtomicBool>,
}

impl Gatherer {
    /// So long an item may take from now on.
    fn limit(&self, patience: Duration) -> Limit<'_> {
        Limit::new(patience, &self.stop)
    }

    /// Adds to the provenance what there is of `members`, where a kill can't take it.
    fn put<const N: usize>(&self, members: [(&str, Json); N]) {
        let members = Json::object(members.into_iter().filter(|(_, value)| *value != Json::Null));
        // It fails when the run has ended, or its disk is full, which the journal counts.
        let _ = self.journal.event(&Event::Provenance(members));
    }
}

/// What is gathered: what asks the kernel alone first, what may hang in a file system after it.
fn items() -> Vec<Item> {
    let working_directory = std::env::current_dir().ok();
    vec![
        Box::new(system),
        Box::new(move |gatherer| repository(gatherer, working_directory)),
        Box::new(executable),
    ]
}

fn system(gatherer: &Gatherer) {
    gatherer.put([
        ("cpu", machine::processor().into()),
        ("cgroup", machine::cgroup()),
        ("threads", machine::parallelism()),
        ("libraries", library::loaded(&gatherer.limit(PATIENCE)).into()),
        ("executable_hash", code_hash::at_hand().into()),
    ]);
}

/// The repository that the working directory is in, else the executable.
fn repository(gatherer: &Gatherer, working_directory: Option<PathBuf>) {
    let limit = gatherer.limit(PATIENCE);
    let executable = || std::env::current_exe().ok()?.parent().map(Path::to_owned);
    let found = working_directory
        .and_then(|place| Some((Repository::find(&place, &limit)?, "working_directory")))
        .or_else(|| Some((Repository::find(&executable()?, &limit)?, "executable")));
    let Some((repository, of)) = found else { return };
    let head = repository.head(&limit).unwrap_or_default();
    let git = |dirty: Option<bool>| {
        Json::object([
            ("of", Json::from(of)),
            ("directory", path(Some(&repository.top))),
            ("branch", head.branch.clone().into()),
            ("commit", head.commit.clone().into()),
            ("dirty", dirty.into()),
        ])
    };
    gatherer.put([("git", git(None))]);
    let Some(commit) = &head.commit else { return };
    if let Some(dirty) = repository.is_dirty(commit, &gatherer.limit(DIRTY_PATIENCE)) {
        gatherer.put([("git", git(Some(dirty)))]);
    }
}

/// The executable's hash, where that means to read it.
fn executable(gatherer: &Gatherer) {
    if code_hash::at_hand().is_none() {
        gatherer.put([("executable_hash", code_hash::of_executable().into())]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::record::Record;

    /// The provenance that a journal has.
    fn gathered(journal: &Journal) -> Json {
        let mut all = Json::object::<&str, Json>([]);
        for segment in journal.take_fresh() {
            segment.each(|record| {
                if let Record::Event { json, .. } = record
                    && let Ok(Event::Provenance(members)) =
                        Event::from_json(std::str::from_utf8(json).unwrap())
                {
                    merge(&mut all, members);
                }
            });
        }
        all
    }

    fn journal() -> (tempfile::TempDir, Arc<Journal>) {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::create(&directory.path().join("j")).unwrap();
        (directory, journal)
    }

    #[test]
    fn members_are_merged() {
        let mut all = crate::json::parse(r#"{"a":1,"b":{"c":1,"d":2}}"#).unwrap();
        merge(&mut all, crate::json::parse(r#"{"a":{"x":1},"b":{"d":3,"e":4},"f":[]}"#).unwrap());
        assert_eq!(all.to_compact(), r#"{"a":{"x":1},"b":{"c":1,"d":3,"e":4},"f":[]}"#);
    }

    #[test]
    fn what_hangs_holds_nobody_up_and_costs_only_itself() {
        let (_directory, journal) = journal();
        let (entered, hangs) = channel();
        let (release, released) = channel::<()>();
        let items: Vec<Item> = vec![
            Box::new(|gatherer| gatherer.put([("before", 1i64.into()), ("absent", Json::Null)])),
            Box::new(move |gatherer| {
                entered.send(()).unwrap();
                // As a system call does, it cares for no limit.
                let _ = released.recv();
                gatherer.put([("late", 1i64.into())]);
            }),
            Box::new(|gatherer| gatherer.put([("never", 1i64.into())])),
        ];
        let gathering = Gathering::of(&journal, items).unwrap();
        hangs.recv().unwrap();
        // This returns, although the item does not.
        drop(gathering);
        journal.close();
        assert_eq!(gathered(&journal).to_compact(), r#"{"before":1}"#);
        drop(release);
        // Its thread ends, and gives the journal back: the other one here is ours.
        while Arc::strong_count(&journal) > 1 {
            std::thread::yield_now();
        }
        assert_eq!(gathered(&journal).to_compact(), "{}");
    }

    #[test]
    fn threads_that_hang_are_counted() {
        let (_directory, journal) = journal();
        let (release, released) = channel::<()>();
        let released = Arc::new(std::sync::Mutex::new(released));
        let hang = || {
            let released = released.clone();
            let item: Item = Box::new(move |_| {
                let _ = crate::sync::lock(&released).recv();
            });
            Gathering::of(&journal, vec![item])
        };
        let hanging: Vec<_> = std::iter::from_fn(hang).take(MOST_THREADS + 1).collect();
        assert!(hanging.len() <= MOST_THREADS);
        drop(hanging);
        drop(release);
        while Gathering::of(&journal, Vec::new()).is_none() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn everything_is_gathered_here() {
        let (_directory, journal) = journal();
        let stop = Arc::new(AtomicBool::new(false));
        let gatherer = Gatherer { journal: journal.clone(), stop };
        items().into_iter().for_each(|item| item(&gatherer));
        let all = gathered(&journal);
        assert!(all.get("threads").unwrap().get("available").unwrap().as_i64().unwrap() > 0);
        assert_eq!(all.get("executable_hash").unwrap().as_str(), code_hash::of_executable().as_deref());
        #[cfg(target_os = "linux")]
        assert!(
            all.get("libraries").unwrap().get("libc").unwrap().get("version").unwrap().as_str().is_some()
        );
    }
}
