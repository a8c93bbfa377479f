//! What something that resolves identity came to.

use std::collections::BTreeSet;

use selvedge_engine::identity::meet::HeldState;
use selvedge_engine::identity::resolve::{Person, RefusedLink};
use serde_json::{Map, Value};

use crate::{Membership, Refused};

/// One person, in the words of a case.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Actual {
    /// What names this person now.
    pub ids: BTreeSet<String>,
    /// Old names, which still lead here.
    pub retired: BTreeSet<String>,
    /// Addresses that a newer one replaced.
    pub released: BTreeSet<String>,
    /// The messageIds of this person's events.
    pub events: BTreeSet<String>,
    /// The believed traits.
    pub traits: Map<String, Value>,
    /// The accounts that the person belongs to, or has belonged to.
    pub accounts: BTreeSet<Membership>,
    /// The links that were refused.
    pub refusals: BTreeSet<Refused>,
    /// The messageIds of what joined two profiles into this one.
    pub merges: BTreeSet<String>,
}

impl Actual {
    /// A resolved person, whose traits and accounts are folded elsewhere.
    pub fn of(person: &Person, traits: Map<String, Value>, accounts: BTreeSet<Membership>) -> Self {
        let held = |state| {
            let ids = person.ids.iter().filter(move |(_, held)| held.state == state);
            ids.map(|(id, _)| id.to_string())
        };
        let given_up = person.given_up.keys().map(ToString::to_string);
        Self {
            ids: held(HeldState::Active).collect(),
            retired: held(HeldState::Retired).collect(),
            released: held(HeldState::Released).chain(given_up).collect(),
            events: person.events.iter().map(ToString::to_string).collect(),
            traits,
            accounts,
            refusals: person.refused.iter().map(refused).collect(),
            merges: person.joined.iter().map(|joined| joined.order.1.to_string()).collect(),
        }
    }
}

fn refused(link: &RefusedLink) -> Refused {
    let mut codes = link.violations.iter().map(selvedge_engine::identity::Violation::code);
    Refused {
        id: link.id.to_string(),
        by: link.order.1.to_string(),
        reason: codes.next().unwrap_or_default(),
        also: codes.collect(),
    }
}
