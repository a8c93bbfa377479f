//! Addresses that this person has replaced and that somebody else has taken since: they name somebody else now, and stay
//! on record here.

use super::super::{Identifier, IdentifierKind, IdentityRules};
use super::store::{Note, NoteKind, Profile};
use crate::profile::Seen;

impl Profile {
    /// Each, and when it was on events here. `notes` are the remarks of this profile.
    ///
    /// An address that was on an event of this person, was not refused there, and is not held any more, was given up.
    pub fn given_up(&self, notes: &[Note], rules: &IdentityRules) -> Vec<(Identifier, &Seen)> {
        let moves = |id: &Identifier| {
            let rule = rules.namespaces.get(&id.namespace);
            rules.kind(&id.namespace) == IdentifierKind::Known && rule.is_some_and(|rule| rule.unique)
        };
        let refused = |name: &str, seen: &Seen| {
            let here = |note: &Note| note.kind == NoteKind::Refused && note.id == name;
            notes.iter().any(|note| here(note) && note.order.1 == seen.by.0)
        };
        let seen = self.folded.state.seen.iter().filter(|(name, seen)| !refused(name, seen));
        seen.filter_map(|(name, seen)| Some((Identifier::stored(name)?, seen)))
            .filter(|(id, _)| {
                moves(id) && !self.held.contains_key(id) && !self.links.contains_key(&id.to_string())
            })
            .collect()
    }
}
