//! The state of one event condition: its most recent matches, and no more than can decide it.

use crate::ordered::sort_by;
use serde::{Deserialize, Serialize};

use crate::ids::MessageId;
use crate::time::UnixMillis;

/// The most recent matching events, newest first.
///
/// Invariant: the same whatever the order in which events arrive, because "the k greatest of a set" is. That is why an
/// event costs the same on a long timeline as on a short one, and why a merge can join two of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recent {
    matches: Vec<(UnixMillis, MessageId)>,
}

impl Recent {
    /// Takes a match in, keeping the `enough` newest.
    pub fn insert(&mut self, at: UnixMillis, message_id: &MessageId, enough: usize) {
        let item = (at, message_id.clone());
        let place = self.matches.partition_point(|other| *other > item);
        if self.matches.get(place) == Some(&item) {
            return;
        }
        self.matches.insert(place, item);
        self.matches.truncate(enough);
    }

    /// Takes in the matches of another log, keeping the `enough` newest.
    pub fn absorb(&mut self, other: &Self, enough: usize) {
        self.matches.extend_from_slice(&other.matches);
        sort_by(&mut self.matches, |a, b| b.cmp(a));
        self.matches.dedup();
        self.matches.truncate(enough);
    }

    /// How many of them lie in the window that ends `now`: after `now − window`, up to `now`.
    pub fn within(&self, now: UnixMillis, window: Option<i64>) -> usize {
        let Some(window) = window else { return self.matches.len() };
        let start = now.plus(window.saturating_neg());
        self.matches.iter().filter(|(at, _)| *at > start).count()
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;
    use crate::ids::MessageId;
    use crate::time::UnixMillis;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn arrival_order_and_repetition_change_nothing(
            times in proptest::collection::vec(0i64..50, 0..30),
            enough in 1usize..6,
            shift in 0usize..30,
        ) {
            let insert_all = |order: &[usize]| {
                let mut recent = Recent::default();
                for index in order {
                    recent.insert(UnixMillis(times[*index]), &MessageId(format!("m{index}")), enough);
                }
                recent
            };
            let forward: Vec<usize> = (0..times.len()).collect();
            let mut rotated = forward.clone();
            rotated.rotate_left(if times.is_empty() { 0 } else { shift % times.len() });
            let mut doubled = rotated.clone();
            doubled.extend(forward.iter().rev());
            prop_assert_eq!(insert_all(&forward), insert_all(&rotated));
            prop_assert_eq!(insert_all(&forward), insert_all(&doubled));
        }
    }
}
