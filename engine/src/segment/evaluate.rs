//! Which segments a profile is in, from its state and the time.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Performed, Rule, matches};
use crate::config::Config;
use crate::ids::{MessageId, SegmentId};
use crate::profile::ProfileState;
use crate::time::UnixMillis;

/// That a profile is in a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Since when it is known to be in.
    pub since: UnixMillis,
    /// The event that brought it in; none if time did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<MessageId>,
}

/// The segments that hold for this state `now`. A segment that names another is evaluated after it.
pub fn memberships(state: &ProfileState, config: &Config, now: UnixMillis) -> BTreeSet<SegmentId> {
    let traits = state.traits_for_conditions();
    let mut holding = BTreeSet::new();
    for segment in config.segments_in_order() {
        if holds(&segment.rule, state, &traits, &holding, now) {
            holding.insert(segment.id.clone());
        }
    }
    holding
}

fn holds(
    rule: &Rule,
    state: &ProfileState,
    traits: &Value,
    holding: &BTreeSet<SegmentId>,
    now: UnixMillis,
) -> bool {
    let inner = |rule: &Rule| holds(rule, state, traits, holding, now);
    match rule {
        Rule::All(rules) => rules.iter().all(inner),
        Rule::Any(rules) => rules.iter().any(inner),
        Rule::Not(rule) => !inner(rule),
        Rule::Traits(condition) => matches(condition, traits),
        Rule::Performed(performed) => performed.count.holds(count(performed, state, now)),
        Rule::Segment(id) => holding.contains(id),
    }
}

fn count(performed: &Performed, state: &ProfileState, now: UnixMillis) -> usize {
    let window = performed.within.map(super::Window::millis);
    state.recent(&performed.key()).map_or(0, |recent| recent.within(now, window))
}
