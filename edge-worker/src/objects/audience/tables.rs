//! Storage of an audience object. Every row carries a version, `v`.
//!
//! | table | key | holds |
//! |---|---|---|
//! | `imports` | `id` | the [`Progress`] of an import; `at` is when it began |
//! | `parts` | `import`, `n` | what came of a part that is stored |
//! | `namespace` | `id` 1 | whose this is |
//! | `generations` | `number` | a [`Kept`] generation; `current` 1 is the one that counts |
//! | `forgotten` | `name` | which identifiers were erased `at` a time less than [`limits::FORGOTTEN_MS`] ago |

use std::collections::BTreeMap;

use selvedge_engine::audience::{Generation, Name, PROGRESS_VERSION, PartReport, Progress, Status};
use selvedge_engine::identity::{Namespace, ObjectNames};
use selvedge_engine::ids::AudienceId;
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};

use crate::api_error::ApiError;
use crate::objects::sql::{Json, Sql};

const VERSION: i32 = 1;

const TABLES: [&str; 4] = [
    "CREATE TABLE imports (id TEXT PRIMARY KEY, v INTEGER NOT NULL, at INTEGER NOT NULL, status TEXT NOT NULL, value TEXT NOT NULL)",
    "CREATE TABLE parts (import TEXT, n INTEGER, v INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (import, n)) WITHOUT ROWID",
    "CREATE TABLE generations (number INTEGER PRIMARY KEY, v INTEGER NOT NULL, current INTEGER NOT NULL, value TEXT NOT NULL)",
    "CREATE TABLE namespace (id INTEGER PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL)",
];

/// A generation whose shards are there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Kept {
    pub(crate) generation: Generation,
    /// When it was published first.
    pub(crate) at: UnixMillis,
    /// By which import.
    pub(crate) import: String,
    /// How many identifiers each audience has in it.
    pub(crate) members: BTreeMap<AudienceId, u64>,
    /// How many there are in all, each as often as it is in an audience.
    pub(crate) identifiers: u64,
    /// How many of its shards are removed again.
    #[serde(default)]
    pub(crate) removed: u32,
}

/// Identifiers that were erased lately, by the names of their objects.
#[derive(Default, PartialEq)]
pub(super) struct Forgotten(BTreeMap<String, UnixMillis>);

impl Forgotten {
    /// Whether an identifier was erased after what it stands in was made.
    pub(super) fn has(&self, name: &Name, made: UnixMillis) -> bool {
        !self.0.is_empty() && self.0.get(&ObjectNames::of_bytes(name)).is_some_and(|at| *at >= made)
    }

    /// Whether a line of changes names one.
    pub(super) fn is_in(&self, line: &str) -> bool {
        self.0.keys().any(|name| line.contains(name.as_str()))
    }
}

pub(super) struct Tables<'a>(&'a Sql);

#[derive(Deserialize)]
struct Number {
    n: i64,
}

fn code(status: Status) -> Result<String, ApiError> {
    Ok(serde_json::to_value(status)?.as_str().unwrap_or_default().to_owned())
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl<'a> Tables<'a> {
    pub(super) fn open(sql: &'a Sql, namespace: &Namespace) -> Result<Self, ApiError> {
        if !sql.has_table("namespace")? {
            for table in TABLES {
                sql.run(table, vec![])?;
            }
            let query = "INSERT INTO namespace (id, v, value) VALUES (1, ?, ?)";
            sql.run(query, vec![VERSION.into(), serde_json::to_string(namespace)?.into()])?;
        }
        Ok(Self(sql))
    }

    /// The tables as the alarm finds them, and whose they are.
    pub(super) fn known(sql: &'a Sql) -> Result<Option<(Self, Namespace)>, ApiError> {
        if !sql.has_table("namespace")? {
            return Ok(None);
        }
        let rows: Vec<Json> = sql.rows("SELECT value FROM namespace", vec![])?;
        rows.first().map(|row| Ok((Self(sql), serde_json::from_str(&row.value)?))).transpose()
    }

    pub(super) fn put_import(&self, progress: &Progress) -> Result<(), ApiError> {
        let query = "INSERT OR REPLACE INTO imports (id, v, at, status, value) VALUES (?, ?, ?, ?, ?)";
        let values = vec![
            progress.id.as_str().into(),
            i32::from(PROGRESS_VERSION).into(),
            progress.started_at.0.into(),
            code(progress.status)?.into(),
            serde_json::to_string(progress)?.into(),
        ];
        self.0.run(query, values)?;
        Ok(())
    }

    fn progress(&self, query: &str, values: Vec<worker::SqlStorageValue>) -> Result<Vec<Progress>, ApiError> {
        let rows: Vec<Json> = self.0.rows(query, values)?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.value)?)).collect()
    }

    pub(super) fn import(&self, id: &str) -> Result<Option<Progress>, ApiError> {
        Ok(self.progress("SELECT value FROM imports WHERE id = ?", vec![id.into()])?.pop())
    }

    /// The newest, the newest first.
    pub(super) fn imports(&self, limit: usize) -> Result<Vec<Progress>, ApiError> {
        let query = "SELECT value FROM imports ORDER BY at DESC, id LIMIT ?";
        self.progress(query, vec![number(limit as u64).into()])
    }

    pub(super) fn building(&self) -> Result<Option<Progress>, ApiError> {
        let query = "SELECT value FROM imports WHERE status = ? ORDER BY at LIMIT 1";
        Ok(self.progress(query, vec![code(Status::Building)?.into()])?.pop())
    }

    pub(super) fn put_part(&self, import: &str, n: u32, report: &PartReport) -> Result<(), ApiError> {
        let query = "INSERT OR REPLACE INTO parts (import, n, v, value) VALUES (?, ?, ?, ?)";
        let value = serde_json::to_string(report)?;
        self.0.run(query, vec![import.into(), i64::from(n).into(), VERSION.into(), value.into()])?;
        Ok(())
    }

    pub(super) fn part_numbers(&self, import: &str) -> Result<Vec<u32>, ApiError> {
        let rows: Vec<Number> =
            self.0.rows("SELECT n FROM parts WHERE import = ? ORDER BY n", vec![import.into()])?;
        Ok(rows.into_iter().filter_map(|row| u32::try_from(row.n).ok()).collect())
    }

    pub(super) fn parts(&self, import: &str) -> Result<Vec<(u32, PartReport)>, ApiError> {
        #[derive(Deserialize)]
        struct Row {
            n: i64,
            value: String,
        }
        let rows: Vec<Row> =
            self.0.rows("SELECT n, value FROM parts WHERE import = ? ORDER BY n", vec![import.into()])?;
        let part =
            |row: &Row| Ok((u32::try_from(row.n).unwrap_or(u32::MAX), serde_json::from_str(&row.value)?));
        rows.iter().map(part).collect()
    }

    pub(super) fn forget_parts(&self, import: &str) -> Result<(), ApiError> {
        self.0.run("DELETE FROM parts WHERE import = ?", vec![import.into()])?;
        Ok(())
    }

    /// Imports that are over and whose parts are still stored.
    pub(super) fn left_over(&self) -> Result<Option<String>, ApiError> {
        let query = "SELECT DISTINCT parts.import AS value FROM parts JOIN imports ON imports.id = parts.import \
                     WHERE imports.status NOT IN (?, ?) LIMIT 1";
        let open = vec![code(Status::Uploading)?.into(), code(Status::Building)?.into()];
        Ok(self.0.rows::<Json>(query, open)?.pop().map(|row| row.value))
    }

    /// What came to nothing and has left shards behind.
    pub(super) fn abandoned(&self) -> Result<Option<Progress>, ApiError> {
        let query = "SELECT value FROM imports WHERE status IN (?, ?) \
                     AND json_extract(value, '$.shardsDone') > 0 LIMIT 1";
        let over = vec![code(Status::Failed)?.into(), code(Status::Cancelled)?.into()];
        Ok(self.progress(query, over)?.pop())
    }

    pub(super) fn newest(&self) -> Result<u64, ApiError> {
        // Also of those that came to nothing: a number names one content.
        let rows: Vec<Number> = self.0.rows(
            "SELECT COALESCE(MAX(json_extract(value, '$.generation.number')), 0) AS n FROM imports",
            vec![],
        )?;
        Ok(rows.first().map_or(0, |row| row.n.unsigned_abs()))
    }

    pub(super) fn generations(&self) -> Result<Vec<Kept>, ApiError> {
        let rows: Vec<Json> = self.0.rows("SELECT value FROM generations ORDER BY number DESC", vec![])?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.value)?)).collect()
    }

    pub(super) fn current(&self) -> Result<Option<Kept>, ApiError> {
        let rows: Vec<Json> = self.0.rows("SELECT value FROM generations WHERE current = 1", vec![])?;
        rows.first().map(|row| Ok(serde_json::from_str(&row.value)?)).transpose()
    }

    pub(super) fn put_generation(&self, kept: &Kept) -> Result<(), ApiError> {
        let query = "INSERT INTO generations (number, v, current, value) VALUES (?, ?, 0, ?) \
                     ON CONFLICT (number) DO UPDATE SET v = excluded.v, value = excluded.value";
        let value = serde_json::to_string(kept)?;
        self.0.run(query, vec![number(kept.generation.number).into(), VERSION.into(), value.into()])?;
        Ok(())
    }

    pub(super) fn make_current(&self, generation: Generation) -> Result<(), ApiError> {
        self.0
            .run("UPDATE generations SET current = (number = ?)", vec![number(generation.number).into()])?;
        Ok(())
    }

    /// This identifier is erased.
    pub(super) fn put_forgotten(&self, name: &Name, at: UnixMillis) -> Result<(), ApiError> {
        let table = "CREATE TABLE IF NOT EXISTS forgotten (name TEXT PRIMARY KEY, v INTEGER NOT NULL, at INTEGER NOT NULL)";
        self.0.run(table, vec![])?;
        let query = "INSERT OR REPLACE INTO forgotten (name, v, at) VALUES (?, ?, ?)";
        let values = vec![ObjectNames::of_bytes(name).into(), VERSION.into(), at.0.into()];
        self.0.run(query, values)?;
        Ok(())
    }

    /// The names of who was erased lately, and when.
    pub(super) fn forgotten(&self) -> Result<Forgotten, ApiError> {
        #[derive(Deserialize)]
        struct Row {
            name: String,
            at: i64,
        }
        if !self.0.has_table("forgotten")? {
            return Ok(Forgotten::default());
        }
        let rows: Vec<Row> = self.0.rows("SELECT name, at FROM forgotten", vec![])?;
        Ok(Forgotten(rows.into_iter().map(|row| (row.name, UnixMillis(row.at))).collect()))
    }

    /// Forgets also that, of whom it is long enough ago. Answers when to look again.
    pub(super) fn forget_forgotten(&self, now: UnixMillis) -> Result<Option<UnixMillis>, ApiError> {
        if !self.0.has_table("forgotten")? {
            return Ok(None);
        }
        let since = now.plus(-limits::FORGOTTEN_MS);
        self.0.run("DELETE FROM forgotten WHERE at <= ?", vec![since.0.into()])?;
        let first = self.forgotten()?.0.into_values().min();
        Ok(first.map(|at| at.plus(limits::FORGOTTEN_MS)))
    }

    /// Imports whose changes are written down.
    pub(super) fn built(&self) -> Result<Vec<Progress>, ApiError> {
        self.progress(
            "SELECT value FROM imports WHERE json_extract(value, '$.generation') IS NOT NULL",
            vec![],
        )
    }

    pub(super) fn forget_generation(&self, generation: Generation) -> Result<(), ApiError> {
        self.0.run("DELETE FROM generations WHERE number = ?", vec![number(generation.number).into()])?;
        Ok(())
    }
}
