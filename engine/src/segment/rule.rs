//! The condition language: a tree of operators, each tagged by its name.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::event::Event;
use crate::ids::SegmentId;

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
    Performed(Performed),
    /// The profile is in another segment.
    Segment(SegmentId),
}

/// "Performed *event* where … within … at least/at most n times."
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Performed {
    /// The event's name: of a track event its own, else `Page`, `Identify`, `Group`, `Alias`, `Screen`.
    pub event: String,
    /// A MongoDB-style condition on its properties.
    #[serde(default, rename = "where", skip_serializing_if = "Map::is_empty")]
    pub filter: Map<String, Value>,
    /// Only events of this last stretch of time; without it, ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Window>,
    /// How often; at least once if left out.
    #[serde(default)]
    pub count: Count,
}

/// A sliding window: the sum of its parts, ending now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Window {
    /// Days of 24 hours.
    #[serde(skip_serializing_if = "zero")]
    pub days: u32,
    /// Hours.
    #[serde(skip_serializing_if = "zero")]
    pub hours: u32,
    /// Minutes.
    #[serde(skip_serializing_if = "zero")]
    pub minutes: u32,
    /// Seconds.
    #[serde(skip_serializing_if = "zero")]
    pub seconds: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn zero(part: &u32) -> bool {
    *part == 0
}

impl Window {
    /// Its length in milliseconds.
    pub fn millis(self) -> i64 {
        let seconds = i64::from(self.days) * 86_400
            + i64::from(self.hours) * 3_600
            + i64::from(self.minutes) * 60
            + i64::from(self.seconds);
        seconds * 1_000
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
    pub fn holds(self, n: usize) -> bool {
        n >= self.min as usize && self.max.is_none_or(|max| n <= max as usize)
    }
}

/// Names an event condition by its content: a changed condition is another one and starts from the log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConditionKey(pub String);

impl Performed {
    /// The key under which a profile keeps this condition's state. The window is not part of it: the state holds the
    /// most recent matches, from which every window is read.
    pub fn key(&self) -> ConditionKey {
        let identity = (&self.event, &self.filter, self.count.enough());
        let text = serde_json::to_string(&identity).unwrap_or_default();
        let digest = Sha256::digest(text.as_bytes());
        ConditionKey(URL_SAFE_NO_PAD.encode(digest.get(..12).unwrap_or_default()))
    }

    /// Whether an event is one of those counted.
    pub fn counts(&self, event: &Event) -> bool {
        if event.name() != self.event {
            return false;
        }
        if self.filter.is_empty() {
            return true;
        }
        let empty = Map::new();
        let properties = Value::Object(event.properties().unwrap_or(&empty).clone());
        super::matches(&self.filter, &properties)
    }
}

impl Rule {
    /// Calls `visit` on this rule and all inside it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Rule)) {
        visit(self);
        match self {
            Self::All(rules) | Self::Any(rules) => rules.iter().for_each(|rule| rule.walk(visit)),
            Self::Not(rule) => rule.walk(visit),
            Self::Traits(_) | Self::Performed(_) | Self::Segment(_) => {}
        }
    }

    /// How many rules deep it is.
    pub fn depth(&self) -> usize {
        let inner = |rules: &[Rule]| rules.iter().map(Rule::depth).max().unwrap_or(0);
        1 + match self {
            Self::All(rules) | Self::Any(rules) => inner(rules),
            Self::Not(rule) => rule.depth(),
            Self::Traits(_) | Self::Performed(_) | Self::Segment(_) => 0,
        }
    }
}
