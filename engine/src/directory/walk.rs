//! A walk through all profiles that the directory knows, so that each becomes what the config says without anybody coming by.
//! Every shard walks through its own, a page at a time, in the order of ids.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::ids::ProfileId;
use crate::segment::Threshold;
use crate::time::UnixMillis;

/// The version of a stored [`Walk`].
pub const WALK_VERSION: u8 = 2;

/// How far one shard is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Walk {
    /// A later walk takes the place of an earlier one.
    pub number: u64,
    /// The config version that profiles are to go by.
    pub config: u64,
    /// Only those are asked whom one of these can concern; everybody, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<Moved>>,
    /// Each is also resolved anew, by the identity rules of that config.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anew: bool,
    /// When it began here.
    pub began: UnixMillis,
    /// The last profile that was looked at.
    pub after: Option<ProfileId>,
    /// Profiles at home here when it began.
    pub total: u64,
    /// So many were looked at.
    pub done: u64,
    /// So many of them could not answer: they become what the config says when they come by.
    pub unanswered: u64,
    /// When it was over.
    pub ended: Option<UnixMillis>,
}

impl Walk {
    /// From the beginning.
    pub fn begin(number: u64, config: u64, only: Option<Vec<Moved>>, total: u64, now: UnixMillis) -> Self {
        let (anew, began) = (false, now);
        Self { number, config, only, anew, began, after: None, total, done: 0, unanswered: 0, ended: None }
    }

    /// Each is also resolved anew.
    #[must_use]
    pub fn anew(self, anew: bool) -> Self {
        Self { anew, ..self }
    }

    /// Whether the profile of this row is to be asked.
    pub fn is_for(&self, row: &Row) -> bool {
        self.only.as_ref().is_none_or(|moved| moved.iter().any(|one| one.concerns(row)))
    }

    /// A page was walked through; none is left if it was empty.
    pub fn walked(&mut self, rows: &[Row], unanswered: u64, now: UnixMillis) {
        self.done = self.done.saturating_add(rows.len() as u64);
        self.unanswered = self.unanswered.saturating_add(unanswered);
        match rows.last() {
            Some(last) => self.after = Some(last.profile.clone()),
            // Who has come meanwhile was asked as well, or goes by the config anyway.
            None => (self.total, self.ended) = (self.done, Some(now)),
        }
    }
}

/// A threshold that is another one now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    /// Of this number.
    pub of: String,
    /// From here on upwards,
    pub from: f64,
    /// and below this. Upwards without end if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
}

impl Moved {
    /// Between which numbers somebody is in by one of the two and not by the other.
    pub fn between(before: &[Threshold], after: &[Threshold]) -> Vec<Self> {
        let other = |one: &Threshold, all: &[Threshold]| {
            all.iter().find(|other| other.of == one.of && other.top == one.top).map(|other| other.at_least)
        };
        let mut moved = Vec::new();
        for one in after {
            match other(one, before) {
                None => moved.push(Self { of: one.of.clone(), from: one.at_least, below: None }),
                Some(was) if was != one.at_least => moved.push(Self {
                    of: one.of.clone(),
                    from: was.min(one.at_least),
                    below: Some(was.max(one.at_least)),
                }),
                Some(_) => {}
            }
        }
        let gone = before.iter().filter(|one| other(one, after).is_none());
        moved.extend(gone.map(|one| Self { of: one.of.clone(), from: one.at_least, below: None }));
        moved
    }

    fn concerns(&self, row: &Row) -> bool {
        let between = |number: f64| number >= self.from && self.below.is_none_or(|below| number < below);
        row.numbers.get(&self.of).is_some_and(|number| between(number.0))
    }
}

/// How far all shards are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WalkProgress {
    /// The config version that profiles are to go by.
    pub config: u64,
    /// When the first shard began.
    pub began: Option<UnixMillis>,
    /// Profiles.
    pub total: u64,
    /// Those that were looked at.
    pub done: u64,
    /// Those of them that could not answer.
    pub unanswered: u64,
    /// Profiles a second.
    pub rate: f64,
    /// When the last shard was done.
    pub ended: Option<UnixMillis>,
}

impl WalkProgress {
    /// Of the walk with this number; `told` says that every shard has heard of it.
    #[expect(clippy::cast_precision_loss, reason = "a rate is shown, not reckoned with")]
    pub fn of(number: u64, config: u64, told: bool, walks: &[Walk], now: UnixMillis) -> Self {
        let walks: Vec<&Walk> = walks.iter().filter(|walk| walk.number == number).collect();
        let sum = |of: fn(&Walk) -> u64| walks.iter().map(|walk| of(walk)).sum::<u64>();
        let began = walks.iter().map(|walk| walk.began).min();
        let over = told && walks.iter().all(|walk| walk.ended.is_some());
        let ended = walks.iter().filter_map(|walk| walk.ended).max().filter(|_| over);
        let done = sum(|walk| walk.done);
        let millis = began.map_or(0, |began| ended.unwrap_or(now).since(began)).max(1);
        Self {
            config,
            began,
            total: sum(|walk| walk.total.max(walk.done)),
            done,
            unanswered: sum(|walk| walk.unanswered),
            rate: done as f64 * 1000.0 / millis as f64,
            // Where nobody is known there is nothing to walk through.
            ended: if over && walks.is_empty() { Some(now) } else { ended },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Moved, Walk, WalkProgress};
    use crate::directory::{Number, Row, Standing};
    use crate::ids::ProfileId;
    use crate::segment::Threshold;
    use crate::time::UnixMillis;
    use proptest::prelude::*;

    fn threshold(at_least: f64) -> Threshold {
        Threshold { of: "n".into(), top: 0.1, at_least }
    }

    fn row(n: u8, number: Option<f64>) -> Row {
        let row = Row::empty(ProfileId::from_random([n; 16]), 1, Standing::Live);
        Row { numbers: number.map(|number| ("n".to_owned(), Number(number))).into_iter().collect(), ..row }
    }

    #[test]
    fn a_walk_that_every_shard_has_ended_is_over_and_its_total_is_reached() {
        let now = UnixMillis(10_000);
        let mut one = Walk::begin(7, 3, None, 2, UnixMillis(0));
        let other = Walk { ended: Some(UnixMillis(4_000)), ..Walk::begin(7, 3, None, 0, UnixMillis(1_000)) };
        let older = Walk::begin(6, 2, None, 9, UnixMillis(0));
        let progress = |one: &Walk, told| {
            WalkProgress::of(7, 3, told, &[one.clone(), other.clone(), older.clone()], now)
        };
        one.walked(&[row(1, None), row(2, None), row(3, None)], 1, now);
        let half = progress(&one, true);
        assert_eq!((half.total, half.done, half.unanswered, half.ended), (3, 3, 1, None));
        one.walked(&[], 0, UnixMillis(6_000));
        assert_eq!(progress(&one, false).ended, None, "a shard has not heard of it");
        let over = progress(&one, true);
        assert_eq!((over.total, over.done, over.ended, over.rate), (3, 3, Some(UnixMillis(6_000)), 0.5));
    }

    proptest! {
        /// Whoever is in by one threshold and not by the other is asked; whoever has no number is not.
        #[test]
        fn only_those_are_asked_whom_a_threshold_concerns(
            before in prop::option::of(0..20_i32), after in prop::option::of(0..20_i32), number in prop::option::of(0..20_i32),
        ) {
            let thresholds = |at: Option<i32>| at.map(|at| threshold(at.into())).into_iter().collect::<Vec<_>>();
            let moved = Moved::between(&thresholds(before), &thresholds(after));
            let walk = Walk::begin(1, 1, Some(moved), 1, UnixMillis(0));
            let is_in = |at: Option<i32>| at.is_some_and(|at| number.is_some_and(|number| number >= at));
            prop_assert_eq!(walk.is_for(&row(1, number.map(f64::from))), is_in(before) != is_in(after));
        }
    }
}
