//! When the person was here lately: what a visit is, for caps (`session`) and for the conditions on the request (`visit`).
//!
//! Quarters of an hour of UTC, of which is known whether anything happened in them. A session is a row of them without two
//! empty ones one after the other, so it ends when somebody is away for 30 to 45 minutes. "Without an event for 30 minutes" to
//! the second would depend on every event of a long session; this is one number, whatever the order of arrival.

use serde::{Deserialize, Serialize};

use crate::time::UnixMillis;

const QUARTER_MS: i64 = 15 * 60 * 1000;

/// The quarters of an hour up to the newest in which something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Visit {
    /// The newest one.
    newest: i64,
    /// A bit for each, the lowest being the newest: sixteen hours.
    quarters: u64,
}

impl Visit {
    /// Whether nobody was ever here.
    pub fn is_empty(&self) -> bool {
        self.quarters == 0
    }

    pub(crate) fn be_here(&mut self, at: UnixMillis) {
        self.absorb(&Self { newest: at.0.div_euclid(QUARTER_MS), quarters: 1 });
    }

    pub(super) fn absorb(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            *self = *other;
            return;
        }
        let newest = self.newest.max(other.newest);
        let moved = |one: &Self| {
            let by = u32::try_from(newest.saturating_sub(one.newest)).unwrap_or(u32::MAX);
            one.quarters.checked_shl(by).unwrap_or(0)
        };
        *self = Self { newest, quarters: moved(self) | moved(other) };
    }

    /// When the session began that is going on `now`: now, if none is. One of more than sixteen hours began sixteen hours ago.
    pub fn began(&self, now: UnixMillis) -> UnixMillis {
        let quarter = now.0.div_euclid(QUARTER_MS);
        let away = quarter.saturating_sub(self.newest);
        if self.is_empty() || away > 2 {
            return now;
        }
        let mut back = 0;
        while back < 64 {
            // The next one that something happened in: this one's neighbour, or the one after that.
            let rest = self.quarters.checked_shr(back + 1).unwrap_or(0);
            let next = rest.trailing_zeros();
            if rest == 0 || next > 1 {
                break;
            }
            back += next + 1;
        }
        UnixMillis((self.newest - i64::from(back)).saturating_mul(QUARTER_MS)).min(now)
    }
}

#[cfg(test)]
mod tests {
    use super::{QUARTER_MS, Visit};
    use crate::time::UnixMillis;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000;

    fn visit(minutes: &[i64]) -> Visit {
        let mut visit = Visit::default();
        minutes.iter().for_each(|minute| visit.be_here(UnixMillis(minute * MINUTE)));
        visit
    }

    #[test]
    fn a_session_ends_when_somebody_is_away_for_two_whole_quarters() {
        let began = |minutes: &[i64], now: i64| visit(minutes).began(UnixMillis(now * MINUTE)).0 / MINUTE;
        assert_eq!(began(&[], 600), 600);
        assert_eq!(began(&[601], 605), 600, "at the quarter's beginning");
        assert_eq!(began(&[601, 614, 633, 659], 660), 600);
        assert_eq!(began(&[601, 646], 650), 645, "615 to 645 were empty");
        assert_eq!(began(&[601], 644), 600, "still going on");
        assert_eq!(began(&[601], 645), 645, "over");
        let all_day: Vec<i64> = (0..96).map(|quarter| quarter * 15).collect();
        assert_eq!(began(&all_day, 96 * 15 - 1), (96 - 64) * 15, "sixteen hours are known");
    }

    proptest! {
        #[test]
        fn it_is_the_same_in_every_order_and_in_parts(
            (ordered, shuffled) in proptest::collection::vec(-2_000i64..2_000, 0..30)
                .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
            cut in 0usize..30,
        ) {
            let whole = visit(&ordered);
            prop_assert_eq!(whole, visit(&shuffled));
            let (left, right) = shuffled.split_at(cut.min(shuffled.len()));
            let mut joined = visit(left);
            joined.absorb(&visit(right));
            prop_assert_eq!(whole, joined);
            // Against the definition, counted quarter by quarter.
            let now = 2_000 * MINUTE;
            let here = |quarter: i64| ordered.iter().any(|minute| (minute * MINUTE).div_euclid(QUARTER_MS) == quarter);
            let mut first = now / QUARTER_MS + 1;
            while (1..=3).any(|back| here(first - back) && (back < 3 || first == now / QUARTER_MS + 1)) {
                first -= if here(first - 1) { 1 } else if here(first - 2) { 2 } else { 3 };
            }
            let first = first.max(ordered.iter().max().map_or(0, |newest| (newest * MINUTE).div_euclid(QUARTER_MS) - 63));
            let expected = if first > now / QUARTER_MS { now } else { (first * QUARTER_MS).min(now) };
            prop_assert_eq!(whole.began(UnixMillis(now)).0, expected);
        }
    }
}
