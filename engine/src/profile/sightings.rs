//! When each proven identifier was on events: the one part of a state that grows with the number of identifiers.
//!
//! So it knows what has changed since it was stored: a store that keeps it in rows of its own writes only those.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::{MessageId, SourceId};
use crate::time::UnixMillis;

/// When an identifier was on events, and where it came from first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Earliest event.
    pub first: UnixMillis,
    /// Latest event.
    pub last: UnixMillis,
    /// The earliest event and its source.
    pub by: (MessageId, SourceId),
}

/// By `namespace:value`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sightings {
    all: BTreeMap<String, Seen>,
    /// Written since [`Sightings::stored`].
    #[serde(skip)]
    changed: BTreeSet<String>,
    /// It has been stored before, so that only what has changed is to be written.
    #[serde(skip)]
    known: bool,
}

/// What has been stored of it is no part of what it says.
impl PartialEq for Sightings {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Sightings {
    /// One identifier's.
    pub fn get(&self, id: &str) -> Option<&Seen> {
        self.all.get(id)
    }

    /// How many identifiers.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Seen)> {
        self.all.iter()
    }

    /// An identifier was on an event, or on several.
    pub(super) fn see(&mut self, id: String, new: Seen) {
        match self.all.entry(id.clone()) {
            Entry::Vacant(place) => {
                place.insert(new);
            }
            Entry::Occupied(mut place) => {
                let seen = place.get_mut();
                seen.last = seen.last.max(new.last);
                if (new.first, &new.by) < (seen.first, &seen.by) {
                    (seen.first, seen.by) = (new.first, new.by);
                }
            }
        }
        self.changed.insert(id);
    }

    /// What is to be written; none if all of it is, and nothing that was stored before counts any more.
    pub fn changes(&self) -> Option<impl Iterator<Item = (&String, &Seen)>> {
        self.known.then(|| self.changed.iter().filter_map(|id| self.all.get_key_value(id)))
    }

    /// All of it is stored.
    pub fn stored(&mut self) {
        self.changed.clear();
        self.known = true;
    }

    /// It was stored apart from the rest, and is here again.
    pub fn restore(&mut self, all: BTreeMap<String, Seen>) {
        self.all = all;
        self.stored();
    }

    /// Takes everything out, for the rest to be stored without it.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Seen, Sightings};
    use crate::ids::{MessageId, SourceId};
    use crate::time::UnixMillis;

    fn seen(at: i64) -> Seen {
        let by = (MessageId(format!("m{at}")), SourceId::from("s"));
        Seen { first: UnixMillis(at), last: UnixMillis(at), by }
    }

    #[test]
    fn only_what_has_changed_since_is_written() {
        let mut sightings = Sightings::default();
        for n in 0..5 {
            sightings.see(format!("email:{n}"), seen(n));
        }
        assert!(sightings.changes().is_none(), "never stored");
        sightings.stored();
        assert_eq!(sightings.changes().unwrap().count(), 0);
        sightings.see("email:3".into(), seen(9));
        let changed: Vec<_> =
            sightings.changes().unwrap().map(|(id, seen)| (id.as_str(), seen.last.0)).collect();
        assert_eq!(changed, [("email:3", 9)]);
        assert!(Sightings::default().changes().is_none(), "what is folded anew replaces all that was stored");
    }
}
