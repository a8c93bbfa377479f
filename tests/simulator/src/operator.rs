//! What an operator does: lets go what is under quarantine, replays what is in the archive, publishes other rules.

use std::collections::BTreeSet;

use fastrand::Rng;
use selvedge_engine::archive::{Said, Word};
use selvedge_engine::identity::entry::{Ask, Entry, Suppression};
use selvedge_engine::identity::home::{Heard, Place};
use selvedge_engine::identity::{Identifier, IdentityRules, Limit, SharedDevice};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::time::UnixMillis;
use selvedge_simulator::laws::Verdict;
use selvedge_simulator::sabotage::Sabotage;

use crate::deeds::Deed;
use crate::inputs::Input;
use crate::world::World;

/// A limit, where there was none.
const FEW: Limit = Limit { count: 1, within_days: None };

/// Steps from one deed to the next, on average.
const PACE: u32 = 30;

/// In one schedule of four. It has chances of its own, so that the others are the same without it.
pub(crate) struct Operator {
    rng: Rng,
    /// Publishes other rules of who is who, too.
    publishes: bool,
}

impl Operator {
    pub(crate) fn of(seed: u64) -> Option<Self> {
        let mut rng = Rng::with_seed(seed ^ 0x6f70_6572_6174_6f72);
        let publishes = rng.u32(0..4) == 0;
        (rng.u32(0..4) == 0).then_some(Self { rng, publishes })
    }
}

/// Perhaps something is done.
pub(crate) fn operate(world: &mut World) -> Verdict {
    let Some(mut operator) = world.operator.take() else { return Ok(()) };
    let done = if operator.rng.u32(0..PACE) == 0 { act(world, &mut operator) } else { Ok(()) };
    world.operator = Some(operator);
    done
}

fn act(world: &mut World, operator: &mut Operator) -> Verdict {
    let rng = &mut operator.rng;
    match rng.u32(0..8) {
        0 if operator.publishes => {
            let rules = other_rules(world.config.identity(), rng);
            world.publish_rules(rules);
            Ok(())
        }
        // What is under quarantine, as the list says it; now and then what is not.
        0..3 => {
            let listed: Vec<Identifier> = world.published.clone();
            let all: Vec<Identifier> = world.entries.keys().cloned().collect();
            let some = if rng.u32(0..8) == 0 { all } else { listed };
            rng.choice(some).map_or(Ok(()), |id| {
                release(world, id);
                Ok(())
            })
        }
        3..6 => {
            let lines: Vec<_> = world.archive.lines.values().cloned().collect();
            if let Some(line) = rng.choice(lines) {
                let item = line.into_item(world.config.identity());
                let to = rng.usize(0..world.clients.len());
                world.clients.get_mut(to).into_iter().for_each(|client| client.events.push(item.clone()));
            }
            Ok(())
        }
        _ => {
            let words: Vec<Word> = world.archive.words.values().cloned().collect();
            rng.choice(words).map_or(Ok(()), |word| hear(world, &word).map(drop))
        }
    }
}

/// Lets it go; a rebuilt system must hear of it, too.
fn release(world: &mut World, id: Identifier) {
    let order = (UnixMillis(world.now), MessageId(format!("released-{}", world.steps)));
    world.archive.add(Word::released(id.clone(), order));
    world.command(id, Ask::Release);
}

/// What became of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It holds.
    Taken,
    /// It names nobody who is here, or as many are known as may be.
    Nobody,
    /// Something else has to be finished first.
    Later,
}

/// A word of the archive, as the Worker takes it.
pub(crate) fn hear(world: &mut World, word: &Word) -> Result<Outcome, String> {
    let order = word.order();
    match &word.said {
        Said::Erased { name, suppressed } => {
            let id = Identifier::stored(name).filter(|_| world.sabotage != Some(Sabotage::ReplayTheErased));
            if let Some(id) = id {
                if *suppressed {
                    let said = Suppression { at: word.timestamp, on: true };
                    world.command(id.clone(), Ask::Suppress(said));
                }
                world.command(id, Ask::Bury { at: word.timestamp });
            }
            Ok(Outcome::Taken)
        }
        Said::Suppress { name, on } => {
            let said = Suppression { at: word.timestamp, on: *on };
            let id = Identifier::stored(name);
            id.into_iter().for_each(|id| world.command(id, Ask::Suppress(said)));
            Ok(Outcome::Taken)
        }
        Said::Released { id } => {
            world.command(id.clone(), Ask::Release);
            Ok(Outcome::Taken)
        }
        _ if world.sabotage == Some(Sabotage::ReplayWithoutWords) => Ok(Outcome::Nobody),
        Said::Unmerge(edge) => {
            let Some((who, lives)) = known_by(world, edge.left.iter().chain(&edge.right)) else {
                return Ok(Outcome::Nobody);
            };
            let mut heard = Heard::Busy;
            world.does(Deed::Unmerge, Some(&who));
            world.step(
                &who,
                Input::Unmerge,
                |step| heard = step.part(edge, &order).unwrap_or(Heard::Busy),
                |()| None,
            )?;
            Ok(if lives { outcome(heard) } else { Outcome::Nobody })
        }
        Said::Merge { current, retired } => {
            let Some((one, lives)) = known_by(world, [current, retired]) else {
                return Ok(Outcome::Nobody);
            };
            // Whoever shows a name that nobody has will find the word.
            let other = owner(world, retired).unwrap_or_else(|| one.clone());
            let mut heard = Heard::Busy;
            world.does(Deed::MergeByHand, Some(&one));
            let join = |step: &mut selvedge_engine::identity::home::Step<'_, _>| {
                heard = step.join(&other, current, retired, &order).unwrap_or(Heard::Busy);
            };
            world.step(&one, Input::MergeByHand, join, |()| None)?;
            Ok(if lives { outcome(heard) } else { Outcome::Nobody })
        }
    }
}

fn outcome(heard: Heard) -> Outcome {
    match heard {
        Heard::Taken => Outcome::Taken,
        Heard::TooMany => Outcome::Nobody,
        Heard::Busy => Outcome::Later,
    }
}

/// Who is to hear a word about these, and whether they live: who has one of them, or else who has shown or had one, wherever they
/// live by now. A word may have been on its way to somebody when they were erased.
fn known_by<'a>(world: &World, names: impl IntoIterator<Item = &'a Identifier>) -> Option<(ProfileId, bool)> {
    let entries: Vec<&Entry> = names.into_iter().filter_map(|id| world.entries.get(id)).collect();
    let owners = entries.iter().filter_map(|entry| entry.owner.profile());
    let claimants = entries.iter().flat_map(|entry| entry.claims.iter().map(|claim| &claim.profile));
    let all: Vec<(ProfileId, bool)> = owners.chain(claimants).filter_map(|who| home(world, who)).collect();
    all.iter().find(|(_, lives)| *lives).or(all.first()).cloned()
}

/// Whom an entry names.
fn owner(world: &World, id: &Identifier) -> Option<ProfileId> {
    world.entries.get(id).and_then(|entry| entry.owner.profile()).cloned()
}

/// Where this one is by now, and whether they live there.
fn home(world: &World, who: &ProfileId) -> Option<(ProfileId, bool)> {
    let mut at = who.clone();
    for _ in 0..=world.issued.len() {
        match world.objects.get(&at).and_then(|object| object.tables.home.as_ref()).map(|home| &home.place)? {
            Place::Forwarding { to } => at = to.clone(),
            Place::Live | Place::Surrendering { .. } => return Some((at, true)),
            Place::Erased { .. } => return Some((at, false)),
            Place::None => return None,
        }
    }
    None
}

/// One rule is another.
pub(crate) fn other_rules(rules: &IdentityRules, rng: &mut Rng) -> IdentityRules {
    let mut rules = rules.clone();
    // Names of equal priority keep the order in which they were read first, by whatever rules.
    let ranked = rules.namespaces.values().map(|rule| rule.priority).collect::<BTreeSet<_>>().len() > 1;
    let mut at = |namespace: &str, change: &dyn Fn(&mut selvedge_engine::identity::NamespaceRule)| {
        let rule = rules.namespaces.iter_mut().find(|(name, _)| name.as_str() == namespace);
        rule.into_iter().for_each(|(_, rule)| change(rule));
    };
    match rng.u32(0..7) {
        0 => at("email", &|rule| rule.unique = !rule.unique),
        1 => at("crm_id", &|rule| rule.unique = !rule.unique),
        2 => at("user_id", &|rule| rule.unique = !rule.unique),
        3 if ranked => at("user_id", &|rule| rule.priority = 6 - rule.priority.min(5)),
        4 => at("anonymous_id", &|rule| rule.limit = rule.limit.take().xor(Some(FEW))),
        5 => rules.isolate_pre_login = !rules.isolate_pre_login,
        _ => {
            rules.shared_device = match rules.shared_device {
                SharedDevice::Isolate => SharedDevice::FirstOwner,
                SharedDevice::FirstOwner => SharedDevice::LastLogin,
                SharedDevice::LastLogin => SharedDevice::Isolate,
            }
        }
    }
    rules
}
