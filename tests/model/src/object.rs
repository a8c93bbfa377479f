//! A profile object, and one step of it: the engine's, on the simulator's tables.

use std::collections::BTreeSet;

use selvedge_engine::config::Config;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::crowd::number;
use selvedge_engine::identity::home::{
    Body, Bounds, Effect, Home, Message, Place, Profile, Step, StoreError, UnderWay,
};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::time::UnixMillis;
use selvedge_simulator::laws;
use selvedge_simulator::sabotage::Sabotage;
use selvedge_simulator::store::Tables;

use crate::flight::{Flight, Sender};

/// Profiles that an object may make by itself: more would be one too many in every scenario.
const FRESH: u8 = 4;

/// What is durable and what is in memory. One that has crashed has in memory what is durable: it is read again with
/// the next input.
#[derive(Clone)]
pub struct Object {
    /// Whose it is.
    pub(crate) who: ProfileId,
    /// What is durable.
    pub(crate) tables: Tables,
    memory: Profile,
    /// Profiles that it has made.
    fresh: u8,
    /// What the laws ask of it again and again.
    pub(crate) sight: Sight,
}

/// An object as the laws see it in every state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sight {
    pub(crate) live: bool,
    pub(crate) has_work: bool,
    /// Its crash would change something.
    pub(crate) has_memory: bool,
    /// Events that count here.
    pub(crate) counted: BTreeSet<MessageId>,
    /// Events that are on their way elsewhere.
    pub(crate) leaving: BTreeSet<MessageId>,
    pub(crate) held: BTreeSet<Identifier>,
    /// Events of somebody who moves in that have arrived and don't count yet.
    pub(crate) staged: usize,
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Object")
            .field("who", &self.who)
            .field("tables", &self.tables)
            .field("under_way", &self.memory.under_way)
            .field("fresh", &self.fresh)
            .finish()
    }
}

/// What came of a step.
pub(crate) struct Stepped {
    pub(crate) object: Object,
    /// In the order in which they leave.
    pub(crate) sends: Vec<Flight>,
    /// A law of a single object was broken.
    pub(crate) wrong: Option<String>,
}

impl Object {
    /// Nobody has come yet.
    pub(crate) fn empty(who: &ProfileId, sabotage: Option<Sabotage>) -> Self {
        let tables = Tables { sabotage, ..Tables::default() };
        Self::new(who.clone(), tables, Profile::empty(who.clone()), 0)
    }

    fn new(who: ProfileId, tables: Tables, memory: Profile, fresh: u8) -> Self {
        let place = &memory.home.place;
        let (live, moving) = (*place == Place::Live, matches!(place, Place::Surrendering { .. }));
        let mut sight = Sight {
            live,
            has_work: memory.has_work(),
            has_memory: memory.under_way != UnderWay::default(),
            ..Sight::default()
        };
        if live || moving {
            for (id, (_, part)) in tables.log.iter() {
                // The rows of a gift are in the part that has its number and the highest bit to spare.
                if tables.is_visible(*part) {
                    sight.counted.insert(id.clone());
                } else if memory.outgoing.contains_key(&(part & !(1 << 62))) {
                    sight.leaving.insert(id.clone());
                } else if memory.reservations.contains_key(part) {
                    sight.staged += 1;
                }
            }
            sight.held = memory.held.keys().cloned().collect();
        }
        Self { who, tables, memory, fresh, sight }
    }

    /// Loses its memory.
    pub(crate) fn crashed(&self) -> Self {
        Self::new(self.who.clone(), self.tables.clone(), self.tables.load(&self.who), self.fresh)
    }

    /// Takes what arrives, or without it: its alarm rings.
    pub(crate) fn step(
        &self,
        flight: Option<&Flight>,
        config: &Config,
        chunk: usize,
        now: UnixMillis,
    ) -> Stepped {
        let (mut memory, mut tables) = (self.memory.clone(), self.tables.clone());
        let mut fresh = self.fresh;
        let mut new_id = || {
            fresh = fresh.saturating_add(1);
            fresh_id(&self.who, fresh)
        };
        let mut step = Step {
            profile: &mut memory,
            store: &mut tables,
            config,
            now,
            chunk,
            bounds: Bounds::default(),
            number: &|id| number(&id.to_string()),
            new_id: &mut new_id,
            effects: Vec::new(),
        };
        let answer = hand_in(&mut step, flight);
        let effects = std::mem::take(&mut step.effects);
        // How often it has tried only says when it tries again.
        memory.under_way.tries = 0;
        let wakes = effects.iter().any(|effect| matches!(effect, Effect::Wake { .. }));
        let mut sends: Vec<Flight> =
            effects.into_iter().filter_map(|effect| carried(&self.who, effect)).collect();
        let mut wrong = laws::always(&self.who, &tables, config.identity()).err();
        match answer {
            Ok(answer) => sends.extend(answer),
            Err(error) => wrong = Some(error.to_string()),
        }
        let object = Self::new(self.who.clone(), tables, memory, fresh);
        wrong = wrong.or_else(|| object.is_wrong(wakes));
        Stepped { object, sends, wrong }
    }

    fn is_wrong(&self, wakes: bool) -> Option<String> {
        let who = laws::short(&self.who);
        // Some bugs are just that: what is in memory is not written.
        let differs = || {
            Profile { under_way: UnderWay::default(), ..self.memory.clone() } != self.tables.load(&self.who)
        };
        if self.tables.sabotage.is_none() && differs() {
            return Some(format!("{who}: memory and storage differ"));
        }
        if self.sight.has_work && !wakes {
            return Some(format!("{who} has something left to do, and sets no alarm"));
        }
        (self.fresh > FRESH).then(|| format!("{who} makes one profile after another"))
    }
}

fn hand_in(step: &mut Step<'_, Tables>, flight: Option<&Flight>) -> Result<Option<Flight>, StoreError> {
    match flight {
        None => step.ring().map(|()| None),
        Some(Flight::Tell(message)) => step.hear(message).map(|()| None),
        Some(Flight::Deliver { to, item, client }) => {
            let taken = step.take(std::slice::from_ref(item))?.into_iter().next();
            let (profile, client) = (to.clone(), *client);
            Ok(taken.map(|taken| Flight::ProfileSaid { profile, taken, client }))
        }
        Some(Flight::Ask { .. } | Flight::EntrySaid { .. } | Flight::ProfileSaid { .. }) => Ok(None),
    }
}

fn carried(who: &ProfileId, effect: Effect) -> Option<Flight> {
    match effect {
        Effect::Tell { message } => Some(Flight::Tell(message)),
        Effect::Ask { id, ask } => Some(Flight::Ask { id, ask, by: Sender::Profile(who.clone()) }),
        Effect::Overwrite { whom } => {
            let done = Message::new(&Home::empty(who.clone()), who.clone(), Body::Overwritten { whom });
            Some(Flight::Tell(Box::new(done)))
        }
        Effect::Wake { .. } | Effect::Quarantine { .. } => None,
    }
}

/// The n-th profile that this one makes: the same in every state, or there would be no end of states.
fn fresh_id(who: &ProfileId, n: u8) -> ProfileId {
    let mut bytes = [n; 16];
    for (byte, of) in bytes.iter_mut().skip(1).zip(who.as_str().bytes().rev()) {
        *byte = of;
    }
    ProfileId::from_random(bytes)
}
