//! What the directory is told about this profile: a row, with what waits for the Queue, when something listable changed.

use selvedge_engine::directory::{Refused, Row, Standing, newest_refusals};
use selvedge_engine::identity::home::Home;
use selvedge_engine::ids::ProfileId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use worker::Env;

use super::ProfileObject;
use super::message::{Answer, Ask, Note};
use super::store::kind;
use crate::api_error::ApiError;
use crate::{config_cache, platform};

/// The version of a stored [`Told`].
pub(super) const TOLD_VERSION: u8 = 1;

/// The row that the Queue took last.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Told {
    /// Its revision.
    pub(super) revision: u64,
    /// [`Row::digest`].
    digest: String,
}

/// Asks a profile for its row; none if nobody lives there.
pub(crate) async fn describe(profile: &ProfileId, env: &Env) -> Result<Option<Row>, ApiError> {
    match super::ask(env, profile, &Ask::Describe).await? {
        Answer::Described { row } => Ok(Some(serde_json::from_value(row)?)),
        Answer::NotFound => Ok(None),
        _ => Err(ApiError::internal("the profile answered another question")),
    }
}

impl ProfileObject {
    /// To [`Ask::Describe`]. The revision is that of the last row told: what has changed since is told with the next one.
    pub(super) async fn describe(&self) -> Result<Answer, ApiError> {
        let config = config_cache::current(&self.env, 0).await?;
        self.bring_up_to_date(&config)?;
        // A profile of a release that told nothing yet has a first revision all the same.
        let revision = self.with(|loaded| loaded.created)?.then(|| self.store.told()).transpose()?.flatten();
        let row = self.row(revision.map_or(1, |told| told.revision))?;
        Ok(match row {
            Some(row) => Answer::Described { row: serde_json::to_value(row)? },
            None => Answer::NotFound,
        })
    }

    /// The outbox element that tells the directory what it does not know yet, and what to remember once it is sent.
    pub(super) fn news(&self) -> Result<Option<(String, Told)>, ApiError> {
        let told = self.store.told()?.unwrap_or_default();
        // The clock keeps revisions growing also when the last one was sent and then forgotten in a crash.
        let revision = u64::try_from(platform::now().0).unwrap_or_default().max(told.revision + 1);
        let Some(row) = self.row(revision)? else { return Ok(None) };
        let digest = row.digest();
        if digest == told.digest {
            return Ok(None);
        }
        Ok(Some((json!([{ "directory": row }]).to_string(), Told { revision, digest })))
    }

    fn row(&self, revision: u64) -> Result<Option<Row>, ApiError> {
        let (me, home) = self.with(|loaded| (loaded.me.clone(), loaded.home.clone()))?;
        let Some(me) = me else { return Ok(None) };
        match home {
            Home::None => return Ok(None),
            Home::Forwarding { to, .. } => {
                return Ok(Some(Row::empty(me, revision, Standing::Forwarding { to })));
            }
            Home::Live { .. } | Home::Surrendering { .. } => {}
        }
        let refusals: Vec<Refused> = self.store.notes(kind::REFUSED)?.into_iter().map(refused).collect();
        let row = self.with(|loaded| Row {
            created_at: home.created_at(),
            last_seen: loaded.state.last_seen,
            events: loaded.state.events,
            identifiers: u32::try_from(loaded.held.len()).unwrap_or(u32::MAX),
            segments: loaded.state.segments.keys().cloned().collect(),
            refusal_count: refusals.len() as u64,
            ..Row::empty(me, revision, Standing::Live)
        })?;
        Ok(Some(Row { refusals: newest_refusals(refusals), ..row }))
    }
}

fn refused(note: Note) -> Refused {
    let Note { id, message_id, at, reason } = note;
    Refused { namespace: id.namespace, value: id.value, reason, message_id, at }
}
