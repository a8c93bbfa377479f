//! In one schedule of eight whoever comes to one place of a short stay (on the way into another profile, about to be erased) is
//! kept there for a while, so that everything else meets them: what would end it arrives last, what they have heard so far
//! comes once more, and admins and operators do what they do to them.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::entry::{Ask, Suppression};
use selvedge_engine::identity::fact::Edge;
use selvedge_engine::identity::home::{About, Body, Message, Place};
use selvedge_engine::identity::meet::active;
use selvedge_engine::ids::ProfileId;
use selvedge_engine::time::UnixMillis;
use selvedge_simulator::laws::{LONG_AGO, Verdict};

use crate::admins::{erase, join, merges, now, part};
use crate::deeds::Deed;
use crate::inputs::{Input, Stands, Where};
use crate::operator::other_rules;
use crate::world::{Attempt, Flight, World};

/// Where they are kept, each as often as it stands here.
const PLACES: [Where; 8] = [
    Where::Staging,
    Where::Absorbing,
    Where::Absorbing,
    Where::Aborting,
    Where::Aborting,
    Where::Aborting,
    Where::Forwarding,
    Where::Erased,
];

/// Things that happen while somebody is kept.
const PATIENCE: u32 = 90;

/// So many are kept in one schedule.
const GUESTS: u32 = 4;

/// Steps from one invitation to the next, on average.
const PACE: u32 = 12;

/// Kinds of messages that few have heard, or that few come to such a place after: whoever has is asked in, for the first of
/// them before all others.
const RARE: [&str; 7] = ["full", "mistaken", "redirect", "forgetting", "absorbed", "abort", "committed"];

/// Things that happen on average, where somebody is asked in, until all are content with what clients have sent.
pub(crate) const LONG: u32 = 300;

/// What is done to them.
#[derive(Debug, Clone)]
enum Act {
    /// They hear this once more.
    Hear(Box<Message>),
    /// An admin does this.
    Admin(Deed),
    /// A visitor comes.
    Read,
    /// An event is left with them, because its owner could not be reached.
    Keep,
}

/// See above. It has chances of its own, so that the other schedules are the same without it.
pub(crate) struct Dwell {
    rng: Rng,
    place: Where,
    /// What they send that would end it is late, too; or else only what they hear.
    both: bool,
    /// Other rules are published meanwhile.
    publishes: bool,
    /// Whoever has heard what is [`RARE`] is brought there, by admins.
    invites: bool,
    invited: BTreeSet<ProfileId>,
    /// Who is kept, and for how long.
    guest: Option<(ProfileId, u32)>,
    guests: u32,
    acts: Vec<Act>,
    /// The last of each kind that each has heard.
    heard: BTreeMap<ProfileId, BTreeMap<&'static str, Message>>,
    /// Devices that names were counted with.
    counted: BTreeMap<Identifier, Flight>,
}

impl Dwell {
    /// Where an identifier is `soon` under quarantine nobody is brought to be erased: an event of theirs that is sent again
    /// without that name is somebody else's then.
    pub(crate) fn of(seed: u64, soon: bool) -> Option<Self> {
        let mut rng = Rng::with_seed(seed ^ 0x6477_656c_6c21_2121);
        let place = *rng.choice(&PLACES)?;
        let chosen = rng.u32(0..8) == 0 && !(soon && matches!(place, Where::Aborting | Where::Erased));
        let (both, publishes, invites) = (rng.bool(), rng.u32(0..4) == 0, rng.bool());
        chosen.then_some(Self {
            rng,
            place,
            both,
            publishes,
            invites,
            invited: BTreeSet::new(),
            guest: None,
            guests: 0,
            acts: Vec::new(),
            heard: BTreeMap::new(),
            counted: BTreeMap::new(),
        })
    }

    /// What arrives.
    pub(crate) fn sees(&mut self, flight: &Flight) {
        match flight {
            Flight::Tell(message) => self.hear(message),
            Flight::Ask { id, ask: Ask::OnDevice { .. }, .. } => {
                self.counted.insert(id.clone(), flight.clone());
            }
            _ => {}
        }
    }

    /// Who of these has heard what fewest have.
    fn rarest<'a>(&self, of: &[&'a ProfileId]) -> Option<&'a ProfileId> {
        let has = |who: &ProfileId, kind| self.heard.get(who).is_some_and(|heard| heard.contains_key(kind));
        RARE.iter().find_map(|kind| of.iter().find(|who| has(who, *kind)).copied())
    }

    pub(crate) fn invites(&self) -> bool {
        self.invites
    }

    fn hear(&mut self, message: &Message) {
        // What one says to oneself comes when it is so.
        if !matches!(message.body, Body::Overwritten { .. }) {
            let kinds = self.heard.entry(message.to.clone()).or_default();
            kinds.insert(Input::of(&message.body).name(), message.clone());
        }
    }

    /// Whether this arrives last: it would end the stay.
    pub(crate) fn holds(&self, flight: &Flight) -> bool {
        let (Flight::Tell(message), Some((guest, _))) = (flight, &self.guest) else { return false };
        let asks = self.both && message.from == *guest && asks_to_end(&message.body);
        asks || message.to == *guest && ends(&message.body)
    }
}

/// What ends a stay when it is heard.
fn ends(body: &Body) -> bool {
    matches!(
        body,
        Body::Committed { .. }
            | Body::NoRoom { .. }
            | Body::Absorbed { .. }
            | Body::Moved { about: About::Merge(_) | About::Erasure, .. }
            | Body::Forgetting
            | Body::NamesForgotten
            | Body::Entry { ask: Ask::Erase { .. }, .. }
    )
}

/// What leads to that.
fn asks_to_end(body: &Body) -> bool {
    matches!(body, Body::Stage { .. } | Body::Commit { .. } | Body::Abort { .. } | Body::Absorb { .. })
}

/// Somebody comes to stay, or something happens to whoever stays.
pub(crate) fn dwell(world: &mut World) -> Verdict {
    let Some(mut dwell) = world.dwell.take() else { return Ok(()) };
    let done = go_on(world, &mut dwell);
    world.dwell = Some(dwell);
    done
}

fn go_on(world: &mut World, dwell: &mut Dwell) -> Verdict {
    count_late(world, dwell)?;
    if let Some((guest, left)) = dwell.guest.clone() {
        let stays = place(world, &guest) == dwell.place;
        dwell.guest = left.checked_sub(1).filter(|_| stays).map(|left| (guest.clone(), left));
        return match dwell.guest {
            Some(_) if dwell.rng.bool() => act(world, dwell, &guest),
            _ => Ok(()),
        };
    }
    if dwell.guests == GUESTS {
        return Ok(());
    }
    // Who is about to be erased comes there by being erased.
    let comes_from = if dwell.place == Where::Aborting { Where::Staging } else { dwell.place };
    let works = |who: &ProfileId| {
        dwell.place != Where::Forwarding && dwell.place != Where::Erased || world.is_busy(who)
    };
    let there = world.objects.keys().filter(|who| place(world, who) == comes_from && works(who));
    let mut there: Vec<ProfileId> = there.cloned().collect();
    dwell.rng.shuffle(&mut there);
    let Some(guest) = dwell.rarest(&there.iter().collect::<Vec<_>>()).or(there.first()).cloned() else {
        return invite(world, dwell);
    };
    if dwell.place == Where::Aborting {
        world.steps += 1;
        erase(world, &guest)?;
    }
    dwell.guests += 1;
    dwell.acts = acts(dwell, &guest);
    dwell.guest = Some((guest, PATIENCE));
    Ok(())
}

/// Of a name that nobody has any more it is said late that it was on one device more.
fn count_late(world: &mut World, dwell: &mut Dwell) -> Verdict {
    let gone = |id: &Identifier| {
        let stands = world.entries.get(id).map(Stands::of);
        matches!(stands, Some(Stands::Freed | Stands::Erased))
    };
    let late: Vec<Flight> =
        dwell.counted.iter().filter(|(id, _)| gone(id)).map(|(_, flight)| flight.clone()).collect();
    match dwell.rng.choice(late).filter(|_| dwell.rng.u32(0..4) == 0) {
        Some(flight) => world.arrive(flight),
        None => Ok(()),
    }
}

/// Perhaps admins bring somebody to where they would be kept: who has heard much and lives is joined with another one, or erased; and
/// whoever has moved in lives again if that is taken back.
fn invite(world: &mut World, dwell: &mut Dwell) -> Verdict {
    if !dwell.invites || dwell.rng.u32(0..PACE) > 0 {
        return Ok(());
    }
    world.steps += 1;
    let mut live: Vec<ProfileId> =
        world.objects.keys().filter(|who| place(world, who) == Where::Live).cloned().collect();
    dwell.rng.shuffle(&mut live);
    let once: Vec<&ProfileId> = live.iter().filter(|who| !dwell.invited.contains(*who)).collect();
    let Some(who) = dwell.rarest(&once).cloned() else {
        let merged =
            once.into_iter().find_map(|who| Some((who.clone(), merges(world, who).into_iter().next()?)));
        let Some((who, edge)) = merged else { return Ok(()) };
        dwell.invited.insert(who.clone());
        return part(world, &who, edge, Deed::Unmerge);
    };
    dwell.invited.insert(who.clone());
    if dwell.place == Where::Erased {
        return erase(world, &who);
    }
    let name = |world: &World, who: &ProfileId| {
        let held = world.objects.get(who).map(|object| object.tables.held.clone())?;
        active(&held).next().map(|(id, _)| id.clone())
    };
    let age = |who: &ProfileId| {
        let home = world.objects.get(who).and_then(|object| object.tables.home.as_ref());
        (home.map(|home| home.created_at), who.clone())
    };
    let mut older = live.iter().filter(|other| age(other) < age(&who));
    let other = older.find_map(|other| Some((name(world, other)?, other)));
    match (name(world, &who), other) {
        (Some(retired), Some((current, other))) => join(world, other, &who, &current, &retired),
        _ => Ok(()),
    }
}

fn place(world: &World, who: &ProfileId) -> Where {
    let home = world.objects.get(who).and_then(|object| object.tables.home.as_ref());
    home.map_or(Where::None, |home| Where::of(&home.place))
}

/// All that is to happen to them, in any order.
fn acts(dwell: &mut Dwell, guest: &ProfileId) -> Vec<Act> {
    let heard = dwell.heard.get(guest).into_iter().flat_map(BTreeMap::values);
    let mut acts: Vec<Act> = heard.map(|message| Act::Hear(Box::new(message.clone()))).collect();
    let mut deeds = vec![Deed::Publish, Deed::ApplyRules, Deed::ApplyRules, Deed::LetGo];
    // Who has moved in or is erased hears no words: they are said where the name leads.
    let moves = !matches!(dwell.place, Where::Forwarding | Where::Erased);
    deeds.extend([Deed::Unmerge, Deed::MergeByHand].into_iter().filter(|_| moves));
    deeds.extend((dwell.place == Where::Aborting).then_some(Deed::Erase));
    deeds.extend(dwell.publishes.then_some(Deed::PublishRules));
    acts.extend(deeds.into_iter().map(Act::Admin));
    acts.extend([Act::Read, Act::Keep]);
    dwell.rng.shuffle(&mut acts);
    acts
}

fn act(world: &mut World, dwell: &mut Dwell, guest: &ProfileId) -> Verdict {
    let Some(act) = dwell.acts.pop() else { return Ok(()) };
    world.steps += 1;
    match act {
        Act::Hear(message) => {
            // An object is put away when nobody has come for a while, and what was only in memory is begun again.
            let object = world.objects.get_mut(guest).filter(|_| dwell.rng.bool());
            object.into_iter().for_each(|object| object.memory = None);
            world.arrive(Flight::Tell(message))
        }
        Act::Read => world.step(guest, Input::Read, |step| step.refresh(), |_| None),
        Act::Keep => {
            let sent: Vec<_> = world.clients.iter().flat_map(|client| &client.sent).cloned().collect();
            let by = Attempt { client: 0, number: u64::MAX };
            let keep = |item| Flight::Keep { at: guest.clone(), item: Box::new(item), by };
            dwell.rng.choice(sent).map_or(Ok(()), |item| world.arrive(keep(item)))
        }
        Act::Admin(deed) => administer(world, dwell, guest, deed),
    }
}

fn administer(world: &mut World, dwell: &mut Dwell, guest: &ProfileId, deed: Deed) -> Verdict {
    match deed {
        // Once more: it is so already.
        Deed::Erase => {
            let order = now(world);
            world.does(Deed::Erase, Some(guest));
            world.step(guest, Input::EraseByHand, |step| step.forget(&order, false), |_| None)
        }
        Deed::Unmerge | Deed::NeverMerge => {
            let names = names(world, dwell);
            let [one, other, ..] = names.as_slice() else { return Ok(()) };
            let edge = Edge::between(std::slice::from_ref(one), std::slice::from_ref(other));
            edge.map_or(Ok(()), |edge| part(world, guest, edge, Deed::Unmerge))
        }
        Deed::MergeByHand => {
            let names = names(world, dwell);
            let [one, other, ..] = names.as_slice() else { return Ok(()) };
            join(world, guest, guest, one, other)
        }
        Deed::Publish => {
            world.publish();
            Ok(())
        }
        Deed::PublishRules => {
            let rules = other_rules(world.config.identity(), &mut dwell.rng);
            world.publish_rules(rules);
            Ok(())
        }
        // To them, to where they move, and to somebody who has taken one in.
        Deed::ApplyRules => {
            let home = world.objects.get(guest).and_then(|object| object.tables.home.as_ref());
            let to = home.and_then(|home| match &home.place {
                Place::Surrendering { to, .. } | Place::Forwarding { to } => Some(to.clone()),
                Place::None | Place::Live | Place::Erased { .. } => None,
            });
            let tells = |object: &crate::world::Object| !object.tables.repoints.is_empty();
            let telling = world.objects.iter().find(|(_, object)| tells(object)).map(|(who, _)| who.clone());
            for who in [Some(guest.clone()), to, telling].into_iter().flatten() {
                world.does(Deed::ApplyRules, Some(&who));
                world.step(&who, Input::LookAnew, |step| step.look_anew(), |_| None)?;
            }
            Ok(())
        }
        Deed::LetGo => {
            tell_entries(world, dwell);
            Ok(())
        }
    }
}

/// Of the entries that stand in each way one is told what an operator tells it.
fn tell_entries(world: &mut World, dwell: &mut Dwell) {
    let lifted = Ask::Suppress(Suppression { at: UnixMillis(world.now), on: false });
    for stands in [Stands::Owned, Stands::Freed, Stands::Quarantined] {
        let of = world.entries.iter().filter(|(_, entry)| Stands::of(entry) == stands);
        let of: Vec<Identifier> = of.map(|(id, _)| id.clone()).collect();
        let Some(id) = dwell.rng.choice(of) else { continue };
        match stands {
            // As the list says it: nobody knows of the others.
            Stands::Quarantined if world.published.contains(&id) => world.command(id.clone(), Ask::Release),
            // A replay of what another system has kept: somebody was erased before anything happened here.
            Stands::Freed => world.command(id.clone(), Ask::Bury { at: LONG_AGO }),
            Stands::Owned | Stands::Fresh | Stands::Erased | Stands::Quarantined => {}
        }
        // It was never kept out, and may come.
        world.command(id, lifted.clone());
    }
    // A name that nobody has is kept out until the storm is over.
    let coming = world.clients.iter().flat_map(|client| &client.events).flat_map(|item| &item.logged.ids);
    let fresh =
        |id: &Identifier| world.entries.get(id).is_none_or(|entry| Stands::of(entry) == Stands::Fresh);
    let fresh: Vec<Identifier> = coming.map(|carried| carried.id.clone()).filter(fresh).collect();
    if let Some(id) = dwell.rng.choice(fresh).filter(|_| dwell.place == Where::Aborting) {
        let said = Suppression { at: UnixMillis(world.now), on: true };
        world.kept_out.insert(id.clone(), said.at);
        world.command(id, Ask::Suppress(said));
    }
}

/// The storm is over: nobody is kept any more, neither here nor out.
pub(crate) fn let_go(world: &mut World) {
    world.dwell = None;
    for (id, at) in world.kept_out.clone() {
        world.command(id, Ask::Suppress(Suppression { at: at.plus(1), on: false }));
    }
}

/// Names that somebody has, in any order.
fn names(world: &World, dwell: &mut Dwell) -> Vec<Identifier> {
    let held =
        world.objects.values().flat_map(|object| active(&object.tables.held).map(|(id, _)| id.clone()));
    let mut names: Vec<Identifier> = held.collect();
    dwell.rng.shuffle(&mut names);
    names
}
