//! What must hold in every state, and where every state must lead once nothing goes wrong any more.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{PoisonError, RwLock};

use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::delivery::Delivered;
use selvedge_engine::identity::home::{Bounds, NoteKind};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use selvedge_simulator::laws::{self, Scene, Verdict};

use crate::object::Sight;
use crate::scenario::Ending;
use crate::state::State;
use crate::step::Merging;

/// What comes about sometimes.
pub(crate) const OVER: &str = "it is over";
/// The same, of what moves piece by piece.
pub(crate) const HALF_STAGED: &str = "some events are staged and others are not";

/// Steps after which everything must have come to rest.
const REST: usize = 2_000;

/// States that are known to come to rest as they should.
#[derive(Default)]
pub(crate) struct Settled(RwLock<HashSet<u64>>);

impl State {
    pub(crate) fn is_lawful(&self) -> Verdict {
        self.wrong.clone().map_or(Ok(()), Err)
    }

    /// Events that a client was told are stored.
    fn acknowledged(&self) -> impl Iterator<Item = &MessageId> {
        let stored =
            |done: Option<Delivered>| matches!(done, Some(Delivered::Accepted | Delivered::Duplicate));
        self.clients
            .iter()
            .filter(move |client| stored(client.done))
            .map(|client| &client.item.logged.event.message_id)
    }

    /// An acknowledged event is never lost. Only one that was sent again, because its answer was lost, may count in two
    /// live homes, until they have found each other.
    pub(crate) fn counts_once(&self) -> Verdict {
        let homes = || self.objects.iter().map(|object| &object.sight);
        for client in &self.clients {
            let id = &client.item.logged.event.message_id;
            let counts = homes().filter(|home| home.live && home.counted.contains(id)).count();
            if counts > 1 && client.sent == 1 {
                return Err(format!("{id} counts {counts} times"));
            }
        }
        for id in self.acknowledged() {
            if !homes().any(|home| home.counted.contains(id) || home.leaving.contains(id)) {
                return Err(format!("{id} was acknowledged and is lost"));
            }
        }
        Ok(())
    }

    /// Somebody moves, of whom one event has arrived and another has not.
    pub(crate) fn is_half_staged(&self) -> bool {
        let sights = || self.objects.iter().map(|object| &object.sight);
        let staged: usize = sights().map(|sight| sight.staged).sum();
        staged > 0 && sights().any(|sight| !sight.live && sight.counted.len() > staged)
    }

    /// Whoever reads a profile sees somebody who moves in with everything, events and names, or not at all. Of whoever is on their way
    /// the events count alone: their names may have been heard of as the older one's already.
    pub(crate) fn is_read_whole(&self, before: &[Sight]) -> Verdict {
        for object in &self.objects {
            let sight = &object.sight;
            for one in before {
                let names = if sight.live { one.held.len() } else { 0 };
                let unheld = one.held.difference(&sight.held).take(names).count();
                let missing = one.counted.difference(&sight.counted).count() + unheld;
                if missing > 0 && missing < one.counted.len() + names {
                    return Err(format!(
                        "{} is read with half of somebody: {sight:?}",
                        laws::short(&object.who)
                    ));
                }
            }
        }
        Ok(())
    }

    /// No identifier is held by two live homes.
    pub(crate) fn holds_once(&self) -> Verdict {
        let mut holders: BTreeMap<&Identifier, &ProfileId> = BTreeMap::new();
        for object in self.objects.iter().filter(|object| object.sight.live) {
            for id in &object.sight.held {
                if let Some(other) = holders.insert(id, &object.who) {
                    let (one, other) = (laws::short(&object.who), laws::short(other));
                    return Err(format!("{id} is held by {one} and {other}"));
                }
            }
        }
        Ok(())
    }
}

impl Merging {
    /// Everybody as they are to begin with.
    pub(crate) fn before(&self) -> &[Sight] {
        self.before.get_or_init(|| {
            let sights = self.begin().objects.into_iter().map(|object| object.sight.clone());
            sights.filter(|sight| sight.live).collect()
        })
    }

    /// Whether a law of this name says what must hold always, and not what must come about sometimes.
    pub fn forbids(law: &str) -> bool {
        ![OVER, HALF_STAGED].contains(&law)
    }

    /// What must come about sometimes.
    pub fn wanted(&self) -> impl Iterator<Item = &'static str> {
        let pieces = self.scenario.chunk < limits::MERGE_CHUNK_EVENTS;
        [OVER].into_iter().chain(pieces.then_some(HALF_STAGED))
    }

    pub(crate) fn holds(&self, verdict: Verdict) -> bool {
        let holds = verdict.is_ok();
        if let Err(why) = verdict {
            *self.why.lock().unwrap_or_else(PoisonError::into_inner) = why;
        }
        holds
    }

    /// Why the last law failed.
    pub fn why(&self) -> String {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From here on nothing goes wrong: it comes to rest, and everything is as it should be.
    pub(crate) fn settles(&self, state: &State) -> Verdict {
        let mut state = State { faults: 0, rung: Vec::new(), ..state.clone() };
        let mut way = Vec::new();
        for _ in 0..REST {
            let mut hasher = DefaultHasher::new();
            state.hash(&mut hasher);
            let hash = hasher.finish();
            if self.settled.0.read().unwrap_or_else(PoisonError::into_inner).contains(&hash) {
                break;
            }
            way.push(hash);
            state.is_lawful()?;
            if state.is_at_rest() {
                self.ends_well(&state)?;
                break;
            }
            self.calm(&mut state);
        }
        if way.len() >= REST {
            return Err("it never comes to rest".into());
        }
        self.settled.0.write().unwrap_or_else(PoisonError::into_inner).extend(way);
        Ok(())
    }

    /// One step of a quiet world: what is on its way arrives; then whoever still waits asks again.
    pub(crate) fn calm(&self, state: &mut State) {
        if let Some(flight) = state.network.first().cloned() {
            state.remove(&flight);
            return self.arrive(state, &flight, None);
        }
        let stranded: Vec<usize> = state.stranded().map(|client| client.index).collect();
        stranded.into_iter().for_each(|client| self.send_again(state, client));
        let busy: Vec<ProfileId> =
            state.objects.iter().filter(|it| it.sight.has_work).map(|it| it.who.clone()).collect();
        busy.iter().for_each(|who| self.ring(state, who));
    }

    /// At rest: as the oracle says, and as the scenario says.
    fn ends_well(&self, state: &State) -> Verdict {
        let acknowledged: BTreeSet<MessageId> = state.acknowledged().cloned().collect();
        let issued: BTreeSet<ProfileId> = state.objects.iter().map(|object| object.who.clone()).collect();
        laws::at_rest(&Scene {
            objects: state.objects.iter().map(|object| (&object.who, &object.tables)).collect(),
            entries: state.entries.iter().map(|(id, entry)| (id, &**entry)).collect(),
            acknowledged: &acknowledged,
            issued: &issued,
            forgotten: &BTreeSet::new(),
            meant: &BTreeMap::new(),
            joined: &[],
            words: &BTreeSet::new(),
            bounds: Bounds::default(),
            quarantined: &BTreeSet::new(),
            dropped: &BTreeSet::new(),
            published: &[],
            released: &BTreeMap::new(),
            kept_out: false,
            config: &self.config,
            lines: &BTreeMap::new(),
            rules_before: &[],
            applied: false,
        })?;
        if acknowledged.len() != state.clients.len() {
            return Err("not every event was taken".into());
        }
        let live: Vec<_> = state.objects.iter().filter(|object| object.sight.live).collect();
        let refusals = live.iter().flat_map(|object| object.tables.notes.iter());
        let refused = refusals.filter(|note| note.kind == NoteKind::Refused).count();
        let ending = Ending { homes: live.len(), refused: refused > 0 };
        if ending == self.scenario.ending { Ok(()) } else { Err(format!("it ends otherwise: {ending:?}")) }
    }
}
