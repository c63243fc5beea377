//! Reading a store back: experiments, runs as tables, and of each run its record, series, results, logs
//! and arrays, live or finished.
//!
//! Nothing in it is written and nothing is locked, so that a store can be read while others write it, and on
//! read-only media. Nothing in it is trusted: a damaged, foreign or hostile file is an error that names it.
//!
//! ```
//! # fn main() -> metalab::Result<()> {
//! # let directory = tempfile::tempdir().unwrap();
//! # let place = directory.path().to_str().unwrap();
//! # let mut options = metalab::Options::new();
//! # options.store(place).experiment("heat:1")?.run_id("a")?.code_hash("").param("n", 300)?;
//! # let metalab::Opened::Capture(run) = metalab::Capture::open(&options)? else { return Ok(()) };
//! # run.series("residual", None, None)?.point(7, 0.5)?;
//! # run.finish()?;
//! use metalab::read::{Query, Store};
//!
//! let store = Store::open(place)?;
//! let table = store.runs(&Query { filter: "params.n > 256", ..Query::default() })?;
//! for run_id in table.run_ids() {
//!     let run = store.run(None, run_id)?;
//!     if let Some(residual) = run.series("residual")? {
//!         println!("{} {:?} {:?}", run.status().text(), residual.steps, residual.values);
//!     }
//! }
//! # assert_eq!(table.len(), 1);
//! # Ok(())
//! # }
//! ```

mod activity;
mod array;
pub(crate) mod arrow;
mod artifact;
mod brief;
mod cache;
mod check;
mod column;
mod entry;
mod feed;
mod file;
mod filter;
mod journal;
mod life;
mod listing;
mod live;
mod look;
mod members;
mod npy;
mod pieces;
mod record;
mod rows;
mod run;
mod scan;
mod series;
mod store;
mod table;
mod zip;

pub use array::{Array, Element};
pub use artifact::Artifact;
pub use brief::Brief;
pub use check::{check_entry, check_text, read_small};
pub use column::{Column, ColumnType, Texts, Values};
pub use feed::{Feed, FeedSeries};
pub use filter::{Fields, Filter};
pub use life::RunStatus;
pub use look::Look;
pub use run::{Data, Run, RunResult, Snapshot};
pub use series::{Follow, Series};
pub use store::{Query, Store};
pub use table::Table;
