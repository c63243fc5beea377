//! The tables of the index: made where they are absent, left alone where they are there.

use super::pq::{Connection, Failure};

/// The package's version of the tables.
const VERSION: i32 = 3;

/// Processes that make the tables at once clash with those that know nothing of our lock.
const TRIES: usize = 5;

const TABLES: [&str; 6] = ["runs", "derived", "experiment_manifests", "field_catalog", "meta", "results"];

/// The statements that make a table and its indexes.
fn definition(table: &str) -> &'static str {
    match table {
        "runs" => {
            "CREATE TABLE IF NOT EXISTS {s}.runs (
                run_id TEXT PRIMARY KEY,
                experiment_id TEXT NOT NULL,
                status TEXT NOT NULL,
                context_fingerprint TEXT NOT NULL,
                params_fingerprint TEXT NOT NULL,
                seed_fingerprint TEXT NOT NULL,
                started_at TIMESTAMPTZ NOT NULL,
                finished_at TIMESTAMPTZ,
                duration_ms INTEGER,
                record_json JSONB NOT NULL,
                created_at TIMESTAMPTZ DEFAULT NOW(),
                updated_at TIMESTAMPTZ DEFAULT NOW());
            CREATE INDEX IF NOT EXISTS idx_runs_experiment_id ON {s}.runs (experiment_id);
            CREATE INDEX IF NOT EXISTS idx_runs_status ON {s}.runs (status);
            CREATE INDEX IF NOT EXISTS idx_runs_started_at ON {s}.runs (started_at DESC);
            CREATE INDEX IF NOT EXISTS idx_runs_experiment_started ON {s}.runs (experiment_id, started_at DESC);
            CREATE INDEX IF NOT EXISTS idx_runs_experiment_status ON {s}.runs (experiment_id, status);
            CREATE INDEX IF NOT EXISTS idx_runs_record_gin ON {s}.runs USING GIN (record_json);"
        }
        "derived" => {
            "CREATE TABLE IF NOT EXISTS {s}.derived (
                run_id TEXT PRIMARY KEY,
                derived_json JSONB NOT NULL,
                created_at TIMESTAMPTZ DEFAULT NOW(),
                updated_at TIMESTAMPTZ DEFAULT NOW());"
        }
        "experiment_manifests" => {
            "CREATE TABLE IF NOT EXISTS {s}.experiment_manifests (
                id SERIAL PRIMARY KEY,
                experiment_id TEXT NOT NULL,
                timestamp TEXT NOT NULL,
                manifest_json JSONB NOT NULL,
                submitted_at TIMESTAMPTZ NOT NULL,
                total_runs INTEGER,
                created_at TIMESTAMPTZ DEFAULT NOW(),
                UNIQUE (experiment_id, timestamp));
            CREATE INDEX IF NOT EXISTS idx_manifests_experiment_id
                ON {s}.experiment_manifests (experiment_id, submitted_at DESC);"
        }
        "field_catalog" => {
            "CREATE TABLE IF NOT EXISTS {s}.field_catalog (
                namespace TEXT NOT NULL,
                field_name TEXT NOT NULL,
                field_type TEXT,
                count INTEGER DEFAULT 0,
                values TEXT[],
                min_value DOUBLE PRECISION,
                max_value DOUBLE PRECISION,
                updated_at TIMESTAMPTZ DEFAULT NOW(),
                PRIMARY KEY (namespace, field_name));"
        }
        "meta" => {
            "CREATE TABLE IF NOT EXISTS {s}.meta (
                key TEXT PRIMARY KEY,
                value JSONB NOT NULL,
                updated_at TIMESTAMPTZ DEFAULT NOW());"
        }
        _ => {
            "CREATE TABLE IF NOT EXISTS {s}.results (
                id SERIAL PRIMARY KEY,
                run_id TEXT NOT NULL,
                name TEXT NOT NULL,
                data JSONB NOT NULL,
                dtype TEXT,
                shape INTEGER[],
                metadata JSONB DEFAULT '{}',
                created_at TIMESTAMPTZ DEFAULT NOW(),
                updated_at TIMESTAMPTZ DEFAULT NOW(),
                UNIQUE (run_id, name));
            CREATE INDEX IF NOT EXISTS idx_results_run_id ON {s}.results (run_id);"
        }
    }
}

/// An advisory lock that all processes which write the index in `schema` take for `purpose`.
pub fn advisory_key(schema: &str, purpose: &str) -> i64 {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(format!("libmetalab:{purpose}:{schema}"));
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(bytes)
}

/// A statement about the tables of `schema`: `{s}` is the schema.
pub fn within(schema: &str, statement: &str) -> String {
    // The name has no quote; it could be a key word.
    statement.replace("{s}", &format!("\"{schema}\""))
}

fn missing(connection: &Connection, schema: &str) -> Result<Vec<&'static str>, Failure> {
    let list: Vec<String> =
        TABLES.iter().map(|table| format!("to_regclass('{{s}}.{table}') IS NULL")).collect();
    let rows = connection.script(&within(schema, &format!("SELECT {}", list.join(", "))))?;
    let is_missing =
        |index: usize| rows.first().is_none_or(|row| row.get(index) != Some(&Some("f".to_owned())));
    Ok(TABLES.iter().enumerate().filter(|(index, _)| is_missing(*index)).map(|(_, table)| *table).collect())
}

/// Makes what is absent of the tables in `schema`.
///
/// # Errors
/// When the server can't be asked, or the role may not make them.
pub fn ensure(connection: &Connection, schema: &str) -> Result<(), Failure> {
    let mut tries = 0;
    loop {
        let tables = missing(connection, schema)?;
        if tables.is_empty() {
            return Ok(());
        }
        tries += 1;
        match connection.transaction(|| create(connection, schema)) {
            Ok(()) => return Ok(()),
            // Others, who have no such lock, made them at the same time.
            Err(failure)
                if tries < TRIES
                    && (failure.is_a_clash()
                        || ["23505", "42P06", "42P07", "42710", "XX000"].contains(&&*failure.state)) => {}
            Err(failure) if failure.state == "42501" => {
                let message = format!(
                    "the role may not make the tables of the index ({}) in the schema {schema}: {}; \
                     grant it CREATE there, or have somebody make them who may",
                    tables.join(", "),
                    failure.message
                );
                return Err(Failure { message, ..failure });
            }
            Err(failure) => return Err(failure),
        }
    }
}

fn create(connection: &Connection, schema: &str) -> Result<(), Failure> {
    let key = advisory_key(schema, "tables");
    connection.script(&format!("SELECT pg_advisory_xact_lock({key})"))?;
    // Those who were first have made them by now.
    let tables = missing(connection, schema)?;
    if tables.is_empty() {
        return Ok(());
    }
    let exists = connection.script(&format!("SELECT 1 FROM pg_namespace WHERE nspname = '{schema}'"))?;
    if exists.is_empty() {
        connection.script(&within(schema, "CREATE SCHEMA IF NOT EXISTS {s}"))?;
    }
    for table in &tables {
        connection.script(&within(schema, definition(table)))?;
    }
    if tables.contains(&"runs") {
        search_indexes(connection, schema)?;
    }
    let version = format!(
        "INSERT INTO {{s}}.meta (key, value) VALUES ('schema_version', '{VERSION}') ON CONFLICT (key) DO NOTHING"
    );
    connection.script(&within(schema, &version)).map(drop)
}

/// Indexes for searching in ids, where the server has what they need or lets the role have it.
fn search_indexes(connection: &Connection, schema: &str) -> Result<(), Failure> {
    connection.script("SAVEPOINT search")?;
    let made = connection.script("CREATE EXTENSION IF NOT EXISTS pg_trgm").and_then(|_| {
        let place = connection.script(
            "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
             WHERE e.extname = 'pg_trgm'",
        )?;
        let Some(Some(place)) = place.first().and_then(|row| row.first()).cloned() else { return Ok(()) };
        for column in ["run_id", "seed_fingerprint", "params_fingerprint", "context_fingerprint"] {
            connection.script(&within(
                schema,
                &format!(
                    "CREATE INDEX IF NOT EXISTS idx_runs_{column}_trgm ON {{s}}.runs \
                     USING GIN ({column} {place}.gin_trgm_ops)"
                ),
            ))?;
        }
        Ok(())
    });
    match made {
        Ok(()) => Ok(()),
        // Searching is slower without; nothing else is.
        Err(failure) if !failure.state.is_empty() => {
            connection.script("ROLLBACK TO SAVEPOINT search").map(drop)
        }
        Err(failure) => Err(failure),
    }
}
