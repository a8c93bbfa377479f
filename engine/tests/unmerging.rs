//! Laws of parting: what is joined and taken back again is what it was, to the last trait, counter and segment.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod shop;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use selvedge_engine::account::{AccountId, Named};
use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::dry_run::{DryRun, Parted};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::fact::{Edge, Fact, Says};
use selvedge_engine::identity::home::{Description, Gathering};
use selvedge_engine::identity::meet::HeldIds;
use selvedge_engine::identity::resolve::resolve;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SourceId};
use selvedge_engine::profile::{Fold, Logged, ProfileState};
use selvedge_engine::segment::Cause;
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};

const NOW: UnixMillis = UnixMillis(1_000_000);
const RULES: [&str; 8] = ["newest", "oldest", "min", "max", "sum", "union", "and", "or"];
/// Two people; the first one's come first in the order of strength.
const PEOPLE: [[&str; 2]; 2] = [["user_id:1", "anonymous_id:a"], ["email:b@example.com", "anonymous_id:b"]];

fn config() -> Config {
    let traits: serde_json::Map<String, Value> =
        RULES.iter().map(|rule| ((*rule).to_owned(), json!({ "merge": rule }))).collect();
    let segment = |id: &str, rule: Value| json!({ "id": id, "name": id, "rule": rule });
    let ordered = |count: Value| json!({ "performed": { "event": "Order Completed", "count": count } });
    let document = json!({
        "sources": [], "placements": [], "offers": [], "traits": traits,
        "segments": [
            segment("ordered", ordered(json!({}))),
            segment("ordered-thrice", ordered(json!({ "min": 3 }))),
            segment("rich", json!({ "traits": { "sum": { "$gt": 3 } } })),
            segment("full-cart", json!({ "traits": { "computed.cart.value": { "$gt": 20 } } })),
        ],
    });
    Config::new(1, serde_json::from_value::<Document>(document).unwrap())
}

/// Who it is about, and what happens.
fn row() -> impl Strategy<Value = (usize, Logged)> {
    let value = prop_oneof![
        (-3i64..4).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        select(vec!["gold", "2.5", "2026-01-02"]).prop_map(Value::from),
    ];
    let traits = proptest::collection::btree_map(select(RULES.to_vec()), value, 0..5);
    let ids = prop_oneof![Just(vec![0, 1]), Just(vec![0]), Just(vec![1])];
    (0usize..2, ids, 0i64..6, 0u8..8, traits, 0i32..300, shop::deeds()).prop_map(|(person, ids, at, kind, traits, cents, (deed, style))| {
        let (kind, body) = match kind {
            0 => (
                Kind::Track,
                json!({ "event": "Order Completed", "properties": { "total": f64::from(cents) / 100.0 } }),
            ),
            1 => (Kind::Page, json!({})),
            2 => (Kind::Group, json!({ "groupId": "acme" })),
            4..=6 => (Kind::Track, style.event(&deed)),
            3 => (Kind::Track, json!({ "event": "Account Removed User", "context": { "groupId": "acme" } })),
            _ => (Kind::Identify, json!({ "traits": traits })),
        };
        let names = PEOPLE[person];
        let mut row = logged(kind, &body, at, &ids.iter().map(|n| names[*n]).collect::<Vec<_>>());
        let named = Named { id: AccountId::new("acme").unwrap(), trust: Trust::Verified };
        row.account = (kind == Kind::Group || row.event.name() == "Account Removed User").then_some(named);
        (person, row)
    })
}

fn logged(kind: Kind, body: &Value, at: i64, names: &[&str]) -> Logged {
    let event = Event {
        message_id: MessageId(String::new()),
        kind,
        timestamp: UnixMillis(at * 1_000),
        received_at: NOW,
        source: SourceId::from("shop"),
        body: body.as_object().unwrap().clone(),
    };
    let ids =
        names.iter().map(|name| Carried { id: Identifier::parse(name).unwrap(), trust: Trust::Verified });
    Logged::new(event, ids.collect(), Consent { analytics: true, ..Consent::default() })
}

/// Both people's logs. Each has begun with an event that shows all of its identifiers.
fn logs() -> impl Strategy<Value = Vec<(usize, Logged)>> {
    proptest::collection::vec(row(), 0..24).prop_map(|mut rows| {
        for (person, names) in PEOPLE.iter().enumerate() {
            rows.push((person, logged(Kind::Page, &json!({}), -1, names)));
        }
        // Names whose order is not that of arrival.
        for (index, (_, row)) in rows.iter_mut().enumerate() {
            row.event.message_id = MessageId(format!("m-{:02}", index * 7 % 31));
        }
        rows
    })
}

fn ids(names: &[&str]) -> Vec<Identifier> {
    names.iter().map(|name| Identifier::parse(name).unwrap()).collect()
}

/// A profile with this log, and these words of admins.
fn described(log: &[Logged], decrees: Vec<Fact>) -> Description {
    let facts: Vec<Fact> = log.iter().filter_map(Fact::of).collect();
    let resolution = resolve(&[&facts[..], &decrees[..]].concat(), config().identity());
    let held: HeldIds = resolution.people.into_iter().flat_map(|person| person.ids).collect();
    Description { held, facts, decrees, ..Description::nobody(ProfileId::from_random([1; 16])) }
}

/// What the profile makes of its log, as its object does.
fn parted(log: &[Logged], parts: &[Vec<MessageId>], config: &Config) -> Parted {
    let mut rest = Fold::new();
    let mut folds = vec![rest.clone(); parts.len()];
    for row in log {
        let part = parts.iter().position(|part| part.contains(&row.event.message_id));
        part.map_or(&mut rest, |part| &mut folds[part]).take(row, config);
    }
    (rest, folds)
}

fn folded(log: impl Iterator<Item = Logged>, config: &Config) -> ProfileState {
    let mut fold = Fold::new();
    log.for_each(|row| fold.take(&row, config));
    let (mut state, _) = fold.done();
    state.refresh_segments(config, NOW, Cause::Merge);
    state
}

/// What the people would be if an admin parted them.
fn unmerged(log: &[Logged], decrees: Vec<Fact>) -> Vec<ProfileState> {
    let config = config();
    let one = described(log, decrees);
    let me = one.profile.clone();
    let mut gathered = Gathering::default();
    gathered.profiles.insert(me.clone(), Some(one));
    let edge = Edge { left: ids(&PEOPLE[0]), right: ids(&PEOPLE[1]) };
    let apart = Fact { order: (UnixMillis(99_000), MessageId::from("apart")), says: Says::Apart(edge) };
    let run = DryRun::new(&gathered, std::slice::from_ref(&me), Some(&apart), config.identity());
    let parts: BTreeMap<ProfileId, Parted> =
        run.parts().into_iter().map(|(profile, parts)| (profile, parted(log, &parts, &config))).collect();
    let would = run.fold(parts, &config, NOW).unwrap();
    would.iter().map(|would| would.state().clone()).collect()
}

fn same(mut one: Vec<ProfileState>, mut other: Vec<ProfileState>) -> Result<(), TestCaseError> {
    let stored = |states: &mut Vec<ProfileState>| {
        let mut texts: Vec<String> =
            states.iter().map(|state| serde_json::to_string_pretty(state).unwrap()).collect();
        texts.sort();
        texts
    };
    prop_assert_eq!(stored(&mut one), stored(&mut other));
    Ok(())
}

proptest! {
    #[test]
    fn who_was_merged_by_hand_and_is_parted_again_is_who_they_were(rows in logs()) {
        let config = config();
        let log: Vec<Logged> = rows.iter().map(|(_, row)| row.clone()).collect();
        let says = Says::Together { current: ids(&PEOPLE[0]).remove(0), retired: ids(&PEOPLE[1]).remove(0) };
        let together = Fact { order: (UnixMillis(98_000), MessageId::from("together")), says };
        let own = |wanted: usize| {
            folded(rows.iter().filter(|(person, _)| *person == wanted).map(|(_, row)| row.clone()), &config)
        };
        same(unmerged(&log, vec![together]), vec![own(0), own(1)])?;
    }

    #[test]
    fn who_was_merged_by_an_event_and_is_parted_again_is_who_they_were_but_for_that_event(rows in logs()) {
        let config = config();
        let mut link = logged(Kind::Identify, &json!({ "traits": { "sum": 1 } }), 50, &[PEOPLE[0][0], PEOPLE[1][1]]);
        link.event.message_id = MessageId::from("link");
        let mut log: Vec<Logged> = rows.iter().map(|(_, row)| row.clone()).collect();
        log.push(link.clone());
        let own = |wanted: usize| rows.iter().filter(move |(person, _)| *person == wanted).map(|(_, row)| row.clone());
        same(unmerged(&log, vec![]), vec![folded(own(0).chain([link]), &config), folded(own(1), &config)])?;
    }
}

#[test]
fn the_people_of_these_laws_can_be_joined_and_parted() {
    let mut link = logged(Kind::Page, &json!({}), 50, &[PEOPLE[0][0], PEOPLE[1][1]]);
    link.event.message_id = MessageId::from("link");
    let mut log: Vec<Logged> = PEOPLE.iter().map(|names| logged(Kind::Page, &json!({}), 0, names)).collect();
    log.iter_mut().enumerate().for_each(|(n, row)| row.event.message_id = MessageId(format!("m{n}")));
    log.push(link);
    let facts: Vec<Fact> = log.iter().filter_map(Fact::of).collect();
    assert_eq!(resolve(&facts, config().identity()).people.len(), 1, "joined");
    assert_eq!(unmerged(&log, vec![]).iter().map(|state| state.events).collect::<Vec<_>>(), [2, 1]);
}
