//! One event in the archive.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::iso;
use crate::account::Named;
use crate::consent::Consent;
use crate::event::{Event, Kind};
use crate::identity::extract::{Carried, NoIdentifier};
use crate::identity::fact::{Says, filed_under};
use crate::identity::home::Item;
use crate::identity::{Identifier, IdentityRules};
use crate::ids::{MessageId, ProfileId, SourceId};
use crate::profile::Logged;
use crate::time::UnixMillis;
use crate::token::Decision;

/// The version of a line. Version 1, of release 0.1.0, did not say what was proven.
pub const LINE_VERSION: u8 = 2;

/// What stood beside the client's own fields.
const ADDED_IN_VERSION_1: [&str; 6] = ["profileId", "messageId", "type", "timestamp", "receivedAt", "source"];

/// An event as it stands in the log of its profile, with all that its fold depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// One for each accepted event: the log that accepted it, and its key there.
    pub id: String,
    /// [`LINE_VERSION`].
    pub v: u8,
    /// Who had it then.
    pub profile_id: ProfileId,
    /// Its key in the log.
    pub message_id: MessageId,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When it happened.
    #[serde(with = "iso")]
    pub timestamp: UnixMillis,
    /// When the edge took it.
    #[serde(with = "iso")]
    pub received_at: UnixMillis,
    /// Where it came from.
    pub source: SourceId,
    /// Its identifiers, strongest first, and what was proven.
    pub ids: Vec<Carried>,
    /// Of an alias whose both names are proven: the older one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Identifier>,
    /// The account that it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Named>,
    /// The decision that it came of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The consent in force when it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// Values on it that are no identifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_identifiers: Vec<NoIdentifier>,
    /// The client's own object, whole.
    pub body: Map<String, Value>,
}

impl Line {
    /// An event that this profile has accepted.
    pub fn of(profile: &ProfileId, item: &Item) -> Self {
        let Logged { event, ids, previous, account, decision, consent, .. } = item.logged.clone();
        Self {
            id: id(profile, &event.message_id),
            v: LINE_VERSION,
            profile_id: profile.clone(),
            message_id: event.message_id,
            kind: event.kind,
            timestamp: event.timestamp,
            received_at: event.received_at,
            source: event.source,
            ids,
            previous,
            account,
            decision,
            consent,
            not_identifiers: item.not_identifiers.clone(),
            body: event.body,
        }
    }

    /// The name under which it was filed.
    pub fn filed_under(&self) -> Option<Identifier> {
        filed_under(&self.ids).cloned().or_else(|| Identifier::named_in(&self.body))
    }

    /// Reads a line of this version, or of version 1. `None` if it is none.
    pub fn read(text: &str) -> Option<Self> {
        match serde_json::from_str::<Self>(text) {
            // What a client sends can look like a line of ours, but for the id of its profile.
            Ok(line) if line.v <= LINE_VERSION && line.id == id(&line.profile_id, &line.message_id) => {
                Some(line)
            }
            _ => Self::of_version_1(serde_json::from_str(text).ok()?),
        }
    }

    /// The event as the API shows it, and its profile, in one object.
    fn of_version_1(line: Value) -> Option<Self> {
        let Value::Object(object) = line else { return None };
        let text = |field: &str| object.get(field).and_then(Value::as_str);
        let profile_id = ProfileId::parse(text("profileId")?)?;
        let message_id = MessageId(text("messageId")?.to_owned());
        let mut body = object.clone();
        body.retain(|field, _| !ADDED_IN_VERSION_1.contains(&field.as_str()));
        Some(Self {
            id: id(&profile_id, &message_id),
            v: 1,
            kind: Kind::parse(text("type")?)?,
            timestamp: UnixMillis::parse(text("timestamp")?)?,
            received_at: UnixMillis::parse(text("receivedAt")?)?,
            source: SourceId::from(text("source")?),
            profile_id,
            message_id,
            ids: Vec::new(),
            previous: None,
            account: None,
            decision: None,
            consent: None,
            not_identifiers: Vec::new(),
            body,
        })
    }

    /// The event for a profile, with what was proven when it came. What these rules don't know, or keep under quarantine,
    /// is no identifier any more.
    pub fn into_item(self, rules: &IdentityRules) -> Item {
        let event = Event {
            message_id: self.message_id,
            kind: self.kind,
            timestamp: self.timestamp,
            received_at: self.received_at,
            source: self.source,
            body: self.body,
        };
        let is_one =
            |id: &Identifier| rules.namespaces.contains_key(&id.namespace) && !rules.quarantined.contains(id);
        // An alias that has lost a name says nothing of the device that its older name may be.
        let named = self.ids.first().map(|carried| &carried.id);
        let whole = named.into_iter().chain(&self.previous).all(is_one);
        let counts =
            |id: &Identifier| is_one(id) && (whole || !Says::may_be_device(id, self.previous.as_ref()));
        let ids = self.ids.into_iter().filter(|carried| counts(&carried.id)).collect();
        let previous = self.previous.filter(is_one);
        let logged = Logged {
            previous,
            account: self.account,
            consent: self.consent,
            ..Logged::new(event, ids, Consent::default()).of_decision(self.decision)
        };
        Item {
            granted: None,
            consent: logged.stored_under(),
            logged,
            apart_since: None,
            not_identifiers: self.not_identifiers,
            replayed: true,
        }
    }
}

fn id(profile: &ProfileId, message: &MessageId) -> String {
    format!("{profile}/{message}")
}
