//! Schedules that chance brings once in a hundred thousand, step by step.

use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::entry::{Answer, Ask, Owner};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::fact::{Edge, Order};
use selvedge_engine::identity::home::{
    About, Anew, Body, Bounds, Effect, Grant, Handed, Heard, Home, How, Item, Link, Message, Party, Phase,
    Place, Profile, Proposal, Step, Stepped, Taken,
};
use selvedge_engine::identity::meet::{Held, HeldState};
use selvedge_engine::identity::{Identifier, IdentityRules, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SourceId};
use selvedge_engine::profile::Logged;
use selvedge_engine::segment::How as Why;
use selvedge_engine::time::UnixMillis;
use selvedge_simulator::laws;
use selvedge_simulator::store::Tables;
use serde_json::{Map, json};

use crate::faults::Faults;
use crate::golden::live;
use crate::inputs::Input;
use crate::schedule::{calm, visit_all};
use crate::world::{Client, World};

fn profile(n: u8) -> ProfileId {
    ProfileId::from_random([n; 16])
}

fn id(text: &str) -> Identifier {
    Identifier::stored(text).unwrap()
}

fn order(n: i64) -> Order {
    (UnixMillis(n * 1_000), MessageId(format!("m{n:03}")))
}

fn item(n: i64, ids: &[&str]) -> Item {
    let event = Event {
        message_id: order(n).1,
        kind: Kind::Track,
        timestamp: order(n).0,
        received_at: UnixMillis(0),
        source: SourceId::from("sim"),
        body: Map::new(),
    };
    let consent = Consent { analytics: true, ..Consent::default() };
    let ids = ids.iter().map(|text| Carried { id: id(text), trust: Trust::Verified });
    let logged = Logged::new(event, ids.collect(), consent);
    Item { logged, granted: None, consent, apart_since: None, not_identifiers: Vec::new(), replayed: false }
}

/// Rules in which everything has its usual priority, and what else they say.
fn rules(more: &serde_json::Value) -> IdentityRules {
    let mut rules = json!({ "namespaces": {
        "user_id": { "priority": 1, "unique": true },
        "email": { "priority": 3 },
        "anonymous_id": { "priority": 9 },
    } });
    rules.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(rules).unwrap()
}

/// A world in which nothing goes wrong, and in which a re-resolution looks at so many profiles.
fn world(rules: IdentityRules, profiles: usize) -> World {
    let mut world = World::new(1, rules, Faults::NONE);
    world.bounds = Bounds { profiles, ..Bounds::default() };
    world.clients.push(Client::default());
    world
}

/// Somebody sends this, and everything comes to rest.
fn say(world: &mut World, n: i64, ids: &[&str]) {
    world.clients[0].events.push(item(n, ids));
    world.clients[0].hint = None;
    calm(world).unwrap();
}

fn holder(world: &World, name: &str) -> ProfileId {
    live(world).find(|(_, tables)| tables.held.contains_key(&id(name))).map(|(who, _)| who.clone()).unwrap()
}

fn events(world: &World, who: &ProfileId) -> Vec<String> {
    world.objects[who].tables.visible().map(|row| row.event.message_id.to_string()).collect()
}

/// One profile object by itself.
struct Alone {
    profile: Profile,
    tables: Tables,
    world: World,
}

impl Alone {
    /// Who lives here, and holds this: since which epoch, and since whom it named before was erased.
    fn holding(place: Place, ids: &[(&str, u64, Option<i64>)]) -> Self {
        let mut profile = Profile::empty(profile(1));
        profile.home.place = place;
        profile.home.epoch = 1;
        let held = |(text, epoch, erased): &(&str, u64, Option<i64>)| {
            let erased = erased.map(|n| order(n).0);
            let (first_seen, by) = order(100);
            (id(text), Held { first_seen, by, state: HeldState::Active, shared: None, epoch: *epoch, erased })
        };
        profile.held = ids.iter().map(held).collect();
        Self { profile, tables: Tables::default(), world: world(rules(&json!({})), 50) }
    }

    fn step<T>(&mut self, input: impl FnOnce(&mut Step<'_, Tables>) -> Stepped<T>) -> (T, Vec<Effect>) {
        let mut step = Step {
            profile: &mut self.profile,
            store: &mut self.tables,
            config: &self.world.config,
            now: UnixMillis(1_000_000),
            chunk: 5,
            bounds: Bounds::default(),
            number: &|_| 0,
            new_id: &mut || profile(99),
            effects: Vec::new(),
        };
        let said = input(&mut step).unwrap();
        (said, step.effects)
    }

    fn hear(&mut self, from: &ProfileId, body: Body) -> Vec<Effect> {
        let message = Message::new(&Home::empty(from.clone()), profile(1), body);
        self.step(|step| step.hear(&message)).1
    }
}

#[test]
fn an_answer_about_another_merge_of_the_same_number_is_not_heard() {
    let (older, now) = (profile(2), profile(3));
    let on_the_way = Place::Surrendering {
        to: now.clone(),
        older: older.clone(),
        merge: 7,
        trigger: order(1),
        phase: Phase::Staging { after: String::new() },
    };
    // It was on its way to its survivor's new home before; that counts its own merges.
    let about = |of: &ProfileId| -> Vec<Body> {
        let (of, to) = (Some(of.clone()), profile(4));
        let about = About::Merge(7);
        vec![
            Body::NoRoom { older: of.clone(), merge: 7 },
            Body::Committed { older: of.clone(), merge: 7 },
            Body::Staged { older: of.clone(), merge: 7, after: "m".into() },
            Body::Moved { to, older: of, about },
        ]
    };
    for (another, same) in about(&now).into_iter().zip(about(&older)) {
        let mut alone = Alone::holding(on_the_way.clone(), &[]);
        alone.hear(&now, another);
        assert_eq!(alone.profile.home.place, on_the_way);
        alone.hear(&now, same);
        assert_ne!(alone.profile.home.place, on_the_way);
    }
    // Nor is it coming to whoever asks for a merge of their own.
    let mut alone = Alone::holding(on_the_way, &[]);
    let declines = |effects: Vec<Effect>| {
        let declined = |effect: &Effect| matches!(effect, Effect::Tell { message } if matches!(message.body, Body::Declined { merge: 7 }));
        effects.iter().any(declined)
    };
    assert!(declines(alone.hear(&now, Body::Coming { merge: 7 })));
    assert!(!declines(alone.hear(&older, Body::Coming { merge: 7 })));
    assert!(declines(alone.hear(&now, Body::Surrender { merge: 7, epoch: 1, trigger: order(1) })));
}

#[test]
fn a_proposal_from_before_an_identifier_came_back_does_not_take_it_away() {
    let mut alone = Alone::holding(Place::Live, &[("anonymous_id:a", 3, None)]);
    alone.world.config = World::new(1, rules(&json!({ "isolate_pre_login": true })), Faults::NONE).config;
    let asker = Alone::holding(Place::Live, &[("user_id:1", 1, None)]).profile;
    let from = Party {
        profile: profile(2),
        created_at: UnixMillis(0),
        epoch: 1,
        ids: asker.held,
        last: None,
        contested: None,
        decrees: Vec::new(),
    };
    let link = Link { order: order(1), how: How::Shown { id: id("anonymous_id:a") }, decides: false };
    let propose = |epoch| {
        let named = Some((profile(1), epoch));
        let (from, link) = (from.clone(), link.clone());
        Body::Propose(Box::new(Proposal { from, link, named, quarantined: false }))
    };
    alone.hear(&profile(2), propose(1));
    assert!(alone.profile.held.contains_key(&id("anonymous_id:a")), "whoever asks had it meanwhile");
    alone.hear(&profile(2), propose(3));
    assert!(!alone.profile.held.contains_key(&id("anonymous_id:a")));
}

#[test]
fn a_name_claimed_by_an_event_from_before_an_erasure_is_let_go() {
    // The device is somebody new's since, who is expected to have the late event.
    let mut alone = Alone::holding(Place::Live, &[("anonymous_id:a", 3, Some(50))]);
    let mut late = item(40, &["email:x@x.de", "anonymous_id:a"]);
    late.granted = Some(Grant { id: id("email:x@x.de"), profile: profile(1), epoch: 1, erased: None });
    let (taken, effects) = alone.step(|step| step.take(&[late]));
    assert_eq!(taken, [Taken::NotMine]);
    let frees = |effect: &Effect| matches!(effect, Effect::Ask { id: of, ask: Ask::Free { .. } } if *of == id("email:x@x.de"));
    assert!(effects.iter().any(frees), "or every event that shows it would be sent here");
}

#[test]
fn a_name_that_was_free_again_and_is_claimed_for_anybody_is_let_go() {
    // The cookie of another device leads here, and nothing else does.
    let mut alone = Alone::holding(Place::Live, &[("anonymous_id:a", 1, None)]);
    let mut strange = item(120, &["user_id:1", "anonymous_id:b"]);
    strange.granted = Some(Grant { id: id("user_id:1"), profile: profile(1), epoch: 3, erased: None });
    let (taken, effects) = alone.step(|step| step.take(&[strange]));
    assert_eq!(taken, [Taken::NotMine]);
    let frees = |effect: &Effect| matches!(effect, Effect::Ask { id: of, ask: Ask::Free { epoch: 3, .. } } if *of == id("user_id:1"));
    assert!(effects.iter().any(frees));
}

#[test]
fn a_name_that_is_kept_out_is_not_for_that_the_erased_persons() {
    // They had shown it; somebody else has it; and an admin has said since that it is to name nobody.
    let at = order(50).0;
    let mut alone = Alone::holding(Place::Erased { at }, &[]);
    let handed = Handed { from: profile(1), to: None, epoch: 0, shared: None, done: false };
    alone.profile.handed.insert(id("anonymous_id:a"), handed);
    let (from, receipt) = (profile(1), Some(profile(1)));
    let ask = Ask::Erase { from, epoch: 0, at, receipt, told: false, shared: None, suppress: false };
    let answer = Answer {
        owner: Owner::Owned { profile: profile(2), epoch: 1 },
        first_contact: false,
        suppressed: true,
        erased: None,
        shared: None,
        claimants: Vec::new(),
        quarantined: false,
    };
    alone.hear(&profile(2), Body::Entry { id: id("anonymous_id:a"), ask, answer });
    assert!(alone.profile.handed.is_empty(), "its entry has heard");
    assert!(alone.profile.home.archived.is_none(), "or the archive would let go of somebody else's lines");
    assert!(alone.tables.left.is_empty(), "or a replay would erase somebody else");
}

#[test]
fn an_entry_that_says_nothing_new_is_asked_again_by_the_alarm() {
    let mut alone = Alone::holding(Place::Live, &[]);
    let moved = Ask::Move { from: profile(1), to: profile(2), epoch: 2 };
    let handed = Handed { from: profile(1), to: Some(profile(2)), epoch: 2, shared: None, done: false };
    alone.profile.handed.insert(id("anonymous_id:a"), handed);
    let asks = |effects: Vec<Effect>| {
        effects.iter().any(|effect| matches!(effect, Effect::Ask { ask: Ask::Move { .. }, .. }))
    };
    assert!(asks(alone.step(|step| step.ring()).1));
    let owner = Owner::Owned { profile: profile(2), epoch: 2 };
    let answer = Answer {
        owner,
        first_contact: false,
        suppressed: false,
        erased: None,
        shared: None,
        claimants: Vec::new(),
        quarantined: false,
    };
    let answered = Body::Entry { id: id("anonymous_id:a"), ask: moved, answer };
    assert!(!asks(alone.hear(&profile(1), answered)), "it would say the same");
    assert!(asks(alone.step(|step| step.ring()).1));
}

#[test]
fn whoever_is_busy_when_an_admin_speaks_sees_to_its_alarm() {
    // It was given up, and nobody else comes by.
    let to = profile(2);
    let phase = Phase::Staging { after: String::new() };
    let on_the_way = Place::Surrendering { to: to.clone(), older: to, merge: 7, trigger: order(1), phase };
    let edge = Edge::between(&[id("user_id:1")], &[id("user_id:2")]).unwrap();
    let mut alone = Alone::holding(on_the_way, &[]);
    let (heard, effects) = alone.step(|step| step.part(&edge, &order(5)));
    assert_eq!(heard, Heard::Busy);
    let wakes = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Wake { .. }));
    assert!(wakes(&effects));
    let (anew, effects) = alone.step(|step| step.look_anew());
    assert_eq!(anew, Anew::Moving);
    assert!(wakes(&effects), "whoever applies rules would ask again and again");
}

#[test]
fn who_joins_or_is_parted_enters_and_leaves_segments_by_that() {
    let mut world = world(rules(&json!({})), 50);
    let segment = |id: &str| json!({ "id": id, "name": id, "rule": { "performed": { "event": id } } });
    let document =
        json!({ "sources": [], "placements": [], "offers": [], "segments": [segment("a"), segment("b")] });
    let document = serde_json::from_value::<Document>(document).unwrap();
    world.config = Config::new(1, Document { identity: rules(&json!({})), ..document });
    let mut did = |n, event: &str, ids: &[&str]| {
        let mut item = item(n, ids);
        item.logged.event.body.insert("event".into(), event.into());
        world.clients[0].events.push(item);
        world.clients[0].hint = None;
        calm(&mut world).unwrap();
    };
    did(1, "a", &["user_id:1"]);
    did(2, "b", &["email:b@example.com"]);
    did(3, "c", &["user_id:1", "email:b@example.com"]);
    let told = |world: &World, name: &str| {
        let changes = &world.objects[&holder(world, name)].tables.changes;
        changes.iter().map(|one| (one.segment.to_string(), one.entered, one.how)).collect::<Vec<_>>()
    };
    let joined = vec![("a".to_owned(), true, Why::Event), ("b".to_owned(), true, Why::Merge)];
    assert_eq!(told(&world, "user_id:1"), joined);
    let edge = Edge::between(&[id("user_id:1")], &[id("email:b@example.com")]).unwrap();
    let one = holder(&world, "user_id:1");
    world.step(&one, Input::Unmerge, |step| step.part(&edge, &order(9)), |_| None).unwrap();
    calm(&mut world).unwrap();
    assert_ne!(one, holder(&world, "email:b@example.com"));
    assert_eq!(told(&world, "user_id:1")[2..], [("b".to_owned(), false, Why::Merge)]);
    assert_eq!(told(&world, "email:b@example.com").last(), Some(&("b".to_owned(), true, Why::Merge)));
}

/// Two people, and an event with the login of one on the device of the other: with so little looked at, it stays with
/// the device's.
fn misfiled() -> (World, ProfileId, ProfileId) {
    let mut world = world(rules(&json!({})), 1);
    say(&mut world, 1, &["user_id:1", "anonymous_id:a"]);
    say(&mut world, 2, &["email:x@x.de"]);
    let (one, other) = (holder(&world, "anonymous_id:a"), holder(&world, "email:x@x.de"));
    say(&mut world, 3, &["user_id:2", "email:x@x.de"]);
    // By the device's cookie.
    let late = item(4, &["email:x@x.de", "anonymous_id:a"]);
    world.step(&one, Input::Take, |step| step.take(&[late]), |_| None).unwrap();
    calm(&mut world).unwrap();
    (world, one, other)
}

#[test]
fn what_was_filed_with_somebody_else_goes_with_whom_it_is_about() {
    let (mut world, one, other) = misfiled();
    assert_eq!(events(&world, &one), ["m001", "m004"], "more is connected than is rearranged");
    assert_eq!(events(&world, &other), ["m002", "m003"]);
    assert!(!world.objects[&one].tables.load(&one).has_work(), "and nobody looks at it again");
    world.forgotten.insert(other.clone());
    // Long after they showed it: what is shown about then may come again without its other names.
    let word = (UnixMillis(world.now + 600_000), order(500).1);
    world.step(&other, Input::EraseByHand, |step| step.forget(&word, false), |_| None).unwrap();
    calm(&mut world).unwrap();
    visit_all(&mut world).unwrap();
    laws::at_rest(&world.scene()).unwrap();
    assert_eq!(events(&world, &one), ["m001"]);
    let about = |name: &str| world.objects[&one].tables.notes.iter().any(|note| note.id == name);
    assert!(!about("email:x@x.de"), "nor is it known that there was one");
    assert!(world.entries[&id("email:x@x.de")].claims.is_empty(), "the entry need not know them any more");
}

#[test]
fn an_event_that_comes_once_more_is_found_where_it_was_though_more_is_connected_than_is_rearranged() {
    let mut world = world(rules(&json!({ "isolate_pre_login": true })), 1);
    say(&mut world, 1, &["anonymous_id:a"]);
    say(&mut world, 4, &["anonymous_id:a"]);
    let before = holder(&world, "anonymous_id:a");
    say(&mut world, 2, &["user_id:1", "anonymous_id:b"]);
    say(&mut world, 3, &["user_id:1", "anonymous_id:a"]);
    let since = holder(&world, "anonymous_id:a");
    assert_ne!(before, since, "the device has gone to whoever logged in");
    assert_eq!(events(&world, &before), ["m001", "m004"], "more is connected than is rearranged");
    // Its answer was lost. The device has its new owner, who has been looked at.
    say(&mut world, 4, &["anonymous_id:a"]);
    let has = [&before, &since].map(|who| events(&world, who).contains(&"m004".to_owned()));
    assert_eq!(has.iter().filter(|has| **has).count(), 1, "{has:?}");
}

#[test]
fn what_somebody_did_with_an_address_before_the_erased_person_took_it_over_stays_theirs() {
    let unique = json!({ "namespaces": {
        "user_id": { "priority": 1, "unique": true },
        "email": { "priority": 3, "unique": true },
        "anonymous_id": { "priority": 9 },
    } });
    let mut world = world(rules(&unique), 50);
    say(&mut world, 1, &["user_id:1", "email:x@x.de", "anonymous_id:a"]);
    say(&mut world, 2, &["email:x@x.de", "anonymous_id:a"]);
    say(&mut world, 3, &["user_id:1", "email:y@x.de"]);
    say(&mut world, 4, &["user_id:2", "email:x@x.de"]);
    let (one, other) = (holder(&world, "user_id:1"), holder(&world, "email:x@x.de"));
    world.forgotten.insert(other.clone());
    world.step(&other, Input::EraseByHand, |step| step.forget(&order(500), false), |_| None).unwrap();
    calm(&mut world).unwrap();
    // Late, so that everything is looked at anew.
    say(&mut world, 0, &["anonymous_id:a"]);
    laws::at_rest(&world.scene()).unwrap();
    assert_eq!(events(&world, &one), ["m000", "m001", "m002", "m003"]);
}

#[test]
fn what_a_device_did_before_a_login_goes_with_whoever_was_erased_for_it() {
    let mut world = world(rules(&json!({ "isolate_pre_login": true })), 50);
    say(&mut world, 1, &["anonymous_id:a"]);
    say(&mut world, 5, &["user_id:1", "anonymous_id:a"]);
    let (before, since) = (holder(&world, "_before_login:anonymous_id:a"), holder(&world, "anonymous_id:a"));
    world.forgotten.insert(before.clone());
    world.step(&before, Input::EraseByHand, |step| step.forget(&order(3), false), |_| None).unwrap();
    calm(&mut world).unwrap();
    // Said after the time as of which they were erased: it stands, and the name that it joins is nobody's.
    let (device, name) = (id("anonymous_id:a"), id("_before_login:anonymous_id:a"));
    let join = |step: &mut Step<'_, Tables>| step.join(&since, &device, &name, &order(100));
    world.step(&since, Input::MergeByHand, join, |_| None).unwrap();
    calm(&mut world).unwrap();
    // The device's entry leads to whoever has logged in since.
    say(&mut world, 1, &["anonymous_id:a"]);
    say(&mut world, 4, &["anonymous_id:a"]);
    laws::at_rest(&world.scene()).unwrap();
    assert_eq!(events(&world, &since), ["m004", "m005"], "the erased person's is nobody's");
    assert_eq!(holder(&world, "_before_login:anonymous_id:a"), since, "what was after it is, by the word");
}
