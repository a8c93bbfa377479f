//! Identifiers that events claimed without proof: shown and counted, used for nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::MessageId;
use crate::limits;
use crate::time::UnixMillis;

/// How often an identifier was claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// The first event that did.
    pub first: (UnixMillis, MessageId),
    /// How many did.
    pub events: u64,
}

/// By `namespace:value`. A browser may claim any number; the least ones in sorted order are kept, because which those are
/// does not depend on the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Claims(BTreeMap<String, Claimed>);

impl Claims {
    /// Whether nothing was claimed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Claimed)> {
        self.0.iter()
    }

    /// Events that claimed it.
    pub(super) fn add(&mut self, id: String, new: Claimed) {
        let claimed = self.0.entry(id).or_insert_with(|| Claimed { first: new.first.clone(), events: 0 });
        claimed.events = claimed.events.saturating_add(new.events);
        if new.first < claimed.first {
            claimed.first = new.first;
        }
        if self.0.len() > limits::CLAIMED_IDENTIFIERS {
            self.0.pop_last();
        }
    }

    /// Those of another log.
    pub(super) fn absorb(&mut self, other: &Self) {
        for (id, claimed) in &other.0 {
            self.add(id.clone(), claimed.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Claimed, Claims};
    use crate::ids::MessageId;
    use crate::time::UnixMillis;
    use proptest::prelude::*;

    fn claims(of: &[(u8, i64)]) -> Claims {
        let mut claims = Claims::default();
        for (id, at) in of {
            let first = (UnixMillis(*at), MessageId(format!("m{at}")));
            claims.add(format!("user_id:{id:03}"), Claimed { first, events: 1 });
        }
        claims
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_two_logs_add_up(
            of in proptest::collection::vec((any::<u8>(), 0..1_000i64), 0..300),
            cut in 0..300usize,
        ) {
            let mut turned = of.clone();
            turned.reverse();
            prop_assert_eq!(claims(&of), claims(&turned));
            let (one, other) = of.split_at(cut.min(of.len()));
            let mut both = claims(one);
            both.absorb(&claims(other));
            prop_assert_eq!(both, claims(&of));
        }
    }
}
