//! An event condition made ready: which events it is about, and what a profile keeps of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::calendar::Calendar;
use super::condition::Path;
use super::rule::{Performed, Selector, Take};
use super::tally::{Grid, Match, Shape, Tally};
use super::{Condition, Verdict};
use crate::event::Event;
use crate::limits;
use crate::profile::{Micros, member};

/// Names an event condition by its content: a changed condition is another one and starts from the log. Sixteen letters, as one
/// number: it is looked up for each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConditionKey(u128);

impl ConditionKey {
    fn of(digest: &[u8]) -> Self {
        let mut letters = [0; 16];
        // Twelve bytes are sixteen letters.
        let _ = URL_SAFE_NO_PAD.encode_slice(digest.get(..12).unwrap_or_default(), &mut letters);
        Self(u128::from_be_bytes(letters))
    }
}

impl std::fmt::Display for ConditionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0.to_be_bytes()))
    }
}

impl From<ConditionKey> for String {
    fn from(key: ConditionKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for ConditionKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let letters = text.as_bytes().try_into().map_err(|_| "a condition is named by sixteen letters")?;
        Ok(Self(u128::from_be_bytes(letters)))
    }
}

/// What is kept of which events. Windows that can be read off the same tally share it.
#[derive(Debug, Clone)]
pub struct Tracker {
    key: ConditionKey,
    selectors: Vec<Picks>,
    of: Option<Path>,
    pub(super) shape: Shape,
}

#[derive(Debug, Clone)]
struct Picks {
    event: String,
    filter: Condition,
    context: Condition,
}

impl Picks {
    fn new(selector: &Selector) -> Self {
        Self {
            event: selector.event.clone(),
            filter: Condition::compile(&selector.filter).0,
            context: Condition::compile(&selector.context).0,
        }
    }

    fn picks(&self, event: &Event) -> Verdict {
        let empty = Map::new();
        let ask = |condition: &Condition, fields: Option<&Map<String, Value>>| match condition.is_empty() {
            true => Verdict::Yes,
            false => condition.verdict(fields.unwrap_or(&empty)),
        };
        if event.name() != self.event {
            return Verdict::No;
        }
        Verdict::all([ask(&self.filter, event.properties()), ask(&self.context, event.context())])
    }
}

impl Tracker {
    /// What decides "performed".
    pub(super) fn of_performed(performed: &Performed) -> Option<Self> {
        let take = performed.value.as_ref().map(|figure| figure.take);
        let enough = performed.count.enough();
        let window = performed.within.clone().unwrap_or_default();
        let span = window.span().millis();
        let shape = if let Some(unit) = window.calendar {
            let calendar = Calendar::new(unit, window.zone.as_deref())?;
            // The current one is there beside those before it.
            Shape { newest: 0, grid: Grid::Calendar(calendar), stretches: window.back as usize + 1, take }
        } else {
            let (newest, grid, stretches) = match take {
                None => (enough, Grid::None, 0),
                Some(Take::Last) => (enough.max(1), Grid::None, 0),
                Some(_) if window.since.is_some() => (enough.max(limits::MATCHES), Grid::None, 0),
                Some(_) if span == 0 => (enough, Grid::One, 1),
                Some(_) => {
                    let part = limits::STRETCHES as i64;
                    let grid = Grid::Millis(span.div_euclid(part) + i64::from(span % part > 0));
                    (enough.max(limits::MATCHES), grid, limits::STRETCHES + 2)
                }
            };
            Shape { newest, grid, stretches, take }
        };
        let of = performed.value.as_ref().map(|figure| figure.of.as_str());
        Some(Self::new(&[performed.selector()], of, shape))
    }

    /// The newest of these events.
    pub(super) fn of_newest(selector: &Selector) -> Self {
        Self::new(std::slice::from_ref(selector), None, Shape::newest(1))
    }

    /// The newest events by which a goal is reached.
    pub fn of_goal(event: &str, filter: &Map<String, Value>) -> Self {
        let selector = Selector { event: event.to_owned(), filter: filter.clone(), context: Map::new() };
        Self::new(&[selector], None, Shape::newest(limits::MATCHES))
    }

    /// The newest events that any of these pick.
    pub(super) fn of_several(selectors: &[Selector]) -> Self {
        Self::new(selectors, None, Shape::newest(limits::MATCHES))
    }

    fn new(selectors: &[Selector], of: Option<&str>, shape: Shape) -> Self {
        let grid = match &shape.grid {
            Grid::None => "none".to_owned(),
            Grid::One => "one".to_owned(),
            Grid::Millis(millis) => millis.to_string(),
            Grid::Calendar(calendar) => calendar.name(),
        };
        let kept = (shape.newest, grid, shape.stretches, shape.take);
        let digest = Sha256::digest(serde_json::to_vec(&(selectors, of, kept)).unwrap_or_default());
        Self {
            key: ConditionKey::of(&digest),
            selectors: selectors.iter().map(Picks::new).collect(),
            of: of.map(Path::new),
            shape,
        }
    }

    /// Takes a match into its tally.
    pub(crate) fn insert(&self, tally: &mut Tally, one: Match) {
        tally.insert(one, &self.shape);
    }

    /// Takes in the tally of another log.
    pub(crate) fn absorb(&self, tally: &mut Tally, other: &Tally) {
        tally.absorb(other, &self.shape);
    }

    /// The key of its tally.
    pub fn key(&self) -> &ConditionKey {
        &self.key
    }

    /// The names of its events.
    pub(super) fn events(&self) -> impl Iterator<Item = &str> {
        self.selectors.iter().map(|picks| picks.event.as_str())
    }

    /// Whether a condition of it has something that this version does not know: then it can't be told what it counts.
    pub(super) fn is_certain(&self) -> bool {
        let certain = |condition: &Condition| !condition.has_unknown();
        self.selectors.iter().all(|picks| certain(&picks.filter) && certain(&picks.context))
    }

    /// What an event is to it, if it is anything.
    pub(crate) fn matched(&self, event: &Event) -> Option<Match> {
        let mut bits = 0;
        for (n, picks) in self.selectors.iter().enumerate() {
            if picks.picks(event).holds() {
                bits |= 1u32.checked_shl(u32::try_from(n).ok()?).unwrap_or(0);
            }
        }
        if bits == 0 {
            return None;
        }
        let value = match &self.of {
            None => None,
            Some(path) => Some(self.value(path.find(event.properties()?)?.as_ref())?),
        };
        let bits = if self.selectors.len() > 1 { bits } else { 0 };
        Some(Match { at: event.timestamp, by: event.message_id.clone(), bits, value })
    }

    /// The value as it is kept: an amount in whole millionths, else a short text, a number, or a boolean.
    fn value(&self, value: &Value) -> Option<Value> {
        match self.shape.take {
            Some(take) if take.is_of_numbers() => Some(Micros::read(value)?.to_json()),
            _ => member(value),
        }
    }
}

impl Shape {
    fn newest(newest: usize) -> Self {
        Self { newest, grid: Grid::None, stretches: 0, take: None }
    }
}
