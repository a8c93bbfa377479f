//! The rule language as it is written and published: plain data. [`Program`](super::Program) is what it is made into.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::window::{Span, Window};
use crate::ids::{AudienceId, SegmentId};

/// Who is in a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// All of these hold. An empty list holds.
    All(Vec<Rule>),
    /// At least one of these holds. An empty list does not.
    Any(Vec<Rule>),
    /// This does not hold.
    Not(Box<Rule>),
    /// The traits match a MongoDB-style condition; `computed.orders` and the like are there too.
    Traits(Map<String, Value>),
    /// An event was performed.
    Performed(Box<Performed>),
    /// Events were performed one after the other.
    Sequence(Sequence),
    /// What is in the cart.
    Cart(CartRule),
    /// A number that the profile has.
    Score(Score),
    /// The device, the place, the visit: what the request says that asks for a decision. Never part of the state.
    Context(Map<String, Value>),
    /// The profile is in an imported list. Never part of the state.
    Audience(AudienceId),
    /// The profile is in another segment.
    Segment(SegmentId),
    /// Something that this version can't read: of a published segment, never of one that is written.
    #[serde(skip_deserializing)]
    Unreadable(Value),
}

/// Which events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selector {
    /// The event's name: of a track event its own, else `Page`, `Identify`, `Group`, `Alias`, `Screen`.
    pub event: String,
    /// A MongoDB-style condition on its properties.
    #[serde(default, rename = "where", skip_serializing_if = "Map::is_empty")]
    pub filter: Map<String, Value>,
    /// The same on its context: `campaign.source`, `page.referrer`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Value>,
}

/// "Performed *event* where … within … at least/at most n times", and what a property of those events comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Performed {
    /// As [`Selector::event`].
    pub event: String,
    /// As [`Selector::filter`].
    #[serde(default, rename = "where", skip_serializing_if = "Map::is_empty")]
    pub filter: Map<String, Value>,
    /// As [`Selector::context`].
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Value>,
    /// Only events of this time; without it, ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Window>,
    /// How often; at least once if left out.
    #[serde(default)]
    pub count: Count,
    /// What a property of them comes to. An event without it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Figure>,
}

impl Performed {
    /// Which events.
    pub fn selector(&self) -> Selector {
        let Self { event, filter, context, .. } = self;
        Selector { event: event.clone(), filter: filter.clone(), context: context.clone() }
    }
}

/// What a property of several events comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// How they become one.
    pub take: Take,
    /// The property: `total`, `product.brand`.
    pub of: String,
    /// What must come out: a value, or operators such as `{"$gte": 100}`.
    pub is: Value,
}

/// How many values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Take {
    /// The sum of the numbers.
    Sum,
    /// Their mean.
    Average,
    /// The least number.
    Min,
    /// The greatest.
    Max,
    /// How many different values.
    Distinct,
    /// The most frequent value; among equals the first in sorted order.
    MostFrequent,
    /// The value of the earliest event.
    First,
    /// The value of the latest.
    Last,
}

impl Take {
    /// Whether it reckons with numbers.
    pub fn is_of_numbers(self) -> bool {
        matches!(self, Self::Sum | Self::Average | Self::Min | Self::Max)
    }
}

/// How often an event must have been performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// At least this often.
    #[serde(default)]
    pub min: u32,
    /// At most this often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

impl Default for Count {
    fn default() -> Self {
        Self { min: 1, max: None }
    }
}

impl Count {
    /// The number of most recent matches that decides the count.
    pub fn enough(self) -> usize {
        self.min.max(self.max.map_or(0, |max| max.saturating_add(1))) as usize
    }

    /// Whether `n` matches satisfy it.
    pub fn holds(self, n: u64) -> bool {
        n >= u64::from(self.min) && self.max.is_none_or(|max| n <= u64::from(max))
    }
}

/// Events one after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Sequence {
    /// In this order.
    pub steps: Vec<Step>,
    /// And after the last one this did not happen, though there was time for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then_not: Option<Absent>,
    /// The last step was in this last stretch of time; without it, ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
}

/// One event of a sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// As [`Selector::event`].
    pub event: String,
    /// As [`Selector::filter`].
    #[serde(default, rename = "where", skip_serializing_if = "Map::is_empty")]
    pub filter: Map<String, Value>,
    /// As [`Selector::context`].
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Value>,
    /// So long after the step before, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
    /// With nothing of this between it and the step before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<Selector>,
}

impl Step {
    /// Which events.
    pub fn selector(&self) -> Selector {
        let Self { event, filter, context, .. } = self;
        Selector { event: event.clone(), filter: filter.clone(), context: context.clone() }
    }
}

/// Something that did not happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absent {
    /// As [`Selector::event`].
    pub event: String,
    /// As [`Selector::filter`].
    #[serde(default, rename = "where", skip_serializing_if = "Map::is_empty")]
    pub filter: Map<String, Value>,
    /// As [`Selector::context`].
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Value>,
    /// For so long.
    pub within: Span,
}

impl Absent {
    /// Which events.
    pub fn selector(&self) -> Selector {
        let Self { event, filter, context, .. } = self;
        Selector { event: event.clone(), filter: filter.clone(), context: context.clone() }
    }
}

/// What is in the cart. All that is said must hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CartRule {
    /// One item matches this condition: `{"category": "Shoes"}`, `{"product_id": {"$in": ["a", "b"]}}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<Map<String, Value>>,
    /// What it is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// How many things are in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Value>,
    /// It is not empty, and nothing was done to it for so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abandoned: Option<Span>,
}

/// A number that the profile has, between two thresholds, or among the top of all people's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// The trait: `computed.revenue`, `churn_risk`.
    pub of: String,
    /// This much at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// This much at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// As much as this share of all who have such a number: 0.1 is the top tenth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<f64>,
}

impl Rule {
    /// Calls `visit` on this rule and all inside it, outermost first, each with its path.
    pub fn walk<'a>(&'a self, path: &str, visit: &mut impl FnMut(&'a Self, &str)) {
        visit(self, path);
        match self {
            Self::All(rules) => each(rules, path, "all", visit),
            Self::Any(rules) => each(rules, path, "any", visit),
            Self::Not(rule) => rule.walk(&format!("{path}.not"), visit),
            _ => {}
        }
    }

    /// How many rules deep it is.
    pub fn depth(&self) -> usize {
        1 + match self {
            Self::All(rules) | Self::Any(rules) => rules.iter().map(Self::depth).max().unwrap_or(0),
            Self::Not(rule) => rule.depth(),
            _ => 0,
        }
    }
}

fn each<'a>(rules: &'a [Rule], path: &str, name: &str, visit: &mut impl FnMut(&'a Rule, &str)) {
    for (n, rule) in rules.iter().enumerate() {
        rule.walk(&format!("{path}.{name}[{n}]"), visit);
    }
}
