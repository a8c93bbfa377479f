//! From one state to the next.

use std::sync::{Arc, Mutex, OnceLock};

use selvedge_engine::config::{Config, Document};
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::entry::{Ask, Entry, apply};
use selvedge_engine::identity::home::{Body, Home, Message};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::time::UnixMillis;
use stateright::{Model, Property};

use crate::flight::{Client, Flight, Sender};
use crate::kept::{Keeper, Kept, Memo};
use crate::object::{Object, Sight, Stepped};
use crate::rest::{HALF_STAGED, Settled};
use crate::scenario::Scenario;
use crate::state::{Action, State};

/// When messages arrive.
pub(crate) const MESSAGES: UnixMillis = UnixMillis(1_000_000_000);
/// When alarms ring: late enough to ask whoever is expected whether they are still coming.
const ALARMS: UnixMillis = UnixMillis(1_000_600_000);

/// What a step of an object came to.
pub(crate) struct Outcome {
    object: Kept<Object>,
    sends: Vec<Kept<Flight>>,
    wrong: Option<String>,
}

type Answered<T> = (Kept<T>, Option<Kept<Flight>>);

/// One scenario, played in every order.
pub struct Merging {
    pub(crate) scenario: Scenario,
    pub(crate) config: Config,
    objects: Keeper<Object>,
    entries: Keeper<Entry>,
    clients: Keeper<Client>,
    flights: Keeper<Flight>,
    steps: Memo<(u32, Option<u32>), Arc<Outcome>>,
    crashed: Memo<u32, Kept<Object>>,
    asked: Memo<(u32, u32), Answered<Entry>>,
    heard: Memo<(u32, Option<u32>), Answered<Client>>,
    pub(crate) settled: Settled,
    pub(crate) before: OnceLock<Vec<Sight>>,
    /// Why the last law failed.
    pub(crate) why: Mutex<String>,
}

impl Merging {
    /// Prepares a scenario.
    pub fn new(scenario: Scenario) -> Self {
        let config = Config::new(1, Document { identity: scenario.rules.clone(), ..Document::default() });
        Self {
            scenario,
            config,
            objects: Keeper::default(),
            entries: Keeper::default(),
            clients: Keeper::default(),
            flights: Keeper::default(),
            steps: Memo::default(),
            crashed: Memo::default(),
            asked: Memo::default(),
            heard: Memo::default(),
            settled: Settled::default(),
            before: OnceLock::new(),
            why: Mutex::default(),
        }
    }

    /// How many states single objects were in, and how many different steps they took.
    pub fn steps(&self) -> (usize, usize) {
        (self.objects.count(), self.steps.count())
    }

    /// A client joins, and sends its event.
    pub(crate) fn join(&self, state: &mut State, client: &Client) {
        let (client, flight) = client.send();
        state.clients.push(self.clients.keep(client));
        if let Some(flight) = flight {
            state.send(self.flights.keep(flight));
        }
    }

    fn here(&self, state: &State, who: &ProfileId) -> Kept<Object> {
        state
            .object(who)
            .cloned()
            .unwrap_or_else(|| self.objects.keep(Object::empty(who, self.scenario.sabotage)))
    }

    fn outcome(&self, object: &Kept<Object>, flight: Option<&Kept<Flight>>) -> Arc<Outcome> {
        let key = (object.number(), flight.map(Kept::number));
        self.steps.of(key, || {
            let now = if flight.is_some() { MESSAGES } else { ALARMS };
            let Stepped { object, sends, wrong } =
                object.step(flight.map(|flight| &**flight), &self.config, self.scenario.chunk, now);
            let sends = sends.into_iter().map(|flight| self.flights.keep(flight)).collect();
            Arc::new(Outcome { object: self.objects.keep(object), sends, wrong })
        })
    }

    fn crash(&self, object: &Kept<Object>) -> Kept<Object> {
        self.crashed.of(object.number(), || self.objects.keep(object.crashed()))
    }

    /// An object takes what arrives (or its alarm rings), and perhaps crashes.
    fn step(&self, state: &mut State, who: &ProfileId, flight: Option<&Kept<Flight>>, crash: Option<usize>) {
        let object = self.here(state, who);
        if crash == Some(0) {
            return state.put_object(self.crash(&object));
        }
        let outcome = self.outcome(&object, flight);
        let leave = crash.map_or(outcome.sends.len(), |crash| crash - 1);
        for flight in outcome.sends.iter().take(leave) {
            state.send(flight.clone());
        }
        state.put_object(if crash.is_some() { self.crash(&outcome.object) } else { outcome.object.clone() });
        state.wrong.clone_from(&outcome.wrong);
    }

    /// How many ways to crash there are: before the write, and before each of what is sent.
    fn crashes(&self, state: &State, who: &ProfileId, flight: Option<&Kept<Flight>>) -> usize {
        1 + self.outcome(&self.here(state, who), flight).sends.len()
    }

    pub(crate) fn ring(&self, state: &mut State, who: &ProfileId) {
        self.step(state, who, None, None);
    }

    pub(crate) fn send_again(&self, state: &mut State, index: usize) {
        let Some(client) = state.clients.get(index).cloned() else { return };
        let answered = self.heard.of((client.number(), None), || self.kept(client.send()));
        self.client(state, index, answered);
    }

    fn kept(&self, (client, flight): (Client, Option<Flight>)) -> Answered<Client> {
        (self.clients.keep(client), flight.map(|flight| self.flights.keep(flight)))
    }

    fn client(&self, state: &mut State, index: usize, (client, flight): Answered<Client>) {
        if let Some(known) = state.clients.get_mut(index) {
            *known = client;
        }
        flight.into_iter().for_each(|flight| state.send(flight));
    }

    /// Something arrives.
    pub(crate) fn arrive(&self, state: &mut State, flight: &Kept<Flight>, crash: Option<usize>) {
        match &**flight {
            Flight::Tell(message) => self.step(state, &message.to, Some(flight), crash),
            Flight::Deliver { to, .. } => self.step(state, to, Some(flight), crash),
            Flight::Ask { id, ask, by } => {
                let entry = state.entry(id).cloned().unwrap_or_else(|| self.entries.keep(Entry::default()));
                let key = (entry.number(), flight.number());
                let (entry, answer) = self.asked.of(key, || self.ask(&entry, id, ask, by));
                state.put_entry(id, entry);
                answer.into_iter().for_each(|answer| state.send(answer));
            }
            Flight::EntrySaid { client: index, .. } | Flight::ProfileSaid { client: index, .. } => {
                let Some(client) = state.clients.get(*index).cloned() else { return };
                let key = (client.number(), Some(flight.number()));
                let answered = self.heard.of(key, || self.kept(client.hear(flight)));
                self.client(state, *index, answered);
            }
        }
    }

    fn ask(&self, entry: &Kept<Entry>, id: &Identifier, ask: &Ask, by: &Sender) -> Answered<Entry> {
        let (changed, answer) = apply(entry, ask, self.config.identity().quarantine, MESSAGES);
        let entry = changed.map_or_else(|| entry.clone(), |changed| self.entries.keep(changed));
        let (id, ask) = (id.clone(), ask.clone());
        let flight = match by {
            Sender::Client(client) => Flight::EntrySaid { id, answer, client: *client },
            Sender::Profile(profile) => {
                let home = Home::empty(profile.clone());
                let body = Body::Entry { id, ask, answer };
                Flight::Tell(Box::new(Message::new(&home, profile.clone(), body)))
            }
        };
        (entry, Some(self.flights.keep(flight)))
    }

    fn arrivals(&self, state: &State, actions: &mut Vec<Action>) {
        let mut before: Option<&Kept<Flight>> = None;
        for flight in &state.network {
            if before == Some(flight) {
                continue;
            }
            before = Some(flight);
            actions.push(Action::Arrive(flight.clone()));
            if state.faults == 0 {
                continue;
            }
            if !self.scenario.only_crashes {
                actions.push(Action::Repeat(flight.clone()));
                actions.push(Action::Drop(flight.clone()));
            }
            let to = match &**flight {
                Flight::Tell(message) => Some(&message.to),
                Flight::Deliver { to, .. } => Some(to),
                Flight::Ask { .. } | Flight::EntrySaid { .. } | Flight::ProfileSaid { .. } => None,
            };
            if let Some(to) = to {
                let ways = self.crashes(state, to, Some(flight));
                actions.extend((0..ways).map(|way| Action::Crash(flight.clone(), way)));
            }
        }
    }

    fn alarms(&self, state: &State, actions: &mut Vec<Action>) {
        for object in &state.objects {
            let who = &object.who;
            if object.sight.has_memory && state.faults > 0 {
                actions.push(Action::Forget(who.clone()));
            }
            let early = state.is_early(who);
            let may = !early || !self.scenario.only_crashes;
            if object.sight.has_work && may && state.faults >= u8::from(early) {
                actions.push(Action::Ring(who.clone()));
                if state.faults > u8::from(early) {
                    let ways = self.crashes(state, who, None);
                    actions.extend((0..ways).map(|way| Action::RingCrash(who.clone(), way)));
                }
            }
        }
    }

    fn rung(&self, state: &mut State, who: &ProfileId, crash: Option<usize>) {
        if state.is_early(who) {
            state.faults -= 1;
        } else if let Err(at) = state.rung.binary_search(who) {
            state.rung.insert(at, who.clone());
        }
        self.step(state, who, None, crash);
    }
}

impl Model for Merging {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.begin()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.wrong.is_some() {
            return;
        }
        self.arrivals(state, actions);
        self.alarms(state, actions);
        actions.extend(state.stranded().map(|client| Action::Send(client.index)));
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Arrive(flight) => {
                state.remove(&flight);
                self.arrive(&mut state, &flight, None);
            }
            Action::Repeat(flight) => {
                state.faults -= 1;
                self.arrive(&mut state, &flight, None);
            }
            Action::Drop(flight) => {
                state.faults -= 1;
                state.remove(&flight);
            }
            Action::Crash(flight, way) => {
                state.faults -= 1;
                state.remove(&flight);
                self.arrive(&mut state, &flight, Some(way));
            }
            Action::Forget(who) => {
                state.faults -= 1;
                let object = self.here(&state, &who);
                state.put_object(self.crash(&object));
            }
            Action::Ring(who) => self.rung(&mut state, &who, None),
            Action::RingCrash(who, way) => {
                state.faults -= 1;
                self.rung(&mut state, &who, Some(way));
            }
            Action::Send(client) => self.send_again(&mut state, client),
        }
        if state.network.is_empty() {
            state.rung.clear();
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let laws = [
            Property::always("no object breaks a law", |model: &Self, state: &State| {
                model.holds(state.is_lawful())
            }),
            Property::always("every event counts once", |model: &Self, state: &State| {
                model.holds(state.counts_once())
            }),
            Property::always("nothing is held twice", |model: &Self, state: &State| {
                model.holds(state.holds_once())
            }),
            Property::always("a merge is read whole or not at all", |model: &Self, state: &State| {
                model.holds(state.is_read_whole(model.before()))
            }),
            Property::always("it comes to rest as it should", |model: &Self, state: &State| {
                model.holds(model.settles(state))
            }),
        ];
        let wanted = self.wanted().map(|wanted| match wanted {
            HALF_STAGED => Property::sometimes(wanted, |_, state: &State| state.is_half_staged()),
            _ => Property::sometimes(wanted, |_, state: &State| state.is_at_rest()),
        });
        laws.into_iter().chain(wanted).collect()
    }
}
