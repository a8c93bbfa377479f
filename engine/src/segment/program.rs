//! The segments of a config, compiled and indexed: what an event can change is found by its name and its traits.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::condition::{Path, Test};
use super::rule::{CartRule, Performed, Rule, Sequence};
use super::tracker::{ConditionKey, Tracker};
use super::{Condition, Count, Segment, Take, Threshold};
use crate::ids::{AudienceId, SegmentId};
use crate::limits;
use crate::ordered::gather;

/// One segment, ready.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) id: SegmentId,
    pub(super) node: Node,
    /// It can be told from the state alone, and for certain: then its memberships are part of the state.
    pub(super) is_of_state: bool,
    /// It could, but for the imported audiences that it speaks of.
    pub(super) is_of_lists: bool,
    pub(super) reads_accounts: bool,
    /// Something in it is beyond this version.
    is_beyond: bool,
    /// The imported audiences that it speaks of, by itself or through others.
    audiences: BTreeSet<AudienceId>,
    /// Segments that name it: looked at again when it changes.
    pub(super) named_by: Vec<usize>,
}

/// A rule, ready.
#[derive(Debug, Clone)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Traits(Condition),
    Performed(Box<Counted>),
    Sequence(Box<Steps>),
    Cart(Box<InCart>),
    Score {
        of: Path,
        min: Option<f64>,
        max: Option<f64>,
    },
    Context(Condition),
    Audience(AudienceId),
    Segment(usize),
    /// Beyond this version.
    Unknown,
}

/// "Performed", ready.
#[derive(Debug, Clone)]
pub(super) struct Counted {
    pub(super) tracker: usize,
    pub(super) window: Ready,
    pub(super) count: Count,
    pub(super) figure: Option<(Take, Test)>,
}

/// A window, ready.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ready {
    Ever,
    Sliding(i64),
    Calendar {
        back: u32,
    },
    /// After the newest match of this tracker.
    Since(usize),
}

/// A sequence, ready: which bit of a match is which step.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    pub(super) tracker: usize,
    pub(super) steps: Vec<StepBits>,
    /// Bit and time.
    pub(super) then_not: Option<(u32, i64)>,
    pub(super) within: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct StepBits {
    pub(super) is: u32,
    pub(super) within: Option<i64>,
    pub(super) without: u32,
}

/// A condition on the cart, ready.
#[derive(Debug, Clone)]
pub(super) struct InCart {
    pub(super) contains: Option<Condition>,
    pub(super) value: Option<Test>,
    pub(super) quantity: Option<Test>,
    pub(super) abandoned: Option<i64>,
}

/// All segments, each after those that it names, and what leads to them.
#[derive(Debug, Clone, Default)]
pub struct Program {
    pub(super) segments: Vec<Compiled>,
    pub(super) by_id: BTreeMap<SegmentId, usize>,
    pub(super) trackers: Vec<Tracker>,
    keys: BTreeMap<ConditionKey, usize>,
    by_event: BTreeMap<String, Vec<usize>>,
    /// By tracker: the segments that read it.
    readers: Vec<Vec<usize>>,
    by_trait: BTreeMap<String, Vec<usize>>,
    by_commerce: Vec<usize>,
    by_events: Vec<usize>,
    /// A condition asks about the visit, or more of the request.
    reads_visit: bool,
    reads_context: bool,
    /// What somebody must have to be among the top.
    thresholds: Vec<Threshold>,
    fingerprint: String,
    counted: String,
    pub(super) of_nobody: Vec<usize>,
}

impl Program {
    /// Compiles segments, given each after those that it names; `beside` them these events are counted.
    pub fn new<'a>(
        in_order: impl Iterator<Item = &'a Segment>,
        thresholds: &[Threshold],
        beside: impl Iterator<Item = Tracker>,
    ) -> Self {
        let mut program = Self { thresholds: thresholds.to_vec(), ..Self::default() };
        let mut digest = Sha256::new();
        for segment in in_order {
            digest.update(serde_json::to_vec(segment).unwrap_or_default());
            program.add(segment);
        }
        for tracker in beside {
            program.track(tracker);
        }
        program.fingerprint = URL_SAFE_NO_PAD.encode(digest.finalize().get(..12).unwrap_or_default());
        if !thresholds.is_empty() {
            let digest = Sha256::digest(serde_json::to_vec(thresholds).unwrap_or_default());
            let named = URL_SAFE_NO_PAD.encode(digest.get(..12).unwrap_or_default());
            program.fingerprint = format!("{}.{named}", program.fingerprint);
        }
        let mut counts = Sha256::new();
        program.keys.keys().for_each(|key| counts.update(key.to_string()));
        program.counted = match program.keys.is_empty() {
            true => String::new(),
            false => URL_SAFE_NO_PAD.encode(counts.finalize().get(..12).unwrap_or_default()),
        };
        program.of_nobody = super::evaluate::of_nobody(&program);
        program
    }

    /// Whether this segment's memberships are part of the state.
    pub(crate) fn is_of_state(&self, segment: usize) -> bool {
        self.segments.get(segment).is_some_and(|segment| segment.is_of_state)
    }

    /// Whether this segment's members can be counted: nothing has to be known of a request.
    pub fn is_counted(&self, id: &SegmentId) -> bool {
        self.get(id).is_some_and(|segment| segment.is_of_state || segment.is_of_lists)
    }

    /// The segments that can be told from a state and imported audiences together.
    pub(crate) fn of_lists(&self) -> impl Iterator<Item = &SegmentId> {
        self.segments.iter().filter(|segment| segment.is_of_lists).map(|segment| &segment.id)
    }

    /// The imported audiences that those speak of.
    pub fn audiences_of_lists(&self) -> BTreeSet<&AudienceId> {
        gather(
            self.segments.iter().filter(|segment| segment.is_of_lists).flat_map(|segment| &segment.audiences),
        )
    }

    /// Its id.
    pub(crate) fn id(&self, segment: usize) -> Option<&SegmentId> {
        self.segments.get(segment).map(|segment| &segment.id)
    }

    /// Its place in the order.
    pub(crate) fn place(&self, id: &SegmentId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.segments.len()
    }

    /// The segments that name this one.
    pub(crate) fn naming(&self, segment: usize) -> &[usize] {
        self.segments.get(segment).map_or(&[], |segment| &segment.named_by)
    }

    /// The segments of somebody who has done nothing.
    pub(crate) fn of_nobody(&self) -> impl Iterator<Item = usize> {
        self.of_nobody.iter().copied()
    }

    /// Names what these segments make of a state: memberships under another one are worked out anew.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Whether memberships under this fingerprint were told by the same segments, and only thresholds are others now.
    pub(crate) fn has_moved_since(&self, fingerprint: &str) -> bool {
        fingerprint != self.fingerprint && but_for_thresholds(fingerprint) == self.definitions()
    }

    /// As [`Program::fingerprint`], whatever thresholds are.
    pub(crate) fn definitions(&self) -> &str {
        but_for_thresholds(&self.fingerprint)
    }

    /// Names what is counted of events: empty where nothing is.
    pub fn counted(&self) -> &str {
        &self.counted
    }

    /// Whether it counts everything that another one does: then a state of this one has what the other asks for.
    pub(crate) fn counts_all_of(&self, other: &Self) -> bool {
        other.keys.keys().all(|key| self.keys.contains_key(key))
    }

    /// The trackers of events with this name, each with its number.
    pub(crate) fn trackers_on(&self, event: &str) -> impl Iterator<Item = (usize, &Tracker)> {
        let numbers = self.by_event.get(event).into_iter().flatten();
        numbers.filter_map(|number| Some((*number, self.trackers.get(*number)?)))
    }

    /// The tracker with this key.
    pub(crate) fn tracker(&self, key: &ConditionKey) -> Option<&Tracker> {
        self.trackers.get(*self.keys.get(key)?)
    }

    /// The segments that read this tracker.
    pub(crate) fn readers(&self, tracker: usize) -> &[usize] {
        self.readers.get(tracker).map_or(&[], Vec::as_slice)
    }

    /// The segments that read this trait.
    pub(crate) fn reading_trait(&self, name: &str) -> &[usize] {
        self.by_trait.get(name).map_or(&[], Vec::as_slice)
    }

    /// Those that read what was done in the shop.
    pub(crate) fn reading_commerce(&self) -> &[usize] {
        &self.by_commerce
    }

    /// Those that read how many events there are.
    pub(crate) fn reading_events(&self) -> &[usize] {
        &self.by_events
    }

    /// Whether this segment speaks of accounts, by itself or through another.
    pub fn reads_accounts(&self, id: &SegmentId) -> bool {
        self.get(id).is_some_and(|segment| segment.reads_accounts)
    }

    /// The segments in which something is beyond this version: an operator that it does not know, or a rule that it can't read.
    pub fn beyond(&self) -> impl Iterator<Item = &SegmentId> {
        self.segments.iter().filter(|segment| segment.is_beyond).map(|segment| &segment.id)
    }

    /// Whether any speaks of the request.
    pub fn reads_context(&self) -> bool {
        self.reads_context
    }

    /// Whether any speaks of the visit, which is read off the newest events.
    pub fn reads_visit(&self) -> bool {
        self.reads_visit
    }

    /// The imported audiences that this segment speaks of, by itself or through others.
    pub fn audiences_of(&self, id: &SegmentId) -> impl Iterator<Item = &AudienceId> {
        self.get(id).into_iter().flat_map(|segment| &segment.audiences)
    }

    /// Whether any does.
    pub fn speaks_of_accounts(&self) -> bool {
        self.segments.iter().any(|segment| segment.reads_accounts)
    }

    fn get(&self, id: &SegmentId) -> Option<&Compiled> {
        self.segments.get(*self.by_id.get(id)?)
    }

    /// Its number; none if it has something that this version does not know: then nobody can tell what it counts.
    fn track(&mut self, tracker: Tracker) -> Option<usize> {
        if !tracker.is_certain() {
            return None;
        }
        if let Some(number) = self.keys.get(tracker.key()) {
            return Some(*number);
        }
        let number = self.trackers.len();
        self.keys.insert(*tracker.key(), number);
        for event in tracker.events() {
            note(self.by_event.entry(event.to_owned()).or_default(), number);
        }
        self.trackers.push(tracker);
        self.readers.push(Vec::new());
        Some(number)
    }

    fn add(&mut self, segment: &Segment) {
        let at = self.segments.len();
        let mut adding = Adding {
            program: self,
            at,
            is_certain: true,
            is_beyond: false,
            reads_accounts: false,
            audiences: BTreeSet::new(),
        };
        let node = adding.node(&segment.rule);
        let Adding { is_certain, is_beyond, reads_accounts, audiences, .. } = adding;
        let is_of_state = is_certain && audiences.is_empty();
        let is_of_lists = is_certain && !audiences.is_empty();
        let id = segment.id.clone();
        self.by_id.insert(id.clone(), at);
        let named_by = Vec::new();
        self.segments.push(Compiled {
            id,
            node,
            is_of_state,
            is_of_lists,
            reads_accounts,
            is_beyond,
            audiences,
            named_by,
        });
    }
}

fn but_for_thresholds(fingerprint: &str) -> &str {
    fingerprint.split('.').next().unwrap_or_default()
}

/// A segment that is being added.
struct Adding<'a> {
    program: &'a mut Program,
    at: usize,
    /// It can be told without a request and without accounts.
    is_certain: bool,
    /// This version does not know what something in it means.
    is_beyond: bool,
    reads_accounts: bool,
    audiences: BTreeSet<AudienceId>,
}

impl Adding<'_> {
    fn node(&mut self, rule: &Rule) -> Node {
        match rule {
            Rule::All(rules) => Node::All(rules.iter().map(|rule| self.node(rule)).collect()),
            Rule::Any(rules) => Node::Any(rules.iter().map(|rule| self.node(rule)).collect()),
            Rule::Not(rule) => Node::Not(Box::new(self.node(rule))),
            Rule::Traits(condition) => {
                let condition = Condition::compile(condition).0;
                self.knows(!condition.has_unknown());
                for path in condition.paths() {
                    self.reads(path);
                }
                Node::Traits(condition)
            }
            Rule::Performed(performed) => self.performed(performed).unwrap_or_else(|| self.beyond()),
            Rule::Sequence(sequence) => self.sequence(sequence).unwrap_or_else(|| self.beyond()),
            Rule::Cart(cart) => Node::Cart(Box::new(self.cart(cart))),
            Rule::Score(score) => {
                self.reads(&score.of);
                let threshold = |top| {
                    let mut known = self.program.thresholds.iter();
                    known.find(|one| one.of == score.of && one.top == top).map(|one| one.at_least)
                };
                match score.top.map(threshold) {
                    None => Node::Score { of: Path::new(&score.of), min: score.min, max: score.max },
                    Some(Some(at_least)) => {
                        Node::Score { of: Path::new(&score.of), min: Some(at_least), max: None }
                    }
                    // Nobody has been compared yet.
                    Some(None) => self.unknown(),
                }
            }
            Rule::Context(condition) => {
                self.is_certain = false;
                let condition = Condition::compile(condition).0;
                self.knows(!condition.has_unknown());
                self.program.reads_context = true;
                let of_visit = |path: &str| path.split('.').next() == Some("visit");
                self.program.reads_visit |= condition.paths().into_iter().any(of_visit);
                Node::Context(condition)
            }
            Rule::Audience(id) => {
                self.audiences.insert(id.clone());
                Node::Audience(id.clone())
            }
            Rule::Segment(id) => self.segment(id),
            Rule::Unreadable(_) => self.beyond(),
        }
    }

    /// Whether this version knows all that a part of it asks for.
    fn knows(&mut self, all: bool) {
        self.is_certain &= all;
        self.is_beyond |= !all;
    }

    fn beyond(&mut self) -> Node {
        self.knows(false);
        Node::Unknown
    }

    /// It can't be told now, which is no fault of this version.
    fn unknown(&mut self) -> Node {
        self.is_certain = false;
        Node::Unknown
    }

    fn segment(&mut self, id: &SegmentId) -> Node {
        let Some(named) = self.program.by_id.get(id).copied() else { return self.unknown() };
        let at = self.at;
        if let Some(other) = self.program.segments.get_mut(named) {
            if other.named_by.last() != Some(&at) {
                other.named_by.push(at);
            }
            self.is_certain &= other.is_of_state || other.is_of_lists;
            self.reads_accounts |= other.reads_accounts;
            self.audiences.extend(other.audiences.iter().cloned());
        }
        Node::Segment(named)
    }

    /// A path of traits is read.
    fn reads(&mut self, path: &str) {
        let at = self.at;
        let mut names = path.split('.');
        let program = &mut *self.program;
        match (names.next(), names.next()) {
            (Some("account"), _) => {
                self.is_certain = false;
                self.reads_accounts = true;
            }
            (Some("computed"), Some("events")) => note(&mut program.by_events, at),
            (Some("computed"), Some(_)) => note(&mut program.by_commerce, at),
            (Some("computed"), None) => {
                note(&mut program.by_events, at);
                note(&mut program.by_commerce, at);
            }
            (Some(first), _) => {
                // A trait may have dots in its own name.
                note(program.by_trait.entry(first.to_owned()).or_default(), at);
                note(program.by_trait.entry(path.to_owned()).or_default(), at);
            }
            (None, _) => {}
        }
    }

    /// As [`Program::track`], for this segment to read.
    fn track(&mut self, tracker: Tracker) -> Option<usize> {
        let number = self.program.track(tracker)?;
        if let Some(readers) = self.program.readers.get_mut(number) {
            note(readers, self.at);
        }
        Some(number)
    }

    fn performed(&mut self, performed: &Performed) -> Option<Node> {
        let window = performed.within.clone().unwrap_or_default();
        let millis = window.span().millis();
        let tracker = self.track(Tracker::of_performed(performed)?)?;
        let window = match (&window.since, window.calendar) {
            (Some(selector), _) => Ready::Since(self.track(Tracker::of_newest(selector))?),
            (None, Some(_)) => Ready::Calendar { back: window.back },
            (None, None) if millis > 0 => Ready::Sliding(millis),
            (None, None) => Ready::Ever,
        };
        let figure = performed.value.as_ref().map(|figure| (figure.take, Test::compile(&figure.is).0));
        self.knows(!figure.as_ref().is_some_and(|(_, test)| test.has_unknown()));
        Some(Node::Performed(Box::new(Counted { tracker, window, count: performed.count, figure })))
    }

    fn sequence(&mut self, sequence: &Sequence) -> Option<Node> {
        let mut selectors = Vec::new();
        let mut bit = |selector| {
            let place = selectors.iter().position(|known| *known == selector).unwrap_or_else(|| {
                selectors.push(selector);
                selectors.len() - 1
            });
            1u32.checked_shl(u32::try_from(place).ok()?)
        };
        let mut steps = Vec::new();
        for step in &sequence.steps {
            let without = step.without.clone().map_or(Some(0), &mut bit)?;
            let is = bit(step.selector())?;
            let within = step.within.map(|span| span.millis());
            // Nothing is before the first one.
            steps.push(match steps.is_empty() {
                true => StepBits { is, within: None, without: 0 },
                false => StepBits { is, within, without },
            });
        }
        let then_not = match &sequence.then_not {
            None => None,
            Some(absent) => Some((bit(absent.selector())?, absent.within.millis())),
        };
        if steps.is_empty() || selectors.len() > limits::SEQUENCE_EVENTS {
            return None;
        }
        let tracker = self.track(Tracker::of_several(&selectors))?;
        let within = sequence.within.map(|span| span.millis());
        Some(Node::Sequence(Box::new(Steps { tracker, steps, then_not, within })))
    }

    fn cart(&mut self, cart: &CartRule) -> InCart {
        note(&mut self.program.by_commerce, self.at);
        let contains = cart.contains.as_ref().map(|condition| Condition::compile(condition).0);
        let test = |asked: &Option<Value>| asked.as_ref().map(|asked| Test::compile(asked).0);
        let (value, quantity) = (test(&cart.value), test(&cart.quantity));
        let unknown = |test: &Option<Test>| test.as_ref().is_some_and(Test::has_unknown);
        let in_item = contains.as_ref().is_some_and(Condition::has_unknown);
        self.knows(!unknown(&value) && !unknown(&quantity) && !in_item);
        InCart { contains, value, quantity, abandoned: cart.abandoned.map(|span| span.millis()) }
    }
}

/// Notes a number once; they come in order.
fn note(list: &mut Vec<usize>, number: usize) {
    if list.last() != Some(&number) {
        list.push(number);
    }
}
