//! Which segments a profile is in, from its state and the time.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::condition::{Condition, Fields, Inside};
use super::program::{Counted, InCart, Node, Program, Ready, Steps};
use super::tally::Tally;
use super::{Membership, Verdict};
use crate::config::Config;
use crate::ids::{AudienceId, SegmentId};
use crate::profile::ProfileState;
use crate::time::UnixMillis;

/// What is known beside the state: read when a decision is made, and never folded. What is not given is not known, and
/// nobody is in a segment that depends on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// The accounts that the person belongs to: see [`Account::for_conditions`](crate::account::Account::for_conditions).
    pub accounts: Option<&'a [Value]>,
    /// The request and the visit: see [`request_context`](super::request_context).
    pub context: Option<&'a Value>,
    /// The imported lists that the profile is in.
    pub audiences: Option<&'a BTreeSet<AudienceId>>,
}

/// The segments that hold for this state `now`, as far as the state itself says, worked out from the beginning.
pub fn memberships(state: &ProfileState, config: &Config, now: UnixMillis) -> BTreeSet<SegmentId> {
    let look = Look::new(state, config.program(), config, now, Given::default());
    let program = config.program();
    let holds = |n: &usize| look.verdict(*n, None).holds();
    let of_state = (0..program.segments.len()).filter(|n| program.is_of_state(*n));
    of_state.filter(holds).filter_map(|n| program.id(n)).cloned().collect()
}

/// The segments that hold for this state `now`, this being given beside it.
pub fn memberships_given(
    state: &ProfileState,
    config: &Config,
    now: UnixMillis,
    given: Given<'_>,
) -> BTreeSet<SegmentId> {
    let look = Look::new(state, config.program(), config, now, given);
    let program = config.program();
    let all = (0..program.segments.len()).filter(|n| look.verdict(*n, None).holds());
    all.filter_map(|n| program.id(n)).cloned().collect()
}

/// Some segments, one by one: those that a decision asks about.
pub struct Members<'a>(Look<'a>);

impl<'a> Members<'a> {
    /// Of this state.
    pub fn of(state: &'a ProfileState, config: &'a Config, now: UnixMillis, given: Given<'a>) -> Self {
        Self(Look::new(state, config.program(), config, now, given))
    }

    /// Whether the profile is in this segment.
    pub fn has(&self, id: &SegmentId) -> bool {
        self.0.program.by_id.get(id).is_some_and(|n| self.0.verdict(*n, None).holds())
    }
}

/// The segments that hold for somebody who has done nothing. No window has anything in it then, so that time changes nothing.
pub(super) fn of_nobody(program: &Program) -> Vec<usize> {
    let nobody = ProfileState::empty();
    let config = Config::default();
    let look = Look::new(&nobody, program, &config, UnixMillis(0), Given::default());
    (0..program.segments.len())
        .filter(|n| program.is_of_state(*n) && look.verdict(*n, None).holds())
        .collect()
}

/// The person, as conditions on traits see it.
struct Person<'a> {
    state: &'a ProfileState,
    config: &'a Config,
    computed: OnceCell<Value>,
}

/// Beside one of their accounts.
struct Beside<'a>(&'a Person<'a>, Option<&'a Value>);

impl Fields for Person<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, Value>> {
        match name {
            // Never a trait of the person.
            "account" => None,
            "computed" => {
                let computed = || Value::Object(self.state.computed(self.config.asked()));
                Some(Cow::Borrowed(self.computed.get_or_init(computed)))
            }
            _ => self.state.traits.get(name).map(|one| one.value()).filter(|value| !value.is_null()),
        }
    }
}

impl Fields for Beside<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, Value>> {
        match (name, self.1) {
            ("account", Some(account)) => Some(Cow::Borrowed(account)),
            _ => self.0.field(name),
        }
    }
}

/// One look at a state: what it has worked out once is there for all segments.
pub(crate) struct Look<'a> {
    program: &'a Program,
    state: &'a ProfileState,
    now: UnixMillis,
    given: Given<'a>,
    person: Person<'a>,
    cart: OnceCell<Value>,
    nothing: Tally,
    known: RefCell<Vec<Option<Verdict>>>,
    next: Cell<Option<UnixMillis>>,
}

/// The memberships that a state has: what it is in is not worked out again.
type Stored<'a> = Option<&'a BTreeMap<SegmentId, Membership>>;

impl<'a> Look<'a> {
    fn new(
        state: &'a ProfileState,
        program: &'a Program,
        config: &'a Config,
        now: UnixMillis,
        given: Given<'a>,
    ) -> Self {
        Self {
            program,
            state,
            now,
            given,
            person: Person { state, config, computed: OnceCell::new() },
            cart: OnceCell::new(),
            nothing: Tally::default(),
            known: RefCell::default(),
            next: Cell::new(None),
        }
    }

    /// At a state by itself.
    pub(crate) fn at(state: &'a ProfileState, config: &'a Config, now: UnixMillis) -> Self {
        Self::new(state, config.program(), config, now, Given::default())
    }

    /// Whether a segment of the state holds, the others being as stored; and when that can change with time alone.
    pub(crate) fn again(
        &self,
        segment: usize,
        stored: &BTreeMap<SegmentId, Membership>,
    ) -> (bool, Option<UnixMillis>) {
        self.next.set(None);
        let holds = self.node_of(segment, Some(stored)).holds();
        (holds, self.next.take())
    }

    fn verdict(&self, segment: usize, stored: Stored<'_>) -> Verdict {
        let known = self.known.borrow().get(segment).copied().flatten();
        known.unwrap_or_else(|| {
            let verdict = self.node_of(segment, stored);
            let mut known = self.known.borrow_mut();
            known.resize(self.program.segments.len(), None);
            if let Some(known) = known.get_mut(segment) {
                *known = Some(verdict);
            }
            verdict
        })
    }

    fn node_of(&self, segment: usize, stored: Stored<'_>) -> Verdict {
        match self.program.segments.get(segment) {
            None => Verdict::Unknown,
            Some(compiled) if compiled.reads_accounts && self.given.accounts.is_none() => Verdict::Unknown,
            Some(compiled) => self.node(&compiled.node, stored),
        }
    }

    /// It can change then, and not before.
    fn until(&self, at: UnixMillis) {
        if at > self.now {
            self.next.set(Some(self.next.get().map_or(at, |next| next.min(at))));
        }
    }

    fn node(&self, node: &Node, stored: Stored<'_>) -> Verdict {
        match node {
            // What decides alone goes on deciding until it changes itself: the others' times don't matter before that.
            Node::All(nodes) => Verdict::all(nodes.iter().map(|node| self.node(node, stored))),
            Node::Any(nodes) => Verdict::any(nodes.iter().map(|node| self.node(node, stored))),
            Node::Not(node) => self.node(node, stored).turned(),
            Node::Traits(condition) => self.traits(condition),
            Node::Performed(counted) => self.performed(counted),
            Node::Sequence(steps) => self.sequence(steps).into(),
            Node::Cart(cart) => self.in_cart(cart),
            Node::Score { of, min, max } => {
                let score = of.find(&self.person).and_then(|value| value.as_f64());
                let between =
                    |score: f64| min.is_none_or(|min| score >= min) && max.is_none_or(|max| score <= max);
                score.is_some_and(between).into()
            }
            Node::Context(condition) => match self.given.context {
                Some(context) => condition.verdict(&Inside(context)),
                None => Verdict::Unknown,
            },
            Node::Audience(id) => match self.given.audiences {
                Some(audiences) => audiences.contains(id).into(),
                None => Verdict::Unknown,
            },
            Node::Segment(named) => self.named(*named, stored),
            Node::Unknown => Verdict::Unknown,
        }
    }

    fn named(&self, segment: usize, stored: Stored<'_>) -> Verdict {
        match (stored, self.program.segments.get(segment)) {
            (Some(stored), Some(named)) if named.is_of_state => stored.contains_key(&named.id).into(),
            _ => self.verdict(segment, stored),
        }
    }

    /// What a condition asks of an account, one account must answer as a whole.
    fn traits(&self, condition: &Condition) -> Verdict {
        match self.given.accounts {
            Some(accounts) if !accounts.is_empty() => {
                let beside = |account| condition.verdict(&Beside(&self.person, Some(account)));
                Verdict::any(accounts.iter().map(beside))
            }
            _ => condition.verdict(&self.person),
        }
    }

    fn tally(&self, tracker: usize) -> &Tally {
        let key = self.program.trackers.get(tracker).map(super::Tracker::key);
        key.and_then(|key| self.state.tallies.get(&key.0)).unwrap_or(&self.nothing)
    }

    fn performed(&self, counted: &Counted) -> Verdict {
        let Some(tracker) = self.program.trackers.get(counted.tracker) else { return Verdict::Unknown };
        let tally = self.tally(counted.tracker);
        let start = match counted.window {
            Ready::Ever => None,
            Ready::Sliding(span) => Some(self.now.plus(span.saturating_neg())),
            Ready::Since(other) => match self.tally(other).newest().first() {
                Some(newest) => Some(newest.at),
                // It never happened: nothing was after it.
                None => Some(UnixMillis(i64::MAX)),
            },
            Ready::Calendar { back } => return self.in_calendar(counted, tally, back),
        };
        let Some((take, test)) = &counted.figure else {
            return self.how_often(counted, tally, start);
        };
        let (summary, earliest) = tally.after(start, &tracker.shape);
        if let (Some(earliest), Ready::Sliding(span)) = (earliest, counted.window) {
            self.until(earliest.plus(span));
        }
        Verdict::all([counted.count.holds(summary.matches()).into(), test.verdict(&summary.figure(*take))])
    }

    /// A count is told by the few newest matches that can decide it, and so is when it changes.
    fn how_often(&self, counted: &Counted, tally: &Tally, start: Option<UnixMillis>) -> Verdict {
        let newest = tally.newest();
        let inside = start.map_or(newest.len(), |start| newest.partition_point(|one| one.at > start));
        if let Ready::Sliding(span) = counted.window {
            let (min, max) = (counted.count.min as usize, counted.count.max);
            let leaves = |place: Option<usize>| {
                let one = place.filter(|place| *place < inside).and_then(|place| newest.get(place));
                if let Some(one) = one {
                    self.until(one.at.plus(span));
                }
            };
            leaves(min.checked_sub(1));
            leaves(max.map(|max| max as usize));
        }
        counted.count.holds(inside as u64).into()
    }

    fn in_calendar(&self, counted: &Counted, tally: &Tally, back: u32) -> Verdict {
        let tracker = self.program.trackers.get(counted.tracker);
        let Some(super::tally::Grid::Calendar(calendar)) = tracker.map(|tracker| &tracker.shape.grid) else {
            return Verdict::Unknown;
        };
        let (from, to) = match back {
            0 => (calendar.start(self.now), calendar.after(self.now, 1)),
            back => (calendar.after(self.now, -i64::from(back)), calendar.start(self.now)),
        };
        if !tally.is_empty() {
            self.until(calendar.after(self.now, 1));
        }
        let summary = tally.between(from, to);
        let figure = match &counted.figure {
            None => Verdict::Yes,
            Some((take, test)) => test.verdict(&summary.figure(*take)),
        };
        Verdict::all([counted.count.holds(summary.matches()).into(), figure])
    }

    /// The steps one after the other. Of the events that could be the step before, the latest is the best: nearest in time, and
    /// with the least in between.
    fn sequence(&self, sequence: &Steps) -> bool {
        let mut reached: Vec<Option<UnixMillis>> = vec![None; sequence.steps.len()];
        let mut waiting: Vec<UnixMillis> = Vec::new();
        let mut done: Option<UnixMillis> = None;
        for one in self.tally(sequence.tracker).newest().iter().rev() {
            if let Some((absent, within)) = sequence.then_not
                && one.bits_or_one() & absent != 0
            {
                for at in waiting.drain(..) {
                    if one.at.since(at) > within {
                        done = done.max(Some(at));
                    }
                }
            }
            let before = reached.clone();
            for (n, step) in sequence.steps.iter().enumerate() {
                if one.bits_or_one() & step.without != 0
                    && let Some(reached) = n.checked_sub(1).and_then(|last| reached.get_mut(last))
                {
                    *reached = None;
                }
            }
            for (n, step) in sequence.steps.iter().enumerate() {
                let follows = |last: usize| {
                    let last = before.get(last).copied().flatten();
                    last.is_some_and(|at| step.within.is_none_or(|within| one.at.since(at) <= within))
                };
                if one.bits_or_one() & step.is != 0
                    && n.checked_sub(1).is_none_or(follows)
                    && let Some(reached) = reached.get_mut(n)
                {
                    *reached = Some(one.at);
                    if n + 1 == sequence.steps.len() {
                        match sequence.then_not {
                            None => done = done.max(Some(one.at)),
                            Some(_) => waiting.push(one.at),
                        }
                    }
                }
            }
        }
        if let Some((_, within)) = sequence.then_not {
            for at in waiting {
                let over = at.plus(within);
                if over <= self.now {
                    done = done.max(Some(at));
                } else {
                    self.until(over);
                }
            }
        }
        done.is_some_and(|at| match sequence.within {
            None => true,
            Some(within) => {
                self.until(at.plus(within));
                at.plus(within) > self.now
            }
        })
    }

    fn in_cart(&self, asked: &InCart) -> Verdict {
        let cart = self.cart.get_or_init(|| self.state.commerce.cart_shown());
        let part = |name: &str| cart.get(name).unwrap_or(&Value::Null);
        let items = part("items").as_array().map(Vec::as_slice).unwrap_or_default();
        let contains = asked
            .contains
            .as_ref()
            .map(|condition| Verdict::any(items.iter().map(|item| condition.verdict(&Inside(item)))));
        let value = asked.value.as_ref().map(|test| test.verdict(part("value")));
        let quantity = asked.quantity.as_ref().map(|test| test.verdict(part("quantity")));
        let abandoned = asked.abandoned.map(|span| {
            let touched = part("updatedAt").as_str().and_then(UnixMillis::parse);
            let over = touched.filter(|_| !items.is_empty()).map(|at| at.plus(span));
            if let Some(over) = over {
                self.until(over);
            }
            over.is_some_and(|over| over <= self.now).into()
        });
        Verdict::all([contains, value, quantity, abandoned].into_iter().flatten())
    }
}
