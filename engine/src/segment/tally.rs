//! The state of one event condition: its newest matches one by one, and what older ones come to, by stretches of time.
//!
//! Invariant: a function of the *set* of matches, so that neither the order of arrival nor the way a log is cut in two changes
//! it. "The k greatest of a set" is one, and so is "the rest, by stretch". It is bounded, so that an event costs the same on a
//! long timeline as on a short one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::calendar::Calendar;
use super::rule::Take;
use crate::ids::MessageId;
use crate::limits;
use crate::profile::Micros;
use crate::time::UnixMillis;

/// One match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// When.
    pub at: UnixMillis,
    /// Which event.
    pub by: MessageId,
    /// Which of several selectors it is one of: a bit for each.
    #[serde(default, skip_serializing_if = "none")]
    pub bits: u32,
    /// The value of its property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn none(bits: &u32) -> bool {
    *bits == 0
}

fn nothing(number: &u64) -> bool {
    *number == 0
}

impl Match {
    /// Its bits; where there is only one selector, that one's.
    pub(super) fn bits_or_one(&self) -> u32 {
        if self.bits == 0 { 1 } else { self.bits }
    }

    fn order(&self) -> (UnixMillis, &MessageId) {
        (self.at, &self.by)
    }
}

/// What several matches come to. Only what somebody takes is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// How many.
    #[serde(skip_serializing_if = "nothing")]
    n: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Micros>,
    /// How often each value, as JSON: the least in sorted order, as with [`limits::UNION_MEMBERS`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    times: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<Match>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Match>,
}

impl Summary {
    fn add(&mut self, one: &Match, take: Option<Take>) {
        self.n = self.n.saturating_add(1);
        let Some((take, value)) = take.zip(one.value.as_ref()) else { return };
        match take {
            Take::Distinct | Take::MostFrequent => self.count(value.to_string(), 1),
            Take::First => self.be_first(one),
            Take::Last => self.be_last(one),
            Take::Sum | Take::Average => {
                let more = Micros::read(value).unwrap_or_default();
                self.sum = Some(self.sum.unwrap_or_default().plus(more));
            }
            Take::Min => self.min = [self.min, Micros::read(value)].into_iter().flatten().min(),
            Take::Max => self.max = self.max.max(Micros::read(value)),
        }
    }

    fn absorb(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        if let Some(more) = other.sum {
            self.sum = Some(self.sum.unwrap_or_default().plus(more));
        }
        self.min = [self.min, other.min].into_iter().flatten().min();
        self.max = self.max.max(other.max);
        for (value, times) in &other.times {
            self.count(value.clone(), *times);
        }
        if let Some(first) = &other.first {
            self.be_first(first);
        }
        if let Some(last) = &other.last {
            self.be_last(last);
        }
    }

    fn count(&mut self, value: String, times: u64) {
        let so_far = self.times.entry(value).or_default();
        *so_far = so_far.saturating_add(times);
        if self.times.len() > limits::VALUES_TOLD_APART {
            self.times.pop_last();
        }
    }

    fn be_first(&mut self, one: &Match) {
        if self.first.as_ref().is_none_or(|first| one.order() < first.order()) {
            self.first = Some(one.clone());
        }
    }

    fn be_last(&mut self, one: &Match) {
        if self.last.as_ref().is_none_or(|last| one.order() > last.order()) {
            self.last = Some(one.clone());
        }
    }

    /// How many.
    pub(super) fn matches(&self) -> u64 {
        self.n
    }

    /// What they come to; null where there is nothing to take it of.
    pub(super) fn figure(&self, take: Take) -> Value {
        let amount = |amount: Option<Micros>| amount.map(Micros::to_json).into();
        let whole = i64::try_from(self.n).unwrap_or(i64::MAX);
        match take {
            Take::Sum => self.sum.unwrap_or_default().to_json(),
            Take::Average => amount(self.sum.and_then(|sum| sum.shared_by(whole))),
            Take::Min => amount(self.min),
            Take::Max => amount(self.max),
            Take::Distinct => self.times.len().into(),
            Take::MostFrequent => {
                let most = self.times.iter().max_by_key(|(value, times)| (**times, Reverse(*value)));
                most.and_then(|(value, _)| serde_json::from_str(value).ok()).unwrap_or(Value::Null)
            }
            Take::First => self.first.as_ref().and_then(|one| one.value.clone()).into(),
            Take::Last => self.last.as_ref().and_then(|one| one.value.clone()).into(),
        }
    }
}

/// How older matches are put together.
#[derive(Debug, Clone)]
pub(super) enum Grid {
    /// They are let go of.
    None,
    /// All into one.
    One,
    /// By stretches of so many milliseconds.
    Millis(i64),
    /// By units of the calendar.
    Calendar(Calendar),
}

/// What a tally keeps.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// So many of the newest, one by one.
    pub(super) newest: usize,
    /// Of the rest.
    pub(super) grid: Grid,
    /// So many stretches, the newest ones.
    pub(super) stretches: usize,
    /// What is made of their values.
    pub(super) take: Option<Take>,
}

impl Grid {
    fn stretch(&self, at: UnixMillis) -> Option<i64> {
        match self {
            Self::None => None,
            Self::One => Some(0),
            Self::Millis(millis) => at.0.checked_div_euclid(*millis),
            Self::Calendar(calendar) => Some(calendar.start(at).0),
        }
    }
}

/// The newest matches, newest first, and what the rest comes to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    newest: Vec<Match>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    rest: BTreeMap<i64, Summary>,
    /// What was last asked for.
    #[serde(skip)]
    asked: Asked,
}

/// What the matches after some instant come to, kept until one of them leaves: then it is added up anew.
#[derive(Debug, Default)]
struct Asked(Mutex<Option<Box<After>>>);

impl Asked {
    fn look(&self) -> MutexGuard<'_, Option<Box<After>>> {
        // What a panic left half done is only what was worked out.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for Asked {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.look().clone()))
    }
}

/// What was asked for is no part of what a tally says.
impl PartialEq for Asked {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What the matches after an instant come to.
#[derive(Debug, Clone, Default)]
struct After {
    start: Option<UnixMillis>,
    /// All of the newest are in it, and so may be stretches of the rest.
    reaches_rest: bool,
    summary: Summary,
}

impl After {
    /// Whether this stretch of the rest is in it.
    fn counts(&self, stretch: i64, shape: &Shape) -> bool {
        match (&shape.grid, self.start) {
            (Grid::Millis(millis), Some(start)) => stretch >= first_stretch(start, *millis),
            _ => true,
        }
    }
}

/// The first stretch that ends after this instant.
fn first_stretch(start: UnixMillis, millis: i64) -> i64 {
    start.0.saturating_add(1).div_euclid(millis)
}

impl Tally {
    /// Takes a match in.
    pub(super) fn insert(&mut self, one: Match, shape: &Shape) {
        let place = self.newest.partition_point(|other| other.order() > one.order());
        if self.newest.get(place).is_some_and(|other| other.order() == one.order()) {
            return;
        }
        self.add_to_asked(place, &one, shape);
        self.newest.insert(place, one);
        self.settle(shape);
    }

    /// A newest match is one more after any instant before it: if another one goes to the rest for it, that is counted there. What
    /// else it may change is added up anew.
    fn add_to_asked(&mut self, place: usize, one: &Match, shape: &Shape) {
        let overflows = self.newest.len() >= shape.newest;
        let rest_counts = !self.rest.is_empty();
        let asked = self.asked.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let stays = |after: &After| {
            let is_after = after.start.is_none_or(|start| one.at > start);
            place == 0 && is_after && (!overflows || after.reaches_rest && rest_counts)
        };
        match asked.as_mut().filter(|after| stays(after)) {
            Some(after) => after.summary.add(one, shape.take),
            None => *asked = None,
        }
    }

    /// Takes in those of another log.
    pub(super) fn absorb(&mut self, other: &Self, shape: &Shape) {
        self.asked = Asked::default();
        for (stretch, summary) in &other.rest {
            self.rest.entry(*stretch).or_default().absorb(summary);
        }
        for one in &other.newest {
            self.insert(one.clone(), shape);
        }
        self.settle(shape);
    }

    fn settle(&mut self, shape: &Shape) {
        while self.newest.len() > shape.newest {
            let Some(one) = self.newest.pop() else { break };
            if let Some(stretch) = shape.grid.stretch(one.at) {
                self.rest.entry(stretch).or_default().add(&one, shape.take);
            }
        }
        while self.rest.len() > shape.stretches {
            let Some((stretch, _)) = self.rest.pop_first() else { break };
            let asked = self.asked.0.get_mut().unwrap_or_else(PoisonError::into_inner);
            // What has left the window before takes nothing out of it.
            if asked.as_ref().is_some_and(|after| after.counts(stretch, shape)) {
                *asked = None;
            }
        }
    }

    /// The newest, newest first.
    pub(super) fn newest(&self) -> &[Match] {
        &self.newest
    }

    /// Whether one of the newest was from `from` on, and not after `to`.
    pub(crate) fn has_any_within(&self, from: UnixMillis, to: UnixMillis) -> bool {
        self.newest.iter().any(|one| one.at >= from && one.at <= to)
    }

    /// What the matches after `start` come to; all of them without one. A stretch that reaches beyond the start counts whole.
    /// Also: when the first of them will have left a window of this length.
    pub(super) fn after<T>(
        &self,
        start: Option<UnixMillis>,
        shape: &Shape,
        look: impl FnOnce(&Summary, Option<UnixMillis>) -> T,
    ) -> T {
        let mut asked = self.asked.look();
        let same = |after: &After| match (after.start, start) {
            (None, None) => true,
            (Some(mine), Some(start)) => {
                let stay = || self.earliest(Some(mine), shape).is_none_or(|earliest| earliest > start);
                mine == start || mine < start && stay()
            }
            _ => false,
        };
        if !asked.as_deref().is_some_and(same) {
            *asked = None;
        }
        let after = asked.get_or_insert_with(|| Box::new(self.add_up(start, shape)));
        look(&after.summary, self.earliest(start, shape))
    }

    /// When the first of the matches after `start` will have left a window that begins there.
    fn earliest(&self, start: Option<UnixMillis>, shape: &Shape) -> Option<UnixMillis> {
        let inside =
            start.map_or(self.newest.len(), |start| self.newest.partition_point(|one| one.at > start));
        let first = inside.checked_sub(1).and_then(|last| self.newest.get(last)).map(|one| one.at);
        let (Grid::Millis(millis), true) = (&shape.grid, inside == self.newest.len()) else { return first };
        let end =
            |stretch: &i64| UnixMillis(stretch.saturating_add(1).saturating_mul(*millis).saturating_sub(1));
        let from = start.map_or(i64::MIN, |start| first_stretch(start, *millis));
        let stretch = self.rest.range(from..).next().map(|(stretch, _)| end(stretch));
        [first, stretch].into_iter().flatten().min()
    }

    fn add_up(&self, start: Option<UnixMillis>, shape: &Shape) -> After {
        let mut after = After { start, ..After::default() };
        for one in &self.newest {
            if start.is_some_and(|start| one.at <= start) {
                // What is older is outside, too.
                return after;
            }
            after.summary.add(one, shape.take);
        }
        after.reaches_rest = true;
        let from = match (&shape.grid, start) {
            (_, None) => i64::MIN,
            (Grid::Millis(millis), Some(start)) => first_stretch(start, *millis),
            // What is older than the newest is all older than what is outside already.
            _ => return after,
        };
        self.rest.range(from..).for_each(|(_, rest)| after.summary.absorb(rest));
        after
    }

    /// What the matches in the stretches from `from` on and before `to` come to.
    pub(super) fn between(&self, from: UnixMillis, to: UnixMillis) -> Summary {
        let mut summary = Summary::default();
        if from < to {
            self.rest.range(from.0..to.0).for_each(|(_, rest)| summary.absorb(rest));
        }
        summary
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.newest.is_empty() && self.rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Grid, Match, Shape, Tally};
    use crate::ids::MessageId;
    use crate::segment::Take;
    use crate::time::UnixMillis;
    use proptest::prelude::*;

    fn shapes() -> impl Strategy<Value = Shape> {
        let take =
            prop::sample::select(vec![Take::Sum, Take::Min, Take::Max, Take::MostFrequent, Take::First]);
        let grid = prop_oneof![Just((Grid::Millis(10), 7)), Just((Grid::One, 1)), Just((Grid::None, 0))];
        (1..6usize, grid, take).prop_map(|(newest, (grid, stretches), take)| Shape {
            newest,
            grid,
            stretches,
            take: Some(take),
        })
    }

    proptest! {
        /// Whoever asks again gets what is there by then, however matches come in between, and however time passes.
        #[test]
        fn what_was_added_up_before_is_what_is_added_up_anew(
            shape in shapes(), steps in prop::collection::vec((0..9i64, prop_oneof![4 => Just(0), 1 => 0..90i64], 0..4u8), 1..120),
        ) {
            let (mut tally, mut now) = (Tally::default(), 0);
            for (n, (passes, late, value)) in steps.into_iter().enumerate() {
                now += passes;
                let one = Match { at: UnixMillis(now - late), by: MessageId(format!("m{n}")), bits: 0, value: Some(value.into()) };
                tally.insert(one, &shape);
                let windows = [Some(UnixMillis(now - 50)), Some(UnixMillis(now - 47)), None];
                let start = if matches!(shape.grid, Grid::One) { None } else { windows[n % 7 % 3] };
                let fresh: Tally = serde_json::from_str(&serde_json::to_string(&tally).unwrap()).unwrap();
                let all = |tally: &Tally| tally.after(start, &shape, |summary, earliest| (summary.clone(), earliest));
                prop_assert_eq!(all(&tally), all(&fresh), "after {:?}, at {}", start, now);
            }
        }
    }
}
