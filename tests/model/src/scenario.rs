//! Who there is to begin with, what they send, and how it has to end.

use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::home::Item;
use selvedge_engine::identity::{Identifier, IdentityRules, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SourceId};
use selvedge_engine::limits;
use selvedge_engine::profile::Logged;
use selvedge_engine::time::UnixMillis;
use selvedge_simulator::sabotage::Sabotage;

use crate::flight::Client;
use crate::state::State;
use crate::step::{MESSAGES, Merging};

/// An event that shows these identifiers (`namespace:value`, the strongest first).
#[derive(Debug, Clone)]
pub struct Seen {
    /// What it shows.
    pub ids: &'static [&'static str],
    /// The client expects it to belong to the profile that this event of the past has made.
    pub expected: Option<usize>,
    /// Its client has been answered before it begins; what follows from it has only been sent.
    pub taken: bool,
}

impl Seen {
    /// Its client asks the entries.
    pub const fn new(ids: &'static [&'static str]) -> Self {
        Self { ids, expected: None, taken: false }
    }

    /// Its client was here before.
    pub const fn at(expected: usize, ids: &'static [&'static str]) -> Self {
        Self { ids, expected: Some(expected), taken: false }
    }

    /// Its client was here before, and has been answered already: fewer states.
    pub const fn taken_at(expected: usize, ids: &'static [&'static str]) -> Self {
        Self { taken: true, ..Self::at(expected, ids) }
    }
}

/// How it has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// So many live homes.
    pub homes: usize,
    /// A refusal is recorded.
    pub refused: bool,
}

/// What is played.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The rules.
    pub rules: IdentityRules,
    /// Events that have been taken before it begins, the oldest first: each makes a profile.
    pub past: Vec<Seen>,
    /// Events that are sent at once.
    pub events: Vec<Seen>,
    /// So many things may go wrong, whatever they are.
    pub faults: u8,
    /// But nothing else than that objects crash.
    pub only_crashes: bool,
    /// How it has to end.
    pub ending: Ending,
    /// Events in one message of a merge or a gift.
    pub chunk: usize,
    /// A bug that is put in: it has to be found.
    pub sabotage: Option<Sabotage>,
}

impl Scenario {
    /// These profiles, and then these events.
    pub fn new(past: &[Seen], events: &[Seen], faults: u8, ending: Ending) -> Self {
        let rules = serde_json::json!({"namespaces": {
            "user_id": {"priority": 1, "unique": true},
            "email": {"priority": 3},
            "anonymous_id": {"priority": 9},
        }});
        let rules = serde_json::from_value(rules).unwrap_or_default();
        let (past, events) = (past.to_vec(), events.to_vec());
        Self {
            rules,
            past,
            events,
            faults,
            only_crashes: false,
            ending,
            chunk: limits::MERGE_CHUNK_EVENTS,
            sabotage: None,
        }
    }

    /// The same with so few events in one message that whoever moves is staged, piece by piece.
    #[must_use]
    pub fn in_chunks_of(self, chunk: usize) -> Self {
        Self { chunk, ..self }
    }

    /// The same with crashes alone: nothing is lost on its way, or comes twice, and no alarm rings too early.
    #[must_use]
    pub fn with_crashes_alone(self) -> Self {
        Self { only_crashes: true, ..self }
    }

    /// The same with a bug put in.
    #[must_use]
    pub fn with(self, sabotage: Option<Sabotage>) -> Self {
        Self { sabotage, ..self }
    }
}

fn profile(index: usize) -> ProfileId {
    let mut bytes = [0; 16];
    bytes[15] = u8::try_from(index + 1).unwrap_or(u8::MAX);
    ProfileId::from_random(bytes)
}

fn client(index: usize, seen: &Seen) -> Client {
    let ids = seen.ids.iter().filter_map(|id| {
        let (namespace, value) = id.split_once(':')?;
        let id = Identifier::new(namespace, value).ok()?;
        Some(Carried { id, trust: Trust::Verified })
    });
    let event = Event {
        message_id: MessageId(format!("m{index}")),
        kind: Kind::Track,
        timestamp: UnixMillis(MESSAGES.0 - 100_000 + i64::try_from(index).unwrap_or(0) * 1_000),
        received_at: MESSAGES,
        source: SourceId::from("model"),
        body: serde_json::Map::new(),
    };
    let consent = Consent { analytics: true, ..Consent::default() };
    let logged = Logged::new(event, ids.collect(), consent);
    let item = Item {
        logged,
        granted: None,
        consent,
        apart_since: None,
        not_identifiers: Vec::new(),
        replayed: false,
    };
    let expected = seen.expected.map(profile);
    Client { index, item, candidate: profile(index), expected, sent: 0, delivery: None, done: None }
}

impl Merging {
    /// The state in which the past is over and the events are sent.
    pub(crate) fn begin(&self) -> State {
        let mut state = State::empty();
        let mut clients = self.scenario.past.iter().chain(&self.scenario.events).enumerate();
        for (index, seen) in clients.by_ref().take(self.scenario.past.len()) {
            self.join(&mut state, &client(index, seen));
            while !state.is_at_rest() {
                self.calm(&mut state);
            }
        }
        for (index, seen) in clients {
            self.join(&mut state, &client(index, seen));
            let its = |state: &State| state.network.iter().find(|it| it.client() == Some(index)).cloned();
            while let Some(flight) = its(&state).filter(|_| seen.taken) {
                state.remove(&flight);
                self.arrive(&mut state, &flight, None);
            }
        }
        state.faults = self.scenario.faults;
        state
    }
}
