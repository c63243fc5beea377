//! Statements that bring rows into the tables: from one value for a few, from COPY for many.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::catalog;
use super::jsonb::clean;
use super::pq::{Connection, Failure};
use super::rows::{DerivedRow, ManifestRow, ResultRow, RunRow};
use super::schema::within;
use super::send::{Lines, array, column, value};
use crate::base::json::{self, Json};

/// Where a statement finds the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// `$1`, a JSON array.
    Value,
    /// A temporary table.
    Table,
}

const RUN_COLUMNS: &str = "run_id, experiment_id, status, context_fingerprint, params_fingerprint, \
     seed_fingerprint, started_at, finished_at, duration_ms, record_json";
const RUN_TYPES: &str = "run_id text, experiment_id text, status text, context_fingerprint text, \
     params_fingerprint text, seed_fingerprint text, started_at timestamptz, finished_at timestamptz, \
     duration_ms integer, record_json jsonb";
const RESULT_COLUMNS: &str = "run_id, name, data, dtype, shape, metadata";
const RESULT_TYPES: &str = "run_id text, name text, data jsonb, dtype text, shape integer[], metadata jsonb";

const DERIVED_COLUMNS: &str = "run_id, derived_json";
const DERIVED_TYPES: &str = "run_id text, derived_json jsonb";

/// How a batch's transaction goes on: larger pieces for the indexes of documents, and no wait for the
/// disk, since who is told that all is done is told after a later transaction, which does wait.
const IN_BULK: &str = "SET LOCAL gin_pending_list_limit = '64MB'; SET LOCAL maintenance_work_mem = '256MB'; \
     SET LOCAL work_mem = '64MB'; SET LOCAL synchronous_commit = off";

/// The tables that rows go into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// `runs`
    Runs,
    /// `results`
    Results,
    /// `derived`
    Derived,
    /// `experiment_manifests`
    Manifests,
}

/// Returns well where the server takes a row of `table`; the row is taken back.
///
/// # Errors
/// When it takes none.
pub fn probe(connection: &Connection, schema: &str, table: Table) -> Result<(), Failure> {
    const ID: &str = "libmetalab's probe, which is taken back";
    let statement = match table {
        Table::Runs => {
            "INSERT INTO {s}.runs (run_id, experiment_id, status, context_fingerprint, params_fingerprint, \
             seed_fingerprint, started_at, record_json) VALUES ($1, '', '', '', '', '', NOW(), '{}')"
        }
        Table::Results => "INSERT INTO {s}.results (run_id, name, data) VALUES ($1, '', 'null')",
        Table::Derived => "INSERT INTO {s}.derived (run_id, derived_json) VALUES ($1, '{}')",
        Table::Manifests => {
            "INSERT INTO {s}.experiment_manifests (experiment_id, timestamp, manifest_json, submitted_at) \
             VALUES ($1, '', '{}', NOW())"
        }
    };
    connection.trial(&within(schema, statement), &[value(ID)])
}

fn source(source: Source, table: &str, types: &str) -> String {
    match source {
        Source::Value => format!("jsonb_to_recordset($1::jsonb) AS n ({types})"),
        Source::Table => format!("pg_temp.{table} AS n"),
    }
}

/// The assignments that replace a row of `runs` by one of `n` or `EXCLUDED`.
fn replace_run(by: &str) -> String {
    let columns: Vec<String> =
        RUN_COLUMNS.split(", ").skip(1).map(|column| format!("{column} = {by}.{}", column.trim())).collect();
    format!("{}, updated_at = NOW()", columns.join(", "))
}

/// The condition that a row of `runs` differs from that of `by`; all else of it is in the record.
fn differs(by: &str) -> String {
    format!(
        "(r.record_json, r.started_at, r.finished_at, r.duration_ms) IS DISTINCT FROM \
         ({by}.record_json, {by}.started_at, {by}.finished_at, {by}.duration_ms)"
    )
}

/// A moment on the server's clock, in microseconds: rows that were written later are left alone, since who
/// wrote them has read the files later.
pub type Moment = i64;

/// The server's clock.
///
/// # Errors
/// When it can't be asked.
pub fn clock(connection: &Connection) -> Result<Moment, Failure> {
    let rows = connection.script("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")?;
    let first = rows.into_iter().next().and_then(|row| row.into_iter().next().flatten());
    first.and_then(|text| text.parse().ok()).ok_or_else(|| Failure::lost("the server has no clock"))
}

/// The condition that a row of `table` is no younger than that.
fn no_younger(table: &str, than: Moment) -> String {
    format!(
        "coalesce({table}.updated_at, '-infinity') <= timestamptz 'epoch' + {than} * interval '1 microsecond'"
    )
}

/// The runs of the index that have these ids, and whose experiments are others than the rows'.
///
/// # Errors
/// When the server can't say.
pub fn others(
    connection: &Connection,
    schema: &str,
    rows: &[RunRow],
) -> Result<Vec<(String, String)>, Failure> {
    let ids: Vec<&str> = rows.iter().map(|row| row.run_id.as_str()).collect();
    let experiments: Vec<&str> = rows.iter().map(|row| row.experiment_id.as_str()).collect();
    let statement = "SELECT r.run_id, r.experiment_id FROM {s}.runs AS r \
         JOIN unnest($1::text[], $2::text[]) AS n (run_id, experiment_id) \
         ON r.run_id = n.run_id AND r.experiment_id <> n.experiment_id";
    let found = connection.run_alone(&within(schema, statement), &[array(&ids), array(&experiments)])?;
    Ok(found.into_iter().filter_map(|row| Some((row.first()?.clone()?, row.get(1)?.clone()?))).collect())
}

/// Brings `rows`, each of another run, into `runs`, and notes how the catalog changes; false where it does
/// not.
///
/// # Errors
/// When the server refuses; then nothing is changed.
pub fn runs(connection: &Connection, schema: &str, rows: &[&RunRow]) -> Result<bool, Failure> {
    let values = value(run_values(rows));
    let ids: Vec<&str> = rows.iter().map(|row| row.run_id.as_str()).collect();
    connection.transaction(|| {
        let from = source(Source::Value, "", RUN_TYPES);
        // Others may bring in the same runs: who comes second waits here, and finds them there. Those that are
        // there are locked, and stay as they are; all in one order, so that nobody waits in a circle.
        let fresh = connection.run(
            &within(
                schema,
                &format!(
                    "INSERT INTO {{s}}.runs ({RUN_COLUMNS}) SELECT {RUN_COLUMNS} FROM {from} ORDER BY run_id \
                     ON CONFLICT (run_id) DO UPDATE SET run_id = EXCLUDED.run_id WHERE false RETURNING run_id"
                ),
            ),
            std::slice::from_ref(&values),
        )?;
        let fresh: BTreeSet<String> = fresh.into_iter().filter_map(|mut row| row.pop().flatten()).collect();
        let known: Vec<&str> = ids.iter().copied().filter(|id| !fresh.contains(*id)).collect();
        let mut before = catalog::Holdings::default();
        if !known.is_empty() {
            let which = array(&known);
            // A statement of its own: it sees what those did who were waited for.
            before = catalog::holdings(connection, schema, &known)?;
            let statement = format!(
                "UPDATE {{s}}.runs AS r SET {} FROM {from} \
                 WHERE r.run_id = n.run_id AND r.run_id = ANY($2::text[]) AND {}",
                replace_run("n"),
                differs("n")
            );
            connection.run(&within(schema, &statement), &[values.clone(), which])?;
        }
        let after = catalog::holdings(connection, schema, &ids)?;
        catalog::note(connection, schema, &before, &after)
    })
}

/// Removes runs, but for rows that are younger. The catalog does not follow.
///
/// # Errors
/// The same as `runs`.
pub fn remove(connection: &Connection, schema: &str, ids: &[&str], than: Moment) -> Result<(), Failure> {
    connection.transaction(|| {
        for table in ["results", "derived", "runs"] {
            let no_younger = no_younger("e", than);
            let statement =
                format!("DELETE FROM {{s}}.{table} AS e WHERE run_id = ANY($1::text[]) AND {no_younger}");
            connection.run(&within(schema, &statement), &[array(ids)])?;
        }
        Ok(())
    })
}

/// The runs that have data or post-hoc metrics, and no row of their own.
///
/// # Errors
/// When the server can't say.
pub fn orphans(connection: &Connection, schema: &str) -> Result<Vec<String>, Failure> {
    let statement = "SELECT run_id FROM (SELECT run_id FROM {s}.results UNION SELECT run_id FROM {s}.derived) AS e \
         WHERE NOT EXISTS (SELECT FROM {s}.runs AS r WHERE r.run_id = e.run_id)";
    let found = connection.run_alone(&within(schema, statement), &[])?;
    Ok(found.into_iter().filter_map(|mut row| row.pop().flatten()).collect())
}

/// The names of the run's data entries in the index.
///
/// # Errors
/// When the server can't say.
pub fn names(connection: &Connection, schema: &str, run_id: &str) -> Result<BTreeSet<String>, Failure> {
    let statement = "SELECT name FROM {s}.results WHERE run_id = $1";
    let found = connection.run_alone(&within(schema, statement), &[value(run_id)])?;
    Ok(found.into_iter().filter_map(|mut row| row.pop().flatten()).collect())
}

fn run_values(rows: &[&RunRow]) -> Vec<u8> {
    let mut out = vec![b'['];
    for row in rows {
        let RunRow { fingerprints: [context, params, seed], .. } = row;
        let texts = [
            ("run_id", Some(&row.run_id)),
            ("experiment_id", Some(&row.experiment_id)),
            ("status", Some(&row.status)),
            ("context_fingerprint", Some(context)),
            ("params_fingerprint", Some(params)),
            ("seed_fingerprint", Some(seed)),
            ("started_at", Some(&row.started_at)),
            ("finished_at", row.finished_at.as_ref()),
        ];
        out.push(b'{');
        for (key, text) in texts {
            member(key, text.map(String::as_str), &mut out);
        }
        raw("duration_ms", &row.duration_ms.map_or("null".to_owned(), |value| value.to_string()), &mut out);
        raw("record_json", &row.record_json, &mut out);
        end_object(&mut out);
    }
    end_array(out)
}

fn result_values(rows: &[&ResultRow]) -> Vec<u8> {
    let size = rows.iter().map(|row| row.size() + 500).sum();
    let mut out = Vec::with_capacity(size);
    out.push(b'[');
    for row in rows {
        out.push(b'{');
        member("run_id", Some(&row.run_id), &mut out);
        member("name", Some(&row.name), &mut out);
        member("dtype", row.dtype.as_deref(), &mut out);
        let shape = row.shape.as_ref().map_or("null".to_owned(), |shape| format!("{shape:?}"));
        raw("shape", &shape, &mut out);
        raw("metadata", &row.metadata, &mut out);
        raw("data", &row.data, &mut out);
        end_object(&mut out);
    }
    end_array(out)
}

fn member(key: &str, text: Option<&str>, out: &mut Vec<u8>) {
    let value = text.map_or("null".to_owned(), |text| Json::from(text).to_compact());
    raw(key, &clean(&value), out);
}

fn raw(key: &str, json: &str, out: &mut Vec<u8>) {
    json::write_string(key, out);
    out.push(b':');
    out.extend_from_slice(json.as_bytes());
    out.push(b',');
}

fn end_object(out: &mut Vec<u8>) {
    // The last member's comma.
    out.pop();
    out.extend_from_slice(b"},");
}

fn end_array(mut out: Vec<u8>) -> Vec<u8> {
    if out.last() == Some(&b',') {
        out.pop();
    }
    out.push(b']');
    out
}

const RESULT_MERGE: &str = "ON CONFLICT (run_id, name) DO UPDATE SET data = EXCLUDED.data, \
     dtype = EXCLUDED.dtype, shape = EXCLUDED.shape, metadata = EXCLUDED.metadata, updated_at = NOW() \
     WHERE (e.data, e.dtype, e.shape, e.metadata) IS DISTINCT FROM \
     (EXCLUDED.data, EXCLUDED.dtype, EXCLUDED.shape, EXCLUDED.metadata)";

/// Brings `rows` into `results`.
///
/// # Errors
/// The same as `runs`.
pub fn results(connection: &Connection, schema: &str, rows: &[&ResultRow]) -> Result<(), Failure> {
    let from = source(Source::Value, "", RESULT_TYPES);
    let statement = format!(
        "INSERT INTO {{s}}.results AS e ({RESULT_COLUMNS}) \
         SELECT run_id, name, data, dtype, shape, metadata FROM {from} \
         ORDER BY run_id, name {RESULT_MERGE}"
    );
    connection.run_alone(&within(schema, &statement), &[value(result_values(rows))]).map(drop)
}

/// Brings a long row into `results`, piece by piece: there is no second copy of it in this process.
///
/// # Errors
/// The same as `runs`; and where the role may make no temporary table.
pub fn long_result(
    connection: &Connection,
    schema: &str,
    row: &ResultRow,
    than: Option<Moment>,
) -> Result<(), Failure> {
    let (mut before, mut after) = (Lines::default(), Lines::default());
    before.push(&[Some(&row.run_id), Some(&row.name), Some("")]);
    after.push(&[Some(""), row.dtype.as_deref(), extents(row).as_deref(), Some(&row.metadata)]);
    let pieces = || {
        let before = before.pieces().map(|piece| Cow::Owned(piece[..piece.len() - 1].to_vec()));
        before.chain(column(&row.data)).chain(after.pieces())
    };
    connection.transaction(|| {
        connection.script(&format!("CREATE TEMPORARY TABLE metalab_result ({RESULT_TYPES}) ON COMMIT DROP"))?;
        let copy = format!("COPY pg_temp.metalab_result ({RESULT_COLUMNS}) FROM STDIN");
        connection.copy(&copy, row.size(), pieces())?;
        let statement = format!(
            "INSERT INTO {{s}}.results AS e ({RESULT_COLUMNS}) SELECT {RESULT_COLUMNS} FROM {} {RESULT_MERGE} AND {}",
            source(Source::Table, "metalab_result", RESULT_TYPES),
            than.map_or("TRUE".to_owned(), |than| no_younger("e", than))
        );
        connection.script(&within(schema, &statement)).map(drop)
    })
}

/// The shape as an array.
fn extents(row: &ResultRow) -> Option<String> {
    let shape = row.shape.as_ref()?;
    let extents: Vec<String> = shape.iter().map(i32::to_string).collect();
    Some(format!("{{{}}}", extents.join(",")))
}

const DERIVED_MERGE: &str = "ON CONFLICT (run_id) DO UPDATE SET derived_json = EXCLUDED.derived_json, \
     updated_at = NOW() WHERE d.derived_json IS DISTINCT FROM EXCLUDED.derived_json";

/// Brings the run's post-hoc metrics into `derived`.
///
/// # Errors
/// The same as `runs`.
pub fn derived(connection: &Connection, schema: &str, row: &DerivedRow) -> Result<(), Failure> {
    let statement =
        format!("INSERT INTO {{s}}.derived AS d ({DERIVED_COLUMNS}) VALUES ($1, $2::jsonb) {DERIVED_MERGE}");
    connection
        .run_alone(&within(schema, &statement), &[value(row.run_id.as_str()), value(row.json.as_str())])
        .map(drop)
}

/// Brings a manifest into `experiment_manifests`.
///
/// # Errors
/// The same as `runs`.
pub fn manifest(connection: &Connection, schema: &str, row: &ManifestRow) -> Result<(), Failure> {
    let statement = "INSERT INTO {s}.experiment_manifests AS m \
         (experiment_id, timestamp, manifest_json, submitted_at, total_runs) \
         VALUES ($1, $2, $3::jsonb, $4::timestamptz, $5::integer) \
         ON CONFLICT (experiment_id, timestamp) DO UPDATE SET manifest_json = EXCLUDED.manifest_json, \
         submitted_at = EXCLUDED.submitted_at, total_runs = EXCLUDED.total_runs \
         WHERE (m.manifest_json, m.submitted_at, m.total_runs) IS DISTINCT FROM \
         (EXCLUDED.manifest_json, EXCLUDED.submitted_at, EXCLUDED.total_runs)";
    let values = [
        value(row.experiment_id.as_str()),
        value(row.timestamp.as_str()),
        value(row.manifest_json.as_str()),
        value(row.submitted_at.as_str()),
        row.total_runs.and_then(|runs| value(runs.to_string())),
    ];
    connection.run_alone(&within(schema, statement), &values).map(drop)
}

/// A table to copy `lines` of these columns into, for the rest of the transaction; its name says of what.
fn stage(
    connection: &Connection,
    table: &str,
    columns: &str,
    types: &str,
    lines: &Lines,
) -> Result<String, Failure> {
    connection
        .script(&format!("{IN_BULK}; CREATE TEMPORARY TABLE metalab_{table} ({types}) ON COMMIT DROP"))?;
    let copy = format!("COPY pg_temp.metalab_{table} ({columns}) FROM STDIN");
    connection.copy(&copy, lines.len(), lines.pieces())?;
    Ok(source(Source::Table, &format!("metalab_{table}"), types))
}

/// Brings records, each of another run, into `runs` by COPY. The catalog does not follow.
///
/// # Errors
/// The same as `runs`.
pub fn copy_runs(
    connection: &Connection,
    schema: &str,
    rows: &[&RunRow],
    than: Moment,
) -> Result<(), Failure> {
    let mut lines = Lines::default();
    for row in rows {
        let [context, params, seed] = &row.fingerprints;
        lines.push(&[
            Some(&row.run_id),
            Some(&row.experiment_id),
            Some(&row.status),
            Some(context),
            Some(params),
            Some(seed),
            Some(&row.started_at),
            row.finished_at.as_deref(),
            row.duration_ms.map(|value| value.to_string()).as_deref(),
            Some(&row.record_json),
        ]);
    }
    connection.transaction(|| {
        let stage = stage(connection, "runs", RUN_COLUMNS, RUN_TYPES, &lines)?;
        let statement = format!(
            "INSERT INTO {{s}}.runs AS r ({RUN_COLUMNS}) SELECT {RUN_COLUMNS} FROM {stage} ORDER BY run_id \
             ON CONFLICT (run_id) DO UPDATE SET {} WHERE {} AND {}",
            replace_run("EXCLUDED"),
            differs("EXCLUDED"),
            no_younger("r", than)
        );
        connection.script(&within(schema, &statement)).map(drop)
    })
}

/// Brings data entries into `results` by COPY.
///
/// # Errors
/// The same as `runs`.
pub fn copy_results(
    connection: &Connection,
    schema: &str,
    rows: &[&ResultRow],
    than: Moment,
) -> Result<(), Failure> {
    let mut lines = Lines::default();
    for row in rows {
        lines.push(&[
            Some(&row.run_id),
            Some(&row.name),
            Some(&row.data),
            row.dtype.as_deref(),
            extents(row).as_deref(),
            Some(&row.metadata),
        ]);
    }
    connection.transaction(|| {
        let stage = stage(connection, "results", RESULT_COLUMNS, RESULT_TYPES, &lines)?;
        let statement = format!(
            "INSERT INTO {{s}}.results AS e ({RESULT_COLUMNS}) SELECT {RESULT_COLUMNS} FROM {stage} \
             ORDER BY run_id, name {RESULT_MERGE} AND {}",
            no_younger("e", than)
        );
        connection.script(&within(schema, &statement)).map(drop)
    })
}

/// Brings post-hoc metrics into `derived` by COPY.
///
/// # Errors
/// The same as `runs`.
pub fn copy_derived(
    connection: &Connection,
    schema: &str,
    rows: &[&DerivedRow],
    than: Moment,
) -> Result<(), Failure> {
    let mut lines = Lines::default();
    rows.iter().for_each(|row| lines.push(&[Some(&row.run_id), Some(&row.json)]));
    connection.transaction(|| {
        let stage = stage(connection, "derived", DERIVED_COLUMNS, DERIVED_TYPES, &lines)?;
        let statement = format!(
            "INSERT INTO {{s}}.derived AS d ({DERIVED_COLUMNS}) SELECT {DERIVED_COLUMNS} FROM {stage} \
             ORDER BY run_id {DERIVED_MERGE} AND {}",
            no_younger("d", than)
        );
        connection.script(&within(schema, &statement)).map(drop)
    })
}

/// The runs of which everything that is there is known, and what they have.
#[derive(Debug, Default)]
pub struct Holdings<'a> {
    pub runs: Vec<&'a str>,
    /// Data entries, by run and name.
    pub results: Vec<(&'a str, &'a str)>,
    /// Runs that have post-hoc metrics.
    pub derived: Vec<&'a str>,
}

/// Removes everything else of those runs, but for rows that are younger than that.
///
/// # Errors
/// The same as `runs`.
pub fn keep(
    connection: &Connection,
    schema: &str,
    holdings: &Holdings<'_>,
    than: Option<Moment>,
) -> Result<(), Failure> {
    let (runs, names): (Vec<&str>, Vec<&str>) = holdings.results.iter().copied().unzip();
    let ids = array(&holdings.runs);
    let no_younger = than.map_or("TRUE".to_owned(), |than| no_younger("e", than));
    connection.transaction(|| {
        connection.script(IN_BULK)?;
        let results = format!(
            "DELETE FROM {{s}}.results AS e WHERE run_id = ANY($1::text[]) AND NOT EXISTS \
             (SELECT FROM unnest($2::text[], $3::text[]) AS n (run_id, name) \
             WHERE n.run_id = e.run_id AND n.name = e.name) AND {no_younger}"
        );
        connection.run(&within(schema, &results), &[ids.clone(), array(&runs), array(&names)])?;
        let derived = format!(
            "DELETE FROM {{s}}.derived AS e WHERE run_id = ANY($1::text[]) AND run_id <> ALL($2::text[]) \
             AND {no_younger}"
        );
        connection.run(&within(schema, &derived), &[ids.clone(), array(&holdings.derived)]).map(drop)
    })
}
