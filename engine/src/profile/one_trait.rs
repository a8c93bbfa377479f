//! One trait: what events said of it, joined by its rule.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::members::{join_members, members};
use super::micros::{Micros, number};
use crate::config::Merge;
use crate::ids::MessageId;
use crate::time::UnixMillis;

/// What events said of a trait, and the event to thank for it: the one that gave the value, or, where many give it
/// together (`sum` and `union`), the latest of them.
///
/// Invariant: joining is commutative and associative. That is why neither the order of arrival nor the way a log is
/// cut in two changes what comes out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trait {
    #[serde(flatten)]
    held: Held,
    /// When it was set.
    pub at: UnixMillis,
    /// By which event.
    pub by: MessageId,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Held {
    /// As sent; of a union, the sorted list of its members. Null takes the trait away.
    Value(Value),
    /// A sum.
    Micros(Micros),
}

impl Trait {
    /// What one event says, by itself; nothing if the rule can't work with the value.
    pub(super) fn said(merge: Merge, value: &Value, (at, by): (UnixMillis, &MessageId)) -> Option<Self> {
        let held = match merge {
            Merge::Newest | Merge::Oldest => Held::Value(value.clone()),
            Merge::Min | Merge::Max | Merge::And | Merge::Or => {
                rank(merge, value)?;
                Held::Value(value.clone())
            }
            Merge::Sum => Held::Micros(Micros::read(value)?),
            Merge::Union => Held::Value(Value::Array(members(value)?)),
        };
        Some(Self { held, at, by: by.clone() })
    }

    /// Takes in what other events said.
    pub(super) fn join(&mut self, other: Self, merge: Merge) {
        match (merge, &mut self.held, &other.held) {
            (Merge::Sum, Held::Micros(sum), Held::Micros(more)) => {
                *sum = sum.plus(*more);
                self.thank_the_later(other);
            }
            (Merge::Union, Held::Value(Value::Array(list)), Held::Value(Value::Array(more))) => {
                join_members(list, more);
                self.thank_the_later(other);
            }
            _ => {
                if self.yields_to(&other, merge) {
                    *self = other;
                }
            }
        }
    }

    fn thank_the_later(&mut self, other: Self) {
        if self.order() < other.order() {
            (self.at, self.by) = (other.at, other.by);
        }
    }

    /// Whether the other's value is the one to keep, under a rule that keeps one of those given.
    fn yields_to(&self, other: &Self, merge: Merge) -> bool {
        match merge {
            Merge::Newest | Merge::Sum | Merge::Union => self.order() < other.order(),
            Merge::Oldest => other.order() < self.order(),
            Merge::Min | Merge::Max | Merge::And | Merge::Or => {
                let (mine, others) = (rank(merge, &self.value()), rank(merge, &other.value()));
                compare(others, mine).then_with(|| other.order().cmp(&self.order())) == Ordering::Less
            }
        }
    }

    /// The order that decides between two words: time, then messageId.
    pub(super) fn order(&self) -> (UnixMillis, &MessageId) {
        (self.at, &self.by)
    }

    /// The value; null if the trait was taken away.
    pub fn value(&self) -> Cow<'_, Value> {
        match &self.held {
            Held::Value(value) => Cow::Borrowed(value),
            Held::Micros(sum) => Cow::Owned(sum.to_json()),
        }
    }
}

/// Where a value stands for a rule that keeps the best of those given, best first; nothing if it can't be compared.
/// Any number stands before any instant: the two don't compare, and one must be left out whatever came first.
#[expect(clippy::cast_precision_loss, reason = "exact: the milliseconds of the years that ISO can write")]
fn rank(merge: Merge, value: &Value) -> Option<(u8, f64)> {
    let (class, place) = match merge {
        Merge::And | Merge::Or => (0, f64::from(u8::from(value.as_bool()?))),
        _ => match number(value) {
            Some(number) => (0, number),
            None => (1, UnixMillis::parse(value.as_str()?)?.0 as f64),
        },
    };
    let greatest_first = matches!(merge, Merge::Max | Merge::Or);
    Some((class, if greatest_first { -place } else { place }))
}

/// The order of two ranks. Adding zero makes minus zero, which is the same number, zero.
fn compare(one: Option<(u8, f64)>, other: Option<(u8, f64)>) -> Ordering {
    match (one, other) {
        (Some((class, a)), Some((other_class, b))) => {
            class.cmp(&other_class).then_with(|| (a + 0.0).total_cmp(&(b + 0.0)))
        }
        (one, other) => other.is_some().cmp(&one.is_some()),
    }
}
