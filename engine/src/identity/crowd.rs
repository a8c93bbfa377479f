//! Counting how many show an identifier, without remembering them all.
//!
//! Each has a number, the hash of its name. Of few, every number is kept; of many, only those that end in so many zero
//! bits that they fit: one in two, one in four, … So the count is exact as far as numbers fit, and an estimate from there
//! on (with 256 of them, within some six per cent). Who comes twice is counted once, and the order in which they come
//! does not matter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::limits;
use crate::time::UnixMillis;

/// Those who have shown an identifier lately.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Crowd {
    /// Zero bits that a number must end in to be kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    zeros: u32,
    /// The numbers, and when each was counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    kept: BTreeMap<u64, UnixMillis>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(zeros: &u32) -> bool {
    *zeros == 0
}

/// The number of a profile or a device.
pub fn number(name: &str) -> u64 {
    Sha256::digest(name.as_bytes()).iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

impl Crowd {
    /// Whether nobody was counted.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Somebody shows it now.
    pub fn add(&mut self, number: u64, now: UnixMillis, period_ms: i64) {
        if number.trailing_zeros() < self.zeros {
            return;
        }
        // Whoever comes all the time need not be written down each time.
        let known = self.kept.get(&number).is_some_and(|at| now.since(*at) < period_ms / 4);
        if known {
            return;
        }
        self.kept.insert(number, now);
        if self.kept.len() > limits::CROWD {
            self.kept.retain(|_, at| now.since(*at) < period_ms);
        }
        while self.kept.len() > limits::CROWD {
            self.zeros += 1;
            self.kept.retain(|number, _| number.trailing_zeros() >= self.zeros);
        }
    }

    /// How many have shown it within the period.
    pub fn count(&self, now: UnixMillis, period_ms: i64) -> u64 {
        let recent = self.kept.values().filter(|at| now.since(**at) < period_ms).count() as u64;
        recent.saturating_mul(1_u64.checked_shl(self.zeros).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::{Crowd, number};
    use crate::limits;
    use crate::time::UnixMillis;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000;

    fn crowd(names: impl IntoIterator<Item = u32>) -> Crowd {
        let mut crowd = Crowd::default();
        for name in names {
            crowd.add(number(&name.to_string()), UnixMillis(1), HOUR);
        }
        crowd
    }

    #[test]
    fn few_are_counted_exactly_and_many_nearly_in_the_same_space() {
        for count in [1, 100, 256] {
            assert_eq!(crowd(0..count).count(UnixMillis(2), HOUR), u64::from(count));
        }
        for count in [1_000_u32, 20_000, 200_000] {
            let crowd = crowd(0..count);
            let counted = crowd.count(UnixMillis(2), HOUR);
            assert!(counted.abs_diff(u64::from(count)) < u64::from(count) / 5, "{counted} of {count}");
            assert!(crowd.kept.len() <= limits::CROWD);
        }
    }

    #[test]
    fn what_was_long_ago_does_not_count_and_who_comes_back_does() {
        let mut crowd = crowd(0..100);
        assert_eq!(crowd.count(UnixMillis(HOUR), HOUR), 100);
        assert_eq!(crowd.count(UnixMillis(HOUR + 1), HOUR), 0);
        crowd.add(number("7"), UnixMillis(HOUR + 1), HOUR);
        assert_eq!(crowd.count(UnixMillis(HOUR + 1), HOUR), 1);
    }

    proptest! {
        #[test]
        fn neither_order_nor_repetition_changes_it(names in proptest::collection::vec(0..2_000u32, 0..1_500)) {
            let mut other = names.clone();
            other.sort_unstable();
            other.extend(names.iter().take(50));
            prop_assert_eq!(crowd(names), crowd(other));
        }
    }
}
