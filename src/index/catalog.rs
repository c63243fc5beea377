//! The catalog of fields: which parameters and metrics runs have, of what type, from where to where.
//!
//! The catalog is a function of the table of runs, and this is its one definition:
//! - a field is counted once for each run whose record has it;
//! - its type is the most general of those that runs have it with;
//! - values are texts and truth values, the first hundred in order; minimum and maximum are of
//!   numbers, infinities included, NaN not;
//! - the metrics of a run that goes on are counted, but what values they have is taken in only when
//!   it ends: until then they change with every refresh.
//!
//! A change of some runs is applied as a difference where the catalog can only grow by it, and by
//! counting anew the fields for which it could shrink, which takes a run that is run again. Whoever
//! changes the catalog holds one advisory lock until the end of the transaction, in which the runs
//! change too. So each change sees all changes before it, and none waits for two rows in an order of
//! its own.

use std::collections::{BTreeMap, BTreeSet};

use super::jsonb::clean;
use super::pq::{Connection, Failure, Rows};
use super::schema::{advisory_key, within};
use super::send::{array, value};
use crate::base::json::Json;

/// A line for each field of each run: run, namespace, field, type (by rank), number, value. `{runs}`
/// says which runs.
///
/// A name too long for the catalog's key is left out, and numbers beyond a double are infinite.
const FIELDS: &str = "
    SELECT r.run_id, f.namespace, f.field_name,
        CASE WHEN f.is_number THEN 2 WHEN f.kind = 'string' THEN 3 WHEN f.kind = 'boolean' THEN 1 ELSE 0 END AS rank,
        CASE WHEN f.is_open OR NOT f.is_number OR f.words = 'NaN' THEN NULL
             WHEN f.kind = 'string' OR length(f.words) <= 300 THEN f.words::double precision
             WHEN f.words::numeric > 1.7976931348623157e308 THEN 'Infinity'::double precision
             WHEN f.words::numeric < -1.7976931348623157e308 THEN '-Infinity'::double precision
             WHEN abs(f.words::numeric) < 4.9e-324 THEN 0
             ELSE f.words::double precision END AS number,
        CASE WHEN f.is_open OR f.is_number THEN NULL
             WHEN f.kind = 'string' THEN f.words
             WHEN f.kind = 'boolean' THEN initcap(f.words) END AS value
    FROM {s}.runs r CROSS JOIN LATERAL (
        SELECT n.namespace, e.key AS field_name, jsonb_typeof(e.value) AS kind, e.value #>> '{}' AS words,
            n.namespace = 'metrics' AND r.status = 'running' AS is_open,
            jsonb_typeof(e.value) = 'number' OR jsonb_typeof(e.value) = 'string'
                AND e.value #>> '{}' IN ('NaN', 'Infinity', '-Infinity') AS is_number
        FROM (VALUES ('params', r.record_json -> 'params_resolved'), ('metrics', r.record_json -> 'metrics'))
            AS n (namespace, fields)
        CROSS JOIN LATERAL jsonb_each(
            CASE WHEN jsonb_typeof(n.fields) = 'object' THEN n.fields ELSE '{}' END) AS e (key, value)
        WHERE octet_length(e.key) <= 2000) AS f
    WHERE {runs}";

/// The lines of the catalog that `{fields}` amount to.
const SUMMARY: &str = "
    SELECT f.namespace, f.field_name,
        (ARRAY['unknown', 'boolean', 'numeric', 'string'])[max(f.rank) + 1] AS field_type,
        count(*)::integer AS count,
        (array_agg(DISTINCT f.value COLLATE \"C\" ORDER BY f.value COLLATE \"C\")
            FILTER (WHERE f.value IS NOT NULL))[1:100] AS values,
        min(f.number) AS min_value, max(f.number) AS max_value
    FROM ({fields}) AS f GROUP BY f.namespace, f.field_name";

const INSERT: &str = "INSERT INTO {s}.field_catalog AS c (namespace, field_name, field_type, count, values, min_value, max_value)";

/// Adds to the catalog what runs have come to have.
const GROW: &str = "
    SELECT d.namespace, d.field_name, d.field_type, d.count, d.values, d.min_value, d.max_value
    FROM jsonb_to_recordset($1::jsonb) AS d (namespace text, field_name text, field_type text, count integer,
        values text[], min_value double precision, max_value double precision)
    ON CONFLICT (namespace, field_name) DO UPDATE SET
        field_type = CASE
            WHEN array_position(ARRAY['unknown', 'boolean', 'numeric', 'string'], EXCLUDED.field_type)
                > coalesce(array_position(ARRAY['unknown', 'boolean', 'numeric', 'string'], c.field_type), 0)
            THEN EXCLUDED.field_type ELSE c.field_type END,
        count = coalesce(c.count, 0) + EXCLUDED.count,
        values = CASE WHEN EXCLUDED.values IS NULL THEN c.values ELSE (
            SELECT (array_agg(DISTINCT v COLLATE \"C\" ORDER BY v COLLATE \"C\"))[1:100]
            FROM unnest(c.values || EXCLUDED.values) AS v) END,
        min_value = LEAST(c.min_value, EXCLUDED.min_value),
        max_value = GREATEST(c.max_value, EXCLUDED.max_value),
        updated_at = NOW()";

/// Which of a run's fields it is.
type Field = (String, String);

/// The value of a field in a run: its type by rank, its number or text as far as they are known.
#[derive(Debug, Clone, PartialEq)]
struct Held {
    rank: u8,
    number: Option<String>,
    value: Option<String>,
}

impl Held {
    /// Returns whether `later` has all of it, so that the catalog can only grow from this to that.
    fn is_part_of(&self, later: &Self) -> bool {
        self.rank == later.rank
            && (self.number.is_none() || self.number == later.number)
            && (self.value.is_none() || self.value == later.value)
    }
}

/// The values of the fields of some runs.
#[derive(Debug, Default)]
pub struct Holdings(BTreeMap<Field, BTreeMap<String, Held>>);

/// The values of these runs' fields as the table stands.
///
/// # Errors
/// When the server can't say.
pub fn holdings(connection: &Connection, schema: &str, runs: &[&str]) -> Result<Holdings, Failure> {
    if runs.is_empty() {
        return Ok(Holdings::default());
    }
    let statement = within(schema, &FIELDS.replace("{runs}", "r.run_id = ANY($1::text[])"));
    Ok(read(connection.run(&statement, &[array(runs)])?))
}

fn read(rows: Rows) -> Holdings {
    let mut holdings = Holdings::default();
    for row in rows {
        let Ok([run, namespace, field, rank, number, value]) = <[Option<String>; 6]>::try_from(row) else {
            continue;
        };
        let (Some(run), Some(namespace), Some(field)) = (run, namespace, field) else { continue };
        let rank = rank.and_then(|rank| rank.parse().ok()).unwrap_or(0);
        holdings.0.entry((namespace, field)).or_default().insert(run, Held { rank, number, value });
    }
    holdings
}

/// How the catalog changes.
#[derive(Debug, Default, PartialEq)]
struct Change {
    /// By how much fields grow: lines of the catalog.
    grown: Vec<Json>,
    /// Fields that have to be counted anew.
    stale: BTreeSet<Field>,
}

fn change(before: &Holdings, after: &Holdings) -> Change {
    let mut change = Change::default();
    let none = BTreeMap::new();
    for (field, held) in &before.0 {
        let later = after.0.get(field).unwrap_or(&none);
        if held.iter().any(|(run, held)| !later.get(run).is_some_and(|later| held.is_part_of(later))) {
            change.stale.insert(field.clone());
        }
    }
    for (field, held) in &after.0 {
        let earlier = before.0.get(field).unwrap_or(&none);
        if held == earlier || change.stale.contains(field) {
            continue;
        }
        let count = held.keys().filter(|run| !earlier.contains_key(*run)).count();
        let rank = held.values().map(|held| held.rank).max().unwrap_or(0);
        let numbers = || held.values().filter_map(|held| held.number.as_deref()?.parse::<f64>().ok());
        let values: BTreeSet<&str> = held.values().filter_map(|held| held.value.as_deref()).collect();
        let values: Vec<Json> = values.into_iter().map(Json::from).collect();
        change.grown.push(Json::object([
            ("namespace", Json::from(field.0.as_str())),
            ("field_name", field.1.as_str().into()),
            ("field_type", ["unknown", "boolean", "numeric", "string"][usize::from(rank.min(3))].into()),
            ("count", (count as i64).into()),
            ("values", if values.is_empty() { Json::Null } else { values.into() }),
            ("min_value", numbers().reduce(f64::min).map_or(Json::Null, number)),
            ("max_value", numbers().reduce(f64::max).map_or(Json::Null, number)),
        ]));
    }
    change
}

/// A number in a form that JSON has for infinities too.
fn number(number: f64) -> Json {
    if number.is_finite() {
        Json::Float(number)
    } else {
        (if number > 0.0 { "Infinity" } else { "-Infinity" }).into()
    }
}

/// Brings the catalog up to date with runs that had `before` when this transaction locked them, and
/// have `after` now.
///
/// # Errors
/// When the server does not let it be written.
pub fn follow(
    connection: &Connection,
    schema: &str,
    before: &Holdings,
    after: &Holdings,
) -> Result<(), Failure> {
    let change = change(before, after);
    if change == Change::default() {
        return Ok(());
    }
    take_turn(connection, schema)?;
    if !change.grown.is_empty() {
        let statement = within(schema, &format!("{INSERT}{GROW}"));
        connection.run(&statement, &[value(clean(&Json::from(change.grown).to_compact()).into_owned())])?;
    }
    if change.stale.is_empty() {
        return Ok(());
    }
    let namespaces: Vec<&str> = change.stale.iter().map(|field| field.0.as_str()).collect();
    let fields: Vec<&str> = change.stale.iter().map(|field| field.1.as_str()).collect();
    let which = [array(&namespaces), array(&fields)];
    let stale = "(namespace, field_name) IN (SELECT * FROM unnest($1::text[], $2::text[]))";
    connection.run(&within(schema, &format!("DELETE FROM {{s}}.field_catalog WHERE {stale}")), &which)?;
    let of_those = format!("(f.{}", &stale[1..].replacen("field_name", "f.field_name", 1));
    let fields = FIELDS.replace("{runs}", &of_those);
    let statement = within(schema, &format!("{INSERT}{}", SUMMARY.replace("{fields}", &fields)));
    connection.run(&statement, &which).map(drop)
}

/// Counts everything anew.
///
/// # Errors
/// When the server does not let it be written.
pub fn recount(connection: &Connection, schema: &str) -> Result<(), Failure> {
    connection.transaction(|| {
        take_turn(connection, schema)?;
        connection.script("SET LOCAL work_mem = '64MB'")?;
        connection.script(&within(schema, "DELETE FROM {s}.field_catalog"))?;
        let summary = SUMMARY.replace("{fields}", &FIELDS.replace("{runs}", "TRUE"));
        connection.script(&within(schema, &format!("{INSERT}{summary}"))).map(drop)
    })
}

/// Waits for the lock under which the catalog changes, until the end of the transaction.
fn take_turn(connection: &Connection, schema: &str) -> Result<(), Failure> {
    let key = advisory_key(schema, "catalog");
    connection.script(&format!("SELECT pg_advisory_xact_lock({key})")).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(
        run: &str,
        field: &str,
        rank: u8,
        number: Option<&str>,
        value: Option<&str>,
    ) -> Vec<Option<String>> {
        let owned = |text: &str| Some(text.to_owned());
        let rank = rank.to_string();
        vec![
            owned(run),
            owned("metrics"),
            owned(field),
            owned(&rank),
            number.and_then(owned),
            value.and_then(owned),
        ]
    }

    #[test]
    fn a_refreshed_run_is_counted_once_and_takes_its_values_in_at_its_end() {
        let running = read(vec![line("a", "loss", 2, None, None)]);
        let ended = read(vec![line("a", "loss", 2, Some("-Infinity"), None)]);
        let begun = change(&Holdings::default(), &running);
        assert_eq!(begun.grown[0].get("count"), Some(&Json::Int(1)));
        assert_eq!(change(&running, &running), Change::default());
        let end = change(&running, &ended);
        assert!(end.stale.is_empty());
        assert_eq!(end.grown[0].get("count"), Some(&Json::Int(0)));
        assert_eq!(end.grown[0].str_at("min_value"), Some("-Infinity"));
    }

    #[test]
    fn what_goes_away_is_counted_anew() {
        let before = read(vec![
            line("a", "x", 2, Some("1"), None),
            line("a", "same", 3, None, Some("v")),
            line("b", "y", 3, None, Some("u")),
        ]);
        let after = read(vec![line("a", "same", 3, None, Some("v")), line("b", "y", 2, Some("1"), None)]);
        let change = change(&before, &after);
        assert!(change.grown.is_empty());
        let stale: Vec<&str> = change.stale.iter().map(|field| field.1.as_str()).collect();
        assert_eq!(stale, ["x", "y"]);
    }
}
