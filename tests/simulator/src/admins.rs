//! What admins say meanwhile: who is one person, who is two, who is to be forgotten, and what is published.

use fastrand::Rng;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::fact::{Edge, Fact, Order, Says};
use selvedge_engine::identity::home::{Heard, Ledger, Phase, Place, Step, Stepped, held_before};
use selvedge_engine::identity::meet::active;
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::time::UnixMillis;
use selvedge_simulator::laws::Verdict;
use selvedge_simulator::store::Tables;

use crate::deeds::Deed;
use crate::inputs::Input;
use crate::world::World;

/// What admins do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admins {
    /// Nothing.
    Away,
    /// Publish, and part people.
    Parting,
    /// Publish, and join people.
    Joining,
    /// Publish, and erase people.
    Erasing,
    /// Several of them join and part the same people again and again, faster than it can be done, and publish.
    Disputing {
        /// And erase them.
        erase: bool,
    },
}

impl Admins {
    pub(crate) fn random(rng: &mut Rng) -> Self {
        match rng.u32(0..8) {
            0 => Self::Erasing,
            1 => Self::Parting,
            2 => Self::Joining,
            3 => Self::Disputing { erase: rng.u32(0..4) == 0 },
            _ => Self::Away,
        }
    }

    /// One word in so many steps; none if they are away.
    fn pace(self) -> Option<u32> {
        match self {
            Self::Away => None,
            Self::Parting | Self::Joining | Self::Erasing => Some(120),
            Self::Disputing { .. } => Some(12),
        }
    }

    /// Steps that it takes at most, on average, until they are content with what the clients have sent.
    pub(crate) fn patience(self) -> u32 {
        if matches!(self, Self::Disputing { .. }) { 300 } else { 50 }
    }
}

/// Perhaps one of them says something.
pub(crate) fn govern(world: &mut World, admins: Admins) -> Verdict {
    let Some(pace) = admins.pace() else { return Ok(()) };
    if world.rng.u32(0..pace) > 0 {
        return Ok(());
    }
    world.steps += 1;
    match admins {
        Admins::Away => Ok(()),
        Admins::Disputing { erase } => dispute(world, erase),
        _ if world.rng.bool() => {
            world.publish();
            Ok(())
        }
        Admins::Parting => {
            let Some(who) = any(world, false) else { return Ok(()) };
            let edge = merges(world, &who).into_iter().next();
            edge.map_or(Ok(()), |edge| part(world, &who, edge, Deed::Unmerge))
        }
        Admins::Joining => {
            let (Some(who), Some(other)) = (any(world, false), any(world, false)) else { return Ok(()) };
            let first = |who: &ProfileId| active(&tables(world, who).held).next().map(|(id, _)| id.clone());
            let (Some(current), Some(retired)) = (first(&who), first(&other)) else { return Ok(()) };
            if who == other { Ok(()) } else { join(world, &who, &other, &current, &retired) }
        }
        Admins::Erasing => erase_anybody(world),
    }
}

/// Somebody who lives, or is about to.
pub(crate) fn erase_anybody(world: &mut World) -> Verdict {
    any(world, true).map_or(Ok(()), |who| erase(world, &who))
}

/// Two or three names, and everybody says something else about whose they are.
fn dispute(world: &mut World, erases: bool) -> Verdict {
    let what = world.rng.u32(0..24);
    if what == 0 {
        world.publish();
        return Ok(());
    }
    if world.disputed.is_empty() || what == 1 {
        let mut names: Vec<Identifier> = world
            .objects
            .values()
            .filter(|object| object.tables.home.as_ref().is_some_and(|home| home.place == Place::Live))
            .flat_map(|object| active(&object.tables.held).map(|(id, _)| id.clone()))
            .collect();
        world.rng.shuffle(&mut names);
        names.truncate(3);
        world.disputed = names;
    }
    let (Some(one), Some(other)) =
        (world.rng.choice(&world.disputed).cloned(), world.rng.choice(&world.disputed).cloned())
    else {
        return Ok(());
    };
    let (Some(who), Some(with)) = (holder(world, &one), holder(world, &other)) else { return Ok(()) };
    if erases && what == 2 {
        return erase(world, &who);
    }
    if who != with && world.rng.u32(0..3) > 0 {
        return join(world, &who, &with, &one, &other);
    }
    // As the ledger names the merge, or name by name.
    let merges = merges(world, &who);
    let (edge, deed) = match world.rng.choice(&merges).filter(|_| what < 12) {
        Some(edge) => (edge.clone(), Deed::Unmerge),
        None => match Edge::between(&[one], &[other]) {
            Some(edge) => (edge, Deed::NeverMerge),
            None => return Ok(()),
        },
    };
    part(world, &who, edge, deed)
}

/// Somebody who lives, or, if `moving`, who is about to.
fn any(world: &mut World, moving: bool) -> Option<ProfileId> {
    let here = |place: &Place| match place {
        Place::Live => true,
        Place::Surrendering { .. } | Place::Forwarding { .. } => moving,
        Place::None | Place::Erased { .. } => false,
    };
    let all = world.objects.iter();
    let all = all.filter(|(_, object)| object.tables.home.as_ref().is_some_and(|home| here(&home.place)));
    let all: Vec<&ProfileId> = all.map(|(who, _)| who).collect();
    world.rng.choice(all).cloned()
}

fn tables(world: &World, who: &ProfileId) -> Tables {
    world.objects.get(who).map(|object| object.tables.clone()).unwrap_or_default()
}

/// The live profile that holds it.
fn holder(world: &World, id: &Identifier) -> Option<ProfileId> {
    let holds = |tables: &Tables| {
        tables.home.as_ref().is_some_and(|home| home.place == Place::Live) && tables.held.contains_key(id)
    };
    world.objects.iter().find(|(_, object)| holds(&object.tables)).map(|(who, _)| who.clone())
}

/// The merges that a profile's ledger names.
pub(crate) fn merges(world: &World, who: &ProfileId) -> Vec<Edge> {
    let ledger: Vec<Ledger> = tables(world, who).ledger.values().cloned().collect();
    let sides = |entry: &Ledger| match entry {
        Ledger::Merged { older, merge, came, .. } => {
            let left: Vec<Identifier> = held_before(&ledger, older, *merge).into_iter().collect();
            Edge::between(&left, came)
        }
        _ => None,
    };
    ledger.iter().filter_map(sides).collect()
}

/// Now, by a clock that is not quite that of the others.
pub(crate) fn now(world: &mut World) -> Order {
    let at = world.now + world.rng.i64(-2_000..2_000);
    (UnixMillis(at), MessageId(format!("admin-{}", world.steps)))
}

pub(crate) fn part(world: &mut World, who: &ProfileId, edge: Edge, deed: Deed) -> Verdict {
    world.does(deed, Some(who));
    let order = now(world);
    let said = |step: &mut Step<'_, Tables>| step.part(&edge, &order);
    if say(world, who, Input::Unmerge, said)? {
        world.words.insert(Fact { order, says: Says::Apart(edge) });
    }
    Ok(())
}

pub(crate) fn join(
    world: &mut World,
    who: &ProfileId,
    with: &ProfileId,
    current: &Identifier,
    retired: &Identifier,
) -> Verdict {
    world.does(Deed::MergeByHand, Some(who));
    let order = now(world);
    world.joined.push((current.clone(), retired.clone()));
    let said = |step: &mut Step<'_, Tables>| step.join(with, current, retired, &order);
    if say(world, who, Input::MergeByHand, said)? {
        let says = Says::Together { current: current.clone(), retired: retired.clone() };
        world.words.insert(Fact { order, says });
    }
    Ok(())
}

/// Whether the admin was told that the word is taken.
fn say(
    world: &mut World,
    who: &ProfileId,
    input: Input,
    word: impl FnOnce(&mut Step<'_, Tables>) -> Stepped<Heard>,
) -> Result<bool, String> {
    let (crashes, mut taken) = (world.crashes, false);
    world.step(who, input, |step| taken = word(step) == Ok(Heard::Taken), |()| None)?;
    Ok(taken && world.crashes == crashes)
}

/// An admin asks until it is so.
pub(crate) fn erase(world: &mut World, who: &ProfileId) -> Verdict {
    // What is asked for now, or was a while ago: then some of the events happened after it.
    let at = if world.rng.bool() { world.now } else { world.now - 86_400_000 * 11 + world.spread / 2 };
    let order = (UnixMillis(at), MessageId(format!("admin-{}", world.steps)));
    world.forgotten.insert(who.clone());
    world.does(Deed::Erase, Some(who));
    // Told by the word, so that no schedule is another one by it.
    let suppress = order.0.0 % 4 == 0;
    let asked = |world: &World| {
        let home = world.objects.get(who).and_then(|object| object.tables.home.as_ref());
        home.is_some_and(|home| {
            home.erasing.is_some()
                || matches!(home.place, Place::Erased { .. })
                || matches!(home.place, Place::Surrendering { phase: Phase::Aborting { .. }, .. })
        })
    };
    while !asked(world) {
        world.step(who, Input::EraseByHand, |step| step.forget(&order, suppress), |_| None)?;
    }
    Ok(())
}
