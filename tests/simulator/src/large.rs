//! People with very many merges, refusals, words of admins and identifiers: what travels between their objects, and what a
//! row holds, stays small.

use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::fact::{Edge, Order};
use selvedge_engine::identity::home::{
    Bounds, Heard, Home, Item, Ledger, Place, Step, Store, Write, held_before,
};
use selvedge_engine::identity::{Identifier, IdentityRules, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SourceId};
use selvedge_engine::limits;
use selvedge_engine::profile::Logged;
use selvedge_engine::time::UnixMillis;
use serde_json::{Map, json};

use selvedge_simulator::store::Tables;

use crate::faults::Faults;
use crate::inputs::Input;
use crate::schedule::calm;
use crate::world::{Client, World};

/// Bytes that a row of an object may have.
const ROW: usize = 2_000_000;

/// Bytes that a message may have.
const MESSAGE: usize = 32 * 1024 * 1024;

fn item(n: usize, ids: &[String]) -> Item {
    let event = Event {
        message_id: MessageId(format!("m{n:06}")),
        kind: Kind::Track,
        timestamp: UnixMillis(n as i64 * 1_000),
        received_at: UnixMillis(0),
        source: SourceId::from("sim"),
        body: Map::new(),
    };
    let consent = Consent { analytics: true, ..Consent::default() };
    let ids = ids.iter().map(|id| Carried { id: Identifier::stored(id).unwrap(), trust: Trust::Verified });
    let logged = Logged::new(event, ids.collect(), consent);
    Item { logged, granted: None, consent, apart_since: None, not_identifiers: Vec::new(), replayed: false }
}

/// One client says all this, one after the other, and everything comes to rest after each.
fn world(rules: serde_json::Value) -> World {
    let rules: IdentityRules = serde_json::from_value(rules).unwrap();
    let mut world = World::new(1, rules, Faults::NONE);
    world.chunk = limits::MERGE_CHUNK_EVENTS;
    world.measures = true;
    world.clients.push(Client::default());
    world
}

fn say(world: &mut World, n: usize, ids: &[String]) {
    world.clients[0].events.push(item(n, ids));
    // No cookie: each event is looked for by its identifiers.
    world.clients[0].hint = None;
    calm(world).unwrap();
}

fn live(world: &World) -> Vec<ProfileId> {
    let lives = |who: &&ProfileId| {
        world.objects[*who].tables.home.as_ref().is_some_and(|home| home.place == Place::Live)
    };
    world.objects.keys().filter(lives).cloned().collect()
}

#[test]
fn a_person_of_many_merges_has_a_small_ledger() {
    const MERGES: usize = 250;
    let free = json!({ "priority": 1 });
    // So many devices are no person's, and the login would come under quarantine.
    let mut world = world(json!({ "quarantine": { "profiles": 10_000, "withinHours": 1 }, "namespaces": {
        "user_id": free, "email": { "priority": 2 }, "anonymous_id": { "priority": 9 } } }));
    say(&mut world, 0, &["email:first@example.com".into()]);
    say(&mut world, 1, &["user_id:ada".into()]);
    for n in 0..MERGES {
        let device = format!("anonymous_id:{n:08}-0000-4000-8000-000000000000");
        say(&mut world, 2 + 2 * n, std::slice::from_ref(&device));
        say(&mut world, 3 + 2 * n, &["user_id:ada".into(), device]);
    }
    let ada = live(&world).into_iter().find(|who| world.objects[who].tables.ledger.len() == MERGES).unwrap();
    let ledger: Vec<Ledger> = world.objects[&ada].tables.ledger.values().cloned().collect();
    let bytes = serde_json::to_vec(&ledger).unwrap().len();
    println!("ledger of {MERGES} merges: {bytes} bytes; largest message {} bytes", world.largest);
    assert!(bytes < ROW / 2);
    let Some(Ledger::Merged { older, merge, .. }) = ledger.iter().max_by_key(|entry| match entry {
        Ledger::Merged { merge, .. } => *merge,
        _ => 0,
    }) else {
        panic!("no merge")
    };
    assert_eq!(held_before(&ledger, older, *merge).len(), MERGES, "nothing is forgotten");
    // All of it goes along with the next merge.
    say(&mut world, 3 + 2 * MERGES, &["user_id:ada".into(), "email:first@example.com".into()]);
    let [one] = &live(&world)[..] else { panic!("they are one") };
    assert_eq!(world.objects[one].tables.ledger.len(), MERGES + 1);
    println!("the next merge: largest message {} bytes", world.largest);
    assert!(world.largest < ROW);
}

#[test]
fn refusals_are_counted_and_the_newest_kept() {
    const REFUSALS: usize = 3_000;
    let mut world = world(json!({ "namespaces": {
        "user_id": { "priority": 1, "unique": true }, "anonymous_id": { "priority": 9 } } }));
    say(&mut world, 0, &["user_id:ada".into(), "anonymous_id:a".into()]);
    for n in 1..=REFUSALS {
        say(&mut world, n, &["user_id:bo".into(), "anonymous_id:a".into()]);
    }
    let bo = live(&world).into_iter().max_by_key(|who| world.objects[who].tables.notes.len()).unwrap();
    let tables = &world.objects[&bo].tables;
    let refusals = tables.home.as_ref().unwrap().refusals;
    println!("{REFUSALS} refusals: {refusals:?}; largest message {} bytes", world.largest);
    assert_eq!(refusals.kept + refusals.beyond, REFUSALS as u64);
    assert_eq!(tables.notes.len() as u64, refusals.kept);
    let newest = tables.notes.iter().map(|note| note.order.1.clone()).max().unwrap();
    assert_eq!(newest, MessageId(format!("m{REFUSALS:06}")));
    assert!(world.largest < ROW);
}

#[test]
fn late_conflicts_are_counted_and_the_newest_kept() {
    const CONFLICTS: usize = 700;
    let mut world = world(json!({ "namespaces": { "user_id": { "priority": 1, "unique": true } } }));
    world.bounds = Bounds { identifiers: 0, ..Bounds::default() };
    for n in 1..=CONFLICTS {
        say(&mut world, n, &["user_id:ada".into()]);
        let [ada] = &live(&world)[..] else { panic!("she is one") };
        world.insist(ada, Input::Unmerge, |step| step.part(&edge(0..1), &order(0))).unwrap();
        calm(&mut world).unwrap();
    }
    let [ada] = &live(&world)[..] else { panic!("she is one") };
    let tables = &world.objects[ada].tables;
    let conflicts = tables.home.as_ref().unwrap().late_conflicts;
    println!("{CONFLICTS} late conflicts: {conflicts:?}");
    assert_eq!(conflicts.kept + conflicts.beyond, CONFLICTS as u64);
    assert_eq!(tables.notes.len() as u64, conflicts.kept);
    assert!(tables.notes.iter().any(|note| note.order.1 == MessageId(format!("m{CONFLICTS:06}"))));
    assert!(!tables.notes.iter().any(|note| note.order.1 == MessageId("m000001".into())));
}

fn order(n: usize) -> Order {
    (UnixMillis(1_000_000_000), MessageId(format!("admin-{n:06}")))
}

/// An admin's word of so many identifiers on each side.
fn edge(names: std::ops::Range<usize>) -> Edge {
    let side = |side: &str| {
        let id = |n: usize| Identifier::new("email", &format!("{side}-{n:08}@example.com")).unwrap();
        names.clone().map(id).collect()
    };
    Edge { left: side("left"), right: side("right") }
}

#[test]
fn no_more_is_said_of_somebody_than_a_row_can_hold() {
    let mut world = world(json!({ "namespaces": { "user_id": { "priority": 1, "unique": true } } }));
    say(&mut world, 0, &["user_id:ada".into()]);
    let [ada] = &live(&world)[..] else { panic!("she is one") };
    let mut taken = 0;
    loop {
        let mut heard = Ok(Heard::Busy);
        world
            .insist(ada, Input::Unmerge, |step| {
                heard = step.part(&edge(taken * 50..(taken + 1) * 50), &order(taken))
            })
            .unwrap();
        calm(&mut world).unwrap();
        match heard.unwrap() {
            Heard::Taken => taken += 1,
            Heard::TooMany => break,
            Heard::Busy => panic!("nothing is under way"),
        }
    }
    let home = world.objects[ada].tables.home.as_ref().unwrap();
    let bytes = serde_json::to_vec(&**home).unwrap().len();
    println!("{taken} words of a hundred identifiers each: the home's row has {bytes} bytes");
    assert!(taken > 20 && bytes < ROW / 4);
}

/// How a profile of ten thousand events with these identifiers each describes itself: bytes, and whether it has facts.
fn described(ids: &[Identifier]) -> (usize, bool) {
    let mut world = world(json!({ "namespaces": { "user_id": { "priority": 1 } } }));
    let me = world.new_id();
    let mut home = Home::empty(me.clone());
    home.place = Place::Live;
    let mut tables = Tables { home: Some(home.into()), ..Tables::default() };
    let ids: Vec<Carried> = ids.iter().map(|id| Carried { id: id.clone(), trust: Trust::Verified }).collect();
    let mut row = item(0, &[]).logged;
    row.ids = ids;
    for n in 0..limits::RESOLVE_EVENTS {
        row.event.message_id = MessageId(format!("{n:0>100}"));
        Store::write(&mut tables, Write::Log(&row, 0)).unwrap();
    }
    let mut profile = tables.load(&me);
    let mut step = Step {
        profile: &mut profile,
        store: &mut tables,
        config: &world.config,
        now: UnixMillis(0),
        chunk: limits::MERGE_CHUNK_EVENTS,
        bounds: Bounds::default(),
        number: &|_| 0,
        new_id: &mut || unreachable!(),
        effects: Vec::new(),
    };
    let description = step.describe().unwrap();
    (serde_json::to_vec(&description).unwrap().len(), !description.too_big)
}

#[test]
fn a_description_fits_one_message_whatever_the_identifiers_are() {
    let id = |n: usize, value: &str| Identifier::new("user_id", &format!("{n}-{value}")).unwrap();
    let uuid = "00000000-0000-4000-8000-000000000000";
    let (usual, told) = described(&[id(0, uuid), id(1, uuid), id(2, uuid)]);
    assert!(told, "what people have is told");
    // As many bytes as may be told, each of which has to be escaped.
    let (most, told) = described(&[id(0, &"\\".repeat(498)), id(1, &"\\".repeat(60))]);
    assert!(told);
    let (beyond, told) = described(&(0..16).map(|n| id(n, &"\u{1d306}".repeat(490))).collect::<Vec<_>>());
    assert!(!told, "what would not fit is said to be too much");
    println!("10,000 events: {usual} bytes; at most {most}; beyond {beyond}");
    assert!(usual < ROW * 4 && (RESOLVE_AT_LEAST..MESSAGE / 2).contains(&most) && beyond < 1_000);
}

/// So that the largest one is one.
const RESOLVE_AT_LEAST: usize = limits::RESOLVE_BYTES;
