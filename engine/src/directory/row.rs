//! What the directory holds about one profile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Numbers;
use crate::exposure::Participation;
use crate::identity::fact::Order;
use crate::identity::{Identifier, Namespace};
use crate::ids::{ExperimentId, MessageId, ProfileId, SegmentId};
use crate::limits;
use crate::time::UnixMillis;

/// The version of a [`Row`].
pub const ROW_VERSION: u8 = 3;

/// Whether the profile is at home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is.
    Live,
    /// It has merged into `to`.
    Forwarding {
        /// The survivor.
        to: ProfileId,
    },
    /// It was erased.
    Erased,
}

impl Standing {
    /// `live`, `forwarding` or `erased`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Forwarding { .. } => "forwarding",
            Self::Erased => "erased",
        }
    }
}

/// A link that the rules refused. Of which identifier knows its profile, who can forget it: a directory has many people's rows in
/// one database, whose free space is never overwritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "AnyRefused")]
pub struct Refused {
    /// The kind of the identifier that was not linked.
    pub namespace: Namespace,
    /// Tells refusals of one profile at one instant apart: a hash, so that neither this nor a page's cursor names anybody.
    pub key: String,
    /// Why, as a code: `unique:user_id`, `limit:email`, ….
    pub reason: String,
    /// The event that carried it.
    pub message_id: MessageId,
    /// That event's time.
    pub at: UnixMillis,
}

impl Refused {
    /// That this identifier was refused on this event.
    pub fn new(id: &Identifier, reason: String, (at, message_id): Order) -> Self {
        let key = key(&id.namespace, &id.value, &reason);
        Self { namespace: id.namespace.clone(), key, reason, message_id, at }
    }
}

/// As rows of all versions have it: up to the second one, the identifier stands there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyRefused {
    namespace: Namespace,
    key: Option<String>,
    #[serde(default)]
    value: String,
    reason: String,
    message_id: MessageId,
    at: UnixMillis,
}

impl From<AnyRefused> for Refused {
    fn from(AnyRefused { namespace, key: known, value, reason, message_id, at }: AnyRefused) -> Self {
        let key = known.unwrap_or_else(|| key(&namespace, &value, &reason));
        Self { namespace, key, reason, message_id, at }
    }
}

fn key(namespace: &Namespace, value: &str, reason: &str) -> String {
    let hash = Sha256::new()
        .chain_update(namespace.as_str())
        .chain_update([0])
        .chain_update(value)
        .chain_update([0])
        .chain_update(reason);
    hex(&hash.finalize(), 8)
}

/// One profile as the directory shows it. Made by the profile object, which alone knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// [`ROW_VERSION`].
    pub v: u8,
    /// Whose row it is.
    pub profile: ProfileId,
    /// Grows with every row of this profile, from 1 on: a newer row replaces an older one. 0 stands for a profile that
    /// the directory has only heard of through its events.
    pub revision: u64,
    /// Whether it is at home.
    pub home: Standing,
    /// When its first event arrived, while it is at home.
    pub created_at: Option<UnixMillis>,
    /// Time of its latest event, while it is at home.
    pub last_seen: Option<UnixMillis>,
    /// Events on its log when the row was made.
    pub events: u64,
    /// Identifiers that it holds.
    pub identifiers: u32,
    /// Segments that it was in when the row was made.
    pub segments: Vec<SegmentId>,
    /// Its numbers that rules compare people by.
    #[serde(default, skip_serializing_if = "Numbers::is_empty")]
    pub numbers: Numbers,
    /// The newest of its refused links: see [`newest_refusals`].
    pub refusals: Vec<Refused>,
    /// All of its refused links.
    pub refusal_count: u64,
    /// Late claims that wait for an admin.
    pub late_conflicts: u32,
    /// The experiments that it takes part in.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub experiments: BTreeMap<ExperimentId, Participation>,
}

impl Row {
    /// A profile that the directory has only heard of, or that holds nothing any more.
    pub fn empty(profile: ProfileId, revision: u64, home: Standing) -> Self {
        Self {
            v: ROW_VERSION,
            profile,
            revision,
            home,
            created_at: None,
            last_seen: None,
            events: 0,
            identifiers: 0,
            segments: Vec::new(),
            numbers: Numbers::new(),
            refusals: Vec::new(),
            refusal_count: 0,
            late_conflicts: 0,
            experiments: BTreeMap::new(),
        }
    }

    /// A hash of what makes it worth telling: everything but the number of events, and `last_seen` by the hour. Equal
    /// digests mean that the directory would learn nothing new.
    pub fn digest(&self) -> String {
        let last_seen = self.last_seen.map(|at| UnixMillis(at.0.div_euclid(limits::LAST_SEEN_STEP_MS)));
        let listable = Self { revision: 0, events: 0, last_seen, ..self.clone() };
        hex(&Sha256::digest(serde_json::to_vec(&listable).unwrap_or_default()), 8)
    }
}

/// The refusals that a row carries: the newest ones, as many as fit.
pub fn newest_refusals(mut refusals: Vec<Refused>) -> Vec<Refused> {
    refusals.sort_by_cached_key(|refused| std::cmp::Reverse((refused.at, refused.key.clone())));
    refusals.dedup_by_key(|refused| (refused.at, refused.key.clone()));
    refusals.truncate(limits::REFUSALS_LISTED);
    let mut room = limits::REFUSALS_LISTED_BYTES;
    refusals.retain(|refused| {
        let size = serde_json::to_vec(refused).map_or(usize::MAX, |json| json.len());
        // Once one did not fit, no older one comes in its place.
        room = room.saturating_sub(size);
        room > 0
    });
    refusals
}

fn hex(hash: &[u8], bytes: usize) -> String {
    hash.iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Refused, Row, Standing, newest_refusals};
    use crate::identity::Identifier;
    use crate::ids::{MessageId, ProfileId};
    use crate::limits;
    use crate::time::UnixMillis;

    fn refused(value: &str, at: i64) -> Refused {
        let id = Identifier::stored(&format!("email:{value}")).unwrap();
        Refused::new(&id, "unique:user_id".into(), (UnixMillis(at), MessageId("m".into())))
    }

    #[test]
    fn a_row_reads_as_it_is_documented() {
        let to = ProfileId::from_random([2; 16]);
        let row = Row::empty(ProfileId::from_random([1; 16]), 7, Standing::Forwarding { to: to.clone() });
        let json = serde_json::to_value(&row).unwrap();
        assert_eq!(json["home"], json!({ "forwarding": { "to": to } }));
        assert_eq!(json["revision"], 7);
        assert_eq!(serde_json::from_value::<Row>(json).unwrap(), row);
        let listed = serde_json::to_value(refused("a@x.de", 5)).unwrap();
        let rest = json!({ "namespace": "email", "reason": "unique:user_id", "messageId": "m", "at": 5 });
        let with = |field: &str, value: &str| {
            let mut json = rest.clone();
            json[field] = value.into();
            json
        };
        assert_eq!(listed, with("key", &refused("a@x.de", 5).key));
        let older = with("value", "a@x.de");
        assert_eq!(serde_json::from_value::<Refused>(older).unwrap(), refused("a@x.de", 5));
    }

    #[test]
    fn a_row_is_worth_telling_when_something_listable_changed() {
        let row = Row {
            last_seen: Some(UnixMillis(limits::LAST_SEEN_STEP_MS)),
            ..Row::empty(ProfileId::from_random([1; 16]), 1, Standing::Live)
        };
        let minute =
            Row { events: 9, revision: 2, last_seen: row.last_seen.map(|at| at.plus(60_000)), ..row.clone() };
        assert_eq!(row.digest(), minute.digest());
        let hour =
            Row { last_seen: row.last_seen.map(|at| at.plus(limits::LAST_SEEN_STEP_MS)), ..row.clone() };
        let refused = Row { refusals: vec![refused("a@x.de", 1)], refusal_count: 1, ..row.clone() };
        let erased = Row { home: Standing::Erased, ..row.clone() };
        for other in [hour, refused, erased] {
            assert_ne!(row.digest(), other.digest());
        }
    }

    #[test]
    fn the_newest_refusals_are_listed_and_a_row_stays_small() {
        let many = (0..250).map(|n| refused(&format!("{n}@x.de"), n)).collect();
        let listed = newest_refusals(many);
        assert_eq!(listed.len(), limits::REFUSALS_LISTED);
        assert_eq!(listed.first().unwrap().at, UnixMillis(249));
        let long = |n| Refused { message_id: MessageId("m".repeat(990)), ..refused("a@x.de", n) };
        let long = (0..100).map(long).collect();
        let size = serde_json::to_vec(&newest_refusals(long)).unwrap().len();
        assert!(size > limits::REFUSALS_LISTED_BYTES / 2 && size < limits::QUEUE_MESSAGE_BYTES, "{size}");
    }
}
