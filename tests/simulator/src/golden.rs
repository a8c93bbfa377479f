//! The golden cases of identity, carried by the simulated objects: step by step, all at once, and under faults.
//!
//! `SELVEDGE_CASE=S25-equal-times SELVEDGE_SEED=7 cargo test -p selvedge-simulator golden -- --nocapture` runs one again
//! and prints every step.

use std::collections::BTreeSet;

use fastrand::Rng;
use selvedge_engine::consent::Consent;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::fact::{Fact, Says};
use selvedge_engine::identity::home::{Item, Ledger, NoteKind, Place, Receipt};
use selvedge_engine::identity::meet::HeldState;
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::time::UnixMillis;
use selvedge_identity_cases::{
    Actual, Case, Erased, Erasure, Expected, Loaded, Refused, Step, Taken, cases, compare, memberships,
};
use selvedge_simulator::laws::{self, Verdict};
use selvedge_simulator::store::Tables;

use crate::accounts;
use crate::admins::Admins;
use crate::faults::Faults;
use crate::inputs::Input;
use crate::schedule::{calm, storm, visit_all};
use crate::world::{Client, World};

/// Seeds that each case is tried with.
const SEEDS: u64 = 12;

/// How a case is carried; by the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Each step comes to rest before the next.
    InOrder,
    /// The same, while messages are lost and repeated and objects crash.
    InOrderUnderFaults,
    /// Every event by a client of its own, all at the same time.
    AtOnce,
    /// The same under faults.
    AtOnceUnderFaults,
}

impl Way {
    fn of(seed: u64, case: &Case) -> Self {
        let at_once = case.any_order && !case.is_clocked();
        match seed % 4 {
            _ if seed == 0 => Self::InOrder,
            1 if at_once => Self::AtOnce,
            2 | 3 if at_once => Self::AtOnceUnderFaults,
            _ => Self::InOrderUnderFaults,
        }
    }

    fn is_at_once(self) -> bool {
        matches!(self, Self::AtOnce | Self::AtOnceUnderFaults)
    }
}

/// What arrives.
enum Arrival {
    Event(Box<Item>),
    Word(Fact),
    Erasure(Erasure),
}

#[test]
fn the_objects_end_every_case_as_expected() {
    let seed = std::env::var("SELVEDGE_SEED").ok().and_then(|seed| seed.parse().ok());
    let only = std::env::var("SELVEDGE_CASE").ok();
    let mut failed = Vec::new();
    for Loaded { name, case } in cases().expect("the cases can be read") {
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        for seed in seed.map_or(0..SEEDS, |seed| seed..seed + 1) {
            if let Err(error) = ends(&case, seed, only.is_some()) {
                let way = Way::of(seed, &case);
                failed.push(format!("SELVEDGE_CASE={name} SELVEDGE_SEED={seed} ({way:?})\n  {error}"));
            }
        }
    }
    assert!(failed.is_empty(), "{} runs end otherwise:\n\n{}\n", failed.len(), failed.join("\n\n"));
}

fn ends(case: &Case, seed: u64, trace: bool) -> Verdict {
    let way = Way::of(seed, case);
    let mut rng = Rng::with_seed(seed);
    let faults = match way {
        Way::InOrder | Way::AtOnce => Faults::NONE,
        Way::InOrderUnderFaults | Way::AtOnceUnderFaults => Faults::random(&mut rng),
    };
    let mut world = World::new(rng.u64(..), case.rules.clone(), faults);
    world.config = case.config();
    world.trace = trace;
    world.chunk = rng.usize(1..6);
    world.now = UnixMillis::parse("2027-01-01T00:00:00Z").map_or(0, |at| at.0);
    let mut arrivals: Vec<Arrival> = case.steps.iter().filter_map(|step| arrival(case, step)).collect();
    let sent: Vec<MessageId> = arrivals.iter().filter_map(message_id).collect();
    if way.is_at_once() {
        let (events, words): (Vec<_>, Vec<_>) =
            arrivals.into_iter().partition(|one| matches!(one, Arrival::Event(_)));
        world.clients = events.into_iter().filter_map(client).collect();
        // An admin speaks of those who are there.
        arrivals = words;
        weather(&mut world, faults)?;
    }
    let mut went = Vec::new();
    for one in arrivals {
        match one {
            Arrival::Word(word) => say(&mut world, &word, faults)?,
            Arrival::Erasure(erasure) => went.push(erase(&mut world, &erasure, faults)?),
            event @ Arrival::Event(_) => world.clients = client(event).into_iter().collect(),
        }
        weather(&mut world, faults)?;
    }
    visit_all(&mut world)?;
    laws::at_rest(&world.scene())?;
    // What joined two profiles is told by a ledger, as it happened: a case says it as of all facts in their order.
    let merges = way == Way::InOrder && case.is_simple();
    let expected = expected(case, merges);
    let mut differences = compare(&expected, &people(&world, merges));
    differences.extend(accounts::compare_told(&expected, &world, &mut rng));
    differences.extend(erasures(&expected, &world, way, &went, &sent));
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n  ")) }
}

fn arrival(case: &Case, step: &Step) -> Option<Arrival> {
    let taken = Taken::of(&Case { steps: vec![step.clone()], ..case.clone() });
    match step {
        Step::Said(word) => Some(Arrival::Word(word.clone())),
        Step::Erase(erasure) => Some(Arrival::Erasure(erasure.clone())),
        Step::Event(_) => taken.logged.into_iter().next().map(|logged| {
            let consent = Consent { analytics: true, ..Consent::default() };
            let item = Item {
                logged,
                granted: None,
                consent,
                apart_since: None,
                not_identifiers: Vec::new(),
                replayed: false,
            };
            Arrival::Event(Box::new(item))
        }),
    }
}

fn message_id(arrival: &Arrival) -> Option<MessageId> {
    match arrival {
        Arrival::Event(item) => Some(item.logged.event.message_id.clone()),
        Arrival::Word(_) | Arrival::Erasure(_) => None,
    }
}

fn client(arrival: Arrival) -> Option<Client> {
    match arrival {
        Arrival::Event(item) => Some(Client { events: vec![*item], ..Client::default() }),
        Arrival::Word(_) | Arrival::Erasure(_) => None,
    }
}

/// Things go wrong for a while, then everything comes to rest.
fn weather(world: &mut World, faults: Faults) -> Verdict {
    world.steps = 0;
    world.faults = faults;
    if !world.clients.is_empty() {
        storm(world, Admins::Away)?;
    }
    calm(world)
}

/// An admin speaks until the word has been heard: a crash may lose it.
fn say(world: &mut World, word: &Fact, faults: Faults) -> Verdict {
    world.faults = faults;
    let (one, other) = match &word.says {
        Says::Apart(edge) => (edge.left.first().cloned(), None),
        Says::Together { current, retired } => (Some(current.clone()), Some(retired.clone())),
        Says::Seen { .. } => return Err("this is no admin's word".into()),
    };
    let me = one.and_then(|id| holder(world, &id)).ok_or("nobody has the name that an admin says")?;
    let with = other.and_then(|id| holder(world, &id));
    if with.as_ref() == Some(&me) {
        return Err("an admin joins one with itself".into());
    }
    let heard = |world: &World| {
        world
            .objects
            .values()
            .any(|object| object.tables.home.as_ref().is_some_and(|home| home.decrees.contains(word)))
    };
    while !heard(world) {
        let order = &word.order;
        match (&word.says, &with) {
            (Says::Apart(edge), _) => {
                world.step(&me, Input::Unmerge, |step| step.part(edge, order).map(|_| ()), |_| None)?;
            }
            (Says::Together { current, retired }, Some(with)) => {
                let join = |step: &mut selvedge_engine::identity::home::Step<'_, Tables>| {
                    step.join(with, current, retired, order).map(|_| ())
                };
                world.step(&me, Input::MergeByHand, join, |_| None)?;
            }
            _ => return Err("nobody has the name that is to be joined".into()),
        }
    }
    Ok(())
}

/// An admin erases whoever has the name, and asks until it is known; the id of whoever that was.
fn erase(world: &mut World, erasure: &Erasure, faults: Faults) -> Result<ProfileId, String> {
    world.faults = faults;
    let who = holder(world, &erasure.who).ok_or("nobody has the name that is to be erased")?;
    world.forgotten.insert(who.clone());
    while receipt(world, &who).is_none() {
        world.step(
            &who,
            Input::EraseByHand,
            |step| step.forget(&erasure.order, erasure.suppress),
            |_| None,
        )?;
    }
    Ok(who)
}

fn receipt<'a>(world: &'a World, who: &ProfileId) -> Option<&'a Receipt> {
    world.objects.get(who)?.tables.home.as_ref()?.receipt.as_ref()
}

/// Who went with how much, and which events were turned away since.
fn erasures(
    expected: &Expected,
    world: &World,
    way: Way,
    who: &[ProfileId],
    sent: &[MessageId],
) -> Vec<String> {
    let gone = |who: &ProfileId| receipt(world, who).and_then(|receipt| receipt.gone);
    let counts: Vec<_> =
        who.iter().map(|who| gone(who).map(|gone| (gone.identifiers, gone.events))).collect();
    let should = |one: &Erased| Some((one.ids.len() as u64, one.events.len() as u64));
    let should: Vec<_> = expected.erased.iter().map(should).collect();
    let away = sent.iter().filter(|id| !world.acknowledged.contains(*id)).map(ToString::to_string);
    let away: BTreeSet<String> = away.collect();
    // One that was taken before, and came again after its person had gone, was acknowledged then.
    let went = |id: &String| expected.erased.iter().any(|one| one.events.contains(id));
    let erased = expected.rejected.iter().filter(|(id, reason)| *reason == "erased" && !went(id));
    let erased: BTreeSet<String> = erased.map(|(id, _)| id.clone()).collect();
    let mut differences = Vec::new();
    if counts != should {
        differences.push(format!("the receipts say {counts:?}, not {should:?}"));
    }
    // An inbox takes an event before it is known whom that is about. It ends with nobody all the same, as `compare` sees.
    let all_away = if way == Way::InOrder { away == erased } else { away.is_subset(&erased) };
    if !all_away {
        differences.push(format!("turned away: {away:?}, not {erased:?}"));
    }
    differences
}

pub(crate) fn live(world: &World) -> impl Iterator<Item = (&ProfileId, &Tables)> {
    let lives = |tables: &Tables| tables.home.as_ref().is_some_and(|home| home.place == Place::Live);
    world.objects.iter().map(|(who, object)| (who, &object.tables)).filter(move |(_, tables)| lives(tables))
}

fn holder(world: &World, id: &Identifier) -> Option<ProfileId> {
    live(world).find(|(_, tables)| tables.held.contains_key(id)).map(|(who, _)| who.clone())
}

/// Everybody who came out, in the words of a case.
fn people(world: &World, merges: bool) -> Vec<Actual> {
    let person = |(who, tables): (&ProfileId, &Tables)| {
        let profile = tables.load(who);
        let notes: Vec<_> = tables.notes.iter().cloned().collect();
        let given_up = profile.given_up(&notes, world.config.identity());
        let held = |state| {
            let ids = profile.held.iter().filter(move |(_, held)| held.state == state);
            ids.map(|(id, _)| id.to_string())
        };
        let refused = |note: &selvedge_engine::identity::home::Note| Refused {
            id: note.id.clone(),
            by: note.order.1.to_string(),
            reason: note.reasons.first().cloned().unwrap_or_default(),
            also: note.reasons.iter().skip(1).cloned().collect(),
        };
        let joined = |entry: &Ledger| match entry {
            Ledger::Merged { trigger, .. } if merges => Some(trigger.1.to_string()),
            _ => None,
        };
        Actual {
            ids: held(HeldState::Active).collect(),
            retired: held(HeldState::Retired).collect(),
            released: held(HeldState::Released).chain(given_up.keys().map(ToString::to_string)).collect(),
            events: tables.visible().map(|row| row.event.message_id.to_string()).collect(),
            traits: profile.folded.state.traits.values(),
            accounts: memberships(tables.visible().map(|row| &**row)),
            refusals: notes.iter().filter(|note| note.kind == NoteKind::Refused).map(refused).collect(),
            merges: tables.ledger.values().filter_map(joined).collect(),
        }
    };
    // A home may be left with nobody in it.
    let somebody = |person: &Actual| !person.ids.is_empty() || !person.events.is_empty();
    live(world).map(person).filter(somebody).collect()
}

fn expected(case: &Case, merges: bool) -> Expected {
    let mut expected = case.expect.clone();
    if !merges {
        expected.profiles.iter_mut().for_each(|profile| profile.merges.clear());
    }
    expected
}
