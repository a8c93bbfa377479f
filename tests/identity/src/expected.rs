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
    /// Values on events that are no identifiers.
    #[serde(default)]
    pub not_identifiers: BTreeSet<NotIdentifier>,
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
    /// The links that were refused on these events.
    #[serde(default)]
    pub refusals: BTreeSet<Refused>,
    /// The messageIds of what joined two profiles into this one.
    #[serde(default)]
    pub merges: BTreeSet<String>,
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
