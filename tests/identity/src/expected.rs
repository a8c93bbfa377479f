//! What a case expects.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

/// Everybody, and what was turned away at the door. What is left out is expected to be empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The people, in any order.
    pub profiles: Vec<Profile>,
    /// Events that were not taken: messageId and reason.
    #[serde(default)]
    pub rejected: BTreeMap<String, String>,
    /// The people who were erased, in the order of the steps that did it.
    #[serde(default)]
    pub erased: Vec<Erased>,
    /// The traits of accounts, by their ids; not compared if left out.
    #[serde(default)]
    pub accounts: Option<BTreeMap<String, Map<String, Value>>>,
    /// Values on events that are no identifiers.
    #[serde(default)]
    pub not_identifiers: BTreeSet<NotIdentifier>,
}

/// Somebody who is no more: what went.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    /// What named this person, also old names and released addresses that nobody else had.
    pub ids: BTreeSet<String>,
    /// The messageIds of this person's events.
    pub events: BTreeSet<String>,
}

impl std::fmt::Display for Erased {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |items: &BTreeSet<String>| items.iter().cloned().collect::<Vec<_>>().join(" ");
        write!(f, "{{{}}} with [{}]", list(&self.ids), list(&self.events))
    }
}

/// One person. Identifiers are written `namespace:value`, normalised.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What names this person now.
    #[serde(default)]
    pub ids: BTreeSet<String>,
    /// Old names, which still lead here.
    #[serde(default)]
    pub retired: BTreeSet<String>,
    /// Addresses that a newer one replaced, whether or not somebody else has taken them since.
    #[serde(default)]
    pub released: BTreeSet<String>,
    /// The messageIds of this person's events.
    #[serde(default)]
    pub events: BTreeSet<String>,
    /// The believed traits; not compared if left out.
    #[serde(default)]
    pub traits: Option<Map<String, Value>>,
    /// The accounts that this person belongs to, or has belonged to; not compared if left out.
    #[serde(default)]
    pub accounts: Option<BTreeSet<Membership>>,
    /// The links that were refused on these events.
    #[serde(default)]
    pub refusals: BTreeSet<Refused>,
    /// The messageIds of what joined two profiles into this one.
    #[serde(default)]
    pub merges: BTreeSet<String>,
}

/// A time during which a person belonged to an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// Which.
    pub account: String,
    /// The messageId of the event that says so first.
    pub since: String,
    /// The messageId of the event that ended it.
    #[serde(default)]
    pub until: Option<String>,
}

impl std::fmt::Display for Membership {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} since {}", self.account, self.since)?;
        self.until.iter().try_for_each(|until| write!(f, " until {until}"))
    }
}

/// A link that the rules forbade.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The identifier that was not linked.
    pub id: String,
    /// By which event.
    pub by: String,
    /// The code of the strongest rule that forbade it.
    pub reason: String,
    /// The codes of the others, if there are any, the stronger first.
    #[serde(default)]
    pub also: Vec<String>,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} by {} ({}", self.id, self.by, self.reason)?;
        self.also.iter().try_for_each(|code| write!(f, ", {code}"))?;
        write!(f, ")")
    }
}

/// A value on an event that is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotIdentifier {
    /// On which event.
    pub by: String,
    /// What it was meant for.
    pub namespace: String,
    /// The value.
    pub value: String,
    /// Why it is none.
    pub reason: String,
}

impl std::fmt::Display for NotIdentifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} on {} ({})", self.namespace, self.value, self.by, self.reason)
    }
}
