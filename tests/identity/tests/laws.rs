//! Laws of identity: what must hold whatever happens, in whatever order.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::FileFailurePersistence;
use selvedge_engine::identity::fact::{Edge, Fact, Order, Says};
use selvedge_engine::identity::meet::{HeldState, active};
use selvedge_engine::identity::resolve::{Person, Resolution, resolve};
use selvedge_engine::identity::{Identifier, IdentifierKind, IdentityRules, Limit, SharedDevice, is_blocked};
use selvedge_engine::ids::MessageId;
use selvedge_engine::time::UnixMillis;
use selvedge_identity_cases::{Case, Step, Taken, r0};
use serde_json::{Value, json};

/// Many cases, and more if `PROPTEST_CASES` asks for them. The seeds of failures are kept beside this file.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: ProptestConfig::default().cases.max(1_000),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("failed-seeds"))),
        ..ProptestConfig::default()
    }
}

const HOUR: i64 = 3_600_000;
/// After everything that is generated.
const LATER: i64 = 100 * 24 * HOUR;

/// Something that happens. Few ids and few times, so that they meet often.
#[derive(Debug, Clone)]
enum Move {
    Seen {
        user: Option<&'static str>,
        devices: Vec<&'static str>,
        email: Option<&'static str>,
        crm: Option<&'static str>,
    },
    Alias {
        previous: &'static str,
        user: &'static str,
        device: Option<&'static str>,
    },
    Together {
        current: &'static str,
        retired: &'static str,
    },
    Apart {
        left: Vec<&'static str>,
        right: Vec<&'static str>,
    },
}

const NAMES: [&str; 12] = [
    "user_id:1",
    "user_id:2",
    "user_id:3",
    "anonymous_id:A",
    "anonymous_id:B",
    "anonymous_id:C",
    "anonymous_id:D",
    "email:x@example.com",
    "email:y@example.com",
    "email:z@example.com",
    "crm_id:H1",
    "crm_id:H2",
];

fn user() -> impl Strategy<Value = &'static str> {
    prop_oneof![9 => select(&["1", "2", "3"][..]), 1 => select(&["null", "000-00"][..])]
}

fn seen() -> impl Strategy<Value = Move> {
    let device = || select(&["A", "B", "C", "D"][..]);
    let devices = prop_oneof![1 => Just(vec![]), 6 => device().prop_map(|a| vec![a]), 1 => (device(), device()).prop_map(|(a, b)| vec![a, b])];
    let email = select(&["x@example.com", " Y@Example.com", "z@example.com", "none"][..]);
    let crm = select(&["H1", "H2"][..]);
    (prop::option::of(user()), devices, prop::option::weighted(0.4, email), prop::option::weighted(0.15, crm))
        .prop_map(|(user, devices, email, crm)| Move::Seen { user, devices, email, crm })
}

fn alias() -> impl Strategy<Value = Move> {
    (user(), user(), prop::option::of(select(&["A", "B"][..])))
        .prop_map(|(previous, user, device)| Move::Alias { previous, user, device })
}

fn said() -> impl Strategy<Value = Move> {
    let names = || prop::sample::subsequence(NAMES.to_vec(), 2..6);
    prop_oneof![
        (select(&NAMES[..]), select(&NAMES[..]))
            .prop_map(|(current, retired)| Move::Together { current, retired }),
        (names().prop_shuffle(), any::<Index>()).prop_map(|(mut left, at)| {
            let right = left.split_off(1 + at.index(left.len() - 1));
            Move::Apart { left, right }
        }),
    ]
}

/// Moves with their times in hours: half of them within a few hours, the others within three weeks.
fn timed(moves: impl Strategy<Value = Move>) -> impl Strategy<Value = Vec<(i64, Move)>> {
    let time = prop_oneof![0..6i64, (0..21i64).prop_map(|day| day * 24)];
    prop::collection::vec((time, moves), 1..16)
}

fn events() -> impl Strategy<Value = Vec<(i64, Move)>> {
    timed(prop_oneof![8 => seen(), 1 => alias()])
}

fn everything() -> impl Strategy<Value = Vec<(i64, Move)>> {
    timed(prop_oneof![12 => seen(), 2 => alias(), 2 => said()])
}

/// Rules of every kind, strict enough to be broken by a few events.
fn rules() -> impl Strategy<Value = IdentityRules> {
    let shared = select(&[SharedDevice::Isolate, SharedDevice::FirstOwner, SharedDevice::LastLogin][..]);
    (gentle_rules(), shared, any::<bool>(), any::<bool>()).prop_map(
        |(mut rules, shared, pre_login, unique_email)| {
            rules.shared_device = shared;
            rules.isolate_pre_login = pre_login;
            rule(&mut rules, "email", |rule| rule.unique = unique_email);
            rules
        },
    )
}

/// The same, where an address that many share may be blocked, logins too may be several within a period, and nothing but a login
/// may be at once on two devices.
fn strict_rules() -> impl Strategy<Value = IdentityRules> {
    (rules(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(mut rules, blocked, logins, one_device)| {
            rule(&mut rules, "email", |rule| rule.unique = false);
            if blocked {
                rule(&mut rules, "email", |rule| {
                    rule.blocked.insert("z@example.com".to_owned());
                });
            }
            if logins {
                let limit = Some(Limit { count: 2, within_days: Some(7) });
                rule(&mut rules, "user_id", |rule| rule.limit = limit);
            }
            if one_device {
                rule(&mut rules, "anonymous_id", |rule| {
                    rule.limit = Some(Limit { count: 1, within_days: Some(7) })
                });
            }
            rules
        },
    )
}

/// Rules under which an identifier never leaves a person other than by a merge.
fn gentle_rules() -> impl Strategy<Value = IdentityRules> {
    (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(first_owner, many_users, emails, devices)| {
            let mut rules = r0();
            if first_owner {
                rules.shared_device = SharedDevice::FirstOwner;
            }
            rule(&mut rules, "user_id", |rule| rule.unique = !many_users);
            let limit = |within_days| Some(Limit { count: 2, within_days });
            rule(&mut rules, "email", |rule| rule.limit = if emails { limit(None) } else { rule.limit });
            rule(&mut rules, "anonymous_id", |rule| {
                rule.limit = if devices { limit(Some(7)) } else { rule.limit }
            });
            rules
        },
    )
}

fn rule(
    rules: &mut IdentityRules,
    name: &str,
    change: impl FnOnce(&mut selvedge_engine::identity::NamespaceRule),
) {
    let found = rules.namespaces.iter_mut().find(|(namespace, _)| namespace.as_str() == name);
    change(found.unwrap().1);
}

/// What the moves come to as facts, through the real decoding.
fn facts(moves: &[(i64, Move)], rules: &IdentityRules) -> Vec<Fact> {
    let steps =
        moves.iter().enumerate().map(|(index, (hour, one))| step(&format!("m{index}"), *hour, one)).collect();
    let case = Case {
        id: String::new(),
        title: String::new(),
        why: String::new(),
        rules: rules.clone(),
        traits: Default::default(),
        steps,
        any_order: true,
        expect: Default::default(),
    };
    Taken::of(&case).facts
}

fn step(id: &str, hour: i64, what: &Move) -> Step {
    let at = UnixMillis(hour * HOUR).to_iso();
    let external = |namespace: &str, value: &str| json!({"type": namespace, "id": value});
    let written: Value = match what {
        Move::Seen { user, devices, email, crm } => {
            let more = devices.iter().skip(1).map(|device| external("anonymous_id", device));
            let ids: Vec<Value> = crm.iter().map(|crm| external("crm_id", crm)).chain(more).collect();
            json!({"event": {"type": "identify", "userId": user, "anonymousId": devices.first(), "traits": {"email": email},
                "context": {"externalIds": ids}, "messageId": id, "timestamp": at}})
        }
        Move::Alias { previous, user, device } => {
            json!({"event": {"type": "alias", "previousId": previous, "userId": user,
            "anonymousId": device, "messageId": id, "timestamp": at}})
        }
        Move::Together { current, retired } => {
            json!({"merge": {"current": current, "retired": retired}, "by": id, "at": at})
        }
        Move::Apart { left, right } => json!({"unmerge": {"left": left, "right": right}, "by": id, "at": at}),
    };
    serde_json::from_value(written).unwrap()
}

/// A fact that comes after all others.
fn later(order: i64, says: Says) -> Fact {
    Fact { order: (UnixMillis(LATER + order), MessageId(format!("later-{order}"))), says }
}

fn linking(mut ids: Vec<Identifier>, rules: &IdentityRules) -> Fact {
    ids.sort_by_key(|id| rules.priority(&id.namespace));
    later(0, Says::Seen { ids, previous: None })
}

fn sent(facts: &[Fact]) -> Vec<MessageId> {
    let seen = facts.iter().filter(|fact| matches!(fact.says, Says::Seen { .. }));
    let mut sent: Vec<MessageId> = seen.map(|fact| fact.order.1.clone()).collect();
    sent.sort();
    sent
}

/// What an unmerge must bring back: of each person the ids, the events and the refused links, without those of `event`.
type Kept = (Vec<(Identifier, HeldState)>, Vec<MessageId>, BTreeSet<(Identifier, Order)>);

fn without(resolution: &Resolution, event: &MessageId) -> Vec<Kept> {
    let kept = |person: &Person| {
        let ids = person.ids.iter().map(|(id, held)| (id.clone(), held.state)).collect();
        let events: Vec<_> = person.events.iter().filter(|id| *id != event).cloned().collect();
        let refused = person.refused.iter().filter(|link| link.order.1 != *event);
        (ids, events, refused.map(|link| (link.id.clone(), link.order.clone())).collect())
    };
    resolution.people.iter().map(kept).filter(|(_, events, _): &Kept| !events.is_empty()).collect()
}

/// The groups of identifiers and of events that a plain union-find makes of what was seen together.
fn groups(facts: &[Fact]) -> BTreeSet<(BTreeSet<Identifier>, BTreeSet<MessageId>)> {
    let mut groups: Vec<(BTreeSet<Identifier>, BTreeSet<MessageId>)> = Vec::new();
    for fact in facts {
        let Says::Seen { ids, .. } = &fact.says else { continue };
        let mut joined =
            (ids.iter().cloned().collect::<BTreeSet<_>>(), BTreeSet::from([fact.order.1.clone()]));
        groups.retain(|(ids, events)| {
            let apart = joined.0.is_disjoint(ids);
            if !apart {
                joined.0.extend(ids.iter().cloned());
                joined.1.extend(events.iter().cloned());
            }
            apart
        });
        groups.push(joined);
    }
    groups.into_iter().collect()
}

/// Two people who have ids that an event may carry, if there are two.
fn two_of(people: &[Person], one: Index, other: Index) -> Option<(&Person, &Person)> {
    let people: Vec<&Person> = people.iter().filter(|person| !public(person).is_empty()).collect();
    let others = people.len().checked_sub(1).filter(|others| *others > 0)?;
    let first = one.index(people.len());
    let second = (first + 1 + other.index(others)) % people.len();
    Some((people.get(first)?, people.get(second)?))
}

/// The ids of a person that an event may carry.
fn public(person: &Person) -> Vec<Identifier> {
    person.ids.keys().filter(|id| !id.namespace.is_reserved()).cloned().collect()
}

fn all(person: &Person) -> Vec<Identifier> {
    person.ids.keys().cloned().collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_order_of_arrival_comes_to_the_same((rules, moves) in (rules(), everything()), seed in any::<u64>()) {
        let facts = facts(&moves, &rules);
        let mut shuffled = facts.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        prop_assert_eq!(resolve(&shuffled, &rules), resolve(&facts, &rules));
    }

    #[test]
    fn a_messages_own_id_decides_between_two_of_one_name(
        (rules, moves) in (rules(), everything()), names in prop::collection::vec(0..5u8, 16), seed in any::<u64>(),
    ) {
        let mut facts = facts(&moves, &rules);
        facts.iter_mut().zip(names).for_each(|(fact, name)| fact.order.1 = MessageId(format!("m{name}")));
        let mut shuffled = facts.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        prop_assert_eq!(resolve(&shuffled, &rules), resolve(&facts, &rules));
    }

    #[test]
    fn a_fact_repeated_changes_nothing((rules, moves) in (rules(), everything()), again in prop::collection::vec((any::<Index>(), 0..48i64), 1..9)) {
        let facts = facts(&moves, &rules);
        let again = if facts.is_empty() { Vec::new() } else { again };
        let mut repeated = facts.clone();
        for (index, hours) in again {
            let mut copy = facts[index.index(facts.len())].clone();
            // The same message, sent anew by a client whose clock went on.
            copy.order.0 = copy.order.0.plus(hours * HOUR);
            repeated.insert(index.index(repeated.len()), copy);
        }
        prop_assert_eq!(resolve(&repeated, &rules), resolve(&facts, &rules));
    }

    #[test]
    fn without_limits_people_are_what_is_connected(moves in timed(seen())) {
        let mut rules = r0();
        for rule in rules.namespaces.values_mut() {
            // That nobody counts as logged in: two logins on one device would make it a shared one.
            (rule.unique, rule.limit, rule.kind) = (false, None, Some(IdentifierKind::Record));
        }
        let facts = facts(&moves, &rules);
        let resolution = resolve(&facts, &rules);
        let people = resolution.people.iter();
        let people: BTreeSet<_> =
            people.map(|person| (person.ids.keys().cloned().collect(), person.events.iter().cloned().collect())).collect();
        prop_assert_eq!(people, groups(&facts));
    }

    #[test]
    fn nobody_holds_what_the_rules_forbid((rules, moves) in (rules(), everything())) {
        for person in resolve(&facts(&moves, &rules), &rules).people {
            prop_assert_eq!(rules.check(active(&person.ids)), Ok(()));
            for id in public(&person) {
                prop_assert!(!is_blocked(&id.value), "{}", id);
            }
        }
    }

    #[test]
    fn every_event_and_every_identifier_is_one_persons((rules, moves) in (rules(), everything())) {
        let facts = facts(&moves, &rules);
        let people = resolve(&facts, &rules).people;
        let mut filed: Vec<_> = people.iter().flat_map(|person| person.events.clone()).collect();
        filed.sort();
        prop_assert_eq!(filed, sent(&facts));
        let mut holders: BTreeMap<Identifier, usize> = BTreeMap::new();
        people.iter().flat_map(all).for_each(|id| *holders.entry(id).or_default() += 1);
        prop_assert!(holders.values().all(|holders| *holders == 1), "{:?}", holders);
    }

    #[test]
    fn an_identifier_once_seen_is_held_or_was_refused((rules, moves) in (rules(), everything())) {
        let facts = facts(&moves, &rules);
        let people = resolve(&facts, &rules).people;
        let held: BTreeSet<_> = people.iter().flat_map(all).collect();
        let refused: BTreeSet<_> = people.iter().flat_map(|person| &person.refused).map(|link| (&link.id, &link.order)).collect();
        for fact in &facts {
            for id in fact.shown() {
                let filed = held.contains(id) || held.contains(&id.shared_device());
                prop_assert!(filed || refused.contains(&(id, &fact.order)), "{} of {:?}", id, fact.order);
            }
        }
    }

    #[test]
    fn people_who_were_parted_are_never_joined((rules, moves) in (rules(), everything())) {
        let facts = facts(&moves, &rules);
        let people = resolve(&facts, &rules).people;
        let merged = facts.iter().filter(|fact| matches!(fact.says, Says::Together { .. })).map(|fact| &fact.order).max();
        for fact in &facts {
            let Says::Apart(edge) = &fact.says else { continue };
            // A later merge by hand may take it back.
            if merged < Some(&fact.order) {
                for person in &people {
                    prop_assert!(!edge.is_crossed(|id| person.ids.contains_key(id)), "{:?} holds {:?}", person.ids, edge);
                }
            }
        }
    }

    #[test]
    fn a_link_taken_back_is_as_if_it_had_not_been(
        (rules, moves) in (gentle_rules(), everything()), picks in any::<[Index; 4]>(),
    ) {
        let facts = facts(&moves, &rules);
        let before = resolve(&facts, &rules);
        let Some((one, other)) = two_of(&before.people, picks[0], picks[1]) else { return Ok(()) };
        let (left, right) = (public(one), public(other));
        let link = linking(vec![left[picks[2].index(left.len())].clone(), right[picks[3].index(right.len())].clone()], &rules);
        let apart = later(1, Says::Apart(Edge { left: all(one), right: all(other) }));
        let by = link.order.1.clone();
        let after = resolve(&[&facts[..], &[link, apart]].concat(), &rules);
        prop_assert_eq!(without(&after, &by), without(&before, &by));
    }

    #[test]
    fn a_merge_taken_back_is_as_if_it_had_not_been_under_any_rules(
        (rules, moves) in (strict_rules(), everything()), picks in any::<[Index; 4]>(),
    ) {
        let facts = facts(&moves, &rules);
        let before = resolve(&facts, &rules);
        let Some((one, other)) = two_of(&before.people, picks[0], picks[1]) else { return Ok(()) };
        let (left, right) = (public(one), public(other));
        let link = linking(vec![left[picks[2].index(left.len())].clone(), right[picks[3].index(right.len())].clone()], &rules);
        let by = link.order.1.clone();
        let joined = resolve(&[&facts[..], std::slice::from_ref(&link)].concat(), &rules);
        // What takes an identifier over, and joins nobody, is no merge.
        let both: Vec<Identifier> = all(one).into_iter().chain(all(other)).collect();
        if !joined.people.iter().any(|person| both.iter().all(|id| person.ids.contains_key(id))) {
            return Ok(());
        }
        let apart = later(1, Says::Apart(Edge { left: all(one), right: all(other) }.under(&rules)));
        let after = resolve(&[&facts[..], &[link, apart]].concat(), &rules);
        prop_assert_eq!(without(&after, &by), without(&before, &by));
    }

    #[test]
    fn a_merge_by_hand_taken_back_is_as_if_it_had_not_been(
        (rules, moves) in (strict_rules(), events()), picks in any::<[Index; 4]>(),
    ) {
        let facts = facts(&moves, &rules);
        let before = resolve(&facts, &rules);
        let Some((one, other)) = two_of(&before.people, picks[0], picks[1]) else { return Ok(()) };
        let (left, right) = (all(one), all(other));
        let (current, retired) = (left[picks[2].index(left.len())].clone(), right[picks[3].index(right.len())].clone());
        let by = MessageId::from("later-0");
        let merge = later(0, Says::Together { current, retired });
        let apart = later(1, Says::Apart(Edge { left, right }.under(&rules)));
        let joined = resolve(&[&facts[..], std::slice::from_ref(&merge)].concat(), &rules);
        prop_assert_eq!(joined.people.len() + 1, before.people.len());
        let after = resolve(&[&facts[..], &[merge, apart]].concat(), &rules);
        prop_assert_eq!(without(&after, &by), without(&before, &by));
    }
}
