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
//! counting anew the fields for which it could shrink, which takes a run that is run again. The difference
//! is noted in the table `meta` in the transaction in which the runs change, and applied in another one, by
//! whoever comes first: so the end of a run never waits for who counts, nothing is applied twice or never,
//! whoever dies, and of many processes one does the work of all. Whoever changes the catalog holds one
//! advisory lock until the end of that transaction. Notes and runs are looked at in one statement, so that
//! what is counted anew has what the notes say, and no more.

use std::collections::{BTreeMap, BTreeSet};

use super::jsonb::clean;
use super::pq::{Connection, Failure, Rows};
use super::schema::{advisory_key, within};
use super::send::{array, value};
use crate::base::hex::hex;
use crate::base::json::{self, Json};
use crate::base::sys;

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

const INSERT: &str = "INSERT INTO {s}.field_catalog AS c (namespace, field_name, field_type, count, values, min_value, max_value)
    SELECT d.namespace, d.field_name, d.field_type, d.count, d.values, d.min_value, d.max_value
    FROM jsonb_to_recordset($1::jsonb) AS d (namespace text, field_name text, field_type text, count integer,
        values text[], min_value double precision, max_value double precision)";

/// Adds to the catalog what runs have come to have.
const GROW: &str = "
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

/// The keys of the notes in `meta`.
const NOTE: &str = "libmetalab:catalog:";

/// Takes the notes away, and gives what they say grows, what they say is stale, and the lines of what
/// `{which}` says is to be counted.
const TAKE: &str = "
    WITH taken AS (DELETE FROM {s}.meta WHERE key LIKE '{note}%' RETURNING value),
        stale AS (SELECT DISTINCT f ->> 0 AS namespace, f ->> 1 AS field_name
            FROM taken CROSS JOIN LATERAL jsonb_array_elements(value -> 'stale') AS f)
    SELECT (SELECT jsonb_agg(f) FROM taken CROSS JOIN LATERAL jsonb_array_elements(value -> 'grown') AS f),
        (SELECT jsonb_agg(jsonb_build_array(namespace, field_name)) FROM stale),
        (SELECT jsonb_agg(to_jsonb(s)) FROM ({summary}) AS s)";

/// The condition of fields that are stale; where there are none, no run is looked at.
const STALE: &str = "EXISTS (SELECT FROM stale) AND (f.namespace, f.field_name) IN (SELECT * FROM stale)";

/// The names of types, by rank.
const TYPES: [&str; 4] = ["unknown", "boolean", "numeric", "string"];

/// Texts of a field that are listed, at most.
const VALUES: usize = 100;

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
            ("field_type", TYPES[usize::from(rank.min(3))].into()),
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

/// Notes how the catalog changes with runs that had `before` when this transaction locked them, and have
/// `after` now; `count` is to follow. Returns false where it does not change.
///
/// # Errors
/// When the server does not let it be written.
pub fn note(
    connection: &Connection,
    schema: &str,
    before: &Holdings,
    after: &Holdings,
) -> Result<bool, Failure> {
    let change = change(before, after);
    if change == Change::default() {
        return Ok(false);
    }
    let stale = change
        .stale
        .iter()
        .map(|(namespace, name)| Json::Array(vec![Json::from(namespace.as_str()), name.as_str().into()]));
    let stale: Vec<Json> = stale.collect();
    let note = Json::object([("grown", Json::from(change.grown)), ("stale", stale.into())]);
    let key = format!("{NOTE}{}", hex(&sys::random_bytes::<16>()));
    let statement = within(schema, "INSERT INTO {s}.meta (key, value) VALUES ($1, $2::jsonb)");
    connection.run(&statement, &[value(key), value(clean(&note.to_compact()).into_owned())])?;
    Ok(true)
}

/// Brings the catalog up to date with the notes; false where somebody else is about that.
///
/// # Errors
/// When the server does not let it be written.
pub fn count(connection: &Connection, schema: &str) -> Result<bool, Failure> {
    connection.transaction(|| {
        if !has_turn(connection, schema)? {
            return Ok(false);
        }
        let taken = take(connection, schema, STALE)?;
        let stale: BTreeSet<Field> = taken.stale.iter().filter_map(field).collect();
        if !stale.is_empty() {
            let namespaces: Vec<&str> = stale.iter().map(|field| field.0.as_str()).collect();
            let fields: Vec<&str> = stale.iter().map(|field| field.1.as_str()).collect();
            let delete = "DELETE FROM {s}.field_catalog WHERE (namespace, field_name) IN \
                 (SELECT * FROM unnest($1::text[], $2::text[]))";
            connection.run(&within(schema, delete), &[array(&namespaces), array(&fields)])?;
        }
        insert(connection, schema, taken.counted, "")?;
        let grown = taken.grown.into_iter().filter(|line| {
            let text = |key| line.text_at(key).unwrap_or_default();
            !stale.contains(&(text("namespace"), text("field_name")))
        });
        insert(connection, schema, together(grown), GROW)?;
        Ok(true)
    })
}

/// Counts everything anew.
///
/// # Errors
/// When the server does not let it be written.
pub fn recount(connection: &Connection, schema: &str) -> Result<(), Failure> {
    connection.transaction(|| {
        take_turn(connection, schema)?;
        connection.script("SET LOCAL work_mem = '64MB'")?;
        let taken = take(connection, schema, "TRUE")?;
        connection.script(&within(schema, "DELETE FROM {s}.field_catalog"))?;
        insert(connection, schema, taken.counted, "")
    })
}

/// The notes that were taken away, and the fields that were counted.
struct Taken {
    grown: Vec<Json>,
    stale: Vec<Json>,
    counted: Vec<Json>,
}

fn take(connection: &Connection, schema: &str, which: &str) -> Result<Taken, Failure> {
    let fields = FIELDS.replace("{runs}", which);
    let statement = TAKE.replace("{note}", NOTE).replace("{summary}", &SUMMARY.replace("{fields}", &fields));
    let rows = connection.run(&within(schema, &statement), &[])?;
    let mut columns = rows.into_iter().next().unwrap_or_default().into_iter().map(|text| {
        let json = text.and_then(|text| json::parse(&text).ok()).unwrap_or_default();
        json.as_array().unwrap_or_default().to_vec()
    });
    let mut next = || columns.next().unwrap_or_default();
    Ok(Taken { grown: next(), stale: next(), counted: next() })
}

fn field(pair: &Json) -> Option<Field> {
    let [namespace, name] = pair.as_array()? else { return None };
    Some((namespace.as_str()?.to_owned(), name.as_str()?.to_owned()))
}

fn insert(connection: &Connection, schema: &str, lines: Vec<Json>, then: &str) -> Result<(), Failure> {
    if lines.is_empty() {
        return Ok(());
    }
    let lines = clean(&Json::from(lines).to_compact()).into_owned();
    connection.run(&within(schema, &format!("{INSERT}{then}")), &[value(lines)]).map(drop)
}

/// Lines of the catalog, one for each field.
fn together(lines: impl Iterator<Item = Json>) -> Vec<Json> {
    let mut fields: BTreeMap<Field, Json> = BTreeMap::new();
    for line in lines {
        let text = |key| line.text_at(key).unwrap_or_default();
        let field = (text("namespace"), text("field_name"));
        match fields.get_mut(&field) {
            None => drop(fields.insert(field, line)),
            Some(other) => *other = sum(other, &line),
        }
    }
    fields.into_values().collect()
}

/// Two lines of a field as one.
fn sum(one: &Json, other: &Json) -> Json {
    let rank = |line: &Json| TYPES.iter().position(|name| line.str_at("field_type") == Some(name));
    let count = |line: &Json| line.i64_at("count").unwrap_or(0);
    let values: BTreeSet<&str> =
        [one, other].into_iter().flat_map(|line| line.array_at("values")).filter_map(Json::as_str).collect();
    let values: Vec<Json> = values.into_iter().take(VALUES).map(Json::from).collect();
    let bound = |key: &str, pick: fn(f64, f64) -> f64| {
        let of = |line: &Json| line.get(key).and_then(float);
        of(one).into_iter().chain(of(other)).reduce(pick).map_or(Json::Null, number)
    };
    Json::object([
        ("namespace", one.get("namespace").cloned().unwrap_or_default()),
        ("field_name", one.get("field_name").cloned().unwrap_or_default()),
        ("field_type", TYPES[rank(one).max(rank(other)).unwrap_or(0)].into()),
        ("count", (count(one) + count(other)).into()),
        ("values", if values.is_empty() { Json::Null } else { values.into() }),
        ("min_value", bound("min_value", f64::min)),
        ("max_value", bound("max_value", f64::max)),
    ])
}

/// The number that `number` has written.
fn float(json: &Json) -> Option<f64> {
    match json {
        Json::Float(number) => Some(*number),
        Json::Int(number) => Some(*number as f64),
        Json::Str(text) => text.parse().ok(),
        _ => None,
    }
}

/// Takes the lock under which the catalog changes, until the end of the transaction, if nobody has it.
fn has_turn(connection: &Connection, schema: &str) -> Result<bool, Failure> {
    let key = advisory_key(schema, "catalog");
    let rows = connection.script(&format!("SELECT pg_try_advisory_xact_lock({key})"))?;
    Ok(rows.first().and_then(|row| row.first()) == Some(&Some("t".to_owned())))
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
    fn lines_of_a_field_are_one() {
        let line = |count: i64, kind: &str, values: &[&str], range: Option<(f64, f64)>| {
            let values: Vec<Json> = values.iter().map(|value| Json::from(*value)).collect();
            Json::object([
                ("namespace", Json::from("metrics")),
                ("field_name", "x".into()),
                ("field_type", kind.into()),
                ("count", count.into()),
                ("values", if values.is_empty() { Json::Null } else { values.into() }),
                ("min_value", range.map_or(Json::Null, |range| number(range.0))),
                ("max_value", range.map_or(Json::Null, |range| number(range.1))),
            ])
        };
        let all = [
            line(1, "numeric", &[], Some((2.0, f64::INFINITY))),
            line(2, "string", &["b", "a"], None),
            line(0, "boolean", &["b"], Some((-1.0, 3.0))),
        ];
        let sum = together(all.into_iter());
        assert_eq!(sum, [line(3, "string", &["a", "b"], Some((-1.0, f64::INFINITY)))]);
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
