//! Two people are joined by hand when all is at rest, and parted again as the ledger names the merge: everybody is who they were.

use fastrand::Rng;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::fact::{Edge, Fact, Order, Says};
use selvedge_engine::identity::home::{Bounds, Heard, Ledger, Place, Step, Stepped, held_before};
use selvedge_engine::identity::meet::active;
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::profile::Asked;
use selvedge_engine::time::UnixMillis;
use selvedge_simulator::laws::{self, Shape, Verdict};
use selvedge_simulator::store::Tables;

use crate::faults::Faults;
use crate::inputs::Input;
use crate::schedule::{calm, happen, visit_all};
use crate::world::World;

/// Things that happen while one of the two is done.
const STORM: usize = 30;

/// In one schedule of eight. It has chances of its own, so that the others are the same without it.
pub(crate) fn join_and_part(world: &mut World, seed: u64) -> Verdict {
    let mut rng = Rng::with_seed(seed ^ 0x7061_7274_6564_2121);
    if rng.u32(0..8) > 0 || !is_exact(world) {
        return Ok(());
    }
    let mut names: Vec<(ProfileId, Identifier)> = world
        .objects
        .iter()
        .filter(|(_, object)| object.tables.home.as_ref().is_some_and(|home| home.place == Place::Live))
        .filter_map(|(who, object)| Some((who.clone(), active(&object.tables.held).next()?.0.clone())))
        .collect();
    rng.shuffle(&mut names);
    let [(one, current), (other, retired), ..] = names.as_slice() else { return Ok(()) };
    let before = everybody(world);
    let faults = Faults::random(&mut rng);
    let joined = order(world, "joined");
    world.joined.push((current.clone(), retired.clone()));
    let says = Says::Together { current: current.clone(), retired: retired.clone() };
    say(world, one, Input::MergeByHand, faults, (&joined, says), |step| {
        step.join(other, current, retired, &joined)
    })?;
    let Some((survivor, edge)) = merged(world, &joined) else {
        return Err("a merge by hand joins nobody".into());
    };
    let parted = order(world, "parted");
    let says = Says::Apart(edge.clone());
    say(world, &survivor, Input::Unmerge, faults, (&parted, says), |step| step.part(&edge, &parted))?;
    let after = everybody(world);
    if before != after {
        let shapes = |all: &[(Shape, String)]| all.iter().map(|(shape, _)| shape.clone()).collect::<Vec<_>>();
        let people = laws::difference(shapes(&after).iter(), shapes(&before).iter());
        let facts = laws::facts(&world.scene());
        let how = people.unwrap_or_else(|| format!("is:\n{after:?}\nshould be:\n{before:?}"));
        return Err(format!(
            "joined and parted again, and not as before: {current} and {retired}\n{how}\n{facts}"
        ));
    }
    world.parted += 1;
    Ok(())
}

/// Whether docs/identity.md promises it: nobody's names change hands, nobody was parted before (a merge by hand takes that back), nobody
/// is looked at by halves or by rules of before, and nothing comes under quarantine.
fn is_exact(world: &World) -> bool {
    let rules = world.config.identity();
    let held = world.objects.values().flat_map(|object| object.tables.held.keys());
    world.bounds == Bounds::default()
        && world.forgotten.is_empty()
        && world.kept_out.is_empty()
        && world.rules_before.is_empty()
        && rules.quarantine.profiles >= 100
        && !laws::words(&world.scene()).iter().any(|word| matches!(word.says, Says::Apart(_)))
        && !held.into_iter().any(|id| rules.changes_hands(id))
}

fn order(world: &World, what: &str) -> Order {
    (UnixMillis(world.now), MessageId(format!("{what}-{}", world.steps)))
}

/// An admin speaks until the word is taken, and everything comes to rest, after things have gone wrong for a while.
fn say(
    world: &mut World,
    who: &ProfileId,
    input: Input,
    faults: Faults,
    (order, says): (&Order, Says),
    mut word_of: impl FnMut(&mut Step<'_, Tables>) -> Stepped<Heard>,
) -> Verdict {
    let word = Fact { order: order.clone(), says };
    world.faults = faults;
    // A crash may come between the word and the answer.
    while !laws::words(&world.scene()).contains(&word) {
        world.step(who, input, &mut word_of, |_| None)?;
        happen(world)?;
    }
    world.words.insert(word);
    for _ in 0..STORM {
        happen(world)?;
    }
    calm(world)?;
    visit_all(world)?;
    laws::at_rest(&world.scene()).map_err(|error| format!("{}: {error}", input.name()))
}

/// Who came of that merge, and the two sides of it as the ledger names them.
fn merged(world: &World, by: &Order) -> Option<(ProfileId, Edge)> {
    world.objects.iter().find_map(|(who, object)| {
        let ledger: Vec<Ledger> = object.tables.ledger.values().cloned().collect();
        let edge = ledger.iter().find_map(|entry| match entry {
            Ledger::Merged { older, merge, came, trigger, .. } if trigger == by && older == who => {
                let left: Vec<Identifier> = held_before(&ledger, older, *merge).into_iter().collect();
                Edge::between(&left, came)
            }
            _ => None,
        });
        edge.map(|edge| (who.clone(), edge))
    })
}

/// Everybody who lives: their names, events and refusals, and what is folded of them.
fn everybody(world: &World) -> Vec<(Shape, String)> {
    let folded = |tables: &Tables| {
        let state = &tables.folded.state;
        let claims: Vec<_> = state.claims.iter().collect();
        format!(
            "{:?} {:?} {:?} {claims:?}",
            state.traits.values(),
            state.computed(&Asked::all()),
            state.consent
        )
    };
    let all = laws::shapes(&world.scene()).into_iter();
    all.map(|(shape, tables)| (shape, folded(tables))).collect()
}
