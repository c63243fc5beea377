//! Provenance: how a run came about, beyond what identifies it.
//!
//! All that costs next to nothing, and what comes from the environment (which only the caller's thread
//! may read: others of the host may change it), is known when the run is opened. The rest is
//! gathered by a thread of ours: the commit first, which the end of a run waits for until `GRACE`
//! after its beginning, and no longer. What is late, or hangs in a file system, is missing then, and
//! the run is as good without. What was gathered is left in a file beside the journal's, where a
//! kill can't take it: a record would cost every run a segment for this thread.

mod job;
mod library;
mod machine;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::base::json::{self, Json, Object, merge};
use crate::base::limit::Limit;
use crate::base::sync::{PerProcess, lock};
use crate::base::{helper, sys};
use crate::companions::code_hash;
use crate::companions::git::Repository;
use crate::run::Context;
use crate::run::notice;
use crate::run::options::Program;

/// A run that ends sooner after its beginning waits so long for the commit.
const GRACE: Duration = Duration::from_micros(500);

/// How long each item about the system may take.
const PATIENCE: Duration = Duration::from_millis(500);

/// Looking for changed files may take so long.
const DIRTY_PATIENCE: Duration = Duration::from_secs(2);

/// Threads that hang in a file system, at most; runs that begin then do without.
const MOST_THREADS: usize = 8;

/// How many threads are gathering now.
static THREADS: PerProcess<AtomicUsize> = PerProcess::new(|_| AtomicUsize::new(0));

/// The members of the record's provenance that are known at once.
pub fn at_once(command: Json, compiler: Option<&str>) -> Vec<(&'static str, Json)> {
    let mut members = vec![
        ("user", machine::user().into()),
        ("command", command),
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

/// A part of what is gathered.
type Item = Box<dyn FnOnce(&Gatherer) + Send>;

/// Where members go to.
type Put = Box<dyn Fn(Object) + Send>;

/// Gathering of provenance for a run. Dropping it ends that, and waits for nothing.
#[derive(Debug)]
pub struct Gathering {
    started: Instant,
    process: u64,
    stop: Arc<AtomicBool>,
    /// True if the journal's directory is not to be written to any more.
    left: Arc<Mutex<bool>>,
    first: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Gathering {
    /// Starts to gather what a run's provenance has besides. Nothing if there can be no thread for it.
    /// `program` is the one that the run is of, if that is not this process.
    pub fn start(shared: &Arc<Context>, program: Option<&Program>) -> Option<Self> {
        // A thread that hangs keeps nothing of the run.
        let run = Arc::downgrade(shared);
        let put = move |members| {
            if let Some(shared) = run.upgrade() {
                let mut state = lock(&shared.state);
                merge(&mut state.provenance, members);
                state.changed = true;
            }
        };
        Self::of(
            shared.journal.directory(),
            Box::new(put),
            items(program.map(|program| program.executable.clone())),
        )
    }

    /// Gathers `items`: gives each member to `put`, and leaves all of them in `directory`.
    fn of(directory: &Path, put: Put, items: Vec<Item>) -> Option<Self> {
        let counted = Counted::new()?;
        let (stop, left) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(false)));
        let (done, first) = channel();
        let gatherer = Gatherer {
            put,
            all: RefCell::default(),
            directory: directory.to_owned(),
            stop: stop.clone(),
            left: left.clone(),
        };
        let body = move || {
            let _counted = counted;
            for item in items {
                if gatherer.stop.load(Ordering::Relaxed) {
                    break;
                }
                item(&gatherer);
                // Who waits does so for the first one only.
                let _ = done.send(());
            }
        };
        let started = Instant::now();
        let thread = helper::spawn("metalab-probe", 10, body).ok()?;
        let process = sys::process_generation();
        Some(Self { started, process, stop, left, first, thread: Some(thread) })
    }

    /// Ends it, once the first item is there or `GRACE` is over.
    pub fn end(self) {
        let patience = GRACE.saturating_sub(self.started.elapsed());
        let _ = self.first.recv_timeout(patience);
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
        self.stop.store(true, Ordering::Relaxed);
        // Held for as long as it takes to write a small file where the run's end removes others.
        *lock(&self.left) = true;
        if thread.is_finished() {
            let _ = thread.join();
        }
        // A thread that is not done ends by itself, when the system call that it is in does.
    }
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

/// The tools of an item: where it puts its members, and how long it may take.
struct Gatherer {
    put: Put,
    all: RefCell<Object>,
    directory: PathBuf,
    stop: Arc<AtomicBool>,
    left: Arc<Mutex<bool>>,
}

impl Gatherer {
    /// So long an item may take from now on.
    fn limit(&self, patience: Duration) -> Limit<'_> {
        Limit::new(patience, &self.stop)
    }

    /// Adds to the provenance what there is of `members`.
    fn put<const N: usize>(&self, members: [(&str, Json); N]) {
        let members = json::members(members.into_iter().filter(|(_, value)| *value != Json::Null));
        merge(&mut self.all.borrow_mut(), members.clone());
        (self.put)(members);
    }

    /// Leaves what was gathered where a kill can't take it.
    fn keep(&self) {
        let left = lock(&self.left);
        if !*left {
            // The record has it even so, unless the process is killed.
            let _ = notice::leave_provenance(&self.directory, &self.all.borrow().clone().into());
        }
    }
}

/// The items to gather. The commit comes first: where the working directory's file system hangs, the
/// rest is missing, too; but that is rare, and a run of a millisecond has its commit.
fn items(program: Option<PathBuf>) -> Vec<Item> {
    let (of, file) = (program.clone(), program.clone());
    let working_directory = std::env::current_dir().ok();
    let (tell, repository) = channel();
    vec![
        Box::new(move |gatherer| {
            let _ = tell.send(commit(gatherer, working_directory, of));
        }),
        Box::new(move |gatherer| {
            system(gatherer);
            if program.is_none() {
                own(gatherer);
            }
            gatherer.keep();
        }),
        Box::new(move |gatherer| {
            let dirty = repository.recv().ok().flatten().and_then(|(repository, commit)| {
                repository.is_dirty(&commit, &gatherer.limit(DIRTY_PATIENCE))
            });
            if let Some(dirty) = dirty {
                // Who sees it in the run is to find it after a kill.
                let git = Json::object([("dirty", dirty)]);
                merge(&mut gatherer.all.borrow_mut(), json::members([("git", git.clone())]));
                gatherer.keep();
                gatherer.put([("git", git)]);
            } else {
                gatherer.keep();
            }
        }),
        Box::new(move |gatherer| {
            executable(gatherer, file.as_deref());
            gatherer.keep();
        }),
    ]
}

fn system(gatherer: &Gatherer) {
    gatherer.put([
        ("cpu", machine::processor().into()),
        ("cgroup", machine::cgroup()),
        ("threads", machine::parallelism()),
    ]);
}

/// Facts that only the process that is the run's program itself knows.
fn own(gatherer: &Gatherer) {
    gatherer.put([
        ("libraries", library::loaded(&gatherer.limit(PATIENCE)).into()),
        ("executable_hash", code_hash::at_hand().into()),
    ]);
}

/// The repository that the working directory is in, else the executable, and its commit.
fn commit(
    gatherer: &Gatherer,
    working_directory: Option<PathBuf>,
    program: Option<PathBuf>,
) -> Option<(Repository, String)> {
    let limit = gatherer.limit(PATIENCE);
    let executable = || program.or_else(|| std::env::current_exe().ok())?.parent().map(Path::to_owned);
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
fn executable(gatherer: &Gatherer, program: Option<&Path>) {
    if let Some(program) = program {
        gatherer.put([("executable_hash", code_hash::of_file(program).into())]);
    } else if code_hash::at_hand().is_none() {
        gatherer.put([("executable_hash", code_hash::of_executable().into())]);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::MutexGuard;

    use super::*;

    /// Gathers into a directory, and says what was put.
    struct Place {
        directory: tempfile::TempDir,
        seen: Arc<Mutex<Object>>,
        /// One of these tests takes all threads that there may be.
        _turn: MutexGuard<'static, ()>,
    }

    impl Place {
        fn new() -> Self {
            static TURN: Mutex<()> = Mutex::new(());
            Self { directory: tempfile::tempdir().unwrap(), seen: Arc::default(), _turn: lock(&TURN) }
        }

        fn put(&self) -> Put {
            let seen = self.seen.clone();
            Box::new(move |members| merge(&mut lock(&seen), members))
        }

        fn gather(&self, items: Vec<Item>) -> Option<Gathering> {
            Gathering::of(self.directory.path(), self.put(), items)
        }

        fn seen(&self) -> String {
            Json::from(lock(&self.seen).clone()).to_compact()
        }

        fn kept(&self) -> String {
            std::fs::read_to_string(self.directory.path().join("provenance.json")).unwrap_or_default()
        }
    }

    #[test]
    fn what_hangs_holds_nobody_up_and_costs_only_itself() {
        let place = Place::new();
        let (entered, hangs) = channel();
        let (release, released) = channel::<()>();
        let (ending, ended) = channel::<()>();
        let items: Vec<Item> = vec![
            Box::new(|gatherer| {
                gatherer.put([("kept", 1i64.into()), ("absent", Json::Null)]);
                gatherer.keep();
            }),
            Box::new(|gatherer| gatherer.put([("found", 1i64.into())])),
            Box::new(move |gatherer| {
                let _ending = ending;
                entered.send(()).unwrap();
                // It cares for no limit, like a system call.
                let _ = released.recv();
                gatherer.put([("late", 1i64.into())]);
                gatherer.keep();
            }),
            Box::new(|gatherer| gatherer.put([("never", 1i64.into())])),
        ];
        let gathering = place.gather(items).unwrap();
        hangs.recv().unwrap();
        // This returns, although the item does not.
        gathering.end();
        assert_eq!(place.seen(), r#"{"found":1,"kept":1}"#);
        drop(release);
        let _ = ended.recv();
        assert_eq!(place.kept(), r#"{"kept":1}"#, "the directory is no more ours");
        assert_eq!(place.seen(), r#"{"found":1,"kept":1,"late":1}"#);
    }

    #[test]
    fn the_end_does_not_wait_for_a_first_item_that_hangs() {
        let (release, released) = channel::<()>();
        let item: Item = Box::new(move |_| {
            let _ = released.recv();
        });
        Place::new().gather(vec![item]).unwrap().end();
        drop(release);
    }

    #[test]
    fn threads_that_hang_are_counted() {
        let place = Place::new();
        let (release, released) = channel::<()>();
        let released = Arc::new(Mutex::new(released));
        let hang = || {
            let released = released.clone();
            let item: Item = Box::new(move |_| {
                let _ = lock(&released).recv();
            });
            place.gather(vec![item])
        };
        let hanging: Vec<_> = std::iter::from_fn(hang).take(MOST_THREADS + 1).collect();
        assert!(hanging.len() <= MOST_THREADS);
        drop(hanging);
        drop(release);
        while place.gather(Vec::new()).is_none() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn everything_is_gathered_here() {
        let place = Place::new();
        let gatherer = Gatherer {
            put: place.put(),
            all: RefCell::default(),
            directory: place.directory.path().to_owned(),
            stop: Arc::default(),
            left: Arc::default(),
        };
        items(None).into_iter().for_each(|item| item(&gatherer));
        assert_eq!(place.kept(), place.seen());
        let all = crate::base::json::parse(&place.seen()).unwrap();
        assert!(all.get("threads").unwrap().get("available").unwrap().as_i64().unwrap() > 0);
        assert_eq!(all.get("executable_hash").unwrap().as_str(), code_hash::of_executable().as_deref());
        #[cfg(target_os = "linux")]
        assert!(
            all.get("libraries").unwrap().get("libc").unwrap().get("version").unwrap().as_str().is_some()
        );
    }
}
