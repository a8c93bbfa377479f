//! SQLite in an object: rows are counted, and what must be atomic is.

use js_sys::futures::JsFuture;
use selvedge_engine::time::UnixMillis;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use worker::{SqlStorage, SqlStorageValue, State};

use crate::api_error::ApiError;
use crate::usage;

#[wasm_bindgen]
extern "C" {
    type TransactionalStorage;
    /// `ctx.storage.transactionSync`: rolls back when `run` throws.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &TransactionalStorage,
        run: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &TransactionalStorage, at: f64) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn sync(this: &TransactionalStorage) -> Result<js_sys::Promise, JsValue>;
}

/// Bytes of a page.
pub(super) const PAGE: usize = 4096;

/// A row whose one column is a JSON text.
#[derive(serde::Deserialize)]
pub(crate) struct Json {
    pub(crate) value: String,
}

/// A row that names a JSON text by its key.
#[derive(serde::Deserialize)]
pub(crate) struct Keyed {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// An object's database.
pub(crate) struct Sql {
    sql: SqlStorage,
    storage: TransactionalStorage,
}

impl Sql {
    /// The database of this object.
    pub(crate) fn new(state: &State) -> Self {
        let storage = state.storage();
        let raw: &JsValue = storage.as_raw().as_ref();
        Self { sql: storage.sql(), storage: raw.clone().unchecked_into() }
    }

    /// Runs one statement; returns the rows it wrote, index entries included.
    pub(crate) fn run(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<usize, ApiError> {
        let cursor = self.sql.exec(query, values)?;
        let written = cursor.rows_written();
        count(cursor.rows_read(), written);
        Ok(written)
    }

    /// Runs one query and reads all its rows.
    pub(crate) fn rows<T: DeserializeOwned>(
        &self,
        query: &str,
        values: Vec<SqlStorageValue>,
    ) -> Result<Vec<T>, ApiError> {
        let cursor = self.sql.exec(query, values)?;
        let rows = cursor.to_array()?;
        count(cursor.rows_read(), cursor.rows_written());
        Ok(rows)
    }

    /// Whether a table exists: an object that was only asked, never told, has none.
    pub(crate) fn has_table(&self, name: &str) -> Result<bool, ApiError> {
        #[derive(serde::Deserialize)]
        struct Found {}
        // SQLite knows its tables' columns in memory. `sqlite_master` is a table itself, whose rows are read, and billed.
        let query = "SELECT name FROM pragma_table_info(?) LIMIT 1";
        Ok(!self.rows::<Found>(query, vec![name.into()])?.is_empty())
    }

    /// The only row of a table that has no more than one; none if there is none, or no table.
    pub(crate) fn only<T: DeserializeOwned>(&self, table: &str) -> Result<Option<T>, ApiError> {
        if !self.has_table(table)? {
            return Ok(None);
        }
        let rows: Vec<Json> = self.rows(&format!("SELECT value FROM {table} WHERE id = 1"), vec![])?;
        rows.first().map(|row| serde_json::from_str(&row.value).map_err(ApiError::from)).transpose()
    }

    /// Makes it say this.
    pub(crate) fn put_only<T: Serialize>(&self, table: &str, version: u8, value: &T) -> Result<(), ApiError> {
        let create = format!(
            "CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL)"
        );
        self.run(&create, vec![])?;
        let query = format!("INSERT OR REPLACE INTO {table} (id, v, value) VALUES (1, ?, ?)");
        self.run(&query, vec![i32::from(version).into(), serde_json::to_string(value)?.into()])?;
        Ok(())
    }

    /// Pages in use.
    pub(crate) fn pages(&self) -> usize {
        self.sql.database_size() / PAGE
    }

    /// Waits until everything that was written is durable.
    pub(crate) async fn sync(&self) -> Result<(), ApiError> {
        let done = self.storage.sync().map_err(worker::Error::from)?;
        JsFuture::from(done).await.map_err(worker::Error::from)?;
        Ok(())
    }

    /// Sets the object's alarm, which is kept in its database. What it promises is not waited for: nothing the object
    /// says leaves before it is so, and if it can't be, the platform ends the object.
    pub(crate) fn set_alarm(&self, at: UnixMillis) -> Result<(), ApiError> {
        drop(self.storage.set_alarm(millis(at)).map_err(worker::Error::from)?);
        Ok(())
    }

    /// Runs `work` in one transaction. An error rolls all of it back.
    pub(crate) fn atomically<T>(&self, mut work: impl FnMut() -> Result<T, ApiError>) -> Result<T, ApiError> {
        let mut outcome: Option<Result<T, ApiError>> = None;
        let thrown = self.storage.transaction_sync(&mut || match work() {
            Ok(value) => {
                outcome = Some(Ok(value));
                Ok(JsValue::UNDEFINED)
            }
            Err(error) => {
                let message = JsValue::from_str(&error.to_string());
                outcome = Some(Err(error));
                Err(message)
            }
        });
        match (outcome, thrown) {
            (Some(Ok(_)), Err(error)) => Err(worker::Error::from(error).into()),
            (Some(outcome), _) => outcome,
            (None, _) => Err(ApiError::unavailable("storage_error", "the transaction did not run")),
        }
    }
}

fn count(read: usize, written: usize) {
    usage::count(|usage| {
        usage.rows_read += read as u64;
        usage.rows_written += written as u64;
    });
}

#[expect(clippy::cast_precision_loss, reason = "a date is a float in JavaScript; exact for 285,000 years")]
fn millis(at: UnixMillis) -> f64 {
    at.0 as f64
}
