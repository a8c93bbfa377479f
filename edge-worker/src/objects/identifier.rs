//! The identifier object: one per identifier, named by the HMAC of its namespace and value.
//!
//! Storage: table `entry`, one row (`id` 1): the versioned JSON of [`Entry`]. It is read once; an answer that changes it
//! leaves only after the write is durable, because the platform holds back what an object sends until then.

use std::cell::RefCell;

use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::ObjectNames;
use selvedge_engine::identity::entry::{Answer, Ask, ENTRY_VERSION, Entry, apply};
use serde::Deserialize;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call;
use super::line::Place;
use super::sql::Sql;
use crate::api_error::ApiError;
use crate::{bindings, config_cache, platform};

/// Asks the object of `identifier`.
pub(crate) async fn ask(
    env: &Env,
    names: &ObjectNames,
    identifier: &Identifier,
    question: &Ask,
) -> std::result::Result<Answer, ApiError> {
    call::call(env, bindings::IDENTIFIERS, &names.identifier(identifier), question).await
}

/// The same for an event of a request.
///
/// # Errors
/// 429 if too many are there already.
pub(crate) async fn ask_in_line(
    env: &Env,
    names: &ObjectNames,
    identifier: &Identifier,
    question: &Ask,
) -> std::result::Result<Answer, ApiError> {
    let name = names.identifier(identifier);
    let _place = Place::take(&name)?;
    call::call(env, bindings::IDENTIFIERS, &name, question).await
}

/// See the module.
#[durable_object(fetch)]
pub struct IdentifierObject {
    sql: Sql,
    /// What storage holds, once it was read.
    memory: RefCell<Option<Entry>>,
}

impl DurableObject for IdentifierObject {
    fn new(state: State, _env: Env) -> Self {
        Self { sql: Sql::new(&state), memory: RefCell::new(None) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        call::serve(request, |question: Ask| self.answer(&question)).await
    }
}

#[derive(Deserialize)]
struct Row {
    value: String,
}

impl IdentifierObject {
    fn answer(&self, question: &Ask) -> std::result::Result<Answer, ApiError> {
        // Taken out: after an error it is read anew.
        let entry = match self.memory.take() {
            Some(entry) => entry,
            None => self.load()?.unwrap_or_default(),
        };
        // What this isolate knows: an asker does not wait for KV.
        let rule = config_cache::known().map(|config| config.identity().quarantine).unwrap_or_default();
        let (changed, answer) = apply(&entry, question, rule, platform::now());
        if let Some(changed) = &changed {
            self.store(changed)?;
        }
        self.memory.replace(Some(changed.unwrap_or(entry)));
        Ok(answer)
    }

    fn load(&self) -> std::result::Result<Option<Entry>, ApiError> {
        if !self.sql.has_table("entry")? {
            return Ok(None);
        }
        let rows: Vec<Row> = self.sql.rows("SELECT value FROM entry WHERE id = 1", vec![])?;
        rows.first().map(|row| serde_json::from_str(&row.value).map_err(ApiError::from)).transpose()
    }

    fn store(&self, entry: &Entry) -> std::result::Result<(), ApiError> {
        let table = "CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL)";
        self.sql.run(table, vec![])?;
        let query = "INSERT OR REPLACE INTO entry (id, v, value) VALUES (1, ?, ?)";
        let value = serde_json::to_string(entry)?;
        self.sql.run(query, vec![i32::from(ENTRY_VERSION).into(), value.as_str().into()])?;
        Ok(())
    }
}
