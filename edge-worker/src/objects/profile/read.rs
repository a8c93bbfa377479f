//! Showing a profile to an admin.

use selvedge_engine::identity::home::Home;
use selvedge_engine::limits;
use selvedge_engine::profile::Logged;
use selvedge_engine::segment::memberships;
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};

use super::ProfileObject;
use super::message::{Answer, Note, Read};
use super::store::{Loaded, StoredIdentifier, kind};
use crate::api_error::ApiError;
use crate::{config_cache, platform};

impl ProfileObject {
    /// Identifiers, traits, segments as of now, what was refused, and a page of the timeline.
    pub(super) async fn read(&self, read: &Read) -> Result<Answer, ApiError> {
        let config = config_cache::current(&self.env, read.config).await?;
        self.bring_up_to_date(&config)?;
        let loaded = self.with(Clone::clone)?;
        match &loaded.home {
            Home::None => return Ok(Answer::NotFound),
            Home::Forwarding { to, .. } => return Ok(Answer::Moved { to: to.clone() }),
            Home::Live { .. } | Home::Surrendering { .. } => {}
        }
        let limit = read.limit.clamp(1, limits::TIMELINE_PAGE_MAX);
        let events = self.store.timeline(read.before.as_ref(), limit)?;
        let next = if events.len() < limit { None } else { events.last().map(cursor) };
        let profile = json!({
            "profileId": loaded.me,
            "createdAt": loaded.home.created_at().map(UnixMillis::to_iso),
            "firstSeen": loaded.state.first_seen.map(UnixMillis::to_iso),
            "lastSeen": loaded.state.last_seen.map(UnixMillis::to_iso),
            "identifiers": self.store.identifiers()?.iter().map(|row| identifier(row, &loaded)).collect::<Vec<_>>(),
            "traits": loaded.state.traits.values(),
            "claimedTraits": loaded.state.claimed_traits.values(),
            "computed": loaded.state.computed(),
            "consent": loaded.state.consent.as_ref().map(|said| json!({
                "at": said.at.to_iso(), "messageId": said.by, "purposes": said.consent,
            })),
            "segments": segments(&loaded, &config),
            "claimed": self.store.notes(kind::CLAIMED)?.iter().map(note).collect::<Vec<_>>(),
            "refusals": self.store.notes(kind::REFUSED)?.iter().map(note).collect::<Vec<_>>(),
            "merges": self.store.merges()?,
            "configVersion": config.version(),
            "timeline": {
                "events": events.iter().map(|logged| logged.event.to_public_json()).collect::<Vec<_>>(),
                "next": next,
            },
        });
        Ok(Answer::Profile { profile })
    }
}

/// Memberships as of now: windows move though nothing was written.
fn segments(loaded: &Loaded, config: &selvedge_engine::config::Config) -> Vec<Value> {
    let now = platform::now();
    let holding = memberships(&loaded.state, config, now);
    let shown = |id: &selvedge_engine::ids::SegmentId| match loaded.state.segments.get(id) {
        Some(membership) => {
            json!({ "id": id, "since": membership.since.to_iso(), "cause": membership.cause })
        }
        None => json!({ "id": id, "since": now.to_iso(), "cause": null }),
    };
    holding.iter().map(shown).collect()
}

fn identifier(row: &StoredIdentifier, loaded: &Loaded) -> Value {
    let seen = loaded.state.seen.get(&format!("{}:{}", row.namespace, row.value));
    json!({
        "namespace": row.namespace,
        "value": row.value,
        "trust": "verified",
        "firstSeen": seen.map_or(UnixMillis(row.first_seen), |seen| seen.first).to_iso(),
        "lastSeen": seen.map_or(UnixMillis(row.first_seen), |seen| seen.last).to_iso(),
        "source": seen.map(|seen| &seen.by.1),
        "messageId": row.message_id,
    })
}

fn note(note: &Note) -> Value {
    json!({
        "namespace": note.id.namespace,
        "value": note.id.value,
        "messageId": note.message_id,
        "at": note.at.to_iso(),
        "reason": note.reason,
    })
}

/// Where the next page starts: `millis:messageId`.
fn cursor(logged: &Logged) -> String {
    format!("{}:{}", logged.event.timestamp.0, logged.event.message_id)
}
