//! Segments: who is in, by a rule over traits, events and other segments.

mod evaluate;
mod matcher;
mod recent;
mod rule;

pub use evaluate::{Membership, memberships, memberships_with};
pub(crate) use matcher::lookup;
pub use matcher::{matches, operators_without_list, speaks_of, unknown_operators};
pub use recent::Recent;
pub use rule::{ConditionKey, Count, Performed, Rule, Window};

use serde::{Deserialize, Serialize};

use crate::ids::SegmentId;

/// A segment as a marketer defines it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Its id, also the file's name.
    pub id: SegmentId,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who is in.
    pub rule: Rule,
}
