//! The archive is replayed where nobody is: the same people come about, and who was erased does not come back.

use fastrand::Rng;
use selvedge_engine::archive::Said;
use selvedge_engine::identity::entry::Entry;
use selvedge_engine::identity::fact::Fact;
use selvedge_engine::identity::home::{Anew, Bounds};
use selvedge_engine::identity::{Identifier, IdentityRules, Namespace, QuarantineRule};
use selvedge_simulator::laws::{self, Verdict};
use selvedge_simulator::sabotage::Sabotage;

use crate::admins::Admins;
use crate::deeds::Deed;
use crate::faults::Faults;
use crate::inputs::Input;
use crate::operator::{Outcome, hear};
use crate::schedule::{calm, happen, storm, visit_all};
use crate::world::{Client, World};

/// Tries until a word is heard.
const TRIES: usize = 100;

/// Rebuilds it elsewhere, in any order, while things go wrong. What is taken and cut off there counts like anywhere.
pub(crate) fn rebuild(from: &mut World, rng: &mut Rng) -> Verdict {
    let mut world = elsewhere(from, rng);
    world.made.clone_from(&from.made);
    world.transitions = std::mem::take(&mut from.transitions);
    let done = replay(from, &mut world, rng);
    from.transitions = world.transitions;
    done
}

fn elsewhere(from: &World, rng: &mut Rng) -> World {
    let mut document = from.config.document().clone();
    // A replay brings years in an hour.
    let quarantine = QuarantineRule { profiles: 1_000_000, ..document.identity.quarantine };
    document.identity = IdentityRules { quarantine, ..document.identity };
    let mut world = World::new(rng.u64(..), document.identity.clone(), Faults::random(rng));
    world.config = selvedge_engine::config::Config::new(1, document);
    world.now = from.now;
    world.trace = from.trace;
    world.sabotage = from.sabotage;
    world.chunk = rng.usize(1..6);
    world.forgotten.clone_from(&from.forgotten);
    world.meant.clone_from(&from.meant);
    // What was read without a name is so in the archive.
    world.dropped.clone_from(&from.dropped);
    world.joined.clone_from(&from.joined);
    world.unfair = from.unfair;
    world
}

fn replay(from: &mut World, world: &mut World, rng: &mut Rng) -> Verdict {
    let (erasures, words): (Vec<_>, Vec<_>) =
        from.archive.words.values().partition(|word| matches!(word.said, Said::Erased { .. }));
    for word in erasures {
        hear(world, word)?;
    }
    calm(world)?;
    world.faults = Faults::random(rng);
    world.clients.resize_with(3, Client::default);
    let mut lines: Vec<_> = from.archive.lines.values().cloned().collect();
    rng.shuffle(&mut lines);
    for (index, line) in lines.into_iter().enumerate() {
        let mut item = line.into_item(world.config.identity());
        if from.sabotage == Some(Sabotage::ReplayDoubles) && index % 5 == 0 {
            item.logged.event.message_id.0.push_str("-again");
        }
        let to = rng.usize(0..3);
        world.clients.get_mut(to).into_iter().for_each(|client| client.events.push(item.clone()));
    }
    storm(world, Admins::Away)?;
    calm(world)?;
    // One at a time: each may have to wait for what the one before has set going.
    let mut words = words;
    words.sort_by_key(|word| word.order());
    for word in words {
        let mut tries = 0;
        let outcome = loop {
            let outcome = hear(world, word)?;
            calm(world)?;
            tries += 1;
            if outcome != Outcome::Later {
                break outcome;
            }
            if tries > TRIES {
                return Err(format!("replayed: {} is never heard", word.id));
            }
        };
        let said = from.words.iter().find(|fact| fact.order == word.order());
        world.words.extend(said.filter(|_| outcome == Outcome::Taken && from.forgotten.is_empty()).cloned());
    }
    visit_all(world)?;
    laws::at_rest(&world.scene()).map_err(|error| format!("replayed: {error}"))?;
    tombstones_stand(from, world)?;
    from.rested = from.rested.max(world.rested);
    if compare(from, world)? {
        from.compared += 1;
    }
    Ok(())
}

/// Whoever was erased is so here, and what that means is looked at like anywhere.
fn tombstones_stand(from: &World, world: &World) -> Verdict {
    for word in from.archive.words.values() {
        let Said::Erased { name, .. } = &word.said else { continue };
        let entry = Identifier::stored(name).and_then(|id| world.entries.get(&id));
        if entry.is_none_or(|entry| entry.erased < Some(word.timestamp)) {
            return Err(format!("replayed: {name} was erased and its entry does not say so"));
        }
    }
    Ok(())
}

/// Everything is the same where the archive promises it (docs/archive.md): by the same rules, where nobody was erased and nothing
/// was under quarantine, and where all was looked at. False where it does not; then no event is lost.
fn compare(from: &World, world: &World) -> Result<bool, String> {
    let plain = from.forgotten.is_empty()
        && from.kept_out.is_empty()
        && from.quarantined.is_empty()
        && (from.rules_before.is_empty() || from.applied)
        && from.bounds == Bounds::default();
    let (was, is) = (from.scene(), world.scene());
    let (said, known) = (laws::words(&was), laws::words(&is));
    let (was, is) = (laws::shapes(&was), laws::shapes(&is));
    if !plain {
        let known = |(shape, _): &(laws::Shape, _)| shape.events.iter().cloned().collect::<Vec<_>>();
        let is: std::collections::BTreeSet<_> = is.iter().flat_map(known).collect();
        let lost = was.iter().flat_map(known).find(|id| !is.contains(id));
        return match lost.filter(|_| from.forgotten.is_empty()) {
            Some(id) => Err(format!("replayed: {id} is not there")),
            None => Ok(false),
        };
    }
    // By other rules nobody may ever have had what it speaks of: a device's own name, which no more than another word may name.
    let nobodys = |id: &Identifier, entry: &Entry| {
        let own = matches!(id.namespace.as_str(), Namespace::BEFORE_LOGIN | Namespace::SHARED_DEVICE);
        *entry == Entry::default() || own && entry.owner.profile().is_none()
    };
    let names_nobody =
        |word: &&Fact| word.names().all(|id| world.entries.get(id).is_none_or(|entry| nobodys(id, entry)));
    if let Some(word) = said.symmetric_difference(&known).find(|word| !names_nobody(word)) {
        return Err(format!("replayed: it is known to one and not to the other that {word:?}"));
    }
    let shapes = |of: &[(laws::Shape, _)]| of.iter().map(|(shape, _)| shape.clone()).collect::<Vec<_>>();
    if let Some(difference) = laws::difference(shapes(&is).iter(), shapes(&was).iter()) {
        return Err(format!("replayed: others come about\n{difference}"));
    }
    for ((shape, was), (_, is)) in was.iter().zip(&is) {
        let (was, is) = (&was.folded.state, &is.folded.state);
        let same = was.traits.values() == is.traits.values()
            && was.computed(&selvedge_engine::profile::Asked::all())
                == is.computed(&selvedge_engine::profile::Asked::all())
            && was.consent == is.consent;
        if !same {
            return Err(format!("replayed: the state of {:?} is another", shape.events));
        }
    }
    Ok(true)
}

/// Other rules are published when all is at rest: nobody is rearranged.
pub(crate) fn publish_at_rest(world: &mut World, rng: &mut Rng) -> Verdict {
    let before = laws::shapes(&world.scene()).into_iter().map(|(shape, _)| shape).collect::<Vec<_>>();
    let rules = crate::operator::other_rules(world.config.identity(), rng);
    world.publish_rules(rules);
    visit_all(world)?;
    let all: Vec<_> = world.objects.keys().cloned().collect();
    for who in all {
        world.ring(&who)?;
    }
    calm(world)?;
    let scene = world.scene();
    let after = laws::shapes(&scene).into_iter().map(|(shape, _)| shape).collect::<Vec<_>>();
    if let Some(difference) = laws::difference(after.iter(), before.iter()) {
        return Err(format!("published rules rearrange somebody\n{difference}"));
    }
    laws::at_rest(&scene)
}

/// Rules that were published are applied to everybody, while things go wrong: everybody is who they would be had the rules been so
/// from the beginning, as the laws say and, in one schedule of two, as a system says that knows no other rules.
pub(crate) fn apply_rules(world: &mut World, rng: &mut Rng) -> Verdict {
    if world.rules_before.is_empty() {
        return Ok(());
    }
    world.faults = Faults::random(rng);
    let mut left: Vec<_> = world.objects.keys().cloned().collect();
    rng.shuffle(&mut left);
    if world.sabotage == Some(Sabotage::ApplyToSome) {
        left.truncate(left.len() / 2);
    }
    while let Some(who) = left.pop() {
        world.does(Deed::ApplyRules, Some(&who));
        let (crashes, mut said) = (world.crashes, None);
        world.step(&who, Input::LookAnew, |step| said = step.look_anew().ok(), |()| None)?;
        if world.crashes > crashes || said == Some(Anew::Moving) {
            left.insert(0, who);
        }
        for _ in 0..rng.usize(0..12) {
            happen(world)?;
        }
    }
    calm(world)?;
    world.applied = true;
    laws::at_rest(&world.scene()).map_err(|error| format!("rules applied: {error}"))?;
    if rng.bool() { rebuild(world, rng).map_err(|error| format!("rules applied, {error}")) } else { Ok(()) }
}
