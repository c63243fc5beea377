//! Statements that bring rows into the tables: from one value for a few, from COPY for many.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeSet;

use super::catalog;
use super::pq::{Connection, Failure};
use super::rows::{ManifestRow, ResultRow, RunRow};
use super::schema::within;
use super::send::{Lines, array, column, value};
use crate::base::json;

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

/// How a batch's transaction goes on: larger pieces for the indexes of documents, and no wait for the
/// disk, since who is told that all is done is told after a later transaction, which does wait; and
/// tables for what is copied.
fn stages() -> String {
    format!(
        "SET LOCAL gin_pending_list_limit = '64MB'; SET LOCAL maintenance_work_mem = '256MB'; \
         SET LOCAL work_mem = '64MB'; SET LOCAL synchronous_commit = off; \
         CREATE TEMPORARY TABLE metalab_runs ({RUN_TYPES}) ON COMMIT DROP; \
         CREATE TEMPORARY TABLE metalab_results ({RESULT_TYPES}) ON COMMIT DROP; \
         CREATE TEMPORARY TABLE metalab_derived (run_id text, derived_json jsonb) ON COMMIT DROP"
    )
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

/// Brings `rows`, each of another run, into `runs`, and has the catalog follow.
///
/// # Errors
/// When the server refuses; then nothing is changed.
pub fn runs(connection: &Connection, schema: &str, rows: &[RunRow]) -> Result<(), Failure> {
    let values = value(run_values(rows));
    let ids: Vec<&str> = rows.iter().map(|row| row.run_id.as_str()).collect();
    connection.transaction(|| {
        let from = source(Source::Value, "", RUN_TYPES);
        // Others may bring in the same run: who comes second waits here, and finds it there.
        let fresh = connection.run(
            &within(
                schema,
                &format!(
                    "INSERT INTO {{s}}.runs ({RUN_COLUMNS}) SELECT {RUN_COLUMNS} FROM {from} ORDER BY run_id \
                     ON CONFLICT (run_id) DO NOTHING RETURNING run_id"
                ),
            ),
            std::slice::from_ref(&values),
        )?;
        let fresh: BTreeSet<String> = fresh.into_iter().filter_map(|mut row| row.pop().flatten()).collect();
        let known: Vec<&str> = ids.iter().copied().filter(|id| !fresh.contains(*id)).collect();
        let mut before = catalog::Holdings::default();
        if !known.is_empty() {
            let which = array(&known);
            connection.run(
                &within(
                    schema,
                    "SELECT FROM {s}.runs WHERE run_id = ANY($1::text[]) ORDER BY run_id FOR UPDATE",
                ),
                std::slice::from_ref(&which),
            )?;
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
        catalog::follow(connection, schema, &before, &after)
    })
}

/// Removes runs. The catalog does not follow.
///
/// # Errors
/// The same as `runs`.
pub fn remove(connection: &Connection, schema: &str, ids: &[&str]) -> Result<(), Failure> {
    connection.transaction(|| {
        for table in ["results", "derived", "runs"] {
            let statement = format!("DELETE FROM {{s}}.{table} WHERE run_id = ANY($1::text[])");
            connection.run(&within(schema, &statement), &[array(ids)])?;
        }
        Ok(())
    })
}

fn run_values(rows: &[RunRow]) -> Vec<u8> {
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

fn result_values<R: Borrow<ResultRow>>(rows: &[R]) -> Vec<u8> {
    let size = rows.iter().map(|row| row.borrow().size() + 500).sum();
    let mut out = Vec::with_capacity(size);
    out.push(b'[');
    for row in rows {
        let row = row.borrow();
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
    let mut value = Vec::new();
    match text {
        Some(text) => json::write_string(text, &mut value),
        None => value.extend_from_slice(b"null"),
    }
    json::write_string(key, out);
    out.push(b':');
    out.extend_from_slice(&value);
    out.push(b',');
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
pub fn results<R: Borrow<ResultRow>>(
    connection: &Connection,
    schema: &str,
    rows: &[R],
) -> Result<(), Failure> {
    let from = source(Source::Value, "", RESULT_TYPES);
    let statement = format!(
        "INSERT INTO {{s}}.results AS e ({RESULT_COLUMNS}) \
         SELECT run_id, name, coalesce(data, 'null'), dtype, shape, metadata FROM {from} \
         ORDER BY run_id, name {RESULT_MERGE}"
    );
    // JSON's null has come to be NULL there.
    connection.run_alone(&within(schema, &statement), &[value(result_values(rows))]).map(drop)
}

/// Brings a long row into `results`, piece by piece: there is no second copy of it in this process.
///
/// # Errors
/// The same as `runs`; and where the role may make no temporary table.
pub fn long_result(connection: &Connection, schema: &str, row: &ResultRow) -> Result<(), Failure> {
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
            "INSERT INTO {{s}}.results AS e ({RESULT_COLUMNS}) SELECT {RESULT_COLUMNS} FROM {} {RESULT_MERGE}",
            source(Source::Table, "metalab_result", RESULT_TYPES)
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

/// Leaves of the run's data entries those of these names.
///
/// # Errors
/// The same as `runs`.
pub fn keep_results(
    connection: &Connection,
    schema: &str,
    run_id: &str,
    names: &[&str],
) -> Result<(), Failure> {
    let statement = "DELETE FROM {s}.results WHERE run_id = $1 AND name <> ALL($2::text[])";
    connection.run_alone(&within(schema, statement), &[value(run_id), array(names)]).map(drop)
}

/// Brings the run's post-hoc metrics into `derived`; None removes them.
///
/// # Errors
/// The same as `runs`.
pub fn derived(
    connection: &Connection,
    schema: &str,
    run_id: &str,
    json: Option<String>,
) -> Result<(), Failure> {
    let Some(json) = json else {
        let statement = "DELETE FROM {s}.derived WHERE run_id = $1";
        return connection.run_alone(&within(schema, statement), &[value(run_id)]).map(drop);
    };
    let statement = "INSERT INTO {s}.derived AS d (run_id, derived_json) VALUES ($1, $2::jsonb) \
         ON CONFLICT (run_id) DO UPDATE SET derived_json = EXCLUDED.derived_json, updated_at = NOW() \
         WHERE d.derived_json IS DISTINCT FROM EXCLUDED.derived_json";
    connection.run_alone(&within(schema, statement), &[value(run_id), value(json)]).map(drop)
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

/// Rows of many runs, each of another run, and everything that they have.
#[derive(Debug, Default)]
pub struct Batch {
    pub runs: Vec<RunRow>,
    pub results: Vec<ResultRow>,
    pub derived: Vec<(String, String)>,
}

/// Brings a batch in by COPY, and removes what those runs have no more. The catalog does not follow.
///
/// # Errors
/// The same as `runs`.
pub fn copy(connection: &Connection, schema: &str, batch: &Batch) -> Result<(), Failure> {
    let (mut runs, mut results, mut derived) = (Lines::default(), Lines::default(), Lines::default());
    for row in &batch.runs {
        let [context, params, seed] = &row.fingerprints;
        runs.push(&[
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
    for row in &batch.results {
        results.push(&[
            Some(&row.run_id),
            Some(&row.name),
            Some(&row.data),
            row.dtype.as_deref(),
            extents(row).as_deref(),
            Some(&row.metadata),
        ]);
    }
    batch.derived.iter().for_each(|(run_id, json)| derived.push(&[Some(run_id), Some(json)]));
    let ids: Vec<&str> = batch.runs.iter().map(|row| row.run_id.as_str()).collect();
    let stage = |table: &str, types: &str| source(Source::Table, table, types);
    connection.transaction(|| {
        connection.script(&stages())?;
        connection.copy(
            &format!("COPY pg_temp.metalab_runs ({RUN_COLUMNS}) FROM STDIN"),
            runs.len(),
            runs.pieces(),
        )?;
        connection.script(&within(
            schema,
            &format!(
                "INSERT INTO {{s}}.runs AS r ({RUN_COLUMNS}) SELECT {RUN_COLUMNS} FROM {} ORDER BY run_id \
                 ON CONFLICT (run_id) DO UPDATE SET {} WHERE {}",
                stage("metalab_runs", RUN_TYPES),
                replace_run("EXCLUDED"),
                differs("EXCLUDED")
            ),
        ))?;
        if !batch.results.is_empty() {
            let copy = format!("COPY pg_temp.metalab_results ({RESULT_COLUMNS}) FROM STDIN");
            connection.copy(&copy, results.len(), results.pieces())?;
            connection.script(&within(
                schema,
                &format!(
                    "INSERT INTO {{s}}.results AS e ({RESULT_COLUMNS}) SELECT {RESULT_COLUMNS} FROM {} \
                     ORDER BY run_id, name {RESULT_MERGE}",
                    stage("metalab_results", RESULT_TYPES)
                ),
            ))?;
        }
        connection.run(
            &within(
                schema,
                "DELETE FROM {s}.results AS e WHERE run_id = ANY($1::text[]) AND NOT EXISTS \
                 (SELECT FROM pg_temp.metalab_results AS n WHERE n.run_id = e.run_id AND n.name = e.name)",
            ),
            &[array(&ids)],
        )?;
        if !batch.derived.is_empty() {
            connection.copy(
                "COPY pg_temp.metalab_derived (run_id, derived_json) FROM STDIN",
                derived.len(),
                derived.pieces(),
            )?;
            connection.script(&within(
                schema,
                "INSERT INTO {s}.derived AS d (run_id, derived_json) \
                 SELECT run_id, derived_json FROM pg_temp.metalab_derived ORDER BY run_id \
                 ON CONFLICT (run_id) DO UPDATE SET derived_json = EXCLUDED.derived_json, updated_at = NOW() \
                 WHERE d.derived_json IS DISTINCT FROM EXCLUDED.derived_json",
            ))?;
        }
        connection
            .run(
                &within(
                    schema,
                    "DELETE FROM {s}.derived AS d WHERE run_id = ANY($1::text[]) AND NOT EXISTS \
                     (SELECT FROM pg_temp.metalab_derived AS n WHERE n.run_id = d.run_id)",
                ),
                &[array(&ids)],
            )
            .map(drop)
    })
}
