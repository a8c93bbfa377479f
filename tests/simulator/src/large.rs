//! People with very many merges and refusals: what travels between their objects, and what a row holds, stays small.

use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::home::{Item, Ledger, Place, held_before};
use selvedge_engine::identity::{Identifier, IdentityRules, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SourceId};
use selvedge_engine::limits;
use selvedge_engine::profile::Logged;
use selvedge_engine::time::UnixMillis;
use serde_json::{Map, json};

use crate::faults::Faults;
use crate::schedule::calm;
use crate::world::{Client, World};

/// Bytes that a row of an object may have.
const ROW: usize = 2_000_000;

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
    let mut world = world(json!({ "namespaces": {
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
