//! Two profiles become one.
//!
//! 1. propose: the side that found the shared identifier shows itself to the other;
//! 2. reserve: the older side durably keeps room for the younger;
//! 3. surrender: the younger logs on, but starts no link and accepts no merge;
//! 4. stage: its rows are copied to the older side, invisible there;
//! 5. commit: one transaction at the older side makes them visible and takes identifiers and ledger entry;
//! 6. absorb and forward: what the younger logged since follows; it forwards from then on and drops its data, and the
//!    survivor re-points the entries.

use std::collections::BTreeSet;

use super::super::entry::{Answer, Ask};
use super::super::fact::{Edge, Fact, Order};
use super::super::meet::{Held, HeldIds, HeldState, Meeting, active, is_anonymous, meet};
use super::super::resolve::{retiring, stated};
use super::super::{Identifier, Refusal, Violation};
use super::give::is_gift;
use super::held_before::held_after_last;
use super::message::{About, Body, Luggage, Party};
use super::store::{Ledger, Store, Write};
use super::{Counted, Folded, Forgotten, Home, How, Link, Phase, Place, Repoint, Reservation, Step, Stepped};
use crate::ids::{MessageId, ProfileId};
use crate::limits;
use crate::ordered::{gather, sort};
use crate::profile::{Logged, ProfileState};
use crate::segment::Cause;

impl<S: Store> Step<'_, S> {
    /// What both would hold, or the rules against it. When an admin joins them, `retired` gives way. `known` are the words
    /// of admins that whoever asks knew when it was to join.
    fn united(
        &self,
        mine: &HeldIds,
        theirs: &Party,
        link: &Link,
        asked_by_me: bool,
        known: &[Fact],
    ) -> Result<HeldIds, Vec<Violation>> {
        let (mut one, mut other) = (mine.clone(), theirs.ids.clone());
        if matches!(link.how, How::Hand { .. }) {
            let (current, retired) = if asked_by_me { (&one, &mut other) } else { (&other, &mut one) };
            for id in retiring(current, &retired.clone(), self.config.identity()) {
                if let Some(held) = retired.get_mut(&id) {
                    held.state = HeldState::Retired;
                }
            }
        }
        self.config.identity().check(active(&one).chain(active(&other)))?;
        let decrees: Vec<Fact> = self.profile.home.decrees.iter().chain(&theirs.decrees).cloned().collect();
        let mut sorted: Vec<&Fact> = decrees.iter().collect();
        sort(&mut sorted);
        let holds = |id: &Identifier| one.contains_key(id) || other.contains_key(id);
        // The newest word of an admin counts. A plan has weighed all words that it knew.
        let weighed = |at: &Order| match link.how {
            How::Hand { .. } => *at < link.order,
            How::Plan { .. } => known.iter().any(|word| word.order == *at),
            How::Shown { .. }
            | How::IfKnown { .. }
            | How::Renames { .. }
            | How::Retired { .. }
            | How::Remember { .. }
            | How::Again { .. } => false,
        };
        let stated = stated(&sorted);
        let alone = |edge: &Edge| {
            edge.is_crossed(|id| one.contains_key(id)) || edge.is_crossed(|id| other.contains_key(id))
        };
        let in_force = stated.iter().filter(|(at, edge)| !weighed(at) && !alone(edge));
        if let Some((_, edge)) = in_force.into_iter().find(|(_, edge)| edge.is_crossed(holds)) {
            let namespace = edge.left.first().map(|id| id.namespace.clone());
            let reason = Refusal::NeverMerge;
            return Err(namespace.map(|namespace| Violation { reason, namespace }).into_iter().collect());
        }
        for (id, held) in other {
            let newer = one.get(&id).is_none_or(|mine| mine.epoch <= held.epoch);
            if newer {
                one.insert(id, held);
            }
        }
        Ok(one)
    }

    /// We are the older side: keep room for the younger beside everyone we keep room for already, and call it in.
    pub(super) fn reserve(&mut self, younger: &Party, link: &Link) -> Stepped<()> {
        let key = link.key();
        let asked_by_me = self.profile.under_way.is_linking(&key);
        let known =
            self.profile.reservations.iter().find(|(_, kept)| kept.younger.profile == younger.profile);
        if let Some((merge, _)) = known.filter(|(_, kept)| kept.younger.epoch == younger.epoch) {
            let (merge, trigger) = (*merge, link.order.clone());
            self.tell(&younger.profile, Body::Surrender { merge, epoch: younger.epoch, trigger });
            return Ok(());
        }
        let known = if asked_by_me { &self.profile.home.decrees } else { &younger.decrees };
        if let Err(violations) = self.united(&self.profile.held, younger, link, asked_by_me, known) {
            // The two sides see the same sets, so this is what a plan did not know of.
            self.unsettle()?;
            if asked_by_me && link.id().is_some() {
                return self.refuse(link, &violations, younger.last.as_ref());
            }
            if asked_by_me {
                return self.settled(&key);
            }
            let last = self.profile.folded.last.clone();
            self.tell(&younger.profile, Body::Refused { key, violations, last });
            return Ok(());
        }
        let promised = self.united(&self.promised(), younger, link, asked_by_me, known);
        if promised.is_err() || self.hands_over(&younger.ids) {
            // Only what is promised to others stands in the way, and a promise may come to nothing; or what went to them
            // would come back before its entry has heard that it went.
            if asked_by_me {
                return self.postpone(&key);
            }
            self.tell(&younger.profile, Body::Later { key });
            return Ok(());
        }
        self.profile.home.next = self.profile.home.next.saturating_add(1);
        let merge = self.profile.home.next;
        self.put_home()?;
        let reservation =
            Reservation { younger: younger.clone(), link: link.clone(), at: self.now, overlaps: false };
        self.store.write(Write::Reservation(merge, Some(&reservation)))?;
        self.profile.reservations.insert(merge, reservation);
        let trigger = link.order.clone();
        self.tell(&younger.profile, Body::Surrender { merge, epoch: younger.epoch, trigger });
        Ok(())
    }

    /// Whether an entry has still to hear that one of these has gone from here. If it came back before that, what was asked
    /// of the entry could arrive after what is asked then, and the entry would name somebody else for good.
    fn hands_over(&self, ids: &HeldIds) -> bool {
        self.profile.handed.iter().any(|(id, handed)| !handed.done && ids.contains_key(id))
    }

    /// The room is not needed any more.
    pub(super) fn give_up_room(&mut self, merge: u64) -> Stepped<()> {
        if self.profile.reservations.remove(&merge).is_some() {
            self.store.write(Write::Reservation(merge, None))?;
            self.store.write(Write::Drop(merge))?;
        }
        Ok(())
    }

    /// The older side has room for us.
    pub(super) fn called(&mut self, to: &ProfileId, merge: u64, epoch: u64, trigger: &Order) -> Stepped<()> {
        let profile = &self.profile;
        match &profile.home.place {
            Place::Surrendering { older, merge: same, .. } if older == to && *same == merge => {
                return Ok(());
            }
            Place::Live
                if profile.home.epoch == epoch
                    && profile.reservations.is_empty()
                    && profile.outgoing.is_empty()
                    && profile.handed.values().all(|handed| handed.done) => {}
            _ => {
                self.tell(to, Body::Declined { merge });
                return Ok(());
            }
        }
        let phase = Phase::Staging { after: String::new() };
        let (to, older, trigger) = (to.clone(), to.clone(), trigger.clone());
        self.profile.home.place = Place::Surrendering { to, older, merge, trigger, phase };
        self.profile.under_way = super::store::UnderWay::default();
        self.put_home()?;
        // The fold that goes along must be under the current config.
        self.refresh()?;
        self.store.write(Write::Leaving(Some(&self.profile.folded)))
    }

    /// Carries the surrender on by one message, unless one is under way.
    pub(super) fn move_on(&mut self) -> Stepped<()> {
        let Place::Surrendering { to, older, merge, trigger, phase } = self.profile.home.place.clone() else {
            return Ok(());
        };
        if !self.profile.under_way.sent.insert("surrender".into()) {
            return Ok(());
        }
        match phase {
            Phase::Staging { after } => {
                let rows = self.staying_rows(&after)?;
                if rows.len() >= self.chunk {
                    self.tell(&to, Body::Stage { older, merge, rows });
                    return Ok(());
                }
                let Folded { state, last, .. } = self.store.leaving()?.unwrap_or_default();
                let younger = Box::new(Party { last, ..self.party() });
                let (luggage, state) = (Box::new(self.luggage(None)?), Box::new(state));
                self.tell(&to, Body::Commit { older, merge, younger, trigger, rows, luggage, state });
            }
            Phase::Absorbing => {
                let rows = self.store.late(self.chunk)?;
                let luggage = Box::new(self.luggage(Some(&rows))?);
                self.tell(&to, Body::Absorb { older: Some(older), merge, rows, luggage });
            }
            Phase::Aborting { .. } => self.tell(&to, Body::Abort { older, merge }),
        }
        Ok(())
    }

    /// A chunk of what was logged before the surrender began.
    fn staying_rows(&self, after: &str) -> Stepped<Vec<Logged>> {
        let mut rows = Vec::new();
        let mut after = after.to_owned();
        while rows.len() < self.chunk {
            let page = self.store.rows(None, &after, self.chunk - rows.len())?;
            let Some(last) = page.last() else { break };
            after = last.event.message_id.as_str().to_owned();
            for row in page {
                if !self.store.is_late(&row.event.message_id)? {
                    rows.push(row);
                }
            }
        }
        Ok(rows)
    }

    /// What goes along beside the rows; after the commit only what came up since, with these rows.
    fn luggage(&self, since: Option<&[Logged]>) -> Stepped<Luggage> {
        let (profile, home) = (&self.profile, &self.profile.home);
        let mut notes = self.store.notes()?;
        if let Some(rows) = since {
            let ids: BTreeSet<&MessageId> = gather(rows.iter().map(|row| &row.event.message_id));
            notes.retain(|note| ids.contains(&note.order.1));
        }
        Ok(Luggage {
            links: profile.links.values().cloned().collect(),
            repoints: profile.repoints.clone(),
            handed: profile.handed.clone(),
            notes,
            refusals_beyond: if since.is_none() { home.refusals.beyond } else { 0 },
            conflicts: if since.is_none() { home.conflicts } else { 0 },
            late_conflicts_beyond: if since.is_none() { home.late_conflicts.beyond } else { 0 },
            ledger: if since.is_none() { self.store.ledger()? } else { Vec::new() },
            unsettled: home.unsettled,
            contested: home.contested.clone(),
            decrees: home.decrees.clone(),
            forgotten: home.forgotten.clone(),
        })
    }

    /// At the older side: keep the younger's rows aside.
    pub(super) fn stage(
        &mut self,
        from: &ProfileId,
        older: &ProfileId,
        merge: u64,
        rows: &[Logged],
    ) -> Stepped<()> {
        if self.has_decided(from, older, merge)? {
            return Ok(());
        }
        let kept = self.profile.reservations.get(&merge).is_some_and(|kept| kept.younger.profile == *from);
        if !kept || *older != self.me() {
            self.tell(from, Body::NoRoom { older: Some(older.clone()), merge });
            return Ok(());
        }
        self.stage_rows(merge, rows)?;
        let after = rows.last().map_or_else(String::new, |row| row.event.message_id.as_str().to_owned());
        self.tell(from, Body::Staged { older: Some(older.clone()), merge, after });
        Ok(())
    }

    /// Whether this merge is made already, or somebody else knows: the younger side is told. A chunk that comes twice must
    /// not be answered as if nothing had been agreed.
    fn has_decided(&mut self, from: &ProfileId, older: &ProfileId, merge: u64) -> Stepped<bool> {
        if let Some(to) = self.profile.home.place.forwards().cloned() {
            // Whether it was committed before we moved on stands in the ledger, which went along.
            let older = Some(older.clone());
            self.tell(from, Body::Moved { to, older, about: About::Merge(merge) });
            return Ok(true);
        }
        let committed = self.store.has_ledger(&format!("merged:{older}:{merge}"))?;
        if committed {
            self.tell(from, Body::Committed { older: Some(older.clone()), merge });
        }
        Ok(committed)
    }

    fn stage_rows(&mut self, merge: u64, rows: &[Logged]) -> Stepped<()> {
        for row in rows {
            match self.store.find(&row.event.message_id)? {
                None => self.store.write(Write::Log(row, merge))?,
                Some((part, _)) if part == merge => {}
                // It was on its way to the younger side, which brings it back.
                Some((part, _)) if is_gift(part) => self.store.write(Write::Log(row, merge))?,
                Some(_) => self.overlap(merge)?,
            }
        }
        Ok(())
    }

    /// A row is on both sides: the folds can't just be added.
    pub(super) fn overlap(&mut self, merge: u64) -> Stepped<()> {
        let Some(reservation) = self.profile.reservations.get_mut(&merge) else { return Ok(()) };
        if !reservation.overlaps {
            reservation.overlaps = true;
            self.store.write(Write::Reservation(merge, Some(reservation)))?;
        }
        Ok(())
    }

    /// At the older side: the commit point.
    pub(super) fn commit(
        &mut self,
        older: &ProfileId,
        merge: u64,
        younger: &Party,
        rows: &[Logged],
        luggage: &Luggage,
        state: &ProfileState,
    ) -> Stepped<()> {
        let from = younger.profile.clone();
        let me = self.me();
        if self.has_decided(&from, older, merge)? {
            return Ok(());
        }
        let reserved = self.profile.reservations.get(&merge).filter(|_| *older == me).cloned();
        let Some(reservation) = reserved else {
            self.tell(&from, Body::NoRoom { older: Some(older.clone()), merge });
            return Ok(());
        };
        let kept = &reservation.younger;
        let fits = kept.profile == from && kept.epoch == younger.epoch && self.is_live();
        let fits = fits && !self.hands_over(&younger.ids);
        let asked_by_me = self.profile.links.get(&reservation.link.key()) == Some(&reservation.link);
        let mut promised = self.profile.held.clone();
        for (other, kept) in &self.profile.reservations {
            if *other != merge {
                promised.extend(kept.younger.ids.clone());
            }
        }
        let fits = fits && self.would_still_join(&younger.ids, &reservation.link);
        let known = if asked_by_me { &self.profile.home.decrees } else { &kept.decrees };
        let unite = |held| self.united(held, younger, &reservation.link, asked_by_me, known);
        let (true, Ok(ids), Ok(_)) = (fits, unite(&self.profile.held), unite(&promised)) else {
            self.give_up_room(merge)?;
            self.tell(&from, Body::NoRoom { older: Some(me), merge });
            return Ok(());
        };
        let rules = self.config.identity();
        let apart = rules.isolate_pre_login
            && (is_anonymous(&self.profile.held, rules) || is_anonymous(&younger.ids, rules));
        self.refresh()?;
        self.stage_rows(merge, rows)?;
        let overlaps = self.profile.reservations.get(&merge).is_some_and(|kept| kept.overlaps);
        let known = held_after_last(&self.store.ledger()?, &me, merge);
        let held = &self.profile.held;
        let linked = held.keys().filter(|id| !known.contains(*id)).cloned().collect();
        let gone = known.into_iter().filter(|id| !held.contains_key(id)).collect();
        self.take_ids(ids, younger, luggage)?;
        self.store.write(Write::Show(merge))?;
        self.profile.reservations.remove(&merge);
        self.store.write(Write::Reservation(merge, None))?;
        self.take_state(younger, state, overlaps)?;
        for (name, _) in state.claims.iter() {
            // Their entries name who has moved in, and who may live again as somebody else.
            self.has_claimed(Identifier::stored(name).as_ref(), &reservation.link.order)?;
        }
        let entry = Ledger::Merged {
            younger: from.clone(),
            epoch: younger.epoch,
            older: me.clone(),
            merge,
            trigger: reservation.link.order.clone(),
            at: self.now,
            created_at: younger.created_at,
            came: younger.ids.keys().cloned().collect(),
            linked,
            gone,
            before: None,
        };
        self.store.write(Write::Ledger(&entry))?;
        self.take_luggage(luggage)?;
        // The link that led to this is made.
        let join = format!("join:{from}");
        self.settled(&join)?;
        if self.order_matters() {
            self.contest(&reservation.link.order, younger.last.as_ref())?;
        }
        if apart {
            // What was done before the login may have to stay apart.
            self.unsettle()?;
        }
        self.settle_held_links()?;
        self.profile.under_way = super::store::UnderWay::default();
        self.changed()?;
        self.decided(&reservation.link.order)?;
        self.watch_logins(younger.last.as_ref())?;
        self.tell(&from, Body::Committed { older: Some(me), merge });
        Ok(())
    }

    /// Whether what was shown still makes them one: its device may have turned out to be one of several people since.
    fn would_still_join(&self, theirs: &HeldIds, link: &Link) -> bool {
        let (How::Shown { id } | How::IfKnown { id }) = &link.how else { return true };
        let mine = &self.profile.held;
        let (asking, owner) = if mine.contains_key(id) { (theirs, mine) } else { (mine, theirs) };
        meet(asking, owner, id, self.config.identity(), &[]) == Meeting::Join
    }

    /// Takes over what the younger side holds.
    fn take_ids(&mut self, ids: HeldIds, younger: &Party, luggage: &Luggage) -> Stepped<()> {
        for (id, held) in ids {
            if self.profile.held.get(&id) == Some(&held) {
                continue;
            }
            // Where both hold it, the newer epoch is whom the entry names.
            if self.profile.held.get(&id).is_none_or(|mine| mine.epoch < held.epoch) {
                let from = younger.profile.clone();
                let repoint = Repoint { from, epoch: held.epoch };
                let repoint = luggage.repoints.get(&id).cloned().unwrap_or(repoint);
                self.remember_repoint(&id, repoint)?;
            }
            self.keep(&id, held)?;
        }
        Ok(())
    }

    pub(super) fn remember_repoint(&mut self, id: &Identifier, repoint: Repoint) -> Stepped<()> {
        self.store.write(Write::Repoint(id, Some(&repoint)))?;
        self.profile.repoints.insert(id.clone(), repoint);
        Ok(())
    }

    /// Adds the younger's fold, or folds everything anew where that can't be done.
    fn take_state(&mut self, younger: &Party, state: &ProfileState, overlaps: bool) -> Stepped<()> {
        if overlaps {
            return self.refold(Cause::Merge);
        }
        let Ok(changes) = self.profile.folded.state.join(state, self.config, self.now) else {
            return self.refold(Cause::Merge);
        };
        self.note_changes(&changes)?;
        let last = &mut self.profile.folded.last;
        *last = last.clone().max(younger.last.clone());
        self.store.write(Write::Folded(&self.profile.folded))
    }

    /// Takes over what waits, was claimed or refused, and what admins have said.
    fn take_luggage(&mut self, luggage: &Luggage) -> Stepped<()> {
        for note in &luggage.notes {
            self.put_note(note)?;
        }
        let Home { refusals, late_conflicts, conflicts, .. } = &mut self.profile.home;
        refusals.beyond = refusals.beyond.saturating_add(luggage.refusals_beyond);
        *conflicts = conflicts.saturating_add(luggage.conflicts);
        late_conflicts.beyond = late_conflicts.beyond.saturating_add(luggage.late_conflicts_beyond);
        for entry in &luggage.ledger {
            self.store.write(Write::Ledger(entry))?;
        }
        for link in &luggage.links {
            self.ask_for(link.clone())?;
        }
        for (id, handed) in &luggage.handed {
            if self.profile.held.contains_key(id) || self.profile.handed.contains_key(id) {
                continue;
            }
            if handed.done {
                self.remember_number(id, Forgotten { epoch: handed.epoch, at: None });
            } else {
                self.put_handed(id, handed.clone())?;
            }
        }
        self.remember_numbers(&luggage.forgotten);
        self.take_decrees(&luggage.decrees)?;
        let home = &mut self.profile.home;
        home.contested = home.contested.clone().max(luggage.contested.clone());
        home.unsettled |= luggage.unsettled;
        self.put_home()
    }

    pub(super) fn take_decrees(&mut self, decrees: &[Fact]) -> Stepped<()> {
        let known = self.profile.home.decrees.len();
        for word in decrees.iter().filter_map(|word| self.as_known(word)).collect::<Vec<_>>() {
            let home = &mut self.profile.home;
            if home.decrees.iter().all(|known| known.order != word.order) {
                home.decrees.push(word.clone());
                // Whoever has the other names is found by them: if they are erased, this word is to forget them.
                for id in word.names() {
                    self.be_remembered(id, &word.order)?;
                }
            }
        }
        if self.profile.home.decrees.len() == known {
            return Ok(());
        }
        self.put_home()?;
        self.drop_plans()
    }

    /// What was planned without an admin's word is planned anew.
    fn drop_plans(&mut self) -> Stepped<()> {
        let planned = |link: &Link| matches!(link.how, How::Plan { .. });
        let links = self.profile.links.iter().filter(|(_, link)| planned(link));
        let keys: Vec<String> = links.map(|(key, _)| key.clone()).collect();
        for key in &keys {
            self.settled(key)?;
        }
        if keys.is_empty() { Ok(()) } else { self.unsettle() }
    }

    /// Links that need no asking any more.
    pub(super) fn settle_held_links(&mut self) -> Stepped<()> {
        let active =
            |id: &Identifier| self.profile.held.get(id).is_some_and(|held| held.state != HeldState::Released);
        let me = self.me();
        let done: Vec<String> = self
            .profile
            .links
            .iter()
            .filter(|(_, link)| match &link.how {
                How::Plan { with } | How::Hand { with } => *with == me,
                How::Remember { id } => self.profile.held.contains_key(id),
                How::Again { .. } => false,
                How::Shown { id } | How::IfKnown { id } | How::Renames { id, .. } | How::Retired { id } => {
                    active(id)
                }
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in done {
            let Some(link) = self.profile.links.get(&key).cloned() else { continue };
            self.is_linked_already(&link)?;
        }
        Ok(())
    }

    /// What a link asked for has come by another way.
    pub(super) fn is_linked_already(&mut self, link: &Link) -> Stepped<()> {
        self.settled(&link.key())?;
        if let Some(id) = link.id() {
            self.was_seen(id, &link.order)?;
        }
        self.decided(&link.order)
    }

    /// At the older side: what the younger logged while it moved.
    pub(super) fn absorb(
        &mut self,
        from: &ProfileId,
        older: Option<&ProfileId>,
        merge: u64,
        rows: &[Logged],
        luggage: &Luggage,
    ) -> Stepped<()> {
        let older = older.cloned();
        if let Some(to) = self.profile.home.place.forwards().cloned() {
            self.tell(from, Body::Moved { to, older, about: About::Merge(merge) });
            return Ok(());
        }
        if matches!(self.profile.home.place, Place::Live | Place::Surrendering { .. }) {
            self.take_rows(rows)?;
            self.take_luggage(luggage)?;
            self.settle_held_links()?;
        }
        self.goes_as_well(rows, &BTreeSet::from([from.clone()]))?;
        let rows = rows.iter().map(|row| row.event.message_id.clone()).collect();
        self.tell(from, Body::Absorbed { older, merge, rows });
        Ok(())
    }

    /// Logs and folds rows that were stored with consent before; those already here are skipped.
    pub(super) fn take_rows(&mut self, rows: &[Logged]) -> Stepped<()> {
        self.refresh()?;
        let mut any = false;
        for row in rows {
            let found = self.store.find(&row.event.message_id)?;
            if found.is_some_and(|(part, visible)| visible || is_gift(part)) {
                // Here, or given to somebody else since: a chunk may come twice, and late.
                continue;
            }
            if let Some((part, _)) = found {
                self.overlap(part)?;
            }
            let Some(consent) = row.may_stay() else { continue };
            self.log(row)?;
            self.profile.folded.state.apply(row, self.config, consent);
            if let Some(fact) = Fact::of(row) {
                self.saw(&fact)?;
            }
            any = true;
        }
        if any {
            self.look_at_segments(Cause::Merge)?;
            self.store.write(Write::Folded(&self.profile.folded))?;
        }
        Ok(())
    }

    /// What the older side has answered while we surrender.
    pub(super) fn surrender_answered(&mut self, from: &ProfileId, body: &Body) -> Stepped<()> {
        let Place::Surrendering { to, older, merge, trigger, phase } = self.profile.home.place.clone() else {
            return Ok(());
        };
        // Who answers counts merges of its own, too, and we may have been on our way to it before.
        let (Body::Staged { older: of, merge: number, .. }
        | Body::Committed { older: of, merge: number }
        | Body::NoRoom { older: of, merge: number }
        | Body::Absorbed { older: of, merge: number, .. }
        | Body::Moved { older: of, about: About::Merge(number), .. }) = body
        else {
            return Ok(());
        };
        if to != *from || *number != merge || of.as_ref().is_some_and(|of| *of != older) {
            return Ok(());
        }
        let place = |to: ProfileId, phase| Place::Surrendering {
            to,
            older: older.clone(),
            merge,
            trigger: trigger.clone(),
            phase,
        };
        match (body, &phase) {
            (Body::Moved { to, .. }, _) => {
                self.profile.home.place = place(to.clone(), phase.clone());
            }
            (Body::Staged { after, .. }, Phase::Staging { after: before }) if after > before => {
                self.profile.home.place = place(to, Phase::Staging { after: after.clone() });
            }
            (Body::Committed { .. }, Phase::Staging { .. }) => {
                self.profile.home.place = place(to, Phase::Absorbing);
            }
            (Body::Committed { .. }, Phase::Aborting { at }) => {
                self.profile.home.erasing = Some(*at);
                self.profile.home.place = place(to, Phase::Absorbing);
            }
            (Body::NoRoom { .. }, Phase::Staging { .. }) => return self.live_on(),
            (Body::NoRoom { .. }, Phase::Aborting { at }) => {
                let at = *at;
                self.live_on()?;
                return self.erase(at, None);
            }
            (Body::Absorbed { rows, .. }, Phase::Absorbing) => {
                for id in rows {
                    self.store.write(Write::Late(id, false))?;
                }
                if self.store.late(1)?.is_empty() {
                    return self.forward(&to);
                }
            }
            _ => return Ok(()),
        }
        self.profile.under_way.sent.remove("surrender");
        self.put_home()
    }

    /// The merge came to nothing.
    fn live_on(&mut self) -> Stepped<()> {
        self.profile.home.place = Place::Live;
        self.profile.under_way = super::store::UnderWay::default();
        self.store.write(Write::Leaving(None))?;
        loop {
            let late = self.store.late(self.chunk)?;
            if late.is_empty() {
                break;
            }
            for row in late {
                self.store.write(Write::Late(&row.event.message_id, false))?;
            }
        }
        self.put_home()
    }

    fn forward(&mut self, to: &ProfileId) -> Stepped<()> {
        let mut home = self.profile.home.clone();
        home.place = Place::Forwarding { to: to.clone() };
        home.unsettled = false;
        (home.refusals, home.late_conflicts) = (Counted::default(), Counted::default());
        home.decrees.clear();
        home.forgotten.clear();
        home.coming.clear();
        let ledger = self.store.ledger()?;
        self.forget_all(home)?;
        for entry in ledger {
            // A copy of a gift that comes late must not bring back to life who lived here.
            if matches!(entry, Ledger::Given { .. } | Ledger::Declined { .. }) {
                self.store.write(Write::Ledger(&entry.without_identifiers()))?;
            }
        }
        Ok(())
    }

    /// Everything but the home row and the inbox goes.
    pub(super) fn forget_all(&mut self, home: Home) -> Stepped<()> {
        self.store.write(Write::Clear)?;
        let me = home.me.clone();
        let inbox = std::mem::take(&mut self.profile.inbox);
        *self.profile = super::Profile { home, inbox, ..super::Profile::empty(me) };
        self.put_home()
    }

    /// An entry has answered that it was re-pointed, or why not.
    pub(super) fn repointed(&mut self, id: &Identifier, from: &ProfileId, answer: &Answer) -> Stepped<()> {
        let me = self.me();
        let Some(repoint) = self.profile.repoints.get(id).cloned().filter(|repoint| repoint.from == *from)
        else {
            return Ok(());
        };
        match answer.owner.profile() {
            Some(owner) if *owner == me => {
                self.profile.repoints.remove(id);
                self.store.write(Write::Repoint(id, None))?;
                if let Some(held) = self.profile.held.get(id).cloned() {
                    let (epoch, erased) = (answer.owner.epoch(), held.erased.max(answer.erased_at()));
                    self.keep(id, Held { epoch, erased, ..held })?;
                }
                Ok(())
            }
            Some(owner) if *owner == repoint.from => {
                self.profile.under_way.sent.remove(&repoint_key(id));
                self.remember_repoint(id, Repoint { epoch: answer.owner.epoch(), ..repoint })
            }
            Some(owner) if self.lives_here(owner)? => {
                // It took the identifier from another one itself, while it moved in.
                let (from, epoch) = (owner.clone(), answer.owner.epoch());
                self.profile.under_way.sent.remove(&repoint_key(id));
                self.remember_repoint(id, Repoint { from, epoch })
            }
            _ => {
                // Perhaps somebody else has it, perhaps another one who moved in here.
                self.link_anew(id)
            }
        }
    }

    /// What is held may be somebody else's: it is linked like any other.
    pub(super) fn link_anew(&mut self, id: &Identifier) -> Stepped<()> {
        let Some(held) = self.let_go(id)? else { return Ok(()) };
        let id = id.clone();
        let how = if held.state == HeldState::Retired { How::Retired { id } } else { How::Shown { id } };
        self.ask_for(Link { order: (held.first_seen, held.by), how, decides: false })?;
        self.changed()?;
        self.unsettle()
    }

    /// Whether this profile moved in, and has not been given anything since: it may live by itself again.
    pub(super) fn lives_here(&self, profile: &ProfileId) -> Stepped<bool> {
        Ok(self.moved_in(profile)?.is_some() && !self.has_given_to(profile)?)
    }

    /// Whether something went from here to this profile, which may live by itself again.
    fn has_given_to(&self, profile: &ProfileId) -> Stepped<bool> {
        let went = |entry: &Ledger| matches!(entry, Ledger::Gave { to, .. } if to == profile);
        Ok(self.store.ledger()?.iter().any(went))
    }

    /// In which epoch of its home this profile moved in here last.
    pub(super) fn moved_in(&self, profile: &ProfileId) -> Stepped<Option<u64>> {
        let came = |entry: &Ledger| match entry {
            Ledger::Merged { younger, epoch, .. } if younger == profile => Some(*epoch),
            _ => None,
        };
        Ok(self.store.ledger()?.iter().filter_map(came).max())
    }

    /// Tells entries where those who moved in live now.
    pub(super) fn repoint_some(&mut self) {
        let me = self.me();
        let open: Vec<(Identifier, Repoint)> = self
            .profile
            .repoints
            .iter()
            .filter(|(id, _)| !self.profile.under_way.sent.contains(&repoint_key(id)))
            .take(limits::REPOINTS_AT_A_TIME)
            .map(|(id, repoint)| (id.clone(), repoint.clone()))
            .collect();
        for (id, Repoint { from, epoch }) in open {
            self.profile.under_way.sent.insert(repoint_key(&id));
            self.ask_entry(&id, Ask::Move { from, to: me.clone(), epoch });
        }
    }

    /// Asks those for whom room is kept whether they are still coming.
    pub(super) fn ask_if_coming(&mut self) {
        let kept: Vec<(u64, ProfileId)> = self
            .profile
            .reservations
            .iter()
            .filter(|(_, kept)| self.now.since(kept.at).abs() > limits::RETRY_BASE_MS)
            .map(|(merge, kept)| (*merge, kept.younger.profile.clone()))
            .collect();
        for (merge, younger) in kept {
            self.tell(&younger, Body::Coming { merge });
        }
    }

    /// Somebody keeps room for us.
    pub(super) fn asked_if_coming(&mut self, from: &ProfileId, asked: u64) {
        let coming = matches!(&self.profile.home.place, Place::Surrendering { older, merge, .. } if older == from && *merge == asked);
        if !coming {
            self.tell(from, Body::Declined { merge: asked });
        }
    }

    /// The younger side is to be erased: if it has not come yet, it need not.
    pub(super) fn abort(&mut self, from: &ProfileId, older: &ProfileId, merge: u64) -> Stepped<()> {
        if self.has_decided(from, older, merge)? {
            return Ok(());
        }
        if *older == self.me() {
            self.give_up_room(merge)?;
            self.leave_residue(&self.me())?;
        }
        self.tell(from, Body::NoRoom { older: Some(older.clone()), merge });
        Ok(())
    }
}

pub(super) fn repoint_key(id: &Identifier) -> String {
    format!("repoint:{id}")
}
