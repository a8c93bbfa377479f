//! The identifier object's state machine: who owns this identifier.

use serde::{Deserialize, Serialize};

use crate::ids::{MessageId, ProfileId};
use crate::limits;
use crate::time::UnixMillis;

/// The version of a stored [`Entry`].
pub const ENTRY_VERSION: u8 = 1;

/// Who owns an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Owner {
    /// Nobody yet.
    Fresh,
    /// This profile, since this epoch.
    Owned {
        /// The owner.
        profile: ProfileId,
        /// Counts the owners this identifier has had; older epochs are ignored.
        epoch: u64,
    },
}

/// What an identifier object stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Row version.
    pub v: u8,
    /// The owner.
    #[serde(flatten)]
    pub owner: Owner,
    /// The first event that named this identifier, and when: the proof of first contact.
    pub first: Option<(MessageId, UnixMillis)>,
}

impl Default for Entry {
    fn default() -> Self {
        Self { v: ENTRY_VERSION, owner: Owner::Fresh, first: None }
    }
}

/// What an identifier object can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Who owns it?
    Lookup,
    /// Give it to `candidate` if nobody owns it. Asked by a Worker for a new person and by a profile for a link.
    Claim {
        /// The profile that would own it.
        candidate: ProfileId,
        /// The event that names it.
        message_id: MessageId,
    },
    /// `from` has merged into `to`: point to it.
    Repoint {
        /// The profile that moved.
        from: ProfileId,
        /// The survivor.
        to: ProfileId,
    },
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The owner after the question.
    #[serde(flatten)]
    pub owner: Owner,
    /// The asker is the device of first contact: it claimed a fresh identifier, or repeats that very message soon
    /// after because the answer was lost.
    pub first_contact: bool,
}

/// Answers `ask`. The entry, if it is returned, must be stored before the answer leaves.
pub fn apply(entry: &Entry, ask: &Ask, now: UnixMillis) -> (Option<Entry>, Answer) {
    let unchanged = |first_contact| (None, Answer { owner: entry.owner.clone(), first_contact });
    match (ask, &entry.owner) {
        (Ask::Claim { candidate, message_id }, Owner::Fresh) => {
            let owner = Owner::Owned { profile: candidate.clone(), epoch: 1 };
            let stored =
                Entry { v: ENTRY_VERSION, owner: owner.clone(), first: Some((message_id.clone(), now)) };
            (Some(stored), Answer { owner, first_contact: true })
        }
        (Ask::Claim { message_id, .. }, Owner::Owned { .. }) => {
            let repeats = |(first, at): &(MessageId, UnixMillis)| {
                first == message_id && now.since(*at) <= limits::FIRST_CONTACT_MS
            };
            unchanged(entry.first.as_ref().is_some_and(repeats))
        }
        (Ask::Repoint { from, to }, Owner::Owned { profile, epoch }) if profile == from && from != to => {
            let owner = Owner::Owned { profile: to.clone(), epoch: epoch.saturating_add(1) };
            (Some(Entry { owner: owner.clone(), ..entry.clone() }), Answer { owner, first_contact: false })
        }
        (Ask::Lookup | Ask::Repoint { .. }, _) => unchanged(false),
    }
}

#[cfg(test)]
mod tests {
    use super::{Ask, Entry, Owner, apply};
    use crate::ids::{MessageId, ProfileId};
    use crate::time::UnixMillis;

    const NOW: UnixMillis = UnixMillis(1_000);

    fn profile(n: u8) -> ProfileId {
        ProfileId::from_random([n; 16])
    }

    fn claim(n: u8, message: &str) -> Ask {
        Ask::Claim { candidate: profile(n), message_id: MessageId::from(message) }
    }

    #[test]
    fn the_first_claim_wins_and_repeating_it_changes_nothing() {
        let (stored, answer) = apply(&Entry::default(), &claim(1, "m1"), NOW);
        let entry = stored.unwrap();
        assert!(answer.first_contact);
        let (again, answer) = apply(&entry, &claim(2, "m1"), NOW.plus(5));
        assert!(again.is_none() && answer.first_contact, "a lost answer is made good");
        assert_eq!(answer.owner, Owner::Owned { profile: profile(1), epoch: 1 });
        let (_, other) = apply(&entry, &claim(2, "m2"), NOW.plus(5));
        assert!(!other.first_contact, "another device is not the first");
        let (_, late) = apply(&entry, &claim(1, "m1"), NOW.plus(2 * 86_400_000));
        assert!(!late.first_contact, "the proof expires");
    }

    #[test]
    fn only_the_owner_can_be_re_pointed_away_from() {
        let entry = apply(&Entry::default(), &claim(1, "m1"), NOW).0.unwrap();
        let wrong = Ask::Repoint { from: profile(3), to: profile(2) };
        assert!(apply(&entry, &wrong, NOW).0.is_none());
        let right = Ask::Repoint { from: profile(1), to: profile(2) };
        let moved = apply(&entry, &right, NOW).0.unwrap();
        assert_eq!(moved.owner, Owner::Owned { profile: profile(2), epoch: 2 });
        assert!(apply(&moved, &right, NOW).0.is_none(), "re-pointing twice changes nothing");
    }
}
