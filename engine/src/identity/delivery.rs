//! Finding the profile that an event belongs to: what a Worker does for every event of a request.
//!
//! Sans-I/O: [`Delivery::next`] says whom to ask, and the answers are told to it. An event goes first to where it is
//! expected, and only if that is wrong are the identifier objects asked.

use super::Identifier;
use super::entry::{Answer, Owner};
use super::fact::{Fact, Order, Says};
use super::home::{Grant, Taken};
use crate::ids::ProfileId;
use crate::limits;
use crate::profile::Logged;
use crate::time::UnixMillis;

/// Whom to ask next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Next {
    /// Ask this identifier's entry who owns it.
    LookUp(Identifier),
    /// Ask it, and claim it for a new profile if nobody does.
    Claim(Identifier),
    /// Hand the event to this profile, and say which entry led there.
    Deliver(ProfileId, Option<Grant>),
    /// It could not be handed over in time: the client is to send it again.
    GiveUp,
    /// It has its outcome.
    Done(Delivered),
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delivered {
    /// Logged.
    Accepted,
    /// Was there already.
    Duplicate,
    /// It is about somebody who was erased.
    Erased,
    /// It may not be stored.
    Denied,
}

/// The way of one event.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// When it happened.
    at: UnixMillis,
    /// Strongest first.
    ids: Vec<Identifier>,
    /// Of an alias: the older name.
    previous: Option<Identifier>,
    /// How many of `ids` (then `previous`) were looked up and are nobody's.
    nobody: usize,
    /// Profiles that said it is not theirs.
    refused_by: Vec<ProfileId>,
    /// Where it goes.
    next: Next,
    /// Answers so far.
    rounds: usize,
    /// Redirects followed in a row.
    hops: usize,
    /// See [`Item::apart_since`](super::home::Item::apart_since).
    pub apart_since: Option<Order>,
}

impl Delivery {
    /// An event, and the profile where it is expected.
    pub fn new(logged: &Logged, expected: Option<(ProfileId, Option<Grant>)>) -> Option<Self> {
        let Fact { says: Says::Seen { ids, previous }, order } = Fact::of(logged)? else { return None };
        let mut delivery = Self {
            at: order.0,
            ids,
            previous,
            nobody: 0,
            refused_by: Vec::new(),
            next: Next::GiveUp,
            rounds: 0,
            hops: 0,
            apart_since: None,
        };
        delivery.next = match expected {
            Some((profile, granted)) => Next::Deliver(profile, granted),
            None => delivery.find(),
        };
        Some(delivery)
    }

    /// Whom to ask.
    pub fn next(&self) -> &Next {
        &self.next
    }

    /// By the strongest identifier that is owned; if none is, the strongest is claimed. Once a profile has refused the
    /// event, only its strongest identifier says whose it is.
    fn find(&self) -> Next {
        let mut weaker = self.ids.iter().chain(&self.previous);
        let several = self.ids.len() > 1 || self.previous.is_some();
        let open = weaker.nth(self.nobody).filter(|_| self.refused_by.is_empty() && several);
        match (open, self.ids.first()) {
            (Some(id), _) => Next::LookUp(id.clone()),
            (None, Some(strongest)) => Next::Claim(strongest.clone()),
            (None, None) => Next::GiveUp,
        }
    }

    /// An entry has answered.
    pub fn entry_said(&mut self, id: &Identifier, answer: &Answer) {
        if !matches!(&self.next, Next::LookUp(asked) | Next::Claim(asked) if asked == id) {
            return; // an answer that came late
        }
        self.count();
        self.next = match &answer.owner {
            Owner::Owned { profile, epoch }
                if !self.refused_by.contains(profile) || self.ids.first() == Some(id) =>
            {
                let grant = Grant { id: id.clone(), profile: profile.clone(), epoch: *epoch };
                Next::Deliver(profile.clone(), Some(grant))
            }
            // Whom an event is about is what its strongest identifier names.
            Owner::Erased { at, .. } if self.ids.first() == Some(id) && self.at <= *at => {
                Next::Done(Delivered::Erased)
            }
            Owner::Owned { .. } | Owner::Fresh | Owner::Freed { .. } | Owner::Erased { .. } => {
                self.nobody += 1;
                self.find()
            }
        };
    }

    /// A profile has answered.
    pub fn profile_said(&mut self, profile: &ProfileId, taken: &Taken) {
        if !matches!(&self.next, Next::Deliver(asked, _) if asked == profile) {
            return; // an answer that came late
        }
        self.count();
        self.next = match taken {
            Taken::Accepted => Next::Done(Delivered::Accepted),
            Taken::Duplicate => Next::Done(Delivered::Duplicate),
            Taken::Erased => Next::Done(Delivered::Erased),
            Taken::Denied => Next::Done(Delivered::Denied),
            Taken::Moved { to, grant } => {
                self.hops += 1;
                let granted = match &self.next {
                    Next::Deliver(_, granted) => grant.clone().or_else(|| granted.clone()),
                    _ => None,
                };
                // Whoever has moved that often is found by the entries, which are kept up to date.
                if self.hops > limits::REDIRECTS { self.find() } else { Next::Deliver(to.clone(), granted) }
            }
            Taken::Elsewhere { id, since } => {
                self.ids = vec![id.clone()];
                self.previous = None;
                self.apart_since = Some(since.clone());
                Next::Claim(id.clone())
            }
            Taken::NotMine => {
                self.refused_by.push(profile.clone());
                self.hops = 0;
                self.find()
            }
        };
        if self.rounds > limits::DELIVERY_ROUNDS && !matches!(self.next, Next::Done(_)) {
            self.next = Next::GiveUp;
        }
    }

    /// Somebody could not be reached: the event is not known to be stored.
    pub fn failed(&mut self) {
        self.next = Next::GiveUp;
    }

    fn count(&mut self) {
        self.rounds += 1;
    }
}
