//! The state of one event condition: its newest matches one by one, and what older ones come to, by stretches of time.
//!
//! Invariant: a function of the *set* of matches, so that neither the order of arrival nor the way a log is cut in two changes
//! it. "The k greatest of a set" is one, and so is "the rest, by stretch". It is bounded, so that an event costs the same on a
//! long timeline as on a short one.

use std::cmp::Reverse;
use std::collections::BTreeMap;

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
}

impl Tally {
    /// Takes a match in.
    pub(super) fn insert(&mut self, one: Match, shape: &Shape) {
        let place = self.newest.partition_point(|other| other.order() > one.order());
        if self.newest.get(place).is_some_and(|other| other.order() == one.order()) {
            return;
        }
        self.newest.insert(place, one);
        self.settle(shape);
    }

    /// Takes in those of another log.
    pub(super) fn absorb(&mut self, other: &Self, shape: &Shape) {
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
            self.rest.pop_first();
        }
    }

    /// The newest, newest first.
    pub(super) fn newest(&self) -> &[Match] {
        &self.newest
    }

    /// What the matches after `start` come to; all of them without one. A stretch that reaches beyond the start counts whole.
    /// Also: when the first of them will have left a window of this length.
    pub(super) fn after(&self, start: Option<UnixMillis>, shape: &Shape) -> (Summary, Option<UnixMillis>) {
        let mut summary = Summary::default();
        let mut earliest: Option<UnixMillis> = None;
        for one in &self.newest {
            if start.is_some_and(|start| one.at <= start) {
                // What is older is outside, too.
                return (summary, earliest);
            }
            summary.add(one, shape.take);
            earliest = Some(one.at);
        }
        let Grid::Millis(millis) = shape.grid else {
            // What is older than the newest is all older than what is outside already.
            if start.is_none() {
                self.rest.values().for_each(|rest| summary.absorb(rest));
            }
            return (summary, earliest);
        };
        for (stretch, rest) in self.rest.iter().rev() {
            let end = stretch.saturating_add(1).saturating_mul(millis).saturating_sub(1);
            if start.is_some_and(|start| end <= start.0) {
                break;
            }
            summary.absorb(rest);
            earliest = earliest.min(Some(UnixMillis(end))).or(Some(UnixMillis(end)));
        }
        (summary, earliest)
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
