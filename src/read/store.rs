//! A store, opened to be read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cache::Cache;
use super::file::{damaged, names, read_json};
use super::filter::{Facts, Fields, Filter};
use super::listing;
use super::rows::Rows;
use super::run::{Place, Run};
use super::table::Table;
use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::base::{file, name};
use crate::members::liveness::TakeOver;
use crate::store::Locator;

/// The id of an experiment, and its directory.
type Root = (String, PathBuf);

/// The file that says of which experiment a directory is.
const META: &str = "_meta.json";

/// A store that is read: nothing is written to it, nothing is locked, and nothing in it is trusted. It may be
/// on read-only media, and be written by others meanwhile. Each call has what it holds then.
#[derive(Debug, Clone)]
pub struct Store {
    collection: PathBuf,
    /// The experiment that the locator is limited to.
    limit: Option<String>,
    /// Where tables are kept for the next reader.
    cache: Option<Cache>,
    /// The word on processes of other machines: variables that say nothing are for who takes a run over.
    known: Arc<TakeOver>,
}

/// The runs that are wanted of a store; the default is all of them, newest first.
#[derive(Debug, Clone, Default)]
pub struct Query<'a> {
    /// The experiment, `name:version`, or all.
    pub experiment: Option<&'a str>,
    /// A filter, such as `params.n > 256 and status = failed`; empty for all runs. It may end with an
    /// order, as in `order by metrics.loss desc`, which goes before that of time.
    pub filter: &'a str,
    /// How many runs at most; 0 for all.
    pub limit: usize,
    /// The oldest first.
    pub oldest_first: bool,
}

impl Store {
    /// Opens the store at `locator`: a path or `file://` of a collection or of one experiment's directory,
    /// or a `postgresql://` locator, of which the files are read and the index is not asked.
    ///
    /// # Errors
    /// When there is no such directory, or the locator is none.
    pub fn open(locator: &str) -> Result<Self> {
        let locator = Locator::parse(locator)?;
        let collection = std::path::absolute(locator.collection())
            .map_err(|source| Error::io("resolve", locator.collection(), &source))?;
        let metadata = std::fs::metadata(&collection);
        let metadata = metadata.map_err(|source| Error::io("open the store", &collection, &source))?;
        if !metadata.is_dir() {
            return Err(damaged(&collection, "is no directory, and no store"));
        }
        let limit = locator.experiment(None)?;
        let known = Arc::new(TakeOver::from_environment().unwrap_or_default());
        let own = if file::is_there(&collection.join(META))? { experiment_of(&collection)? } else { None };
        if let (Some(id), Some(above)) = (own, collection.parent()) {
            if limit.as_ref().is_some_and(|limit| *limit != id) {
                let text = format!("{} is experiment {id}, not the locator's", collection.display());
                return Err(Error::new(ErrorKind::Value, text));
            }
            return Ok(Self::at(above.to_owned(), Some(id), Cache::of_user()?, known));
        }
        Ok(Self::at(collection, limit, Cache::of_user()?, known))
    }

    /// A store that has no cache within itself.
    fn at(collection: PathBuf, limit: Option<String>, cache: Option<Cache>, known: Arc<TakeOver>) -> Self {
        let cache = cache.filter(|cache| !cache.is_in(&collection));
        Self { collection, limit, cache, known }
    }

    /// The store with what is read of its runs kept in `directory`, or nowhere, in place of where the
    /// environment says: see [`runs`](Self::runs).
    pub fn with_cache(self, directory: Option<&Path>) -> Self {
        let cache = directory.and_then(|directory| std::path::absolute(directory).ok()).map(Cache::at);
        Self::at(self.collection, self.limit, cache, self.known)
    }

    /// The directory that holds one directory for each experiment.
    pub fn collection(&self) -> &Path {
        &self.collection
    }

    /// The experiment that the locator is limited to, if it is.
    pub fn limit(&self) -> Option<&str> {
        self.limit.as_deref()
    }

    /// The ids of the experiments, sorted.
    ///
    /// # Errors
    /// When the directory can't be read, or what is in it and says of which experiment it is. What is no
    /// experiment is left out.
    pub fn experiments(&self) -> Result<Vec<String>> {
        let (roots, mut problems) = self.roots(None)?;
        if !problems.is_empty() {
            return Err(problems.remove(0));
        }
        let mut found: Vec<String> = roots.into_iter().map(|(id, _)| id).collect();
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// The directories of experiments, with their ids; and what is wrong with others.
    fn roots(&self, wanted: Option<&str>) -> Result<(Vec<Root>, Vec<Error>)> {
        let whole = |id: &str| -> Result<String> {
            let (name, version) = name::check_experiment_id(id)?;
            Ok(format!("{name}:{version}"))
        };
        let wanted = wanted.map(whole).transpose()?;
        let both = self.limit.as_ref().zip(wanted.as_ref());
        if let Some((limit, wanted)) = both.filter(|(limit, wanted)| limit != wanted) {
            let text = format!("the locator names experiment {limit}, and {wanted} is asked for");
            return Err(Error::new(ErrorKind::Value, text));
        }
        if let Some(id) = wanted.as_ref().or(self.limit.as_ref()) {
            // Python writes the directory's name as it is, but for the colons.
            let mut directories = vec![name::experiment_dir(id), id.replace(':', "_")];
            directories.retain(|directory| !directory.contains('/') && !directory.starts_with('.'));
            directories.dedup();
            for directory in directories {
                let root = self.collection.join(directory);
                if experiment_of(&root)?.as_ref() == Some(id) {
                    return Ok((vec![(id.clone(), root)], Vec::new()));
                }
            }
            let text = format!("there is no experiment {id} in {}", self.collection.display());
            return Err(Error::new(ErrorKind::NotFound, text));
        }
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for directory in names(&self.collection)? {
            let root = self.collection.join(directory);
            match experiment_of(&root) {
                Ok(id) => found.extend(id.map(|id| (id, root))),
                Err(error) => problems.push(error),
            }
        }
        Ok((found, problems))
    }

    /// The runs that `query` asks for, as a table. A record that can't be read is no row: the table's
    /// problems say why.
    ///
    /// Of experiments with 500 runs or more that have ended, what was read is kept in the user's cache
    /// (`METALAB_CACHE`, else `metalab` in `XDG_CACHE_HOME` or `~/.cache`), so that their records are not read
    /// again until they change.
    ///
    /// # Errors
    /// When the filter is none, there is no such experiment, or a directory can't be read.
    pub fn runs(&self, query: &Query<'_>) -> Result<Table> {
        self.runs_with(query, &())
    }

    /// The same for a filter that may also ask for `fields`.
    ///
    /// # Errors
    /// Those of [`runs`](Self::runs).
    pub fn runs_with(&self, query: &Query<'_>, fields: &dyn Fields) -> Result<Table> {
        let (rows, mut picked, problems) = self.rows(query, fields)?;
        let total = picked.len();
        if query.limit > 0 {
            picked.truncate(query.limit);
        }
        Ok(Table::of(&rows, &picked, total, problems))
    }

    /// Runs, those of them that `query` asks for in its order, whatever its limit, and the records that could
    /// not be read.
    fn rows(&self, query: &Query<'_>, fields: &dyn Fields) -> Result<(Rows, Vec<u32>, Vec<Error>)> {
        let filter = Filter::parse_with(query.filter, fields)?;
        let mut rows = Rows::default();
        let (roots, mut problems) = self.roots(query.experiment)?;
        for (_, root) in roots {
            let of = listing::Runs { root: &root, now: Moment::now(), known: &self.known };
            rows.append(listing::rows(&of, self.cache.as_ref(), &mut problems)?);
        }
        let known = |row: u32| Known { rows: &rows, row, fields };
        let fits = (0..rows.len()).filter(|row| filter.is_true(&known(*row)));
        let mut keyed: Vec<(u32, Vec<Option<Json>>)> =
            fits.map(|row| (row, filter.keys(&known(row)))).collect();
        let newest_first = rows.newest_first();
        keyed.sort_by(|(a, a_keys), (b, b_keys)| {
            let order = newest_first(a, b);
            let order = if query.oldest_first { order.reverse() } else { order };
            filter.compare(a_keys, b_keys).then(order)
        });
        let picked = keyed.into_iter().map(|(row, _)| row).collect();
        drop(newest_first);
        Ok((rows, picked, problems))
    }

    /// The run of this id, if there is one.
    ///
    /// # Errors
    /// When its record can't be read; when several experiments have a run of the id and none is named.
    pub fn find(&self, experiment: Option<&str>, run_id: &str) -> Result<Option<Run>> {
        if run_id.is_empty() || run_id.contains(['/', '\0']) || run_id.starts_with('.') || run_id.len() > 250
        {
            return Err(Error::new(ErrorKind::Name, format!("{run_id:.40?} is not a valid run id")));
        }
        let mut found = Vec::new();
        let (roots, mut problems) = match self.roots(experiment) {
            Err(error) if error.kind() == ErrorKind::NotFound => Default::default(),
            roots => roots?,
        };
        for (id, root) in roots {
            let place = Place { root, run_id: run_id.to_owned(), known: self.known.clone() };
            found.extend(Run::open(place)?.map(|run| (id, run)));
        }
        if let [(first, _), (second, _), ..] = found.as_slice() {
            let text = format!("run {run_id} is in experiments {first} and {second}: name one");
            return Err(Error::new(ErrorKind::Value, text));
        }
        match found.pop() {
            Some((_, run)) => Ok(Some(run)),
            // It may be in an experiment that can't be read.
            None if !problems.is_empty() => Err(problems.remove(0)),
            None => Ok(None),
        }
    }

    /// The run of this id.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is none, and those of [`find`](Self::find).
    pub fn run(&self, experiment: Option<&str>, run_id: &str) -> Result<Run> {
        self.find(experiment, run_id)?.ok_or_else(|| {
            let text = format!("there is no run {run_id} in {}", self.collection.display());
            Error::new(ErrorKind::NotFound, text)
        })
    }

    /// The first of the runs that `query` asks for: the newest one.
    ///
    /// # Errors
    /// Those of [`runs`](Self::runs), and those of reading the run.
    pub fn newest(&self, query: &Query<'_>) -> Result<Option<Run>> {
        let (rows, picked, mut problems) = self.rows(query, &())?;
        let Some(row) = picked.first() else {
            // One that can't be read may be the one that is wanted.
            return if problems.is_empty() { Ok(None) } else { Err(problems.remove(0)) };
        };
        self.find(Some(rows.text(*row, "experiment_id")), rows.text(*row, "run_id"))
    }
}

/// A run as it is known: its record, and the fields of others.
struct Known<'a> {
    rows: &'a Rows,
    row: u32,
    fields: &'a dyn Fields,
}

impl Facts for Known<'_> {
    fn any(&self, field: &str, each: &mut dyn FnMut(&Json) -> bool) -> bool {
        let text = |field| self.rows.text(self.row, field);
        match self.fields.is_field(field) {
            true => self.fields.any(text("experiment_id"), text("run_id"), field, each),
            false => self.rows.row(self.row).any(field, each),
        }
    }
}

/// The id of the experiment whose directory this is; nothing if it is none's.
fn experiment_of(root: &Path) -> Result<Option<String>> {
    let path = root.join(META);
    match read_json(&path) {
        Ok(meta) => Ok(meta.as_ref().and_then(|meta| meta.str_at("experiment_id")).map(str::to_owned)),
        // A file where a directory should be.
        Err(error) if is_no_directory(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_no_directory(error: &Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    source.is_some_and(|source| source.kind() == std::io::ErrorKind::NotADirectory)
}
