//! Events that two profiles have, where so much is connected that it can't be resolved: a client that has lost an answer
//! sends its event again, and whoever its identifier names may be somebody else by then.

use std::collections::BTreeMap;

use super::message::{Description, Fragment, Rearrange};
use crate::ids::{MessageId, ProfileId};

/// What each is to give away: of those who have an event the one with the smallest id keeps it, whoever makes the plan.
pub(super) fn plan(described: &[Description]) -> BTreeMap<ProfileId, Rearrange> {
    let mut keepers: BTreeMap<&MessageId, &ProfileId> = BTreeMap::new();
    for one in described {
        for fact in &one.facts {
            let keeper = keepers.entry(&fact.order.1).or_insert(&one.profile);
            *keeper = (*keeper).min(&one.profile);
        }
    }
    let part = |one: &Description| {
        let mut gives: BTreeMap<&ProfileId, Fragment> = BTreeMap::new();
        let mut keep = Vec::new();
        for id in one.facts.iter().map(|fact| &fact.order.1) {
            match keepers.get(id).filter(|keeper| ***keeper != one.profile) {
                Some(keeper) => {
                    gives.entry(*keeper).or_insert_with(|| nothing_for(keeper)).events.push(id.clone())
                }
                None => keep.push(id.clone()),
            }
        }
        let gone = |id: &MessageId| gives.values().any(|fragment| fragment.events.contains(id));
        let refused = one.refused.iter().filter(|note| !gone(&note.order.1)).cloned().collect();
        (!gives.is_empty()).then(|| Rearrange {
            revision: one.revision,
            keep,
            gives: gives.into_values().collect(),
            frees: Vec::new(),
            join: None,
            links: Vec::new(),
            ids: one.held.clone(),
            refused,
            refusals_beyond: one.refusals_beyond,
            contested: None,
            decrees: Vec::new(),
        })
    };
    described.iter().filter_map(|one| Some((one.profile.clone(), part(one)?))).collect()
}

fn nothing_for(to: &ProfileId) -> Fragment {
    Fragment { to: to.clone(), events: Vec::new(), ids: Vec::new(), refused: Vec::new(), links: Vec::new() }
}
