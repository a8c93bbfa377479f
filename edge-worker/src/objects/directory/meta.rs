//! What a shard knows beside its rows: table `meta` (`key`, `v`, `value`), JSON by name.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api_error::ApiError;
use crate::objects::sql::{Json, Sql};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID";

/// Makes the table.
pub(super) fn create(sql: &Sql) -> Result<(), ApiError> {
    sql.run(TABLE, vec![]).map(|_| ())
}

/// Whether it is there: a shard that was only asked, never told, has none.
pub(super) fn exists(sql: &Sql) -> Result<bool, ApiError> {
    sql.has_table("meta")
}

/// What stands under a name.
pub(super) fn read<T: DeserializeOwned>(sql: &Sql, key: &str) -> Result<Option<T>, ApiError> {
    let rows: Vec<Json> = sql.rows("SELECT value FROM meta WHERE key = ?", vec![key.into()])?;
    rows.first().map(|row| serde_json::from_str(&row.value).map_err(ApiError::from)).transpose()
}

/// Writes it.
pub(super) fn write<T: Serialize>(sql: &Sql, key: &str, version: u8, value: &T) -> Result<(), ApiError> {
    let query = "INSERT OR REPLACE INTO meta (key, v, value) VALUES (?, ?, ?)";
    sql.run(query, vec![key.into(), i32::from(version).into(), serde_json::to_string(value)?.into()])?;
    Ok(())
}

/// Takes it out.
pub(super) fn remove(sql: &Sql, key: &str) -> Result<(), ApiError> {
    sql.run("DELETE FROM meta WHERE key = ?", vec![key.into()]).map(|_| ())
}

/// Takes out all whose names begin with this folder, as `experiment/7`.
pub(super) fn remove_folder(sql: &Sql, folder: &str) -> Result<(), ApiError> {
    // What follows the slash in order.
    let (from, to) = (format!("{folder}/"), format!("{folder}0"));
    sql.run("DELETE FROM meta WHERE key >= ? AND key < ?", vec![from.into(), to.into()]).map(|_| ())
}
