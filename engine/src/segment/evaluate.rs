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

/// The segments that hold for this state `now`, as far as the state itself says: those that speak of accounts are read
/// when a decision is made, and left out here. A segment that names another is evaluated after it.
pub fn memberships(state: &ProfileState, config: &Config, now: UnixMillis) -> BTreeSet<SegmentId> {
    evaluate(state, config, now, None)
}

/// The segments that hold for this state `now`, its `accounts` being so: see
/// [`Account::for_conditions`](crate::account::Account::for_conditions).
pub fn memberships_with(
    state: &ProfileState,
    config: &Config,
    now: UnixMillis,
    accounts: &[Value],
) -> BTreeSet<SegmentId> {
    evaluate(state, config, now, Some(accounts))
}

fn evaluate(
    state: &ProfileState,
    config: &Config,
    now: UnixMillis,
    accounts: Option<&[Value]>,
) -> BTreeSet<SegmentId> {
    let views = views(state.traits_for_conditions(config.asked()), accounts.unwrap_or_default());
    let mut holding = BTreeSet::new();
    for segment in config.segments_in_order() {
        let known = accounts.is_some() || !config.reads_accounts(&segment.id);
        if known && holds(&segment.rule, state, &views, &holding, now) {
            holding.insert(segment.id.clone());
        }
    }
    holding
}

/// What trait conditions are matched against: the person beside each account. What a condition asks of an account, one
/// account must answer as a whole. `account` is never a trait of the person.
fn views(mut person: Value, accounts: &[Value]) -> Vec<Value> {
    if let Some(traits) = person.as_object_mut() {
        traits.remove("account");
    }
    let beside = |account: &Value| {
        let mut view = person.clone();
        if let Some(traits) = view.as_object_mut() {
            traits.insert("account".into(), account.clone());
        }
        view
    };
    if accounts.is_empty() { vec![person] } else { accounts.iter().map(beside).collect() }
}

fn holds(
    rule: &Rule,
    state: &ProfileState,
    views: &[Value],
    holding: &BTreeSet<SegmentId>,
    now: UnixMillis,
) -> bool {
    let inner = |rule: &Rule| holds(rule, state, views, holding, now);
    match rule {
        Rule::All(rules) => rules.iter().all(inner),
        Rule::Any(rules) => rules.iter().any(inner),
        Rule::Not(rule) => !inner(rule),
        Rule::Traits(condition) => views.iter().any(|view| matches(condition, view)),
        Rule::Performed(performed) => performed.count.holds(count(performed, state, now)),
        Rule::Segment(id) => holding.contains(id),
    }
}

fn count(performed: &Performed, state: &ProfileState, now: UnixMillis) -> usize {
    let window = performed.within.map(super::Window::millis);
    state.recent(&performed.key()).map_or(0, |recent| recent.within(now, window))
}
