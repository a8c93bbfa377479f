//! Something on its way, and the client at one end of some of it.

use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::delivery::{Delivered, Delivery, Next};
use selvedge_engine::identity::entry::{Answer, Ask};
use selvedge_engine::identity::home::{Item, Message, Taken};
use selvedge_engine::ids::ProfileId;
use selvedge_simulator::laws::short;

/// Something on its way.
#[derive(Debug, Clone)]
pub enum Flight {
    /// From one profile object to another, or the answer of an entry.
    Tell(Box<Message>),
    /// To an entry.
    Ask {
        /// Which.
        id: Identifier,
        /// What it is asked.
        ask: Ask,
        /// Who asks.
        by: Sender,
    },
    /// An event for a profile object.
    Deliver {
        /// Which.
        to: ProfileId,
        /// The event.
        item: Box<Item>,
        /// Of which client.
        client: usize,
    },
    /// An entry answers a client.
    EntrySaid {
        /// Which entry.
        id: Identifier,
        /// What.
        answer: Answer,
        /// Which client.
        client: usize,
    },
    /// A profile object answers a client.
    ProfileSaid {
        /// Which profile.
        profile: ProfileId,
        /// What.
        taken: Taken,
        /// Which client.
        client: usize,
    },
}

impl std::fmt::Display for Flight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tell(message) => {
                write!(f, "{} to {}: {:?}", short(&message.from), short(&message.to), message.body)
            }
            Self::Ask { id, ask, by: Sender::Profile(by) } => write!(f, "{} asks {id}: {ask:?}", short(by)),
            Self::Ask { id, ask, by: Sender::Client(by) } => write!(f, "client {by} asks {id}: {ask:?}"),
            Self::Deliver { to, item, client } => {
                write!(f, "client {client} gives {} to {}", item.logged.event.message_id, short(to))
            }
            Self::EntrySaid { id, answer, client } => write!(f, "{id} to client {client}: {answer:?}"),
            Self::ProfileSaid { profile, taken, client } => {
                write!(f, "{} to client {client}: {taken:?}", short(profile))
            }
        }
    }
}

/// Who asks an entry.
#[derive(Debug, Clone)]
pub enum Sender {
    /// A profile object.
    Profile(ProfileId),
    /// A client.
    Client(usize),
}

impl Flight {
    /// Whether it comes from this profile object or goes there: whether the object need not ask again yet.
    pub(crate) fn concerns(&self, who: &ProfileId) -> bool {
        match self {
            Self::Tell(message) => message.from == *who || message.to == *who,
            Self::Ask { by: Sender::Profile(by), .. } => by == who,
            Self::Ask { .. } | Self::Deliver { .. } | Self::EntrySaid { .. } | Self::ProfileSaid { .. } => {
                false
            }
        }
    }

    /// The client that waits for it.
    pub(crate) fn client(&self) -> Option<usize> {
        match self {
            Self::Tell(_) | Self::Ask { by: Sender::Profile(_), .. } => None,
            Self::Ask { by: Sender::Client(client), .. }
            | Self::Deliver { client, .. }
            | Self::EntrySaid { client, .. }
            | Self::ProfileSaid { client, .. } => Some(*client),
        }
    }
}

/// A client with one event, which it sends until it has heard what became of it.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its number.
    pub(crate) index: usize,
    /// The event.
    pub(crate) item: Item,
    /// The profile that it would make for a new person.
    pub(crate) candidate: ProfileId,
    /// Where it expects the event to belong.
    pub(crate) expected: Option<ProfileId>,
    /// It has sent the event: once, or (2) more often.
    pub(crate) sent: u8,
    /// How far the event has come.
    pub(crate) delivery: Option<Delivery>,
    /// What became of it.
    pub(crate) done: Option<Delivered>,
}

impl Client {
    /// Sends the event, from the beginning.
    pub(crate) fn send(&self) -> (Self, Option<Flight>) {
        let expected = self.expected.clone().map(|profile| (profile, None));
        let sent = if self.sent == 0 { 1 } else { 2 };
        let delivery = Delivery::new(&self.item.logged, expected);
        Self { delivery, sent, ..self.clone() }.proceed()
    }

    /// Takes an answer.
    pub(crate) fn hear(&self, flight: &Flight) -> (Self, Option<Flight>) {
        let mut next = self.clone();
        let Some(delivery) = next.delivery.as_mut() else { return (next, None) };
        match flight {
            Flight::EntrySaid { id, answer, .. } => delivery.entry_said(id, answer),
            Flight::ProfileSaid { profile, taken, .. } => delivery.profile_said(profile, taken),
            Flight::Tell(_) | Flight::Ask { .. } | Flight::Deliver { .. } => return (next, None),
        }
        if format!("{:?}", next.delivery) == format!("{:?}", self.delivery) {
            // It came twice.
            return (next, None);
        }
        next.proceed()
    }

    fn proceed(mut self) -> (Self, Option<Flight>) {
        let Some(delivery) = &self.delivery else { return (self, None) };
        let (client, by) = (self.index, Sender::Client(self.index));
        let flight = match delivery.next().clone() {
            Next::LookUp(id) => Some(Flight::Ask { id, ask: Ask::Lookup, by }),
            Next::AskWhoShows(id, since) => Some(Flight::Ask { id, ask: Ask::Shown { since, by: None }, by }),
            Next::Claim(id, profile) => {
                let event = &self.item.logged.event;
                let order = (event.timestamp, event.message_id.clone());
                let candidate = profile.unwrap_or_else(|| self.candidate.clone());
                let ask = Ask::Claim { candidate, order, link: false, only_ask: false };
                Some(Flight::Ask { id, ask, by })
            }
            Next::Deliver(to, granted) => {
                let apart_since = delivery.apart_since.clone();
                let item = Box::new(Item { granted, apart_since, ..self.item.clone() });
                Some(Flight::Deliver { to, item, client })
            }
            Next::GiveUp => {
                self.delivery = None;
                None
            }
            Next::Done(outcome) => {
                self.delivery = None;
                self.done = Some(outcome);
                None
            }
        };
        (self, flight)
    }
}
