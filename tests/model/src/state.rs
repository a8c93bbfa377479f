//! A state of the whole, and what can happen next.

use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::entry::Entry;
use selvedge_engine::ids::ProfileId;
use selvedge_simulator::laws::short;

use crate::flight::{Client, Flight};
use crate::kept::Kept;
use crate::object::Object;

/// Everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// In the order of their ids.
    pub(crate) objects: Vec<Kept<Object>>,
    /// In the order of the identifiers.
    pub(crate) entries: Vec<(Identifier, Kept<Entry>)>,
    pub(crate) clients: Vec<Kept<Client>>,
    /// What is on its way, sorted.
    pub(crate) network: Vec<Kept<Flight>>,
    /// Whose alarm has rung since nothing was on its way: it takes longer to ring again than messages take.
    pub(crate) rung: Vec<ProfileId>,
    /// So many things may still go wrong.
    pub(crate) faults: u8,
    /// A law of a single object was broken.
    pub(crate) wrong: Option<String>,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// It arrives.
    Arrive(Kept<Flight>),
    /// It arrives, and will once more.
    Repeat(Kept<Flight>),
    /// It never arrives.
    Drop(Kept<Flight>),
    /// It arrives at an object that crashes: before its write (0), or when all but so many of what it sends have left.
    Crash(Kept<Flight>, usize),
    /// This object loses its memory.
    Forget(ProfileId),
    /// Its alarm rings.
    Ring(ProfileId),
    /// Its alarm rings, and it crashes.
    RingCrash(ProfileId, usize),
    /// A client that waits in vain sends its event again.
    Send(usize),
}

impl State {
    /// Nobody has come.
    pub(crate) fn empty() -> Self {
        Self {
            objects: Vec::new(),
            entries: Vec::new(),
            clients: Vec::new(),
            network: Vec::new(),
            rung: Vec::new(),
            faults: 0,
            wrong: None,
        }
    }

    pub(crate) fn object(&self, who: &ProfileId) -> Option<&Kept<Object>> {
        self.objects.iter().find(|object| object.who == *who)
    }

    pub(crate) fn put_object(&mut self, object: Kept<Object>) {
        match self.objects.binary_search_by(|known| known.who.cmp(&object.who)) {
            Ok(at) => {
                if let Some(known) = self.objects.get_mut(at) {
                    *known = object;
                }
            }
            Err(at) => self.objects.insert(at, object),
        }
    }

    pub(crate) fn entry(&self, id: &Identifier) -> Option<&Kept<Entry>> {
        self.entries.iter().find(|(known, _)| known == id).map(|(_, entry)| entry)
    }

    pub(crate) fn put_entry(&mut self, id: &Identifier, entry: Kept<Entry>) {
        match self.entries.binary_search_by(|(known, _)| known.cmp(id)) {
            Ok(at) => {
                if let Some((_, known)) = self.entries.get_mut(at) {
                    *known = entry;
                }
            }
            Err(at) => self.entries.insert(at, (id.clone(), entry)),
        }
    }

    pub(crate) fn send(&mut self, flight: Kept<Flight>) {
        let at = self.network.partition_point(|known| *known < flight);
        self.network.insert(at, flight);
    }

    pub(crate) fn remove(&mut self, flight: &Kept<Flight>) {
        if let Ok(at) = self.network.binary_search(flight) {
            self.network.remove(at);
        }
    }

    /// Its alarm would ring though it has rung just now, or though what it would ask for is on its way.
    pub(crate) fn is_early(&self, who: &ProfileId) -> bool {
        self.rung.contains(who) || self.network.iter().any(|flight| flight.concerns(who))
    }

    /// Clients that wait, with nothing on its way that they wait for.
    pub(crate) fn stranded(&self) -> impl Iterator<Item = &Kept<Client>> {
        let waits = |client: &&Kept<Client>| {
            client.done.is_none() && !self.network.iter().any(|flight| flight.client() == Some(client.index))
        };
        self.clients.iter().filter(waits)
    }

    /// Nothing more will happen.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.network.is_empty()
            && self.clients.iter().all(|client| client.done.is_some())
            && self.objects.iter().all(|object| !object.sight.has_work)
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Arrive(flight) => write!(f, "arrives: {flight}"),
            Self::Repeat(flight) => write!(f, "arrives, and will again: {flight}"),
            Self::Drop(flight) => write!(f, "is lost: {flight}"),
            Self::Crash(flight, 0) => write!(f, "crashes its object before the write: {flight}"),
            Self::Crash(flight, way) => write!(f, "crashes its object after {} sent: {flight}", way - 1),
            Self::Forget(who) => write!(f, "{} crashes", short(who)),
            Self::Ring(who) => write!(f, "alarm of {}", short(who)),
            Self::RingCrash(who, 0) => write!(f, "alarm of {}, crashes before the write", short(who)),
            Self::RingCrash(who, way) => write!(f, "alarm of {}, crashes after {} sent", short(who), way - 1),
            Self::Send(client) => write!(f, "client {client} sends again"),
        }
    }
}
