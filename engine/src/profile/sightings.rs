//! When each proven identifier was on events: the part of a state that grows with the number of identifiers.

use serde::{Deserialize, Serialize};

use super::Rows;
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
pub type Sightings = Rows<Seen>;

impl Sightings {
    /// An identifier was on an event, or on several.
    pub(super) fn see(&mut self, id: String, new: Seen) {
        let seen = match self.get(&id) {
            None => new,
            Some(known) => {
                let mut seen = known.clone();
                seen.last = seen.last.max(new.last);
                if (new.first, &new.by) < (seen.first, &seen.by) {
                    (seen.first, seen.by) = (new.first, new.by);
                }
                seen
            }
        };
        self.put(id, seen);
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
            sightings.changes().unwrap().map(|(id, seen)| (id.as_str(), seen.unwrap().last.0)).collect();
        assert_eq!(changed, [("email:3", 9)]);
        assert!(Sightings::default().changes().is_none(), "what is folded anew replaces all that was stored");
    }
}
