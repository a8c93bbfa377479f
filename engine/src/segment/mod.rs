//! Segments: who is in, by a rule over traits, events and other segments. See docs/segments.md.

mod calendar;
mod certain;
mod check;
mod condition;
mod context;
mod evaluate;
mod membership;
mod program;
mod rule;
mod sentence;
mod sequence;
mod tally;
mod threshold;
mod tracker;
mod verdict;
mod why;
mod window;

pub(crate) use calendar::zone;
pub(crate) use check::check_rule;
pub(crate) use condition::lookup;
pub use condition::{Condition, Fields, Groups, Inside, Problem, Test};
pub use context::{RequestFacts, request_context, visit};
pub(crate) use evaluate::Look;
pub use evaluate::{Given, Members, memberships, memberships_given};
pub use membership::{CHANGE_VERSION, Cause, Change, How, Membership};
pub use program::Program;
pub use rule::{Absent, CartRule, Count, Figure, Performed, Rule, Score, Selector, Sequence, Step, Take};
pub use sentence::Names;
pub use tally::{Match, Summary, Tally};
pub use threshold::{Threshold, at_least, declared, tops};
pub use tracker::{ConditionKey, Tracker};
pub use verdict::Verdict;
pub use why::Why;
pub use window::{Span, Unit, Window};

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
