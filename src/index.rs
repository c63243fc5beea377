//! The PostgreSQL index of a store: what the Python package and its dashboard query.
//!
//! The files are the truth, and the index is made of them: at once while runs go on, by a thread of
//! its own that nobody waits for, and again by [`rebuild`]. Losing it loses nothing.

mod asked;
mod behind;
mod catalog;
mod changes;
mod client;
mod deliver;
mod jsonb;
mod merge;
mod pq;
mod queue;
mod rebuild;
mod remark;
mod rows;
mod schema;
mod send;
mod status;
mod sync;
mod thinned;
mod time;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use rebuild::rebuild;
pub use remark::listen;
pub use status::{IndexStatus, status};

use crate::base::error::Result;
use crate::base::json::Json;
use crate::store::{Address, Locator, Observer, Store};
use queue::{Line, Task};

/// How long the end of a run waits for the index where nothing else is said.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Where the changes of an experiment's store go.
#[derive(Debug)]
pub struct Feed {
    line: Arc<Line>,
    root: PathBuf,
    patience: Duration,
    /// True if another process owns the run, and has its index follow.
    is_worker: bool,
    /// True if the experiment's manifests were noted: who wrote them may have died before they came in.
    has_manifests: AtomicBool,
}

impl Observer for Feed {
    fn written(&self, path: &Path) {
        self.note(path);
    }
}

/// Starts to follow what is written in `store`, where the locator has an index; the end of a run waits
/// for it as long as `patience`. A worker leaves that to the run's owner, but for what it writes when the
/// owner has ended.
///
/// # Errors
/// When libpq can't be had, or does not take the locator.
pub fn follow(
    store: &Store,
    locator: &Locator,
    patience: Duration,
    is_worker: bool,
) -> Result<Option<Arc<Feed>>> {
    let Some(address) = locator.index() else { return Ok(None) };
    client::check(address)?;
    let feed = Arc::new(Feed::new(address, store.root(), patience, is_worker));
    store.observe(feed.clone());
    if !is_worker {
        feed.line.take_up();
    }
    Ok(Some(feed))
}

impl Feed {
    /// A feed of the index at `address` with the experiment's directory `root`; the end of a run waits
    /// for it as long as `patience`.
    fn new(address: &Address, root: &Path, patience: Duration, is_worker: bool) -> Self {
        Self {
            line: Line::to(address),
            root: root.to_owned(),
            patience,
            is_worker,
            has_manifests: AtomicBool::new(false),
        }
    }

    /// Notes that `path` was written; other files than the index has are ignored.
    fn note(&self, path: &Path) {
        let Ok(inside) = path.strip_prefix(&self.root) else { return };
        let mut parts = inside.iter().filter_map(|part| part.to_str());
        let (Some(directory), Some(name)) = (parts.next(), parts.next()) else { return };
        let run_id = match directory {
            "results" if self.is_worker => return,
            "results" => Some(name),
            "runs" | "derived" => match name.strip_suffix(".json") {
                Some(run_id) => Some(run_id),
                None => return,
            },
            "experiments" => None,
            _ => return,
        };
        if !self.has_manifests.swap(true, Ordering::Relaxed) {
            self.line.note(self.task(None));
        }
        self.line.note(self.task(run_id));
    }

    fn task(&self, run_id: Option<&str>) -> Task {
        Task { root: self.root.clone(), run_id: run_id.map(str::to_owned) }
    }

    /// Waits a while for the index to have a run that has ended. If it has not then, a mark beside the files is
    /// left for the next process with that locator, a line in the run's log, and the reason is returned.
    pub fn end(&self, run_id: &str) -> Option<String> {
        // Before the wait, which somebody may end.
        self.line.mark(&self.task(None));
        self.line.mark(&self.task(Some(run_id)));
        if self.wait_for(Some(run_id)) {
            return None;
        }
        let reason = self.line.standing(&self.task(Some(run_id))).reason;
        let reason = reason.unwrap_or_else(|| "the server has not taken everything yet".to_owned());
        remark::behind(&self.root, run_id, &reason);
        Some(reason)
    }

    /// Waits a while for the index to have what the files have: of a run, or of all of them.
    pub fn wait_for(&self, run_id: Option<&str>) -> bool {
        self.line.wait_for(self.patience, |task| {
            task.root == self.root
                && (run_id.is_none() || task.run_id.is_none() || task.run_id.as_deref() == run_id)
        })
    }

    /// Like `wait_for` for everything; what is behind then is marked beside the files.
    pub fn wait_for_all(&self) {
        if !self.wait_for(None) {
            self.line.mark_all();
        }
    }

    /// How far the index is with a run: an object.
    pub fn health(&self, run_id: &str) -> Json {
        let standing = self.line.standing(&self.task(Some(run_id)));
        let refused: Vec<Json> = standing.refused.into_iter().map(Json::from).collect();
        Json::object([
            ("state", Json::from(if standing.is_current { "current" } else { "behind" })),
            ("reason", standing.reason.into()),
            ("refused", refused.into()),
        ])
    }
}
