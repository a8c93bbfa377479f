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
    /// Ask it, and claim it if nobody does: for this profile, or for a new one.
    Claim(Identifier, Option<ProfileId>),
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
    /// Another event was there already under its messageId.
    Conflict,
    /// It is older than what is retained.
    PastRetention,
    /// It is about somebody who was erased.
    Erased,
    /// It may not be stored.
    Denied,
}

/// The way of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When it happened.
    at: UnixMillis,
    /// Strongest first.
    ids: Vec<Identifier>,
    /// Of an alias: the older name.
    previous: Option<Identifier>,
    /// Where the device was found last: for whom the strongest identifier is claimed, until somebody has said no.
    hint: Option<ProfileId>,
    /// It was claimed for the device's profile.
    hinted: bool,
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
            hint: None,
            hinted: false,
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

    /// A login on a device that was found at `profile` last: the login is claimed for that profile at once, instead of
    /// asking all entries and leaving the claim to the profile. Only a hint: what is somebody's already stays theirs, and
    /// a profile that is not the device's any more, or is somebody else's, says so and frees the entry again.
    #[must_use]
    pub fn with_hint(mut self, profile: ProfileId) -> Self {
        // An older name may lead to somebody else.
        if self.ids.len() > 1 && self.previous.is_none() && matches!(self.next, Next::LookUp(_)) {
            self.hint = Some(profile);
            self.hinted = true;
            self.next = self.find();
        }
        self
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
        match (open.filter(|_| self.hint.is_none()), self.ids.first()) {
            (Some(id), _) => Next::LookUp(id.clone()),
            (None, Some(strongest)) => Next::Claim(strongest.clone(), self.hint.clone()),
            (None, None) => Next::GiveUp,
        }
    }

    /// An entry has answered.
    pub fn entry_said(&mut self, id: &Identifier, answer: &Answer) {
        if !matches!(&self.next, Next::LookUp(asked) | Next::Claim(asked, _) if asked == id) {
            return; // an answer that came late
        }
        self.count();
        let erased = answer.is_erased(self.at);
        self.next = match &answer.owner {
            // Whom an event is about is what its strongest identifier names.
            _ if erased && self.ids.first() == Some(id) => Next::Done(Delivered::Erased),
            Owner::Owned { .. } if erased => self.is_nobodys(),
            Owner::Owned { profile, epoch }
                if !self.refused_by.contains(profile) || self.ids.first() == Some(id) =>
            {
                let (profile, erased) = (profile.clone(), answer.erased_at());
                let grant = Grant { id: id.clone(), profile: profile.clone(), epoch: *epoch, erased };
                Next::Deliver(profile, Some(grant))
            }
            Owner::Owned { .. } | Owner::Fresh | Owner::Freed { .. } | Owner::Erased { .. } => {
                self.is_nobodys()
            }
        };
    }

    fn is_nobodys(&mut self) -> Next {
        self.nobody += 1;
        self.find()
    }

    /// A profile has answered.
    pub fn profile_said(&mut self, profile: &ProfileId, taken: &Taken) {
        if !matches!(&self.next, Next::Deliver(asked, _) if asked == profile) {
            return; // an answer that came late
        }
        self.count();
        self.hint = None;
        self.next = match taken {
            // Whoever the device was of: who has just logged in on it may be somebody else. The login's entry knows.
            Taken::Erased if self.hinted => self.not_of(profile),
            Taken::Accepted => Next::Done(Delivered::Accepted),
            Taken::Duplicate => Next::Done(Delivered::Duplicate),
            Taken::Conflict => Next::Done(Delivered::Conflict),
            Taken::PastRetention => Next::Done(Delivered::PastRetention),
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
                Next::Claim(id.clone(), None)
            }
            Taken::NotMine => self.not_of(profile),
        };
        if self.rounds > limits::DELIVERY_ROUNDS && !matches!(self.next, Next::Done(_)) {
            self.next = Next::GiveUp;
        }
    }

    fn not_of(&mut self, profile: &ProfileId) -> Next {
        self.refused_by.push(profile.clone());
        self.hops = 0;
        self.find()
    }

    /// Somebody could not be reached: the event is not known to be stored.
    pub fn failed(&mut self) {
        self.next = Next::GiveUp;
    }

    fn count(&mut self) {
        self.rounds += 1;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::super::entry::{Answer, Owner};
    use super::super::extract::Carried;
    use super::super::home::{Grant, Taken};
    use super::super::{Identifier, Trust};
    use super::{Delivered, Delivery, Next};
    use crate::consent::Consent;
    use crate::event::{Event, Kind};
    use crate::ids::{MessageId, ProfileId, SourceId};
    use crate::profile::Logged;
    use crate::time::UnixMillis;

    fn profile(n: u8) -> ProfileId {
        ProfileId::from_random([n; 16])
    }

    fn id(text: &str) -> Identifier {
        Identifier::stored(text).unwrap()
    }

    fn hinted(ids: &[&str]) -> Delivery {
        let event = Event {
            message_id: MessageId::from("m1"),
            kind: Kind::Identify,
            timestamp: UnixMillis(1_000),
            received_at: UnixMillis(1_000),
            source: SourceId::from("web"),
            body: Map::new(),
        };
        let ids = ids.iter().map(|text| Carried { id: id(text), trust: Trust::Verified }).collect();
        let logged = Logged::new(event, ids, Consent { analytics: true, ..Consent::default() });
        Delivery::new(&logged, None).unwrap().with_hint(profile(1))
    }

    fn owned(n: u8) -> Answer {
        let owner = Owner::Owned { profile: profile(n), epoch: 1 };
        Answer { owner, first_contact: false, erased: None, claimants: Vec::new(), quarantined: false }
    }

    #[test]
    fn a_login_is_claimed_for_the_devices_profile_and_stays_whose_it_is() {
        let user = id("user_id:ada");
        let mut delivery = hinted(&["user_id:ada", "anonymous_id:a"]);
        assert_eq!(*delivery.next(), Next::Claim(user.clone(), Some(profile(1))));
        delivery.entry_said(&user, &owned(2));
        let grant = Grant { id: user, profile: profile(2), epoch: 1, erased: None };
        assert_eq!(*delivery.next(), Next::Deliver(profile(2), Some(grant)), "whoever has it already");
    }

    #[test]
    fn a_devices_profile_that_is_erased_or_somebody_else_is_not_asked_for_again() {
        for said in [Taken::Erased, Taken::NotMine] {
            let mut delivery = hinted(&["user_id:ada", "anonymous_id:a"]);
            delivery.entry_said(&id("user_id:ada"), &owned(1));
            delivery.profile_said(&profile(1), &said);
            assert_eq!(*delivery.next(), Next::Claim(id("user_id:ada"), None), "{said:?}");
        }
        let mut delivery = hinted(&["user_id:ada", "anonymous_id:a"]);
        let owner = Owner::Erased { epoch: 2, at: UnixMillis(2_000), receipt: None };
        delivery.entry_said(&id("user_id:ada"), &Answer { owner, ..owned(1) });
        assert_eq!(*delivery.next(), Next::Done(Delivered::Erased), "the login itself is");
    }

    #[test]
    fn what_was_before_an_erasure_is_not_about_who_has_the_name_since() {
        let mut delivery = hinted(&["user_id:ada", "anonymous_id:a"]);
        let since = |at| Answer { erased: Some(UnixMillis(at)), ..owned(2) };
        delivery.entry_said(&id("user_id:ada"), &since(1_000));
        assert_eq!(*delivery.next(), Next::Done(Delivered::Erased));
        let mut delivery = hinted(&["user_id:ada", "anonymous_id:a"]);
        delivery.entry_said(&id("user_id:ada"), &since(999));
        assert!(matches!(delivery.next(), Next::Deliver(..)));
    }

    #[test]
    fn a_device_alone_is_looked_for_without_a_hint() {
        let delivery = hinted(&["anonymous_id:a"]);
        assert_eq!(*delivery.next(), Next::Claim(id("anonymous_id:a"), None));
    }
}
