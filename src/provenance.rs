//! What a reader wants to know of how a run came about, beyond what identifies it.
//!
//! What costs next to nothing, and what comes from the environment (which only the caller's thread
//! may read: others of the host may change it), is known when the run is opened. The rest is
//! gathered by a thread of ours: the commit first, which the end of a run waits for until `GRACE`
//! after its beginning, and no longer. What is late, or hangs in a file system, is missing then, and
//! the run is as good without. What was gathered goes into the journal, where a kill can't take it,
//! when there is enough of it to be worth a segment; a run that ends before takes it as it is.

mod command;
mod job;
mod library;
mod machine;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::event::Event;
use crate::git::Repository;
use crate::journal::Journal;
use crate::json::Json;
use crate::limit::Limit;
use crate::sync::{PerProcess, lock};
use crate::{code_hash, sys};

/// A run that ends sooner after its beginning waits so long for the commit.
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

/// What is being gathered for a run. Dropping it ends that, and waits for nothing.
#[derive(Debug)]
pub struct Gathering {
    started: Instant,
    process: u64,
    found: Arc<Mutex<Json>>,
    stop: Arc<AtomicBool>,
    first: Receiver<()>,
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
        let found = Arc::new(Mutex::new(nothing()));
        let stop = Arc::new(AtomicBool::new(false));
        let (done, first) = channel();
        let gatherer = Gatherer { journal: journal.clone(), found: found.clone(), stop: stop.clone() };
        let body = move || {
            let _counted = counted;
            for item in items {
                if gatherer.stop.load(Ordering::Relaxed) {
                    break;
                }
                item(&gatherer);
                // Nobody may be there any more, or have waited for the first one only.
                let _ = done.send(());
            }
        };
        let started = Instant::now();
        let thread = sys::spawn_helper("metalab-probe", 10, body).ok()?;
        Some(Self { started, process: sys::process_generation(), found, stop, first, thread: Some(thread) })
    }

    /// Ends it, once the first item is there or `GRACE` is over, and gives what was found and is
    /// not yet in the journal.
    pub fn end(self) -> Json {
        let patience = GRACE.saturating_sub(self.started.elapsed());
        let _ = self.first.recv_timeout(patience);
        self.stop.store(true, Ordering::Relaxed);
        lock(&self.found).clone()
    }
}

impl Drop for Gathering {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.take() else { return };
        if self.process != sys::process_generation() {
            // A forked child does not have the thread, and waiting for it would have no end.
            std::mem::forget(thread);
        } else if thread.is_finished() {
            let _ = thread.join();
        }
        // A thread that is not done ends by itself, when the system call that it is in does.
    }
}

fn nothing() -> Json {
    Json::Object(Default::default())
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
    /// What is not yet in the journal. Only the gathering thread adds to it.
    found: Arc<Mutex<Json>>,
    stop: Arc<AtomicBool>,
}

impl Gatherer {
    /// So long an item may take from now on.
    fn limit(&self, patience: Duration) -> Limit<'_> {
        Limit::new(patience, &self.stop)
    }

    /// Adds to the provenance what there is of `members`.
    fn put<const N: usize>(&self, members: [(&str, Json); N]) {
        let members = Json::object(members.into_iter().filter(|(_, value)| *value != Json::Null));
        merge(&mut lock(&self.found), members);
    }

    /// Puts what was found into the journal.
    fn keep(&self) {
        let found = lock(&self.found).clone();
        if found == nothing() {
            return;
        }
        // It fails when the run has ended, or its disk is full, which the journal counts. The lock
        // is not held meanwhile: whoever ends the run must not wait.
        if self.journal.event(&Event::Provenance(found)).is_ok() {
            *lock(&self.found) = nothing();
        }
    }
}

/// What is gathered. The commit comes first: where the working directory's file system hangs, the
/// rest is missing, too; but that is rare, and a run of a millisecond has its commit.
fn items() -> Vec<Item> {
    let working_directory = std::env::current_dir().ok();
    let (tell, repository) = channel();
    vec![
        Box::new(move |gatherer| {
            let _ = tell.send(commit(gatherer, working_directory));
        }),
        Box::new(|gatherer| {
            system(gatherer);
            gatherer.keep();
        }),
        Box::new(move |gatherer| {
            if let Some((repository, commit)) = repository.recv().ok().flatten() {
                if let Some(dirty) = repository.is_dirty(&commit, &gatherer.limit(DIRTY_PATIENCE)) {
                    gatherer.put([("git", Json::object([("dirty", dirty)]))]);
                }
            }
            gatherer.keep();
        }),
        Box::new(|gatherer| {
            executable(gatherer);
            gatherer.keep();
        }),
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

/// The repository that the working directory is in, else the executable, and its commit.
fn commit(gatherer: &Gatherer, working_directory: Option<PathBuf>) -> Option<(Repository, String)> {
    let limit = gatherer.limit(PATIENCE);
    let executable = || std::env::current_exe().ok()?.parent().map(Path::to_owned);
    let (repository, of) = working_directory
        .and_then(|place| Some((Repository::find(&place, &limit)?, "working_directory")))
        .or_else(|| Some((Repository::find(&executable()?, &limit)?, "executable")))?;
    let head = repository.head(&limit).unwrap_or_default();
    let git = Json::object([
        ("of", Json::from(of)),
        ("directory", path(Some(&repository.top))),
        ("branch", head.branch.into()),
        ("commit", head.commit.clone().into()),
    ]);
    gatherer.put([("git", git)]);
    Some((repository, head.commit?))
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
            Box::new(|gatherer| {
                gatherer.put([("kept", 1i64.into()), ("absent", Json::Null)]);
                gatherer.keep();
            }),
            Box::new(|gatherer| gatherer.put([("found", 1i64.into())])),
            Box::new(move |gatherer| {
                entered.send(()).unwrap();
                // As a system call does, it cares for no limit.
                let _ = released.recv();
                gatherer.put([("late", 1i64.into())]);
                gatherer.keep();
            }),
            Box::new(|gatherer| gatherer.put([("never", 1i64.into())])),
        ];
        let gathering = Gathering::of(&journal, items).unwrap();
        hangs.recv().unwrap();
        // This returns, although the item does not.
        assert_eq!(gathering.end().to_compact(), r#"{"found":1}"#);
        journal.close();
        assert_eq!(gathered(&journal).to_compact(), r#"{"kept":1}"#);
        drop(release);
        // Its thread ends, and gives the journal back: the other one here is ours.
        while Arc::strong_count(&journal) > 1 {
            std::thread::yield_now();
        }
        assert_eq!(gathered(&journal).to_compact(), "{}");
    }

    #[test]
    fn the_end_does_not_wait_for_a_first_item_that_hangs() {
        let (_directory, journal) = journal();
        let (release, released) = channel::<()>();
        let item: Item = Box::new(move |_| {
            let _ = released.recv();
        });
        let gathering = Gathering::of(&journal, vec![item]).unwrap();
        assert_eq!(gathering.end(), nothing());
        drop(release);
    }

    #[test]
    fn threads_that_hang_are_counted() {
        let (_directory, journal) = journal();
        let (release, released) = channel::<()>();
        let released = Arc::new(Mutex::new(released));
        let hang = || {
            let released = released.clone();
            let item: Item = Box::new(move |_| {
                let _ = lock(&released).recv();
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
        let (found, stop) = (Arc::new(Mutex::new(nothing())), Arc::new(AtomicBool::new(false)));
        let gatherer = Gatherer { journal: journal.clone(), found, stop };
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
