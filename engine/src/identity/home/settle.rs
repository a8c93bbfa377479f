//! What is held, what is to be linked, and what a decision that depended on the order of events leads to.

use crate::ordered::gather;
use std::collections::BTreeMap;

use super::super::fact::{Fact, Order, Says};
use super::super::meet::{
    Admit, Held, HeldState, active, admit, has_two_logins, is_about_login, is_anonymous,
};
use super::super::{Identifier, IdentifierKind, Violation};
use super::store::{Note, NoteKind, Store, Write};
use super::{Forgotten, Grant, Handed, How, Link, Place, Step, Stepped};
use crate::ids::{MessageId, ProfileId};
use crate::profile::Fold;
use crate::segment::Cause;
use crate::time::UnixMillis;

/// Rows in memory at a time when the whole log is read.
pub(super) const PAGE: usize = 500;

/// An identifier as this event links it.
pub(super) fn held(order: &Order, state: HeldState, epoch: u64, erased: Option<UnixMillis>) -> Held {
    Held { first_seen: order.0, by: order.1.clone(), state, shared: None, epoch, erased }
}

impl<S: Store> Step<'_, S> {
    /// The identifier is this profile's from now on, because of this event, as its entry says.
    pub(super) fn hold(&mut self, named: &Grant, order: &Order, state: HeldState) -> Stepped<()> {
        self.keep(&named.id, held(order, state, named.epoch, named.erased))?;
        self.changed()
    }

    /// Writes a held identifier.
    pub(super) fn keep(&mut self, id: &Identifier, held: Held) -> Stepped<()> {
        self.store.write(Write::Held(id, Some(&held)))?;
        if self.profile.handed.remove(id).is_some() {
            self.store.write(Write::Handed(id, None))?;
        }
        self.profile.held.insert(id.clone(), held);
        Ok(())
    }

    /// The identifier is not this profile's any more.
    pub(super) fn let_go(&mut self, id: &Identifier) -> Stepped<Option<Held>> {
        let held = self.profile.held.remove(id);
        self.store.write(Write::Held(id, None))?;
        if self.profile.repoints.remove(id).is_some() {
            self.store.write(Write::Repoint(id, None))?;
        }
        Ok(held)
    }

    /// It goes to somebody else, or to nobody: the entry is told until it has heard.
    pub(super) fn hand_over(&mut self, id: &Identifier, to: Option<ProfileId>) -> Stepped<()> {
        // The entry may still name one who moved in here.
        let named = self.profile.repoints.get(id).cloned();
        let epoch = self.let_go(id)?.map_or(0, |held| held.epoch);
        let (from, epoch) = named.map_or((self.me(), epoch), |named| (named.from, named.epoch));
        self.put_handed(id, Handed::new(from, to, epoch))?;
        self.changed()
    }

    pub(super) fn put_handed(&mut self, id: &Identifier, handed: Handed) -> Stepped<()> {
        self.store.write(Write::Handed(id, Some(&handed)))?;
        self.profile.handed.insert(id.clone(), handed);
        Ok(())
    }

    /// The entry has heard. That it has gone is remembered, but not of somebody who was erased here. Of one who was `erased`
    /// elsewhere not by name, and neither of what came with a merge: an entry that tells who may know a name has that one's.
    pub(super) fn has_heard(
        &mut self,
        id: &Identifier,
        handed: Handed,
        erased: Option<UnixMillis>,
    ) -> Stepped<()> {
        let gone = matches!(self.profile.home.place, Place::Erased { .. });
        let erased = erased.max(self.forgotten(id).and_then(|forgotten| forgotten.at));
        if !gone && erased.is_none() && handed.from == self.me() {
            return self.put_handed(id, Handed { done: true, ..handed });
        }
        if !gone {
            self.remember_number(id, Forgotten { epoch: handed.epoch, at: erased });
            self.put_home()?;
        }
        self.profile.handed.remove(id);
        self.store.write(Write::Handed(id, None))
    }

    /// What is held has changed: plans made before are stale.
    pub(super) fn changed(&mut self) -> Stepped<()> {
        self.profile.home.revision = self.profile.home.revision.saturating_add(1);
        self.put_home()
    }

    /// Something is to be linked. The earliest event that asks for it counts; of an admin's words the newest.
    pub(super) fn ask_for(&mut self, link: Link) -> Stepped<()> {
        let key = link.key();
        let link = match self.profile.links.get(&key) {
            Some(_) if matches!(link.how, How::Hand { .. }) => link,
            Some(known) => {
                let merged = known.clone().or(link);
                if merged == *known {
                    return Ok(());
                }
                merged
            }
            None => link,
        };
        self.store.write(Write::Link(&key, Some(&link)))?;
        self.profile.links.insert(key, link);
        Ok(())
    }

    /// It needs no link any more.
    pub(super) fn settled(&mut self, key: &str) -> Stepped<()> {
        if self.profile.links.remove(key).is_some() {
            self.store.write(Write::Link(key, None))?;
        }
        if self.profile.under_way.is_linking(key) {
            self.profile.under_way.link = None;
        }
        Ok(())
    }

    /// An event was logged: what was decided without it may have to be decided anew.
    pub(super) fn saw(&mut self, fact: &Fact) -> Stepped<()> {
        let Says::Seen { ids, .. } = &fact.says else { return Ok(()) };
        for id in ids {
            self.was_seen(id, &fact.order)?;
        }
        self.decided(&fact.order)
    }

    /// A held identifier was on this event too: the first one counts.
    pub(super) fn was_seen(&mut self, id: &Identifier, order: &Order) -> Stepped<()> {
        let earlier = |held: &&Held| *order < (held.first_seen, held.by.clone()) && held.names(order.0);
        let later = self.profile.held.get(id).filter(earlier);
        let Some(later) = later.cloned() else { return Ok(()) };
        let held = Held { first_seen: order.0, by: order.1.clone(), ..later };
        self.store.write(Write::Held(id, Some(&held)))?;
        self.profile.held.insert(id.clone(), held);
        let rules = self.config.identity();
        let device = rules.kind(&id.namespace) == IdentifierKind::Device && !id.namespace.is_reserved();
        if device && rules.isolate_pre_login && !is_anonymous(&self.profile.held, rules) {
            // It was before the login.
            return self.unsettle();
        }
        // A limit within a period may have been passed then.
        if self.config.identity().check(active(&self.profile.held)).is_err() {
            self.unsettle()
        } else {
            Ok(())
        }
    }

    /// Something was decided by this event: if a later one was decided before, all of it has to be decided anew.
    pub(super) fn decided(&mut self, order: &Order) -> Stepped<()> {
        if self.profile.home.contested.as_ref().is_some_and(|contested| order < contested) {
            self.unsettle()?;
        }
        Ok(())
    }

    /// A decision by this event depends on what was before it. `last` is the newest event of the other side.
    pub(super) fn contest(&mut self, order: &Order, last: Option<&Order>) -> Stepped<()> {
        let late = self.profile.folded.last.iter().chain(last).any(|last| order < last);
        let home = &mut self.profile.home;
        let newer = home.contested.as_ref().is_none_or(|contested| contested < order);
        if newer {
            home.contested = Some(order.clone());
            self.put_home()?;
        } else {
            self.decided(order)?;
        }
        if late { self.unsettle() } else { Ok(()) }
    }

    /// Whether a device was somebody else's at some time, and whose what it did before a login is, depends on when its
    /// person came by everything else.
    pub(super) fn order_matters(&self) -> bool {
        self.config.identity().isolate_pre_login
            || self.profile.held.values().any(|held| held.shared.is_some())
    }

    /// With several logins, what a device has shown depends on what was known when: nothing that is older than all this
    /// may come without a look at the whole.
    pub(super) fn watch_logins(&mut self, other: Option<&Order>) -> Stepped<()> {
        if !has_two_logins(&self.profile.held, self.config.identity()) {
            return Ok(());
        }
        let newest = self.profile.folded.last.clone().max(other.cloned());
        let home = &mut self.profile.home;
        home.contested = home.contested.clone().max(newest);
        self.put_home()?;
        self.unsettle()
    }

    /// Everything connected with this profile is to be resolved anew.
    pub(super) fn unsettle(&mut self) -> Stepped<()> {
        if self.profile.under_way.gathering.take().is_some() {
            // What has been gathered so far does not know of it.
            self.profile.under_way.sent.remove("gathering");
        }
        if !self.profile.home.unsettled {
            self.profile.home.unsettled = true;
            self.put_home()?;
        }
        Ok(())
    }

    /// A link was refused: that is recorded, and the device that gave rise to it is marked.
    pub(super) fn refuse(
        &mut self,
        link: &Link,
        violations: &[Violation],
        last: Option<&Order>,
    ) -> Stepped<()> {
        self.settled(&link.key())?;
        if let Some(id) = link.id() {
            self.note_refusal(id, &link.order, violations)?;
        }
        self.contest(&link.order, last)?;
        // The event is filed under an identifier weaker than one that is somebody else's, or whether the old name was
        // known before the new one has only turned out now.
        let misplaced = link.decides || !matches!(link.how, How::Shown { .. } | How::IfKnown { .. });
        if misplaced || self.has_as_strong(link)? { self.unsettle() } else { Ok(()) }
    }

    /// Whether the event shows another name that is as strong: they are linked in any order, and what is refused depends on
    /// the order in which they were read.
    fn has_as_strong(&self, link: &Link) -> Stepped<bool> {
        let (Some(id), Some(row)) = (link.id(), self.store.row(&link.order.1)?) else { return Ok(false) };
        let rank = |id: &Identifier| self.config.identity().priority(&id.namespace);
        Ok(row.ids.iter().any(|other| other.id != *id && rank(&other.id) == rank(id)))
    }

    /// What a re-resolution has refused: each is recorded, and its entry remembers it.
    pub(super) fn note_refusals(&mut self, refused: &[Note]) -> Stepped<()> {
        for note in refused {
            self.put_note(note)?;
            if let Some(id) = Identifier::stored(&note.id) {
                self.be_remembered(&id, &note.order)?;
            }
        }
        Ok(())
    }

    /// The entry of an identifier that is shown here and not held is to know of it.
    pub(super) fn be_remembered(&mut self, id: &Identifier, order: &Order) -> Stepped<()> {
        if self.profile.held.contains_key(id) {
            return Ok(());
        }
        let how = How::Remember { id: id.clone() };
        self.ask_for(Link { order: order.clone(), how, decides: false })
    }

    pub(super) fn note_refusal(
        &mut self,
        id: &Identifier,
        order: &Order,
        violations: &[Violation],
    ) -> Stepped<()> {
        let note = Note {
            kind: NoteKind::Refused,
            id: id.to_string(),
            reasons: violations.iter().map(Violation::code).collect(),
            order: order.clone(),
        };
        self.put_note(&note)
    }

    /// Two people have logged in on a device that is held here.
    pub(super) fn mark_shared(
        &mut self,
        id: &Identifier,
        order: &Order,
        violations: &[Violation],
    ) -> Stepped<()> {
        let rules = self.config.identity();
        if rules.kind(&id.namespace) != IdentifierKind::Device || !is_about_login(violations, rules) {
            return Ok(());
        }
        let Some(held) = self.profile.held.get(id) else { return Ok(()) };
        if held.shared.as_ref().is_none_or(|since| order < since) {
            let held = Held { shared: Some(order.clone()), ..held.clone() };
            self.keep(id, held)?;
            self.changed()?;
        }
        Ok(())
    }

    /// The entry names us, or one who has moved in here: hold the identifier, if it may stand beside what is held.
    pub(super) fn hold_linked(&mut self, link: &Link, named: &Grant) -> Stepped<()> {
        let Some(id) = link.id().cloned() else { return Ok(()) };
        self.settled(&link.key())?;
        if self.profile.held.get(&id).is_some_and(|held| held.state != HeldState::Released) {
            if let Some(held) = self.profile.held.get_mut(&id) {
                held.epoch = held.epoch.max(named.epoch);
                held.erased = held.erased.max(named.erased);
                let held = held.clone();
                self.keep(&id, held)?;
            }
            self.was_seen(&id, &link.order)?;
            return self.decided(&link.order);
        }
        match &link.how {
            How::IfKnown { .. } => return self.is_not_known(named),
            How::Retired { .. } => self.hold(named, &link.order, HeldState::Retired)?,
            How::Renames { previous, .. } => {
                let mut renamed = self.promised();
                renamed.remove(&id);
                if let Some(old) = renamed.get_mut(previous) {
                    old.state = HeldState::Retired;
                }
                let edges = self.edges();
                match admit(&renamed, &id, link.order.0, self.config.identity(), &edges) {
                    Admit::Refuse(violations) => {
                        self.refuse_named(named)?;
                        return self.refuse(link, &violations, None);
                    }
                    Admit::Hold | Admit::Replace(_) => {}
                }
                if let Some(old) = self.profile.held.get(previous).cloned() {
                    self.keep(previous, Held { state: HeldState::Retired, ..old })?;
                }
                self.hold(named, &link.order, HeldState::Active)?;
            }
            How::Shown { .. }
            | How::Remember { .. }
            | How::Again { .. }
            | How::Plan { .. }
            | How::Hand { .. } => {
                return self.admit_linked(&id, link, named);
            }
        }
        self.watch_logins(None)?;
        self.contest(&link.order, None)
    }

    /// Nobody has the device that an alias's older name may be. Whoever shows it one day finds an entry that has had an
    /// owner, looks at the whole, and finds us. If it has had one before, it may have been about to change hands.
    fn is_not_known(&mut self, named: &Grant) -> Stepped<()> {
        self.refuse_named(named)?;
        if named.epoch > 1 { self.unsettle() } else { Ok(()) }
    }

    fn admit_linked(&mut self, id: &Identifier, link: &Link, named: &Grant) -> Stepped<()> {
        let edges = self.edges();
        let mut others = self.promised();
        others.remove(id);
        match admit(&others, id, link.order.0, self.config.identity(), &edges) {
            Admit::Hold => {
                self.hold(named, &link.order, HeldState::Active)?;
                self.watch_logins(None)?;
                // Somebody may have had it before.
                if named.epoch > 1 {
                    self.unsettle()?;
                }
                let order_matters = named.epoch > 1 || self.order_matters();
                if order_matters { self.contest(&link.order, None) } else { self.decided(&link.order) }
            }
            Admit::Replace(old) => {
                for id in old {
                    if let Some(held) = self.profile.held.get(&id).cloned() {
                        self.keep(&id, Held { state: HeldState::Released, ..held })?;
                    }
                }
                self.hold(named, &link.order, HeldState::Active)?;
                if link.decides {
                    // Its event came by something weaker, which can't say that this is a newer address of the same person.
                    self.unsettle()?;
                }
                self.contest(&link.order, None)
            }
            Admit::Refuse(violations) => {
                self.refuse_named(named)?;
                self.refuse(link, &violations, None)
            }
        }
    }

    /// An entry names us, and must not.
    fn refuse_named(&mut self, named: &Grant) -> Stepped<()> {
        let Grant { id, profile, epoch, .. } = named;
        self.put_handed(id, Handed::new(profile.clone(), None, *epoch))
    }

    /// Before anything is folded or shown: a state of another version, or folded under other rules, is folded anew, and
    /// conditions that the config has and the state has not are counted over the log, once.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn refresh(&mut self) -> Stepped<()> {
        self.refresh_by(Cause::Definition)
    }

    /// The same where nobody comes by: the directory asks.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn catch_up(&mut self) -> Stepped<()> {
        self.refresh_by(Cause::Backfill)
    }

    fn refresh_by(&mut self, cause: Cause<'_>) -> Stepped<()> {
        if matches!(self.profile.home.place, Place::None | Place::Forwarding { .. } | Place::Erased { .. }) {
            return Ok(());
        }
        let state = &self.profile.folded.state;
        if !state.is_folded_under(self.config) {
            return self.refold(cause);
        }
        if state.events > 0 && state.rules != self.config.program().fingerprint() {
            self.look_at_segments(cause)?;
            self.store.write(Write::Folded(&self.profile.folded))?;
        }
        Ok(())
    }

    /// Before the profile is shown to somebody: as [`Step::refresh`], and since when the person has belonged to which
    /// account is read from the log, if it is not known any more.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn sharpen(&mut self) -> Stepped<()> {
        self.refresh()?;
        if self.profile.folded.state.accounts.is_blurred() { self.refold(Cause::Definition) } else { Ok(()) }
    }

    /// Folds the whole visible log anew, because of this.
    pub(super) fn refold(&mut self, cause: Cause<'_>) -> Stepped<()> {
        let (mut state, last) = self.fold(|_| None, 0)?.0.done();
        let segments = std::mem::take(&mut self.profile.folded.state.segments);
        state.segments = segments;
        self.profile.folded.state = state;
        self.profile.folded.last = last;
        self.look_at_segments(cause)?;
        self.store.write(Write::Folded(&self.profile.folded))
    }

    /// Folds the whole visible log; the rows of each part by themselves.
    fn fold(&self, part: impl Fn(&MessageId) -> Option<usize>, parts: usize) -> Stepped<(Fold, Vec<Fold>)> {
        let mut rest = Fold::new();
        let mut folds = vec![rest.clone(); parts];
        let mut after = String::new();
        loop {
            let rows = self.store.rows(None, &after, PAGE)?;
            let Some(end) = rows.last() else { return Ok((rest, folds)) };
            after = end.event.message_id.as_str().to_owned();
            for row in &rows {
                let fold = part(&row.event.message_id).and_then(|part| folds.get_mut(part));
                fold.unwrap_or(&mut rest).take(row, self.config);
            }
        }
    }

    /// What is left of this profile without some parts of its events, and each part by itself. Nothing is changed.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn fold_parts(&self, parts: &[Vec<MessageId>]) -> Stepped<(Fold, Vec<Fold>)> {
        let of = |(part, ids): (usize, &Vec<MessageId>)| {
            ids.iter().map(move |id| (id.clone(), part)).collect::<Vec<_>>()
        };
        let of: BTreeMap<MessageId, usize> = gather(parts.iter().enumerate().flat_map(of));
        let (mut rest, folds) = self.fold(|id| of.get(id).copied(), parts.len())?;
        rest.remember_segments(&self.profile.folded.state);
        Ok((rest, folds))
    }
}
