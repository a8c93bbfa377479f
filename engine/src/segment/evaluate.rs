//! Which segments a profile is in, from its state and the time.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::calendar::Calendar;
use super::condition::{Condition, Fields, Inside};
use super::program::{Counted, InCart, Node, Program, Ready};
use super::tally::{Grid, Summary, Tally};
use super::{Membership, Tracker, Verdict, Why};
use crate::config::Config;
use crate::ids::{AudienceId, SegmentId};
use crate::profile::{ProfileState, Rows};
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
pub struct Members<'a> {
    look: Look<'a>,
    /// Those of the state, where they are known to be what a look would find: a decision with many offers asks about many.
    stored: Stored<'a>,
}

impl<'a> Members<'a> {
    /// Of this state.
    pub fn of(state: &'a ProfileState, config: &'a Config, now: UnixMillis, given: Given<'a>) -> Self {
        let look = Look::new(state, config.program(), config, now, given);
        Self { look, stored: state.standing(config, now) }
    }

    /// Whether the profile is in this segment.
    pub fn has(&self, id: &SegmentId) -> bool {
        let Some(place) = self.look.program.place(id) else { return false };
        match self.stored.filter(|_| self.look.program.is_of_state(place)) {
            Some(stored) => stored.get(id).is_some(),
            None => self.look.verdict(place, self.stored).holds(),
        }
    }

    /// Why it is, or is not.
    pub fn why(&self, id: &SegmentId) -> Why {
        self.look.program.place(id).map_or_else(Why::default, |place| self.look.why(place))
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
pub(super) struct Person<'a> {
    state: &'a ProfileState,
    config: &'a Config,
    computed: OnceCell<Value>,
    /// In place of the state's: those that were written down.
    read: Option<&'a Map<String, Value>>,
}

/// Beside one of their accounts.
struct Beside<'a>(&'a Person<'a>, Option<&'a Value>);

impl Fields for Person<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, Value>> {
        match (name, self.read) {
            // Never a trait of the person.
            ("account", _) => None,
            (_, Some(read)) => read.get(name).map(Cow::Borrowed),
            ("computed", None) => {
                let computed = || Value::Object(self.state.computed(self.config.asked()));
                Some(Cow::Borrowed(self.computed.get_or_init(computed)))
            }
            (_, None) => self.state.traits.get(name).map(|one| one.value()).filter(|value| !value.is_null()),
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
    pub(super) program: &'a Program,
    state: &'a ProfileState,
    pub(super) now: UnixMillis,
    pub(super) given: Given<'a>,
    pub(super) person: Person<'a>,
    cart: OnceCell<Value>,
    nothing: Tally,
    units: RefCell<Vec<(&'a Calendar, (UnixMillis, UnixMillis))>>,
    known: RefCell<Vec<Option<Verdict>>>,
    next: Cell<Option<UnixMillis>>,
}

/// When events must have been.
#[derive(Debug, Clone, Copy)]
pub(super) enum Within {
    Ever,
    After(UnixMillis),
    /// In units of the calendar, which move at `next`.
    Unit {
        from: UnixMillis,
        to: UnixMillis,
        next: UnixMillis,
    },
}

impl Within {
    pub(super) fn has(self, at: UnixMillis) -> bool {
        match self {
            Self::Ever => true,
            Self::After(start) => at > start,
            Self::Unit { from, to, .. } => at >= from && at < to,
        }
    }

    pub(super) fn shown(self) -> Value {
        match self {
            Self::Ever => Value::Null,
            Self::After(UnixMillis(i64::MAX)) => json!({ "after": null }),
            Self::After(start) => json!({ "after": start.to_iso() }),
            Self::Unit { from, to, .. } => json!({ "from": from.to_iso(), "to": to.to_iso() }),
        }
    }
}

/// The memberships that a state has: what it is in is not worked out again.
type Stored<'a> = Option<&'a Rows<Membership, SegmentId>>;

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
            person: Person { state, config, computed: OnceCell::new(), read: None },
            cart: OnceCell::new(),
            nothing: Tally::default(),
            units: RefCell::default(),
            known: RefCell::default(),
            next: Cell::new(None),
        }
    }

    /// At a state by itself.
    pub(crate) fn at(state: &'a ProfileState, config: &'a Config, now: UnixMillis) -> Self {
        Self::new(state, config.program(), config, now, Given::default())
    }

    /// At what was written down: traits and the cart, and in place of a state one of its tallies alone.
    pub(super) fn as_read(
        state: &'a ProfileState,
        config: &'a Config,
        now: UnixMillis,
        given: Given<'a>,
        (traits, cart): (&'a Map<String, Value>, &Value),
    ) -> Self {
        let mut look = Self::new(state, config.program(), config, now, given);
        look.person.read = Some(traits);
        look.cart = OnceCell::from(cart.clone());
        look
    }

    /// Whether a segment of the state holds, the others being as stored; and when that can change with time alone.
    pub(crate) fn again(
        &self,
        segment: usize,
        stored: &Rows<Membership, SegmentId>,
    ) -> (bool, Option<UnixMillis>) {
        self.next.set(None);
        let holds = self.node_of(segment, Some(stored)).holds();
        (holds, self.next.take())
    }

    pub(super) fn verdict(&self, segment: usize, stored: Stored<'_>) -> Verdict {
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
    pub(super) fn until(&self, at: UnixMillis) {
        if at > self.now {
            self.next.set(Some(self.next.get().map_or(at, |next| next.min(at))));
        }
    }

    pub(super) fn node(&self, node: &Node, stored: Stored<'_>) -> Verdict {
        match node {
            // What decides alone goes on deciding until it changes itself: the others' times don't matter before that.
            Node::All(nodes) => Verdict::all(nodes.iter().map(|node| self.node(node, stored))),
            Node::Any(nodes) => Verdict::any(nodes.iter().map(|node| self.node(node, stored))),
            Node::Not(node) => self.node(node, stored).turned(),
            Node::Traits(condition) => self.traits(condition),
            Node::Performed(counted) => self.performed(counted),
            Node::Sequence(sequence) => self.sequence(sequence).into(),
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
            (Some(stored), Some(named)) if named.is_of_state => stored.get(&named.id).is_some().into(),
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

    pub(super) fn tally(&self, tracker: usize) -> &Tally {
        let key = self.program.trackers.get(tracker).map(super::Tracker::key);
        key.and_then(|key| self.state.tallies.get(key)).unwrap_or(&self.nothing)
    }

    fn performed(&self, counted: &Counted) -> Verdict {
        let Some(within) = self.within(counted) else { return Verdict::Unknown };
        let figure = match (&counted.figure, within) {
            (None, Within::Ever) => return self.how_often(counted, None),
            (None, Within::After(start)) => return self.how_often(counted, Some(start)),
            (figure, _) => figure,
        };
        self.summary(counted, within, |summary| {
            let figure = match figure {
                None => Verdict::Yes,
                Some((take, test)) => test.verdict(&summary.figure(*take)),
            };
            Verdict::all([counted.count.holds(summary.matches()).into(), figure])
        })
    }

    /// When the events must have been; none if this version can't tell.
    pub(super) fn within(&self, counted: &Counted) -> Option<Within> {
        Some(match counted.window {
            Ready::Ever => Within::Ever,
            Ready::Sliding(span) => Within::After(self.now.plus(span.saturating_neg())),
            Ready::Since(other) => match self.tally(other).newest().first() {
                Some(newest) => Within::After(newest.at),
                // It never happened: nothing was after it.
                None => Within::After(UnixMillis(i64::MAX)),
            },
            Ready::Calendar { back } => {
                let tracker = self.program.trackers.get(counted.tracker)?;
                let Grid::Calendar(calendar) = &tracker.shape.grid else { return None };
                let (now, next) = self.unit_now(calendar);
                match back {
                    0 => Within::Unit { from: now, to: next, next },
                    back => Within::Unit { from: calendar.after(self.now, -i64::from(back)), to: now, next },
                }
            }
        })
    }

    /// When the unit of the calendar began that goes on now, and when the next one begins: the same for all who ask.
    fn unit_now(&self, calendar: &'a Calendar) -> (UnixMillis, UnixMillis) {
        let known = self.units.borrow().iter().find(|(one, _)| one.is_same(calendar)).map(|(_, unit)| *unit);
        known.unwrap_or_else(|| {
            let unit = (calendar.start(self.now), calendar.after(self.now, 1));
            self.units.borrow_mut().push((calendar, unit));
            unit
        })
    }

    /// What the events in there come to.
    pub(super) fn summary<T>(
        &self,
        counted: &Counted,
        within: Within,
        look: impl FnOnce(&Summary) -> T,
    ) -> T {
        let tracker = self.program.trackers.get(counted.tracker);
        let Some(Tracker { shape, .. }) = tracker else { return look(&Summary::default()) };
        let tally = self.tally(counted.tracker);
        let start = match within {
            Within::Ever => None,
            Within::After(start) => Some(start),
            Within::Unit { from, to, next } => {
                if !tally.is_empty() {
                    self.until(next);
                }
                return look(&tally.between(from, to));
            }
        };
        tally.after(start, shape, |summary, earliest| {
            if let (Some(earliest), Ready::Sliding(span)) = (earliest, counted.window) {
                self.until(earliest.plus(span));
            }
            look(summary)
        })
    }

    /// A count is told by the few newest matches that can decide it, and so is when it changes.
    fn how_often(&self, counted: &Counted, start: Option<UnixMillis>) -> Verdict {
        let newest = self.tally(counted.tracker).newest();
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

    pub(super) fn cart(&self) -> &Value {
        self.cart.get_or_init(|| self.state.commerce.cart_shown())
    }

    fn in_cart(&self, asked: &InCart) -> Verdict {
        let cart = self.cart();
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
