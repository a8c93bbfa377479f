//! What the archive is told of somebody who is erased, and what it answers. It is told until it has let go of the person.

use std::collections::BTreeSet;

use super::super::extract::Carried;
use super::super::meet::Held;
use super::super::{Identifier, Namespace, Trust};
use super::{Ledger, Place, Step, Stepped, Store};
use crate::archive::{Erased, Mark, Unarchived};
use crate::ids::ProfileId;
use crate::limits;
use crate::ordered::gather;
use crate::profile::Logged;
use crate::time::UnixMillis;

impl<S: Store> Step<'_, S> {
    /// What the archive is to let go of: looked for while everything is there.
    pub(super) fn in_the_archive(&self, at: UnixMillis, ledger: &[Ledger]) -> Stepped<Erased> {
        let mut erased = Erased::new(at, self.origins_in(ledger));
        // Under these stands which segments the person was in.
        let merged = ledger.iter().filter_map(|entry| match entry {
            Ledger::Merged { younger, .. } => Some(younger),
            Ledger::Given { .. } | Ledger::Gave { .. } | Ledger::Declined { .. } => None,
        });
        let profiles = merged.chain([&self.profile.home.me]);
        erased.names.extend(profiles.map(|profile| self.mark(&Identifier::of_profile(profile))));
        for (id, held) in &self.profile.held {
            let names = if self.goes_round(id, held) { &mut erased.shared } else { &mut erased.names };
            names.insert(self.mark(id));
        }
        let mut after = String::new();
        loop {
            let rows = self.store.rows(None, &after, self.chunk)?;
            let Some(last) = rows.last() else { return Ok(erased) };
            after = last.event.message_id.as_str().to_owned();
            rows.iter().for_each(|row| self.remember_event(row, &mut erased));
        }
    }

    /// On whose lines the events may stand that are here.
    pub(super) fn origins(&self) -> Stepped<BTreeSet<ProfileId>> {
        Ok(self.origins_in(&self.store.ledger()?))
    }

    fn origins_in(&self, ledger: &[Ledger]) -> BTreeSet<ProfileId> {
        let mut all = BTreeSet::from([self.me()]);
        for entry in ledger {
            match entry {
                Ledger::Merged { younger, .. } => all.extend([younger.clone()]),
                Ledger::Given { from, origins, .. } => all.extend(origins.iter().chain([from]).cloned()),
                Ledger::Declined { .. } | Ledger::Gave { .. } => {}
            }
        }
        all
    }

    fn mark(&self, id: &Identifier) -> Mark {
        Mark((self.number)(id))
    }

    /// What was filed under it may be somebody else's.
    fn goes_round(&self, id: &Identifier, held: &Held) -> bool {
        held.shared.is_some() || self.has_apart(id) || self.config.identity().changes_hands(id)
    }

    /// By itself, if its name does not tell it.
    fn remember_event(&self, row: &Logged, erased: &mut Erased) {
        let filed = self.perhaps_filed_under(row);
        if row.event.timestamp <= erased.at && filed.iter().all(|name| erased.names.contains(name)) {
            return;
        }
        if erased.events.len() >= limits::ERASED_EVENTS {
            erased.beyond += 1;
            return;
        }
        let order = (row.event.timestamp, row.event.message_id.clone());
        erased.events.insert(self.mark(&Identifier::of_event(&order)));
        erased.filed.extend(filed);
    }

    /// The line was written by the rules of then, by which another of its names may have been the strongest.
    fn perhaps_filed_under(&self, row: &Logged) -> BTreeSet<Mark> {
        let may = |carried: &&Carried| {
            carried.trust == Trust::Verified || carried.id.namespace.as_str() == Namespace::ANONYMOUS_ID
        };
        gather(row.ids.iter().filter(may).map(|carried| self.mark(&carried.id)))
    }

    /// The entry of a name says that it was the person's: it may have been shown, and not yet been linked.
    pub(super) fn was_theirs(&mut self, id: &Identifier, at: UnixMillis) -> Stepped<()> {
        let name = self.mark(id);
        let told = self.profile.home.archived.take();
        let mut erased = told.unwrap_or_else(|| Box::new(Erased::new(at, gather([self.me()]))));
        let is_known = erased.names.contains(&name) || erased.shared.contains(&name);
        if !is_known {
            let names =
                if self.config.identity().changes_hands(id) { &mut erased.shared } else { &mut erased.names };
            names.insert(name);
        }
        self.profile.home.archived = Some(erased);
        if is_known { Ok(()) } else { self.put_home() }
    }

    /// Events that were about somebody else, who was erased, had been filed here.
    pub(super) fn leave_the_archive(&mut self, rows: &[Logged]) -> Stepped<()> {
        // Until when a name was somebody else's says nothing of those that are held here.
        let mut erased = Erased::new(UnixMillis(0), self.origins()?);
        rows.iter().for_each(|row| self.remember_event(row, &mut erased));
        match &mut self.profile.home.archived {
            Some(archived) => archived.join(erased),
            archived @ None => *archived = Some(Box::new(erased)),
        }
        self.put_home()
    }

    /// What comes to somebody who was erased goes, too, from lines of these.
    pub(super) fn goes_as_well(&mut self, rows: &[Logged], origins: &BTreeSet<ProfileId>) -> Stepped<()> {
        let Place::Erased { at } = self.profile.home.place else { return Ok(()) };
        if rows.is_empty() {
            return Ok(());
        }
        let told = self.profile.home.archived.take();
        let mut erased = told.unwrap_or_else(|| Box::new(Erased::new(at, gather([self.me()]))));
        rows.iter().for_each(|row| self.remember_event(row, &mut erased));
        erased.profiles.extend(origins.iter().cloned());
        self.profile.home.archived = Some(erased);
        self.put_home()
    }

    /// The archive has let go of what it was `told`.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn archive_forgot(&mut self, told: &Erased, what: Unarchived) -> Stepped<()> {
        if self.profile.home.archived.as_deref() != Some(told) {
            return Ok(());
        }
        self.profile.home.archived = None;
        if let Some(gone) = self.profile.home.receipt.as_mut().and_then(|receipt| receipt.gone.as_mut()) {
            gone.unarchived = Some(what);
        }
        self.put_home()
    }
}
