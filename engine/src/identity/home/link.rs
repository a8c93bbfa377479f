//! Linking: an identifier on a logged event becomes this profile's, or leads to a merge, or is refused and recorded.
//!
//! One link at a time, in the order of their events and the strongest first, because what may be linked depends on what
//! is. The entry is asked, then its owner; the answer may come late, twice or never.

use super::super::entry::{Answer, Ask, Owner};
use super::super::fact::Order;
use super::super::meet::{Admit, HeldState, Meeting, admit, is_anonymous, meet};
use super::super::{Identifier, IdentifierKind, Refusal, Violation};
use super::message::{About, Body, Effect, Party, Proposal};
use super::store::{Linking, Store};
use super::{Grant, Handed, How, Link, Place, Step, Stepped};
use crate::ids::ProfileId;
use crate::limits;

impl<S: Store> Step<'_, S> {
    pub(super) fn ask_entry(&mut self, id: &Identifier, ask: Ask) {
        self.effects.push(Effect::Ask { id: id.clone(), ask });
    }

    /// The next link that nothing stands in the way of.
    pub(super) fn next_link(&self) -> Option<Link> {
        let rules = self.config.identity();
        let open =
            self.profile.links.iter().filter(|(key, _)| !self.profile.under_way.postponed.contains(*key));
        let rank = |link: &Link| {
            let priority = link.id().map_or(0, |id| rules.priority(&id.namespace));
            (link.id().is_some(), link.order.clone(), priority)
        };
        open.map(|(_, link)| link).min_by_key(|link| rank(link)).cloned()
    }

    /// Starts the next link, if none is under way.
    pub(super) fn start_link(&mut self) -> Stepped<()> {
        while self.is_live() && self.profile.under_way.link.is_none() {
            let Some(link) = self.next_link() else { return Ok(()) };
            match &link.how {
                How::Plan { with } | How::Hand { with } => {
                    let with = with.clone();
                    self.profile.under_way.link = Some(Linking::of(&link));
                    self.propose(&link, &with)?;
                }
                How::Remember { id } => {
                    self.profile.under_way.link = Some(Linking::of(&link));
                    let (candidate, order) = (self.me(), link.order.clone());
                    self.ask_entry(id, Ask::Claim { candidate, order, link: true, only_ask: true });
                }
                How::Again { id } => {
                    self.profile.under_way.link = Some(Linking::of(&link));
                    let by = link.decides.then(|| self.me());
                    self.ask_entry(id, Ask::Shown { since: link.order.0, by });
                }
                How::Shown { id } | How::IfKnown { id } | How::Renames { id, .. } | How::Retired { id } => {
                    if self.profile.held.get(id).is_some_and(|held| held.state != HeldState::Released) {
                        self.is_linked_already(&link)?;
                        continue;
                    }
                    self.profile.under_way.link = Some(Linking::of(&link));
                    let only_ask = self.refuses(id, &link);
                    let (candidate, order) = (self.me(), link.order.clone());
                    self.ask_entry(id, Ask::Claim { candidate, order, link: true, only_ask });
                }
            }
        }
        Ok(())
    }

    /// Whether the rules would forbid it even if nobody held it.
    fn refuses(&self, id: &Identifier, link: &Link) -> bool {
        let edges = self.edges();
        let rules = self.config.identity();
        matches!(link.how, How::Shown { .. })
            && matches!(admit(&self.promised(), id, link.order.0, rules, &edges), Admit::Refuse(_))
    }

    /// An entry has answered a claim.
    pub(super) fn claim_answered(&mut self, id: &Identifier, answer: &Answer, only_ask: bool) -> Stepped<()> {
        if self.is_live() {
            // Otherwise it goes along, and whoever has it then asks again.
            self.settled(&format!("remember:{id}"))?;
        }
        let key = id.to_string();
        let asked_by = self.profile.links.get(&key).map(|link| link.order.0);
        // What is here only since somebody new has come can't be about who was erased.
        let came_back = answer.owner.profile().is_some() && asked_by.is_none_or(|at| !answer.is_erased(at));
        if let Some(at) = answer.erased_at().filter(|_| self.is_live() && !came_back) {
            self.drop_about(id, at)?;
        }
        let current = self.profile.under_way.is_linking(&key);
        let Some(link) = self.profile.links.get(&key).cloned().filter(|_| self.is_live()) else {
            return Ok(());
        };
        let me = self.me();
        if self.is_out_of_date(id, answer.owner.epoch()) {
            // It has gone elsewhere since this was said.
            return self.postpone(&key);
        }
        match &answer.owner {
            // It named somebody else then.
            _ if answer.is_erased(link.order.0) => self.named_one_erased(id, &link.order),
            Owner::Owned { profile, epoch } if *profile == me => {
                let (id, profile) = (id.clone(), me);
                let erased = answer.erased_at();
                self.hold_linked(&link, &Grant { id, profile, epoch: *epoch, erased })
            }
            _ if !current => Ok(()),
            Owner::Owned { profile, epoch } => {
                let profile = profile.clone();
                if let Some(linking) = self.profile.under_way.link.as_mut() {
                    linking.epoch = *epoch;
                    linking.quarantined = answer.quarantined;
                    linking.erased = answer.erased_at();
                }
                self.propose(&link, &profile)
            }
            Owner::Fresh | Owner::Freed { .. } | Owner::Erased { .. } if only_ask => {
                self.refuse_if_still(id, &link)
            }
            Owner::Fresh | Owner::Freed { .. } | Owner::Erased { .. } => self.postpone(&key),
        }
    }

    /// An event shows it that happened before whom it named then was erased.
    fn named_one_erased(&mut self, id: &Identifier, order: &Order) -> Stepped<()> {
        let broken = Violation { reason: Refusal::Erased, namespace: id.namespace.clone() };
        self.settled(&id.to_string())?;
        self.note_refusal(id, order, &[broken])?;
        // A later event may have shown it, too.
        self.unsettle()
    }

    /// It comes here as its entry says, by an event that names it. What waits here to be linked with it may have happened
    /// before whom it named then was erased, and was filed here by something weaker.
    pub(super) fn forget_what_it_named(&mut self, named: &Grant) -> Stepped<()> {
        let waits = self.profile.links.get(&named.id.to_string()).map(|link| link.order.clone());
        match (waits, named.erased) {
            (Some(order), Some(at)) if order.0 <= at => {
                self.drop_about(&named.id, at)?;
                self.named_one_erased(&named.id, &order)
            }
            _ => Ok(()),
        }
    }

    /// Whether an entry's word is older than what is known here of the identifier.
    pub(super) fn is_out_of_date(&self, id: &Identifier, epoch: u64) -> bool {
        self.profile.handed.get(id).is_some_and(|gone| !gone.done || epoch <= gone.epoch)
            || self.forgotten(id).is_some_and(|gone| epoch <= gone.epoch)
    }

    /// Nobody holds it, and it can't stand beside what is held here.
    fn refuse_if_still(&mut self, id: &Identifier, link: &Link) -> Stepped<()> {
        let edges = self.edges();
        let rules = self.config.identity();
        let mine = admit(&self.profile.held, id, link.order.0, rules, &edges);
        let promised = admit(&self.promised(), id, link.order.0, rules, &edges);
        match (mine, promised) {
            (Admit::Refuse(violations), _) => self.refuse(link, &violations, None),
            // Only what is promised stands in the way, and a promise may come to nothing.
            (_, Admit::Refuse(_)) => self.postpone(&link.key()),
            _ => {
                self.profile.under_way.link = None;
                Ok(())
            }
        }
    }

    /// To be tried again when the alarm rings.
    pub(super) fn postpone(&mut self, key: &str) -> Stepped<()> {
        if self.profile.under_way.is_linking(key) {
            self.profile.under_way.link = None;
        }
        self.profile.under_way.postponed.insert(key.to_owned());
        Ok(())
    }

    /// Asks the owner of what is to be linked.
    pub(super) fn propose(&mut self, link: &Link, other: &ProfileId) -> Stepped<()> {
        let me = self.me();
        if *other == me {
            return self.is_mine_already(link);
        }
        let Some(linking) = self.profile.under_way.link.as_mut() else { return Ok(()) };
        if linking.asked.len() > limits::REDIRECTS || linking.asked.contains(other) {
            return self.postpone(&link.key());
        }
        linking.asked.push(other.clone());
        let named = linking.asked.first().map(|named| (named.clone(), linking.epoch));
        let quarantined = linking.quarantined;
        let proposal = Proposal { from: self.party(), link: link.clone(), named, quarantined };
        self.tell(other, Body::Propose(Box::new(proposal)));
        Ok(())
    }

    /// The trail has led back here: who owned it has moved in.
    fn is_mine_already(&mut self, link: &Link) -> Stepped<()> {
        let named = self.profile.under_way.link.as_ref();
        let named =
            named.and_then(|linking| Some((linking.asked.first()?.clone(), linking.epoch, linking.erased)));
        if matches!(link.how, How::Again { .. }) {
            return self.ask_others(link);
        }
        let (Some(id), Some((profile, epoch, erased))) = (link.id().cloned(), named) else {
            return self.settled(&link.key());
        };
        let named = Grant { id, profile, epoch, erased };
        self.hold_linked(link, &named)?;
        let Grant { id, profile: from, .. } = named;
        if self.profile.held.contains_key(&id) {
            return self.remember_repoint(&id, super::Repoint { from, epoch });
        }
        Ok(())
    }

    /// Another profile shows what is held here.
    pub(super) fn proposed(&mut self, proposal: &Proposal) -> Stepped<()> {
        let Proposal { from, link, .. } = proposal;
        let asker = from.profile.clone();
        let key = link.key();
        match self.profile.home.place.clone() {
            _ if asker == self.me() => Ok(()),
            Place::Forwarding { to } => {
                self.tell(&asker, Body::Moved { to, older: None, about: About::Link(key) });
                Ok(())
            }
            Place::None if matches!(link.how, How::Again { .. }) => {
                self.tell(&asker, Body::Refused { key, violations: Vec::new(), last: None });
                Ok(())
            }
            Place::None => self.yield_to(&asker, key),
            Place::Erased { .. } => {
                self.may_know(std::slice::from_ref(&asker))?;
                let gone =
                    link.id().and_then(|id| self.profile.handed.get(id)).filter(|gone| !gone.done).cloned();
                if let Some(to) = gone.as_ref().and_then(|gone| gone.to.clone()) {
                    // It went to somebody else before.
                    self.tell(&asker, Body::Moved { to, older: None, about: About::Link(key) });
                    return Ok(());
                }
                // An entry that was claimed for us, or for one who moved in here, and not by anything that was known here.
                let named = proposal.named.clone().filter(|_| gone.is_none());
                if let (Some(id), Some((from, epoch))) = (link.id(), named) {
                    self.free_strange(id, &from, epoch);
                }
                let answer = match link.id() {
                    Some(_) => Body::Later { key },
                    None => Body::Refused { key, violations: Vec::new(), last: None },
                };
                self.tell(&asker, answer);
                Ok(())
            }
            Place::Surrendering { .. } => {
                self.tell(&asker, Body::Later { key });
                Ok(())
            }
            // A copy from before they moved in here: there is nobody any more to give anything to.
            Place::Live if self.moved_in(&from.profile)?.is_some_and(|epoch| from.epoch <= epoch) => Ok(()),
            Place::Live => self.meet(proposal),
        }
    }

    /// An identifier was claimed for us but its event never came: whoever has one may have the place.
    fn yield_to(&mut self, asker: &ProfileId, key: String) -> Stepped<()> {
        self.profile.home.place = Place::Forwarding { to: asker.clone() };
        self.put_home()?;
        self.tell(asker, Body::Moved { to: asker.clone(), older: None, about: About::Link(key) });
        Ok(())
    }

    fn meet(&mut self, proposal: &Proposal) -> Stepped<()> {
        let Proposal { from, link, named, quarantined } = proposal;
        let asker = from.profile.clone();
        let key = link.key();
        if let How::Again { id } = &link.how {
            // Nothing more is asked: that is the answer.
            if id.namespace.is_reserved() || link.decides {
                self.apart_may_have(&link.order.1, &asker)?;
            } else {
                self.others_may_have(id, &link.order, *quarantined)?;
            }
            self.tell(&asker, Body::Refused { key, violations: Vec::new(), last: None });
            return Ok(());
        }
        if link.id().is_some() && self.store.find(&link.order.1)?.is_some_and(|(_, visible)| visible) {
            if !*quarantined {
                self.unsettle()?;
            } else if !link.decides {
                // An event of which this is the strongest name comes from there: two that gave theirs would both have it.
                self.give_double(&link.order.1, &asker)?;
            }
        }
        let planned = matches!(link.how, How::Plan { .. } | How::Hand { .. });
        let held = link.id().is_none_or(|id| self.profile.held.contains_key(id));
        if self.has_since(link, named.as_ref()) {
            self.tell(&asker, Body::Later { key });
            return Ok(());
        }
        // While this profile is to be joined by a plan, nobody else is let in.
        let waits = self.profile.links.values().any(|link| matches!(link.how, How::Plan { .. }));
        if !held || (waits && !planned) {
            if let (false, Some(id), Some(named)) = (held, link.id().cloned(), named) {
                self.leads_here_by_mistake(&id, named, &asker)?;
            }
            self.tell(&asker, Body::Later { key });
            return Ok(());
        }
        if let Some(id) = link.id().filter(|_| *quarantined) {
            // Whoever had it keeps it, and it joins nobody any more.
            let broken = Violation { reason: Refusal::Quarantined, namespace: id.namespace.clone() };
            self.tell(&asker, Body::Refused { key, violations: vec![broken], last: None });
            return Ok(());
        }
        let meeting = match (&link.how, link.id()) {
            (How::Retired { id } | How::Renames { id, .. }, _) => {
                let broken = Violation { reason: Refusal::Alias, namespace: id.namespace.clone() };
                Meeting::Refuse { violations: vec![broken] }
            }
            (_, Some(id)) => {
                let mut edges = self.edges();
                edges.extend(super::super::resolve::edges(&from.decrees));
                let both = [&from.ids, &self.profile.held];
                edges.retain(|edge| !both.iter().any(|ids| edge.is_crossed(|id| ids.contains_key(id))));
                let rules = self.config.identity();
                let meeting = meet(&from.ids, &self.profile.held, id, rules, &edges);
                match admit(&from.ids, id, link.order.0, rules, &edges) {
                    // It stays where it is if there is no room for it: it must not end up with nobody.
                    Admit::Refuse(violations) if meeting == Meeting::Take => Meeting::Refuse { violations },
                    _ => meeting,
                }
            }
            (_, None) => Meeting::Join,
        };
        match meeting {
            Meeting::Join => self.agree(from, link),
            Meeting::Take => {
                if let Some(id) = link.id().cloned() {
                    self.give_up(&id, &asker, &link.order, from.last.as_ref())?;
                }
                self.tell(&asker, Body::Later { key });
                Ok(())
            }
            Meeting::Refuse { violations } => {
                if let Some(id) = link.id() {
                    self.mark_shared(&id.clone(), &link.order, &violations)?;
                }
                let last = self.profile.folded.last.clone();
                self.contest(&link.order, from.last.as_ref())?;
                self.tell(&asker, Body::Refused { key, violations, last });
                Ok(())
            }
        }
    }

    /// Whether what the entry said to whoever asks is older than that we have it: the proposal comes late, and it may have
    /// gone to them and come back.
    fn has_since(&self, link: &Link, named: Option<&(ProfileId, u64)>) -> bool {
        let held = link.id().and_then(|id| self.profile.held.get(id));
        held.zip(named).is_some_and(|(held, (_, epoch))| held.epoch > *epoch)
    }

    /// An entry names us, or one who has moved in here, and nothing here knows of it: whoever asks may have it.
    fn leads_here_by_mistake(
        &mut self,
        id: &Identifier,
        named: &(ProfileId, u64),
        asker: &ProfileId,
    ) -> Stepped<()> {
        let linking = self.profile.links.contains_key(&id.to_string());
        let leaving = self.profile.handed.get(id).is_some_and(|gone| !gone.done);
        if linking || leaving {
            return Ok(());
        }
        let (from, epoch) = named.clone();
        if from == self.me() {
            return self.put_handed(id, Handed::new(from, Some(asker.clone()), epoch));
        }
        // Only the one who is named knows whether it is so still.
        self.tell(&from, Body::Mistaken { id: id.clone(), epoch, to: asker.clone() });
        Ok(())
    }

    /// An entry is said to name us for what we don't hold.
    pub(super) fn is_mistaken(&mut self, id: &Identifier, epoch: u64, to: &ProfileId) {
        let here = self.profile.held.contains_key(id)
            || self.profile.links.contains_key(&id.to_string())
            || self.profile.handed.get(id).is_some_and(|gone| !gone.done);
        if !here && !matches!(self.profile.home.place, Place::Surrendering { .. }) {
            // Asked again until it is so: nothing has to be remembered.
            self.ask_entry(id, Ask::Move { from: self.me(), to: to.clone(), epoch });
        }
    }

    /// The identifier changes hands. A device that nobody had logged in on leaves its name behind.
    fn give_up(
        &mut self,
        id: &Identifier,
        to: &ProfileId,
        order: &Order,
        last: Option<&Order>,
    ) -> Stepped<()> {
        let rules = self.config.identity();
        let device = rules.kind(&id.namespace) == IdentifierKind::Device;
        let alone = device && is_anonymous(&self.profile.held, rules);
        let since = self.profile.held.get(id).map(|held| (held.first_seen, held.by.clone()));
        self.hand_over(id, Some(to.clone()))?;
        if alone && let Some(since) = since {
            // Linked like any other, so that its entry can be found.
            let how = How::Shown { id: id.before_login() };
            self.ask_for(Link { order: since, how, decides: false })?;
        }
        self.contest(order, last)
    }

    /// The rules allow it. The older side reserves; the younger comes.
    fn agree(&mut self, from: &Party, link: &Link) -> Stepped<()> {
        let me = self.party();
        if me.survives(from) {
            return self.reserve(from, link);
        }
        self.tell(&from.profile, Body::Survive { younger: Box::new(me), key: link.key() });
        Ok(())
    }

    /// The name is under quarantine and stays with its owner. Nothing that was decided before depends on it.
    fn refuse_quarantined(
        &mut self,
        link: &Link,
        owner: &ProfileId,
        violations: &[Violation],
    ) -> Stepped<()> {
        self.settled(&link.key())?;
        let Some(id) = link.id() else { return Ok(()) };
        self.note_refusal(id, &link.order, violations)?;
        self.look_apart(id, &link.order)?;
        if link.decides { self.give_misplaced(id, owner) } else { Ok(()) }
    }

    /// What the owner has answered to a proposal.
    pub(super) fn answered(&mut self, from: &ProfileId, body: &Body) -> Stepped<()> {
        let Some(Linking { key, asked, .. }) = self.profile.under_way.link.clone() else { return Ok(()) };
        if asked.last() != Some(from) || !self.is_live() {
            return Ok(());
        }
        let Some(link) = self.profile.links.get(&key).cloned() else {
            self.profile.under_way.link = None;
            return Ok(());
        };
        match body {
            Body::Moved { to, about: About::Link(asked), .. } if *asked == key => self.propose(&link, to),
            Body::Later { key: asked } if *asked == key => self.postpone(&key),
            Body::Refused { key: asked, .. } if *asked == key && matches!(link.how, How::Again { .. }) => {
                self.ask_others(&link)
            }
            Body::Refused { key: asked, violations, .. }
                if *asked == key && violations.iter().any(|one| one.reason == Refusal::Quarantined) =>
            {
                self.refuse_quarantined(&link, from, violations)
            }
            Body::Refused { key: asked, violations, last } if *asked == key => {
                self.refuse(&link, violations, last.as_ref())
            }
            Body::Survive { younger, key: asked } if *asked == key => {
                let me = self.party();
                if me.survives(younger) { self.reserve(younger, &link) } else { self.postpone(&key) }
            }
            _ => Ok(()),
        }
    }
}
