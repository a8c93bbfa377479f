//! Addresses that this person has replaced and that somebody else has taken since: they name somebody else now, and stay
//! on record here.

use std::collections::BTreeMap;

use super::super::meet::HeldIds;
use super::super::{Identifier, IdentifierKind, IdentityRules};
use super::store::{Note, NoteKind, Profile};
use crate::ids::MessageId;
use crate::ordered::gather;
use crate::profile::{ProfileState, Seen};

/// Each, and when it was on events here.
///
/// An address that was on an event of this person, was not refused there, and is not held any more, was given up.
pub fn given_up(
    state: &ProfileState,
    held: &HeldIds,
    refused: impl Fn(&str, &MessageId) -> bool,
    rules: &IdentityRules,
) -> BTreeMap<Identifier, Seen> {
    let moves = |id: &Identifier| {
        let rule = rules.namespaces.get(&id.namespace);
        rules.kind(&id.namespace) == IdentifierKind::Known && rule.is_some_and(|rule| rule.unique)
    };
    let seen = state.seen.iter().filter(|(name, seen)| !refused(name, &seen.by.0));
    let known = seen.filter_map(|(name, seen)| Some((Identifier::stored(name)?, seen.clone())));
    gather(known.filter(|(id, _)| moves(id) && !held.contains_key(id)))
}

impl Profile {
    /// See [`given_up`]. `notes` are the remarks of this profile; what is still to be linked was not given up.
    pub fn given_up(&self, notes: &[Note], rules: &IdentityRules) -> BTreeMap<Identifier, Seen> {
        let refused = |name: &str, by: &MessageId| {
            let here = |note: &Note| note.kind == NoteKind::Refused && note.id == name;
            notes.iter().any(|note| here(note) && note.order.1 == *by)
        };
        let mut given_up = given_up(&self.folded.state, &self.held, refused, rules);
        given_up.retain(|id, _| !self.links.contains_key(&id.to_string()));
        given_up
    }
}
