//! One schedule: clients, events, rules and faults, all from one seed.

use std::collections::BTreeSet;

use fastrand::Rng;
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::home::{Bounds, Item};
use selvedge_engine::identity::{Identifier, IdentityRules, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SourceId};
use selvedge_engine::profile::Logged;
use selvedge_engine::time::UnixMillis;
use selvedge_simulator::laws::{self, Verdict, short};
use selvedge_simulator::meant::{self, Meant};
use selvedge_simulator::sabotage::Sabotage;
use serde_json::json;

use crate::admins::{Admins, erase_anybody, govern};
use crate::dwell::{self, Dwell, dwell, let_go};
use crate::faults::{Faults, Focus, Stragglers};
use crate::inputs::Input;
use crate::operator::{Operator, operate};
use crate::parted::join_and_part;
use crate::rebuilt::{apply_rules, publish_at_rest, rebuild};
use crate::run::Run;
use crate::senders::Senders;
use crate::world::{Client, Flight, Size, World};

/// Steps in which everything must have come to rest once messages arrive in the order in which they were sent.
const REST: u64 = 60_000;

/// Steps for which what was sent last may arrive first, in one schedule of two.
const UNFAIR: u64 = 2_000;

/// Identifiers that every schedule shows at least.
const IDENTIFIERS: usize = 4;

/// Runs one schedule to its end.
pub(crate) fn run(run: &Run, sabotage: Option<Sabotage>, trace: bool) -> (World, Verdict) {
    let seed = run.seed;
    let mut rng = Rng::with_seed(seed);
    let faults = Faults::random(&mut rng);
    let mut senders = Senders::of(seed);
    let rules = rules(&mut rng);
    let plain = plain_rules(seed);
    let renames = plain.is_none();
    let rules = plain.unwrap_or(rules);
    let rules = senders.iter().fold(rules, |rules, senders| senders.rules(rules));
    let mut world = World::new(rng.u64(..), rules, faults);
    world.trace = trace;
    world.sabotage = sabotage;
    world.made.clone_from(&run.crashes);
    world.chunk = rng.usize(1..6);
    let tight = bounds(&mut rng);
    world.bounds = if run.extreme { tight } else { Bounds::default() };
    world.focus = Focus::of(seed);
    world.stragglers = Stragglers::of(seed);
    populate(&mut world, &mut rng, renames, senders.as_mut());
    let admins = Admins::random(&mut rng);
    let soon = world.config.identity().quarantine.profiles < 100;
    world.dwell = Dwell::of(seed, soon);
    let at_odds = matches!(admins, Admins::Disputing { .. });
    let admins = if soon && at_odds && !run.extreme { Admins::Away } else { admins };
    let mut later = Rng::with_seed(seed.rotate_left(32));
    let mut after = Rng::with_seed(seed ^ 0x7265_6275_696c_7421);
    world.unfair = if Rng::with_seed(seed ^ 0x6661_6972).bool() { UNFAIR } else { 0 };
    world.operator = Operator::of(seed);
    let verdict = storm(&mut world, admins)
        .and_then(|()| calm(&mut world))
        .and_then(|()| erase_later(&mut world, &mut later, run.extreme))
        .and_then(|()| send_again(&mut world))
        .and_then(|()| visit_all(&mut world))
        .and_then(|()| laws::at_rest(&world.scene()))
        .and_then(|()| {
            world.plain = meant::is_plain(&world.scene());
            join_and_part(&mut world, seed)
        })
        .and_then(|()| if after.u32(0..8) == 0 { rebuild(&mut world, &mut after) } else { Ok(()) })
        .and_then(|()| if after.u32(0..8) == 0 { publish_at_rest(&mut world, &mut after) } else { Ok(()) })
        .and_then(|()| apply_rules(&mut world, &mut after));
    world.size = Size::of(&world.clients);
    world.promoted = meant::is_promoted(&world.meant);
    (world, verdict)
}

/// How much one re-resolution looks at: mostly more than there ever is.
fn bounds(rng: &mut Rng) -> Bounds {
    let all = Bounds::default();
    match rng.u32(0..18) {
        0 => Bounds { profiles: rng.usize(1..5), ..all },
        1 => Bounds { identifiers: rng.usize(2..10), ..all },
        2 => Bounds { events: rng.usize(3..16), ..all },
        _ => all,
    }
}

/// The rules that the scenarios go by, with one thing changed.
fn rules(rng: &mut Rng) -> IdentityRules {
    let limit = |count: u32| json!({ "count": count });
    let mut email = json!({"priority": 3, "limit": limit(5)});
    let mut device = json!({"count": 5, "withinDays": 7});
    let (mut shared, mut apart, mut any, mut crowd) = ("isolate", false, false, 100);
    match rng.u32(0..10) {
        0 => email = json!({"priority": 3, "unique": true, "limit": limit(5)}),
        1 => shared = "first_owner",
        2 => shared = "last_login",
        3 => apart = true,
        4 => device = limit(2),
        5 => device = json!({"count": 2, "withinDays": 1}),
        6 => any = true,
        7 => crowd = 1,
        _ => {}
    }
    let namespaces = if any {
        let free = json!({ "priority": 1 });
        json!({"user_id": free, "crm_id": free, "email": free, "anonymous_id": free})
    } else {
        json!({
            "user_id": {"priority": 1, "unique": true},
            "crm_id": {"priority": 2, "unique": true},
            "email": email,
            "anonymous_id": {"priority": 9, "limit": device},
        })
    };
    let quarantine = json!({"profiles": crowd, "withinHours": 1});
    let rules = json!({
        "namespaces": namespaces, "shared_device": shared, "isolate_pre_login": apart, "quarantine": quarantine,
    });
    serde_json::from_value(rules).unwrap_or_default()
}

/// Rules by which nothing but names decides who is who, in one schedule of sixteen.
fn plain_rules(seed: u64) -> Option<IdentityRules> {
    let free = json!({ "priority": 1, "kind": "record" });
    let rules = json!({
        "namespaces": { "user_id": free, "crm_id": free, "email": free, "anonymous_id": free },
    });
    let plain = Rng::with_seed(seed ^ 0x706c_6169_6e21).u32(0..16) == 0;
    serde_json::from_value(rules).ok().filter(|_| plain)
}

fn populate(world: &mut World, rng: &mut Rng, renames: bool, mut senders: Option<&mut Senders>) {
    let clients = rng.usize(3..6);
    let events = rng.usize(12..22);
    let (users, devices, mails) = (rng.u32(1..4), rng.u32(3..8), rng.u32(1..4));
    world.clients.resize_with(clients, Client::default);
    let spread = *rng.choice(&[1_000i64, 60_000, 86_400_000 * 10]).unwrap_or(&1);
    let ordered = rng.u32(0..3) == 0;
    world.spread = if ordered { events as i64 * 1_000 } else { spread };
    let mut seen = BTreeSet::new();
    let mut n = 0;
    while n < events || seen.len() < IDENTIFIERS {
        let at = if ordered { n as i64 * 1_000 } else { rng.i64(0..spread) / 250 * 250 };
        let mut item = item(world, rng, n, at, (users, devices, mails));
        item.logged.previous = item.logged.previous.filter(|_| renames);
        let mut meant = Meant::of(&item.logged);
        if let Some(senders) = &mut senders {
            (item, meant) = senders.send(item, world.config.identity(), world.sabotage);
        }
        world.meant.insert(item.logged.event.message_id.clone(), meant);
        seen.extend(item.logged.ids.iter().map(|carried| carried.id.clone()));
        let client = rng.usize(0..clients);
        if let Some(client) = world.clients.get_mut(client) {
            client.events.insert(0, item);
        }
        n += 1;
    }
    // Each of them has something to send.
    while let Some(idle) = world.clients.iter().position(|client| client.events.is_empty()) {
        let busiest = world.clients.iter_mut().max_by_key(|client| client.events.len());
        let event = busiest.and_then(|client| client.events.pop());
        world.clients.get_mut(idle).into_iter().for_each(|client| client.events.extend(event.clone()));
    }
}

fn item(world: &World, rng: &mut Rng, n: usize, at: i64, (users, devices, mails): (u32, u32, u32)) -> Item {
    let mut ids = Vec::new();
    let mut add = |namespace: &str, value: String| {
        if let Ok(id) = Identifier::new(namespace, &value) {
            ids.push(Carried { id, trust: Trust::Verified });
        }
    };
    let mut previous = None;
    let mut kind = Kind::Track;
    match rng.u32(0..20) {
        0..6 => add("anonymous_id", format!("d{}", rng.u32(0..devices))),
        6..12 => {
            add("user_id", format!("u{}", rng.u32(1..=users)));
            add("anonymous_id", format!("d{}", rng.u32(0..devices)));
        }
        12..14 => {
            add("email", format!("m{}@x.de", rng.u32(0..mails)));
            add("anonymous_id", format!("d{}", rng.u32(0..devices)));
        }
        14..16 => {
            add("user_id", format!("u{}", rng.u32(1..=users)));
            add("email", format!("m{}@x.de", rng.u32(0..mails)));
        }
        16 => {
            add("user_id", format!("u{}", rng.u32(1..=users)));
            add("crm_id", format!("c{}", rng.u32(0..2)));
        }
        17 => {
            kind = Kind::Alias;
            add("user_id", format!("u{}", rng.u32(1..=users + 1)));
            previous = Identifier::new("user_id", &format!("u{}", rng.u32(1..=users + 1))).ok();
        }
        18 => add("user_id", format!("u{}", rng.u32(1..=users))),
        _ => {
            add("user_id", format!("u{}", rng.u32(1..=users)));
            add("email", format!("m{}@x.de", rng.u32(0..mails)));
            add("anonymous_id", format!("d{}", rng.u32(0..devices)));
        }
    }
    ids.sort_by_key(|carried| world.config.identity().priority(&carried.id.namespace));
    let previous = previous.filter(|id| ids.first().is_some_and(|first| first.id != *id));
    let event = Event {
        message_id: MessageId(format!("m{n:02}")),
        kind,
        timestamp: UnixMillis(world.now - 86_400_000 * 11 + at),
        received_at: UnixMillis(world.now),
        source: SourceId::from("sim"),
        body: json!({"event": "E", "traits": {"n": n}}).as_object().cloned().unwrap_or_default(),
    };
    let consent = Consent { analytics: true, ..Consent::default() };
    let logged = Logged { previous, ..Logged::new(event, ids, consent) };
    Item { logged, granted: None, consent, apart_since: None, not_identifiers: Vec::new(), replayed: false }
}

/// While things go wrong.
pub(crate) fn storm(world: &mut World, admins: Admins) -> Verdict {
    let end = world.rng.u64(150..1_500);
    let long = world.dwell.as_ref().is_some_and(Dwell::invites);
    let patience = if long { dwell::LONG } else { admins.patience() };
    while world.steps < end && !(world.all_sent() && world.rng.u32(0..patience) == 0) {
        govern(world, admins)?;
        operate(world)?;
        dwell(world)?;
        happen(world)?;
    }
    let_go(world);
    Ok(())
}

/// One thing happens: something arrives, or is lost or comes twice, a client sends, or an alarm rings.
pub(crate) fn happen(world: &mut World) -> Verdict {
    let faults = world.faults;
    if let Some(late) = world.stragglers.as_mut().and_then(Stragglers::next) {
        world.network.push(Flight::Tell(Box::new(late)));
    }
    let pick = world.rng.u32(0..100);
    world.now += world.rng.i64(0..200);
    if pick < 70 && !world.network.is_empty() {
        let index = world.rng.usize(0..world.network.len());
        let holds = |flight: &Flight| world.dwell.as_ref().is_some_and(|dwell| dwell.holds(flight));
        if world.network.get(index).is_some_and(holds) {
            return Ok(());
        }
        let flight = world.network.swap_remove(index);
        if world.rng.u32(0..1000) < faults.duplicate {
            world.network.push(flight.clone());
        }
        if world.rng.u32(0..1000) >= faults.drop {
            world.arrive(flight)?;
        }
    } else if pick < 95 {
        let index = world.rng.usize(0..world.clients.len());
        let idle = world.clients.get(index).is_some_and(|client| client.sending.is_none());
        if idle || world.network.len() < 3 || world.rng.u32(0..10) == 0 {
            world.steps += 1;
            world.send(index);
        }
    } else {
        ring_some(world, faults)?;
    }
    Ok(())
}

/// An alarm rings: when it is due, long after, twice, or never.
fn ring_some(world: &mut World, faults: Faults) -> Verdict {
    let set: Vec<ProfileId> = world
        .objects
        .iter()
        .filter(|(_, object)| object.alarm.is_some())
        .map(|(who, _)| who.clone())
        .collect();
    let Some(who) = world.rng.choice(&set).cloned() else { return Ok(()) };
    if world.rng.u32(0..1000) < faults.alarm_lost {
        if let Some(object) = world.objects.get_mut(&who) {
            object.alarm = None;
        }
        return Ok(());
    }
    let at = world.objects.get(&who).and_then(|object| object.alarm).unwrap_or(0);
    world.now = world.now.max(at);
    world.ring(&who)?;
    if world.rng.u32(0..10) == 0 { world.ring(&who) } else { Ok(()) }
}

/// Nothing goes wrong any more: everything must come to rest, with what was sent first arriving first. In one schedule of
/// two what was sent last arrives first for a while: two that race meet in another order then. No network does so for ever, and
/// nothing is promised where what was sent once never arrives.
pub(crate) fn calm(world: &mut World) -> Verdict {
    world.faults = Faults::NONE;
    let fair = world.steps + world.unfair;
    loop {
        world.rested = world.rested.max(world.steps.saturating_sub(fair));
        if world.steps > fair + REST {
            let busy: Vec<String> =
                world.objects.keys().filter(|who| world.is_busy(who)).map(short).collect();
            let facts = laws::facts(&world.scene());
            return Err(format!("it never comes to rest; busy: {}\n{facts}", busy.join(" ")));
        }
        if let Some(last) = world.network.len().checked_sub(1) {
            let flight = world.network.remove(if world.steps < fair { last } else { 0 });
            world.arrive(flight)?;
            continue;
        }
        // An alarm that was given up is set again by the next visitor: here, every object gets one.
        let busy: Vec<ProfileId> = world.objects.keys().filter(|who| world.is_busy(who)).cloned().collect();
        let unsent = world.unsent();
        if busy.is_empty() && unsent.is_empty() && world.asked.is_empty() && world.confirming.is_empty() {
            return Ok(());
        }
        for id in world.confirming.clone() {
            world.confirm(id);
        }
        for (id, ask) in world.asked.clone() {
            world.command(id, ask);
        }
        unsent.into_iter().for_each(|client| world.send(client));
        world.now += 400_000;
        for who in busy {
            world.ring(&who)?;
        }
    }
}

/// Where little is looked at, somebody is erased long after, in one schedule of three: what was left to admins until then is
/// looked at by nobody else.
fn erase_later(world: &mut World, rng: &mut Rng, extreme: bool) -> Verdict {
    if !extreme || world.bounds == Bounds::default() || rng.u32(0..3) > 0 {
        return Ok(());
    }
    erase_anybody(world)?;
    calm(world)
}

/// Where Workers differ in what they read on an event, all of them are sent again: none may be taken for new.
fn send_again(world: &mut World) -> Verdict {
    if world.quarantined.is_empty() {
        return Ok(());
    }
    world.send_again();
    calm(world)
}

/// Everybody has a visitor: what was folded under an older config is folded anew.
pub(crate) fn visit_all(world: &mut World) -> Verdict {
    let all: Vec<ProfileId> = world.objects.keys().cloned().collect();
    for who in all {
        world.insist(&who, Input::Read, |step| step.refresh())?;
    }
    world.show_quarantined()?;
    calm(world)
}
