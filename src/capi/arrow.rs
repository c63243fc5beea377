//! Tables and series for whoever reads Arrow.

use std::sync::Arc;

use super::convert::out;
use super::handle::{POINTS, TABLES};
use super::points::{columns_of, metalab_points_t};
use super::status::{Answer, metalab_status_t};
use super::store::{metalab_table_t, reading};
use crate::read::Column;
use crate::read::arrow::{ArrowArray, ArrowSchema, export};

/// Exports a table through the Arrow C data interface: a struct array, which is a record batch, with a child
/// for each column. Booleans are "b", integers "l", floats "g", strings "u" ("U" if a column has 2 GiB of them
/// or more), times "tsu:UTC" (microseconds), and columns of only missing values "n".
///
/// The exported structures stay valid until their release callback is called, also after metalab_table_free.
/// Numbers and strings are not copied. In Python: `pyarrow.RecordBatch._import_from_c(array, schema)`.
///
/// schema_out, array_out: structures of the caller, which need not be initialised; both must be released. They
/// are written only if the call succeeds.
/// Errors: METALAB_ERR_NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_table_arrow(
    table: *const metalab_table_t,
    schema_out: *mut ArrowSchema,
    array_out: *mut ArrowArray,
) -> metalab_status_t {
    reading("metalab_table_arrow", &TABLES, "table", table, |named| {
        // SAFETY: as documented.
        unsafe { give(named.columns(), named.rows(), schema_out, array_out) }
    })
}

/// Exports a series as metalab_table_arrow exports a table: the columns are "step" and "value". For a followed
/// series, these are the points so far; later ones are not added.
///
/// schema_out, array_out: as those of metalab_table_arrow.
/// Errors: METALAB_ERR_NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_points_arrow(
    points: *const metalab_points_t,
    schema_out: *mut ArrowSchema,
    array_out: *mut ArrowArray,
) -> metalab_status_t {
    reading("metalab_points_arrow", &POINTS, "points", points, |points| {
        out("schema_out", schema_out)?;
        out("array_out", array_out)?;
        let columns = columns_of(&points);
        let rows = columns.first().map_or(0, |steps| steps.values.len());
        // SAFETY: as documented.
        unsafe { give(Arc::new(columns), rows, schema_out, array_out) }
    })
}

/// # Safety
/// The structures are NULL or the caller's.
unsafe fn give(
    columns: Arc<Vec<Column>>,
    rows: usize,
    schema_out: *mut ArrowSchema,
    array_out: *mut ArrowArray,
) -> Answer {
    out("schema_out", schema_out)?;
    out("array_out", array_out)?;
    let (schema, array) = export(&columns, rows);
    // SAFETY: not NULL; the caller's duty.
    unsafe {
        schema_out.write(schema);
        array_out.write(array);
    }
    Ok(())
}
