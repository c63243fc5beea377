//! Stores that are read: experiments, and runs as tables.

use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

use super::capture::give_json;
use super::convert::{c_string, optional, out, text};
use super::handle::{STORES, TABLES, Table as Handles};
use super::reader::{add_run, metalab_run_t};
use super::status::{Answer, METALAB_NO_CAPTURE, Stop, boundary, metalab_status_t, wrong};
use super::structure::{self, Structure};
use crate::base::error::ErrorKind;
use crate::base::json::Json;
use crate::read::{Column, Query, Store, Table, Values};

/// A store that is opened to be read. Opened by metalab_store_open, freed by metalab_store_free. Reading
/// writes nothing to the store and takes no lock, so a store may be read while others write to it, and on
/// read-only media. The library trusts no file in the store: if a file is damaged, foreign or hostile, the
/// call returns METALAB_ERR_DAMAGED, and the message names the file.
///
/// Handles of readers are tokens, not addresses. Calls return METALAB_ERR_NULL for NULL, METALAB_ERR_CLOSED
/// for a freed handle, and METALAB_ERR_HANDLE for any other pointer. After fork, only the parent can use its
/// handles. Any thread may call any function at any time.
pub struct metalab_store_t {
    _private: [u8; 0],
}

/// Runs as columns. Freed by metalab_table_free.
pub struct metalab_table_t {
    _private: [u8; 0],
}

/// The type of a column's values.
pub type metalab_column_type_t = i32;

/// Only missing values: `values` is NULL.
pub const METALAB_COLUMN_EMPTY: metalab_column_type_t = 0;
/// `values` are uint8_t, 0 or 1.
pub const METALAB_COLUMN_BOOL: metalab_column_type_t = 1;
/// `values` are int64_t.
pub const METALAB_COLUMN_INT: metalab_column_type_t = 2;
/// `values` are double; a missing one is NaN.
pub const METALAB_COLUMN_FLOAT: metalab_column_type_t = 3;
/// UTF-8 strings: string i is the bytes of `text` from `offsets[i]` up to, but not including,
/// `offsets[i + 1]`.
pub const METALAB_COLUMN_TEXT: metalab_column_type_t = 4;
/// `values` are int64_t: microseconds since 1970-01-01 00:00 UTC.
pub const METALAB_COLUMN_TIME: metalab_column_type_t = 5;

/// A column: values of one type, one after the other. The memory belongs to the handle that the column came
/// from. Initialise it with METALAB_COLUMN_INIT before the library fills it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct metalab_column_t {
    /// sizeof(metalab_column_t).
    pub struct_size: usize,
    /// Its name.
    pub name: *const c_char,
    /// The type of its values.
    pub column_type: metalab_column_type_t,
    /// How many values it has.
    pub count: usize,
    /// The values, of the C type that column_type names; NULL for strings, and if all are missing.
    pub values: *const c_void,
    /// For strings, count + 1 offsets into `text`; otherwise NULL.
    pub offsets: *const i64,
    /// For strings, all of them one after the other, without separators or NULs; otherwise NULL.
    pub text: *const c_char,
    /// One byte for each value, 0 if it is missing; NULL if none is missing.
    pub valid: *const u8,
}
// SAFETY: numbers and pointers; its last member ends where it ends.
unsafe impl Structure for metalab_column_t {
    const INIT: &str = "METALAB_COLUMN_INIT";
    const FIRST: usize = std::mem::offset_of!(metalab_column_t, valid) + size_of::<*const u8>();
}
const _: () = assert!(size_of::<metalab_column_t>() == metalab_column_t::FIRST);

/// The column with these values, as C sees it. What it points to lives as long as they do.
pub(super) fn column(name: *const c_char, values: &Values, valid: Option<&[u8]>) -> metalab_column_t {
    let mut column = metalab_column_t {
        struct_size: size_of::<metalab_column_t>(),
        name,
        column_type: values.column_type() as metalab_column_type_t,
        count: values.len(),
        values: std::ptr::null(),
        offsets: std::ptr::null(),
        text: std::ptr::null(),
        valid: valid.map_or(std::ptr::null(), <[u8]>::as_ptr),
    };
    match values {
        Values::Empty(_) => {}
        Values::Bool(values) => column.values = values.as_ptr().cast(),
        Values::Int(values) | Values::Time(values) => column.values = values.as_ptr().cast(),
        Values::Float(values) => column.values = values.as_ptr().cast(),
        Values::Text(texts) => {
            column.offsets = texts.offsets().as_ptr();
            column.text = texts.bytes().as_ptr().cast();
        }
    }
    column
}

/// A table, and the names of its columns for C.
pub(super) struct Named {
    table: Table,
    names: Vec<CString>,
}

impl Named {
    /// The table's columns.
    pub(super) fn columns(&self) -> Arc<Vec<Column>> {
        self.table.shared_columns()
    }

    /// How many values each of them has.
    pub(super) fn rows(&self) -> usize {
        self.table.len()
    }
}

/// Has `body` use what the handle of a reader stands for.
pub(super) fn reading<H, T: Clone + Send>(
    function: &str,
    handles: &Handles<T>,
    argument: &str,
    handle: *const H,
    body: impl FnOnce(T) -> Answer,
) -> metalab_status_t {
    boundary(function, || match handles.get(argument, handle) {
        Err(Stop::Status(METALAB_NO_CAPTURE)) => wrong(ErrorKind::Null, format!("{argument} is NULL")),
        found => body(found?),
    })
}

/// Opens a store to read it.
///
/// locator: the path or file:// of a store, or of the directory of one experiment; or a postgresql://
/// locator, of which only the files are read, not the index. NULL takes METALAB_STORE.
/// store_out: to be freed with metalab_store_free.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_VALUE, METALAB_ERR_NOT_FOUND (there is no
/// such directory), METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_store_open(
    locator: *const c_char,
    store_out: *mut *mut metalab_store_t,
) -> metalab_status_t {
    boundary("metalab_store_open", || {
        out("store_out", store_out)?;
        // SAFETY: as documented.
        let locator = match unsafe { optional("locator", locator)? } {
            Some(locator) => locator.to_owned(),
            None => match crate::base::environment::variable("METALAB_STORE")? {
                Some(locator) => locator,
                None => return wrong(ErrorKind::Value, "locator is NULL, and METALAB_STORE is not set"),
            },
        };
        let store = Store::open(&locator)?;
        // SAFETY: not NULL; the caller's.
        unsafe { store_out.write(STORES.add(Arc::new(store))) };
        Ok(())
    })
}

/// Frees a store. Runs and tables opened from it stay valid. NULL and a freed handle are allowed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_store_free(store: *mut metalab_store_t) {
    let _ = boundary("metalab_store_free", || {
        drop(STORES.remove(store));
        Ok(())
    });
}

/// Returns the ids of the store's experiments, sorted: a JSON array of strings.
///
/// json_out: a string to be freed with metalab_string_free.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_store_experiments_json(
    store: *const metalab_store_t,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    reading("metalab_store_experiments_json", &STORES, "store", store, |store| {
        out("json_out", json_out)?;
        let ids: Vec<Json> = store.experiments()?.into_iter().map(Json::from).collect();
        // SAFETY: not NULL; the caller's.
        unsafe { give_json(json_out, &ids.into()) }
    })
}

/// Returns the runs that match a filter as a table, newest first.
///
/// The columns are run_id, experiment_id, status (strings; "dead" is a run whose process is dead while its
/// record still says "running"), started_at, finished_at (times), duration_ms (integers), tags (strings, each
/// a JSON array); then params.NAME and metrics.NAME, sorted by name. A member of an object is a column of its
/// own, as in "params.solver.name". If a run does not have a value, it is missing in the column. All values
/// of a column have one type: integers among floats become floats, and a mixture of numbers, booleans and
/// strings becomes strings. If a record cannot be read, it has no row, and metalab_table_problems_json lists
/// it.
///
/// For experiments with at least 500 finished runs, the table is cached for later calls, also of other
/// processes. The cache is in the directory METALAB_CACHE ("off" for no cache); else in metalab in
/// XDG_CACHE_HOME, else in ~/.cache/metalab. It may be deleted.
///
/// experiment: "name:version"; NULL for all.
/// filter: NULL for all runs, or comparisons like `params.n > 256 and status = failed`, with `and`, `or`,
/// `not` and parentheses. The operators are = != < <= > >=, ~ (contains the string) and `exists`, as in
/// `metrics.loss exists`. The fields are params.NAME, metrics.NAME, run_id, experiment_id, status,
/// started_at, finished_at (strings like 2026-11-23T08:18; for < and >, a prefix is enough), duration_ms, tag
/// (true if any tag matches), notes, error (its message). Names and strings with characters other than
/// letters, digits and _ . : + - @ / % must be quoted, with " or '. A comparison is false if the types differ
/// or the field is missing. `order by metrics.loss desc, params.n`, at the end or alone, sorts the runs:
/// ascending, or descending with `desc`. Runs without the field come last; runs with equal values are sorted
/// newest first.
/// limit: how many runs at most; 0 for all.
/// table_out: to be freed with metalab_table_free.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_VALUE (the filter; the message names the
/// position), METALAB_ERR_NAME, METALAB_ERR_NOT_FOUND (there is no such experiment), METALAB_ERR_DAMAGED,
/// METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_store_runs(
    store: *const metalab_store_t,
    experiment: *const c_char,
    filter: *const c_char,
    limit: usize,
    table_out: *mut *mut metalab_table_t,
) -> metalab_status_t {
    reading("metalab_store_runs", &STORES, "store", store, |store| {
        out("table_out", table_out)?;
        // SAFETY: as documented.
        let (experiment, filter) =
            unsafe { (optional("experiment", experiment)?, optional("filter", filter)?.unwrap_or_default()) };
        let table = store.runs(&Query { experiment, filter, limit, ..Query::default() })?;
        let names = table.columns().iter().map(|column| c_string(&column.name)).collect();
        // SAFETY: not NULL; the caller's.
        unsafe { table_out.write(TABLES.add(Arc::new(Named { table, names }))) };
        Ok(())
    })
}

/// Returns the number of runs and columns of a table.
///
/// runs_out, columns_out: the numbers; each may be NULL.
/// Errors: METALAB_ERR_NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_table_size(
    table: *const metalab_table_t,
    runs_out: *mut usize,
    columns_out: *mut usize,
) -> metalab_status_t {
    reading("metalab_table_size", &TABLES, "table", table, |named| {
        // SAFETY: where they are not NULL, the caller's.
        unsafe {
            if !runs_out.is_null() {
                runs_out.write(named.table.len());
            }
            if !columns_out.is_null() {
                columns_out.write(named.table.columns().len());
            }
        }
        Ok(())
    })
}

/// # Safety
/// `column_out` is NULL or a metalab_column_t.
unsafe fn give_column(
    named: &Named,
    index: Option<usize>,
    column_out: *mut metalab_column_t,
) -> Answer<bool> {
    out("column_out", column_out)?;
    // SAFETY: the caller's duty.
    unsafe { structure::check_out("column_out", column_out)? };
    let at = |index: usize| named.table.columns().get(index).zip(named.names.get(index));
    let Some((found, name)) = index.and_then(at) else { return Ok(false) };
    let Column { values, valid, .. } = found;
    // SAFETY: the caller's duty.
    unsafe { structure::fill(column_out, &column(name.as_ptr(), values, valid.as_deref())) };
    Ok(true)
}

/// Returns a column of a table by index, from 0.
///
/// column_out: initialised with METALAB_COLUMN_INIT; the memory it points to is valid until metalab_table_free.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE (no such index). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_table_column(
    table: *const metalab_table_t,
    index: usize,
    column_out: *mut metalab_column_t,
) -> metalab_status_t {
    reading("metalab_table_column", &TABLES, "table", table, |named| {
        // SAFETY: as documented.
        match unsafe { give_column(&named, Some(index), column_out)? } {
            true => Ok(()),
            false => {
                let count = named.table.columns().len();
                wrong(ErrorKind::Value, format!("index {index} is no column: there are {count}"))
            }
        }
    })
}

/// Returns a column of a table by name: "run_id", "params.n", "metrics.energy".
///
/// column_out: initialised with METALAB_COLUMN_INIT; the memory it points to is valid until metalab_table_free.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND (none of the runs has it),
/// METALAB_ERR_VALUE (column_out). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_table_find(
    table: *const metalab_table_t,
    name: *const c_char,
    column_out: *mut metalab_column_t,
) -> metalab_status_t {
    reading("metalab_table_find", &TABLES, "table", table, |named| {
        // SAFETY: as documented.
        let name = unsafe { text("name", name)? };
        let index = named.table.columns().iter().position(|column| column.name == name);
        // SAFETY: as documented.
        match unsafe { give_column(&named, index, column_out)? } {
            true => Ok(()),
            false => wrong(ErrorKind::NotFound, format!("the table has no column {name:?}")),
        }
    })
}

/// Returns a JSON array of messages, one for each record that could not be read and has no row. Each names
/// the file.
///
/// json_out: a string to be freed with metalab_string_free.
/// Errors: METALAB_ERR_NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_table_problems_json(
    table: *const metalab_table_t,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    reading("metalab_table_problems_json", &TABLES, "table", table, |named| {
        out("json_out", json_out)?;
        let problems = named.table.problems().iter().map(|error| Json::from(error.message()));
        // SAFETY: not NULL; the caller's.
        unsafe { give_json(json_out, &problems.collect::<Vec<_>>().into()) }
    })
}

/// Frees a table, and what its columns point to. NULL and a freed handle are allowed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_table_free(table: *mut metalab_table_t) {
    let _ = boundary("metalab_table_free", || {
        drop(TABLES.remove(table));
        Ok(())
    });
}

/// Opens a run of a store to read it.
///
/// experiment: "name:version"; may be NULL if only one experiment has a run with this id. With run_id NULL,
/// NULL means all experiments.
/// run_id: as metalab_run_id returns it. NULL opens the newest run.
/// run_out: to be freed with metalab_run_free, also after metalab_store_free.
/// Errors: METALAB_ERR_NOT_FOUND (there is no such run; use this to test for one), METALAB_ERR_NULL,
/// METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_VALUE (several experiments have such a run),
/// METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_store_run(
    store: *const metalab_store_t,
    experiment: *const c_char,
    run_id: *const c_char,
    run_out: *mut *mut metalab_run_t,
) -> metalab_status_t {
    reading("metalab_store_run", &STORES, "store", store, |store| {
        out("run_out", run_out)?;
        // SAFETY: as documented.
        let (experiment, run_id) =
            unsafe { (optional("experiment", experiment)?, optional("run_id", run_id)?) };
        let run = match run_id {
            Some(run_id) => Some(store.run(experiment, run_id)?),
            None => store.newest(&Query { experiment, ..Query::default() })?,
        };
        match run {
            // SAFETY: not NULL; the caller's.
            Some(run) => unsafe { run_out.write(add_run(run)) },
            None => return wrong(ErrorKind::NotFound, "the store has no run"),
        }
        Ok(())
    })
}
