//! The cap object: one per offer that all together may see only so often, named by the offer. Gives portions of what is left out
//! to isolates: see [`lease`](selvedge_engine::offer::lease).
//!
//! Storage: table `lessor` (`id` 1, `v`, `value`), the [`Lessor`].

use selvedge_engine::identity::ObjectNames;
use selvedge_engine::ids::OfferId;
use selvedge_engine::offer::lease::{Cap, Grant, LESSOR_VERSION, Lessor, Report};
use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call;
use super::sql::{Json, Sql};
use crate::api_error::ApiError;
use crate::{bindings, platform};

/// What a cap object can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// A portion of this cap, so much being spent of others.
    Lease { cap: Cap, reports: Vec<Report> },
    /// What it knows.
    Show,
}

/// Asks the cap object of an offer for a portion.
pub(crate) async fn lease(
    env: &Env,
    offer: &OfferId,
    cap: &Cap,
    reports: &[Report],
) -> std::result::Result<Grant, ApiError> {
    let question = Ask::Lease { cap: cap.clone(), reports: reports.to_vec() };
    call::call(env, bindings::CAPS, &ObjectNames::cap(offer), &question).await
}

/// What the cap object of an offer knows.
pub(crate) async fn show(env: &Env, offer: &OfferId) -> std::result::Result<Lessor, ApiError> {
    call::call(env, bindings::CAPS, &ObjectNames::cap(offer), &Ask::Show).await
}

/// See the module.
#[durable_object]
pub struct CapObject {
    sql: Sql,
}

impl DurableObject for CapObject {
    fn new(state: State, _env: Env) -> Self {
        Self { sql: Sql::new(&state) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        match call::receive(&mut request).await {
            Ok(Ask::Lease { cap, reports }) => {
                call::reply(self.sql.atomically(|| self.lease(&cap, &reports)))
            }
            Ok(Ask::Show) => call::reply(self.stored().map(Option::unwrap_or_default)),
            Err(error) => call::reply(Err::<Lessor, _>(error)),
        }
    }
}

impl CapObject {
    fn lease(&self, cap: &Cap, reports: &[Report]) -> std::result::Result<Grant, ApiError> {
        let mut lessor = self.stored()?.unwrap_or_else(Lessor::new);
        let grant = lessor.ask(cap, reports, platform::now());
        let table = "CREATE TABLE IF NOT EXISTS lessor (id INTEGER PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL)";
        self.sql.run(table, vec![])?;
        let query = "INSERT OR REPLACE INTO lessor (id, v, value) VALUES (1, ?, ?)";
        let value = serde_json::to_string(&lessor)?;
        self.sql.run(query, vec![i32::from(LESSOR_VERSION).into(), value.into()])?;
        Ok(grant)
    }

    fn stored(&self) -> std::result::Result<Option<Lessor>, ApiError> {
        if !self.sql.has_table("lessor")? {
            return Ok(None);
        }
        let rows: Vec<Json> = self.sql.rows("SELECT value FROM lessor WHERE id = 1", vec![])?;
        Ok(rows.first().map(|row| serde_json::from_str(&row.value)).transpose()?)
    }
}
