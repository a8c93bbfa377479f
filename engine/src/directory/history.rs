//! How the number of a segment's members has moved, day by day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::UnixMillis;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A day of UTC, by its number since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i64);

impl Day {
    /// The day that has this instant.
    pub fn of(at: UnixMillis) -> Self {
        Self(at.0.div_euclid(DAY_MS))
    }

    /// So many days before.
    #[must_use]
    pub fn back(self, days: i64) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// `2026-11-21`.
    pub fn to_iso(self) -> String {
        let mut iso = UnixMillis(self.0.saturating_mul(DAY_MS)).to_iso();
        iso.truncate(10);
        iso
    }
}

/// What a shard has written down of a segment: how many members it had at the end of each day on which that changed.
pub type Marks = BTreeMap<Day, u64>;

/// How many members there were in all shards at the end of each of the last `days` days; of days before anybody was counted
/// nothing is said. Of today it is the number now.
pub fn history(shards: &[&Marks], today: Day, days: i64) -> Vec<(Day, u64)> {
    let Some(first) = shards.iter().filter_map(|marks| marks.keys().next()).min() else { return Vec::new() };
    let first = today.back(days - 1).max(*first);
    (first.0..=today.0).map(Day).map(|day| (day, members(shards, day))).collect()
}

/// How many members there were in all shards at the end of a day.
pub fn members(shards: &[&Marks], day: Day) -> u64 {
    shards.iter().filter_map(|marks| marks.range(..=day).next_back()).map(|(_, members)| *members).sum()
}

#[cfg(test)]
mod tests {
    use super::{Day, Marks, history, members};
    use crate::time::UnixMillis;

    #[test]
    fn a_day_without_a_mark_is_as_the_one_before_it() {
        let one: Marks = [(Day(10), 4), (Day(12), 7)].into();
        let other: Marks = [(Day(11), 1), (Day(13), 0)].into();
        let all = history(&[&one, &other], Day(14), 30);
        let expected = [(10, 4), (11, 5), (12, 8), (13, 7), (14, 7)].map(|(day, n)| (Day(day), n));
        assert_eq!(all, expected);
        assert_eq!(history(&[&one, &other], Day(14), 2), expected[3..]);
        assert_eq!(members(&[&one, &other], Day(9)), 0);
        assert_eq!(history(&[], Day(14), 30), []);
        assert_eq!(history(&[&Marks::new()], Day(14), 30), []);
    }

    #[test]
    fn a_day_is_one_of_utc() {
        let at = UnixMillis::parse("2026-11-21T23:59:59.999Z").unwrap();
        assert_eq!(Day::of(at).to_iso(), "2026-11-21");
        assert_eq!(Day::of(at.plus(1)).back(-1).to_iso(), "2026-11-23");
        assert_eq!(Day::of(UnixMillis(-1)).to_iso(), "1969-12-31");
    }
}
