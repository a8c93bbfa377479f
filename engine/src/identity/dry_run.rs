//! What an admin's word, or other rules, would come to: computed from what profiles know of themselves, and not done.

use std::collections::BTreeSet;

use serde::Serialize;

use super::fact::Fact;
use super::home::{Description, NoteKind};
use super::meet::{HeldIds, HeldState};
use super::resolve::{Person, resolve};
use super::{Identifier, IdentityRules, Violation};
use crate::ids::{MessageId, ProfileId};
use crate::time::UnixMillis;

/// People as they are, and as they would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DryRun {
    /// As they are: one for each profile that was described.
    pub before: Vec<Shown>,
    /// As they would be.
    pub after: Vec<Shown>,
    /// The profiles whose events or identifiers would not stay together, or not stay alone.
    pub changed: Vec<ProfileId>,
    /// Profiles with more events than a re-resolution reads: nothing can be said of them.
    pub too_big: Vec<ProfileId>,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// The profiles that have some of these events now.
    pub profiles: Vec<ProfileId>,
    /// What the person is known by.
    pub identifiers: Vec<ShownIdentifier>,
    /// How many events.
    pub events: usize,
    /// Links that are refused on them.
    pub refusals: Vec<ShownRefusal>,
}

/// An identifier of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownIdentifier {
    /// Which.
    #[serde(flatten)]
    pub id: Identifier,
    /// How it stands.
    pub state: HeldState,
}

/// A refused link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownRefusal {
    /// Which identifier, as `namespace:value`.
    pub id: String,
    /// The rules, the strongest first.
    pub reasons: Vec<String>,
    /// The event.
    pub message_id: MessageId,
    /// Its time.
    pub at: UnixMillis,
}

/// Resolves all that these profiles know, and the decree, under these rules.
pub fn dry_run(described: &[Description], decree: Option<&Fact>, rules: &IdentityRules) -> DryRun {
    let known = described.iter().filter(|one| !one.too_big);
    let mut facts: Vec<Fact> = known.flat_map(|one| &one.facts).cloned().collect();
    for stated in described.iter().flat_map(|one| &one.decrees).chain(decree) {
        if !facts.contains(stated) {
            facts.push(stated.clone());
        }
    }
    let people = resolve(&facts, rules).people;
    let changed = described.iter().filter(|one| !one.too_big && !is_somebody(one, &people));
    DryRun {
        before: described.iter().map(shown_before).collect(),
        after: people.iter().map(|person| shown_after(person, described)).collect(),
        changed: changed.map(|one| one.profile.clone()).collect(),
        too_big: described.iter().filter(|one| one.too_big).map(|one| one.profile.clone()).collect(),
    }
}

/// Whether a profile is one of these people: the same events, known by the same.
fn is_somebody(one: &Description, people: &[Person]) -> bool {
    let events: BTreeSet<&MessageId> = one.facts.iter().map(|fact| &fact.order.1).collect();
    let ids: Vec<ShownIdentifier> = shown_ids(&one.held);
    if events.is_empty() {
        return true;
    }
    let same = |person: &&Person| person.events.iter().collect::<BTreeSet<_>>() == events;
    people.iter().find(same).is_some_and(|person| shown_ids(&person.ids) == ids)
}

fn shown_ids(ids: &HeldIds) -> Vec<ShownIdentifier> {
    ids.iter().map(|(id, held)| ShownIdentifier { id: id.clone(), state: held.state }).collect()
}

fn shown_before(one: &Description) -> Shown {
    let refused = one.refused.iter().filter(|note| note.kind == NoteKind::Refused);
    let refusals = refused.map(|note| ShownRefusal {
        id: note.id.clone(),
        reasons: note.reasons.clone(),
        message_id: note.order.1.clone(),
        at: note.order.0,
    });
    Shown {
        profiles: vec![one.profile.clone()],
        identifiers: shown_ids(&one.held),
        events: one.facts.len(),
        refusals: refusals.collect(),
    }
}

fn shown_after(person: &Person, described: &[Description]) -> Shown {
    let events: BTreeSet<&MessageId> = person.events.iter().collect();
    let has = |one: &&Description| one.facts.iter().any(|fact| events.contains(&fact.order.1));
    let refusals = person.refused.iter().map(|refused| ShownRefusal {
        id: refused.id.to_string(),
        reasons: refused.violations.iter().map(Violation::code).collect(),
        message_id: refused.order.1.clone(),
        at: refused.order.0,
    });
    Shown {
        profiles: described.iter().filter(has).map(|one| one.profile.clone()).collect(),
        identifiers: shown_ids(&person.ids),
        events: events.len(),
        refusals: refusals.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fact::{Edge, Fact, Says};
    use super::super::home::Description;
    use super::super::meet::{Held, HeldState};
    use super::super::{Identifier, IdentityRules, Limit, Namespace};
    use super::dry_run;
    use crate::ids::{MessageId, ProfileId};
    use crate::time::UnixMillis;

    fn id(text: &str) -> Identifier {
        Identifier::parse(text).unwrap()
    }

    fn seen(n: i64, ids: &[&str]) -> Fact {
        let ids = ids.iter().map(|text| id(text)).collect();
        Fact { order: (UnixMillis(n), MessageId(format!("m{n}"))), says: Says::Seen { ids, previous: None } }
    }

    fn described(n: u8, held: &[&str], facts: Vec<Fact>) -> Description {
        let held = held.iter().map(|text| {
            let held = Held {
                first_seen: UnixMillis(1),
                by: MessageId::from("m1"),
                state: HeldState::Active,
                shared: None,
                epoch: 1,
            };
            (id(text), held)
        });
        let nobody = Description::nobody(ProfileId::from_random([n; 16]));
        Description { held: held.collect(), facts, ..nobody }
    }

    #[test]
    fn what_is_right_already_would_not_change() {
        let facts = vec![seen(1, &["anonymous_id:a"]), seen(2, &["user_id:1", "anonymous_id:a"])];
        let one = described(1, &["user_id:1", "anonymous_id:a"], facts);
        let run = dry_run(&[one], None, &IdentityRules::default());
        assert_eq!((run.before.len(), run.after.len(), run.changed.len()), (1, 1, 0));
        assert_eq!(run.before, run.after);
    }

    #[test]
    fn an_edge_parts_what_it_names() {
        let facts = vec![seen(1, &["user_id:1", "email:a@x.de"]), seen(2, &["email:a@x.de"])];
        let one = described(1, &["user_id:1", "email:a@x.de"], facts);
        let edge = Edge { left: vec![id("user_id:1")], right: vec![id("email:a@x.de")] };
        let decree = Fact { order: (UnixMillis(9), MessageId::from("admin")), says: Says::Apart(edge) };
        let run = dry_run(std::slice::from_ref(&one), Some(&decree), &IdentityRules::default());
        assert_eq!(run.after.iter().map(|person| person.events).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(run.changed, [one.profile]);
    }

    #[test]
    fn a_lower_limit_shows_whom_it_concerns() {
        let facts = vec![seen(1, &["user_id:1", "email:a@x.de"]), seen(2, &["user_id:1", "email:b@x.de"])];
        let one = described(1, &["user_id:1", "email:a@x.de", "email:b@x.de"], facts);
        let other = described(2, &["user_id:2"], vec![seen(3, &["user_id:2"])]);
        let mut rules = IdentityRules::default();
        assert!(dry_run(&[one.clone(), other.clone()], None, &rules).changed.is_empty());
        let email = rules.namespaces.get_mut(&Namespace::parse("email").unwrap()).unwrap();
        email.limit = Some(Limit { count: 1, within_days: None });
        assert_eq!(dry_run(&[one.clone(), other], None, &rules).changed, [one.profile]);
    }
}
