//! What was published: a row for each version, never changed afterwards.
//!
//! Tables `versions` (`version` INTEGER PRIMARY KEY, `v`, `hash`, `published_at`, `files`) and `publications` (`version`
//! INTEGER PRIMARY KEY, `v`, `value`: a [`Publication`]); versions of older releases have none of the latter.

use selvedge_engine::config::{Files, PUBLICATION_VERSION, Publication};
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;

use super::message::{Past, Published};
use crate::api_error::ApiError;
use crate::config_cache::Pointer;
use crate::objects::sql::Sql;
use crate::platform;

const VERSION_ROW: i32 = 1;
const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS versions (version INTEGER PRIMARY KEY, v INTEGER NOT NULL, \
                        hash TEXT NOT NULL, published_at INTEGER NOT NULL, files TEXT NOT NULL)";
const PUBLICATIONS: &str = "CREATE TABLE IF NOT EXISTS publications (version INTEGER PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL)";

#[derive(Deserialize)]
struct Row {
    version: u64,
    hash: String,
    published_at: i64,
    files: String,
}

#[derive(Deserialize)]
struct PastRow {
    version: u64,
    hash: String,
    published_at: i64,
    publication: Option<String>,
}

/// The published versions.
pub(super) struct Versions<'a>(pub(super) &'a Sql);

impl Versions<'_> {
    /// The newest one.
    pub(super) fn current(&self) -> Result<Option<Published>, ApiError> {
        self.one("ORDER BY version DESC LIMIT 1", None)
    }

    /// A certain one.
    pub(super) fn of(&self, version: u64) -> Result<Option<Published>, ApiError> {
        self.one("WHERE version = ?", Some(version))
    }

    fn one(&self, which: &str, version: Option<u64>) -> Result<Option<Published>, ApiError> {
        if !self.0.has_table("versions")? {
            return Ok(None);
        }
        let query = format!("SELECT version, hash, published_at, files FROM versions {which}");
        let values = version.map(|version| number(version).into()).into_iter().collect();
        let rows: Vec<Row> = self.0.rows(&query, values)?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        Ok(Some(Published {
            pointer: Pointer { version: row.version, hash: row.hash },
            published_at: UnixMillis(row.published_at),
            files: serde_json::from_str(&row.files)?,
        }))
    }

    /// Newest first, without their files.
    pub(super) fn before(&self, before: Option<u64>, limit: usize) -> Result<Vec<Past>, ApiError> {
        if !self.0.has_table("versions")? {
            return Ok(Vec::new());
        }
        let publication = if self.0.has_table("publications")? {
            "(SELECT value FROM publications WHERE publications.version = versions.version)"
        } else {
            "NULL"
        };
        let query = format!(
            "SELECT version, hash, published_at, {publication} AS publication FROM versions WHERE version < ? ORDER BY version DESC LIMIT ?"
        );
        let before = before.map_or(i64::MAX, number);
        let rows: Vec<PastRow> =
            self.0.rows(&query, vec![before.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()])?;
        rows.into_iter().map(past).collect()
    }

    /// Adds one.
    pub(super) fn add(
        &self,
        pointer: &Pointer,
        files: &Files,
        publication: &Publication,
    ) -> Result<(), ApiError> {
        let files = serde_json::to_string(files)?;
        let publication = serde_json::to_string(publication)?;
        let version = number(pointer.version);
        self.0.atomically(|| {
            self.0.run(VERSIONS, vec![])?;
            let query = "INSERT INTO versions (version, v, hash, published_at, files) VALUES (?, ?, ?, ?, ?)";
            let at = platform::now().0;
            let hash = pointer.hash.as_str();
            let values =
                vec![version.into(), VERSION_ROW.into(), hash.into(), at.into(), files.as_str().into()];
            self.0.run(query, values)?;
            self.0.run(PUBLICATIONS, vec![])?;
            let query = "INSERT INTO publications (version, v, value) VALUES (?, ?, ?)";
            let values =
                vec![version.into(), i32::from(PUBLICATION_VERSION).into(), publication.as_str().into()];
            self.0.run(query, values)?;
            Ok(())
        })
    }
}

fn past(row: PastRow) -> Result<Past, ApiError> {
    let publication = row.publication.map(|text| serde_json::from_str(&text)).transpose()?;
    let pointer = Pointer { version: row.version, hash: row.hash };
    Ok(Past { pointer, published_at: UnixMillis(row.published_at), publication })
}

fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}
