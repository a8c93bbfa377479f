//! A merge taken back where more is known than a re-resolution reads: by what the ledger says of it, and by the profile's own
//! log, a page at a time. Nothing is gathered, and nobody else is looked at.

use std::collections::BTreeSet;

use super::super::fact::{Edge, Fact, Order, Says};
use super::super::{Identifier, Refusal, Violation};
use super::message::Fragment;
use super::refusals::newest;
use super::settle::PAGE;
use super::store::{Ledger, Note, NoteKind, Store, Write};
use super::{Heard, Step, Stepped};
use crate::ids::{MessageId, ProfileId};
use crate::ordered::gather;
use crate::segment::Cause;

/// What leaves, and what was refused on the events that stay.
struct Parted {
    events: Vec<MessageId>,
    refused: Vec<Note>,
    refused_there: Vec<Note>,
}

impl<S: Store> Step<'_, S> {
    /// Takes back the merge that this event made: what came with it goes to the profile that it came from, and with that the
    /// events whose strongest identifier is among it. What has been linked since stays.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn split(&mut self, edge: &Edge, order: &Order, merge: &MessageId) -> Stepped<Heard> {
        let word = Fact { order: order.clone(), says: Says::Apart(edge.clone()) };
        if let Some(not) = self.not_heard(&word)? {
            return Ok(not);
        }
        let Some(to) = self.came_by(merge)?.filter(|_| self.profile.is_quiet()) else {
            self.advance()?;
            return Ok(Heard::Busy);
        };
        self.store.write(Write::Said(&word))?;
        self.take_decrees(&[word])?;
        let Parted { events, refused, refused_there } = self.parted(edge)?;
        let ids = edge.right.iter().filter(|id| self.profile.held.contains_key(*id)).cloned().collect();
        let gone: BTreeSet<MessageId> = gather(events.iter().cloned());
        let known = self.refusals()?.0.into_iter().filter(|note| gone.contains(&note.order.1));
        let fragment_refused = newest(known.chain(refused_there).collect()).0;
        self.forget_refusals_on(&gone)?;
        self.part_with(&Fragment { to, events, ids, refused: fragment_refused, links: Vec::new() })?;
        self.refold(Cause::Merge)?;
        newest(refused).0.iter().try_for_each(|note| self.put_note(note))?;
        self.unsettle()?;
        self.advance()?;
        Ok(Heard::Taken)
    }

    /// Who moved in by this event.
    fn came_by(&self, merge: &MessageId) -> Stepped<Option<ProfileId>> {
        let entries = self.store.ledger()?.into_iter();
        Ok(entries.rev().find_map(|entry| match entry {
            Ledger::Merged { younger, trigger, .. } if trigger.1 == *merge => Some(younger),
            _ => None,
        }))
    }

    fn parted(&self, edge: &Edge) -> Stepped<Parted> {
        let (stays, goes): (BTreeSet<&Identifier>, BTreeSet<&Identifier>) =
            (gather(edge.left.iter()), gather(edge.right.iter()));
        let mut parted = Parted { events: Vec::new(), refused: Vec::new(), refused_there: Vec::new() };
        let mut after = String::new();
        loop {
            let rows = self.store.rows(None, &after, PAGE)?;
            let Some(last) = rows.last() else { return Ok(parted) };
            after = last.event.message_id.as_str().to_owned();
            // No more are remembered.
            parted.refused = newest(parted.refused).0;
            parted.refused_there = newest(parted.refused_there).0;
            for Fact { order, says } in rows.iter().filter_map(Fact::of) {
                let Says::Seen { ids, .. } = &says else { continue };
                // Of a device that has a name of its own for what several people did on it, that name decides.
                let is_there = |id: &Identifier| {
                    goes.contains(id) || !stays.contains(id) && goes.contains(&id.shared_device())
                };
                let there = ids.first().is_some_and(is_there);
                let other = if there { &stays } else { &goes };
                let links = ids.iter().filter(|id| other.contains(*id)).map(|id| refusal(id, &order));
                if there {
                    parted.refused_there.extend(links);
                    parted.events.push(order.1.clone());
                } else {
                    parted.refused.extend(links);
                }
            }
        }
    }
}

fn refusal(id: &Identifier, order: &Order) -> Note {
    let broken = Violation { reason: Refusal::NeverMerge, namespace: id.namespace.clone() };
    Note { kind: NoteKind::Refused, id: id.to_string(), reasons: vec![broken.code()], order: order.clone() }
}
