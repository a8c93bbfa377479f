//! Finding the profile that an event belongs to: what a Worker does for every event of a request.
//!
//! Sans-I/O: [`Delivery::next`] says whom to ask, and the answers are told to it. An event goes first to where it is
//! expected, and only if that is wrong are the identifier objects asked.

use super::entry::{Answer, Owner};
use super::fact::{Fact, Order, Says};
use super::home::{Grant, Taken};
use super::meet::isolated;
use super::{Identifier, IdentityRules};
use crate::ids::{MessageId, ProfileId};
use crate::limits;
use crate::profile::Logged;
use crate::time::UnixMillis;

/// Whom to ask next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Next {
    /// Ask this identifier's entry who owns it.
    LookUp(Identifier),
    /// Ask that, and who else has shown it since then.
    AskWhoShows(Identifier, UnixMillis),
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
    /// Profiles that may have it from before, when it was read with a name that it does not have now.
    before: Vec<ProfileId>,
    /// It is with one of them.
    asks_before: bool,
    /// It shows a device alone, which is kept apart once several people use it.
    of_device: bool,
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
            before: Vec::new(),
            asks_before: false,
            of_device: false,
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

    /// A name on the event is under quarantine by this config, and was perhaps none when it came before: then somebody whom
    /// that name leads to has it, and has shown the others. They are asked, but not that name's entry, nor its owner for
    /// what has happened since. Where the event is expected says nothing of that.
    #[must_use]
    pub fn without_a_name(mut self) -> Self {
        if let Some(strongest) = self.ids.first() {
            self.next = Next::AskWhoShows(strongest.clone(), self.at);
        }
        self
    }

    /// By these rules it may belong to what its device did after a second login. Who had the device knows since when; of one
    /// who was erased, its entry does.
    #[must_use]
    pub fn by(mut self, rules: &IdentityRules) -> Self {
        let since = |_: &Identifier| Some(Order::default());
        self.of_device = isolated(&self.ids, &(self.at, MessageId::default()), since, rules).is_some();
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
        if !matches!(&self.next, Next::LookUp(asked) | Next::AskWhoShows(asked, _) | Next::Claim(asked, _) if asked == id)
        {
            return; // an answer that came late
        }
        self.count();
        if matches!(self.next, Next::AskWhoShows(..)) {
            self.before = answer.claimants.iter().rev().cloned().collect();
            self.next = self.ask_before();
            return;
        }
        let erased = answer.is_erased(self.at);
        self.next = match &answer.owner {
            // Whom an event is about is what its strongest identifier names.
            _ if erased && self.ids.first() == Some(id) => Next::Done(Delivered::Erased),
            _ if self.of_device && answer.shared.is_some_and(|since| since < self.at) => {
                let since = answer.shared.unwrap_or_default();
                self.is_apart(id.shared_device(), (since, MessageId::default()))
            }
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

    /// The next one who may have it from before; then whoever it belongs to.
    fn ask_before(&mut self) -> Next {
        let profile = self.before.pop();
        self.asks_before = profile.is_some();
        match profile {
            Some(profile) => Next::Deliver(profile, None),
            None => {
                self.hops = 0;
                self.find()
            }
        }
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
            Taken::Erased | Taken::NotMine | Taken::Elsewhere { .. } if self.asks_before => self.ask_before(),
            // Whoever that is may have the identifier by now, and would take it: asked when all others have said no.
            Taken::Moved { to, .. } if self.asks_before => {
                self.hops += 1;
                if self.hops <= limits::REDIRECTS && !self.before.contains(to) {
                    self.before.insert(0, to.clone());
                }
                self.ask_before()
            }
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
            Taken::Elsewhere { id, since } => self.is_apart(id.clone(), since.clone()),
            Taken::NotMine => self.not_of(profile),
        };
        if self.rounds > limits::DELIVERY_ROUNDS && !matches!(self.next, Next::Done(_)) {
            self.next = Next::GiveUp;
        }
    }

    /// It belongs to what its device did, which has this name, since then.
    fn is_apart(&mut self, id: Identifier, since: Order) -> Next {
        self.ids = vec![id.clone()];
        self.previous = None;
        self.of_device = false;
        self.apart_since = Some(since);
        Next::Claim(id, None)
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
        Answer {
            owner,
            first_contact: false,
            suppressed: false,
            erased: None,
            shared: None,
            claimants: Vec::new(),
            quarantined: false,
        }
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
    fn whoever_may_take_what_has_lost_a_name_is_asked_when_all_others_have_said_no() {
        let device = id("anonymous_id:a");
        let mut delivery = hinted(&["anonymous_id:a"]).without_a_name();
        assert_eq!(*delivery.next(), Next::AskWhoShows(device.clone(), UnixMillis(1_000)));
        delivery.entry_said(&device, &Answer { claimants: vec![profile(1), profile(2)], ..owned(3) });
        assert_eq!(*delivery.next(), Next::Deliver(profile(1), None));
        delivery.profile_said(&profile(1), &Taken::Moved { to: profile(3), grant: None });
        assert_eq!(*delivery.next(), Next::Deliver(profile(2), None), "the owner would take it");
        delivery.profile_said(&profile(2), &Taken::NotMine);
        assert_eq!(*delivery.next(), Next::Deliver(profile(3), None));
        delivery.profile_said(&profile(3), &Taken::NotMine);
        assert_eq!(*delivery.next(), Next::Claim(device, None), "then its usual way");
    }

    #[test]
    fn a_device_alone_is_looked_for_without_a_hint() {
        let delivery = hinted(&["anonymous_id:a"]);
        assert_eq!(*delivery.next(), Next::Claim(id("anonymous_id:a"), None));
    }
}
