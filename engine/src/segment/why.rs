//! Why a segment holds, or does not: each part of its rule with what it went by, and all that was read for it, so that the same
//! can be told again without the profile.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::condition::{Condition, Fields, Path};
use super::evaluate::{Given, Look};
use super::program::{Counted, Node, Ready};
use super::tally::Tally;
use super::tracker::ConditionKey;
use super::{Match, Verdict};
use crate::config::Config;
use crate::ids::{AudienceId, SegmentId};
use crate::profile::{ProfileState, Rows};
use crate::time::UnixMillis;

/// Events that a part of a rule names: the newest of those it went by.
const EVENTS_NAMED: usize = 10;

/// Why a segment holds, or does not.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Why {
    /// Whether it holds.
    pub holds: bool,
    /// When that was asked.
    pub at: UnixMillis,
    /// Its rule: of each part whether it holds (null where that can't be told), and what it went by.
    pub rule: Value,
    /// The same of the segments that it names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub named: BTreeMap<SegmentId, Value>,
    /// All that was read.
    read: Read,
}

/// What rules have read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Read {
    /// Traits by name, and computed ones.
    #[serde(skip_serializing_if = "Map::is_empty")]
    traits: Map<String, Value>,
    #[serde(skip_serializing_if = "Value::is_null")]
    cart: Value,
    /// What event conditions have counted, with messageIds.
    #[serde(skip_serializing_if = "Rows::is_empty")]
    tallies: Rows<Tally, ConditionKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audiences: Option<BTreeSet<AudienceId>>,
}

impl Why {
    /// That it holds, or does not, and no more is known.
    pub fn bare(holds: bool) -> Self {
        Self { holds, ..Self::default() }
    }

    /// Works out once more whether the segment holds, from what is written here alone. Under the same config it is the same.
    pub fn again(&self, segment: &SegmentId, config: &Config) -> bool {
        let Self { at, read, .. } = self;
        if self.rule.is_null() {
            return self.holds;
        }
        let mut state = ProfileState::empty();
        state.tallies = read.tallies.clone();
        let given = Given {
            accounts: read.accounts.as_deref(),
            context: read.context.as_ref(),
            audiences: read.audiences.as_ref(),
        };
        let look = Look::as_read(&state, config, *at, given, (&read.traits, &read.cart));
        config.program().place(segment).is_some_and(|place| look.verdict(place, None).holds())
    }
}

/// What is gathered on the way through the rules.
struct Telling<'a, 'b> {
    look: &'b Look<'a>,
    named: BTreeMap<SegmentId, Value>,
    read: Read,
}

impl Look<'_> {
    /// Why a segment holds, or does not.
    pub(super) fn why(&self, segment: usize) -> Why {
        let mut telling = Telling { look: self, named: BTreeMap::new(), read: Read::default() };
        let rule = telling.segment(segment);
        let Telling { named, read, .. } = telling;
        Why { holds: self.verdict(segment, None).holds(), at: self.now, rule, named, read }
    }
}

impl<'b> Telling<'_, 'b> {
    fn segment(&mut self, segment: usize) -> Value {
        let Some(compiled) = self.look.program.segments.get(segment) else { return Value::Null };
        if compiled.reads_accounts {
            self.read.accounts = self.look.given.accounts.map(<[Value]>::to_vec);
        }
        self.part(&compiled.node)
    }

    fn part(&mut self, node: &Node) -> Value {
        let (name, by) = match node {
            Node::All(nodes) => ("all", self.parts(nodes)),
            Node::Any(nodes) => ("any", self.parts(nodes)),
            Node::Not(node) => ("not", self.part(node)),
            Node::Traits(condition) => ("traits", self.traits(condition)),
            Node::Performed(counted) => ("performed", self.performed(counted)),
            Node::Sequence(steps) => {
                ("sequence", json!({ "events": events(self.tally(steps.tracker).newest()) }))
            }
            Node::Cart(_) => {
                self.read.cart = self.look.cart().clone();
                ("cart", self.read.cart.clone())
            }
            Node::Score { of, .. } => ("score", self.of_trait(of)),
            Node::Context(condition) => {
                self.read.context = self.look.given.context.cloned();
                let context = self.look.given.context.unwrap_or(&Value::Null);
                let of = |path: &str| {
                    Path::new(path).find(&super::Inside(context)).map(|value| value.into_owned())
                };
                let said =
                    condition.paths().into_iter().map(|path| (path.to_owned(), of(path).unwrap_or_default()));
                ("context", Value::Object(said.collect()))
            }
            Node::Audience(id) => {
                self.read.audiences = self.look.given.audiences.cloned();
                ("audience", json!(id))
            }
            Node::Segment(named) => ("segment", self.named(*named)),
            Node::Unknown => ("unknown", Value::Null),
        };
        let holds = match self.look.node(node, None) {
            Verdict::Yes => Value::Bool(true),
            Verdict::No => Value::Bool(false),
            Verdict::Unknown | Verdict::Broken => Value::Null,
        };
        json!({ "holds": holds, name: by })
    }

    fn parts(&mut self, nodes: &[Node]) -> Value {
        nodes.iter().map(|node| self.part(node)).collect()
    }

    fn named(&mut self, segment: usize) -> Value {
        let Some(id) = self.look.program.id(segment).cloned() else { return Value::Null };
        // Once, however often it is named.
        if !self.named.contains_key(&id) {
            let rule = self.segment(segment);
            self.named.insert(id.clone(), rule);
        }
        json!(id)
    }

    fn traits(&mut self, condition: &Condition) -> Value {
        let of = |path: &str| (path.to_owned(), self.of_trait(&Path::new(path)));
        Value::Object(condition.paths().into_iter().map(of).collect())
    }

    /// What a path of traits leads to; of an account's, nothing is the person's.
    fn of_trait(&mut self, path: &Path) -> Value {
        let person = &self.look.person;
        let (first, second) = path.begin();
        for name in [first, path.as_str()] {
            let Some(value) = person.field(name).filter(|_| name != "computed") else { continue };
            self.read.traits.entry(name).or_insert_with(|| value.into_owned());
        }
        if first == "computed" {
            let all = person.field(first).map(|all| all.into_owned()).unwrap_or_default();
            let computed = self.read.traits.entry(first).or_insert_with(|| json!({}));
            match (second, computed) {
                (Some(name), Value::Object(computed)) => {
                    computed.extend(all.get(name).map(|value| (name.to_owned(), value.clone())));
                }
                (_, computed) => *computed = all,
            }
        }
        path.find(person).map(|value| value.into_owned()).unwrap_or_default()
    }

    fn tally(&mut self, tracker: usize) -> &'b Tally {
        let tally = self.look.tally(tracker);
        if let Some(tracker) = self.look.program.trackers.get(tracker).filter(|_| !tally.is_empty()) {
            self.read.tallies.put(*tracker.key(), tally.clone());
        }
        tally
    }

    fn performed(&mut self, counted: &Counted) -> Value {
        if let Ready::Since(tracker) = counted.window {
            self.tally(tracker);
        }
        let event =
            self.look.program.trackers.get(counted.tracker).and_then(|tracker| tracker.events().next());
        let event = event.map(str::to_owned);
        let newest = self.tally(counted.tracker).newest();
        let Some(within) = self.look.within(counted) else { return Value::Null };
        let inside = newest.iter().filter(|one| within.has(one.at)).take(EVENTS_NAMED);
        let events = events(inside);
        self.look.summary(counted, within, |summary| {
            let mut by =
                json!({ "event": event, "times": summary.matches(), "events": events, "window": within.shown() });
            if let (Some((take, _)), Value::Object(by)) = (&counted.figure, &mut by) {
                by.insert("value".into(), summary.figure(*take));
            }
            by
        })
    }
}

fn events<'a>(matches: impl IntoIterator<Item = &'a Match>) -> Value {
    let one = |one: &Match| json!({ "messageId": one.by, "timestamp": one.at.to_iso() });
    matches.into_iter().map(one).collect()
}
