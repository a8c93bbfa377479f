//! What an event says of an account: who belongs to it, and its traits.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::AccountId;
use crate::event::{Event, Kind};
use crate::identity::Trust;
use crate::identity::fact::Order;
use crate::profile::Logged;

/// The version of a [`Report`].
pub const REPORT_VERSION: u8 = 1;

/// The account that an event names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Which.
    pub id: AccountId,
    /// Whether it is proven that the sender may speak of it. A browser's word alone would let anyone read what an account
    /// is shown, and write its traits.
    pub trust: Trust,
}

/// What an event says of the person and the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// The person belongs to it, as of this event.
    Joined,
    /// The person does not, as of this event.
    Left,
}

/// An event's `groupId` as it was sent, and what it says; none if it is not about an account. A `group` event and
/// Segment's `Account Added User` say that the person belongs to it, `Account Removed User` that not any more.
///
/// `context.groupId` of other events is no such word: sites send it with every event to say where something was done, and
/// that would bring back whoever has left.
pub fn account_named(event: &Event) -> Option<(Verb, String)> {
    let verb = match (event.kind, event.name()) {
        (Kind::Group, _) => {
            return Some((Verb::Joined, event.text("groupId").unwrap_or_default().to_owned()));
        }
        (Kind::Track, "Account Added User") => Verb::Joined,
        (Kind::Track, "Account Removed User") => Verb::Left,
        _ => return None,
    };
    let group = match event.context().and_then(|context| context.get("groupId")) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    Some((verb, group))
}

/// A word on belonging to an account that may be believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Which account.
    pub account: AccountId,
    /// What is said.
    pub verb: Verb,
    /// When, and by which event.
    pub order: Order,
}

impl Word {
    /// What a logged event says, if that may be believed.
    pub fn of(logged: &Logged) -> Option<Self> {
        let named = logged.account.as_ref().filter(|named| named.trust == Trust::Verified)?;
        let (verb, _) = account_named(&logged.event).filter(|_| logged.is_trusted())?;
        let order = (logged.event.timestamp, logged.event.message_id.clone());
        Some(Self { account: named.id.clone(), verb, order })
    }
}

/// What an account is told of itself by an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`REPORT_VERSION`].
    pub v: u8,
    /// Which account.
    pub account: AccountId,
    /// When, and by which event.
    pub order: Order,
    /// Its traits.
    pub traits: Map<String, Value>,
}

impl Report {
    /// What a logged event tells, if that may be believed: the traits of a `group` event.
    pub fn of(logged: &Logged) -> Option<Self> {
        let Word { account, order, .. } = Word::of(logged).filter(|_| logged.event.kind == Kind::Group)?;
        let traits = logged.event.traits().filter(|traits| !traits.is_empty())?.clone();
        Some(Self { v: REPORT_VERSION, account, order, traits })
    }
}
