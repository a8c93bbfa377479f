//! What is wrong with a rule as it is written: where, and what would be right.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::calendar::rule_of;
use super::condition::Problem;
use super::rule::{CartRule, Figure, Performed, Rule, Selector, Sequence};
use super::window::{Span, Window};
use super::{Condition, Test};
use crate::ids::{AudienceId, SegmentId};
use crate::limits;

/// Tells of something wrong: a path in the file, and the reason.
type Tell<'t> = &'t mut dyn FnMut(String, String);

/// Everything that is wrong with the rule of a segment. `known` are all segments, and `audiences` all that are imported.
pub(crate) fn check_rule(
    rule: &Rule,
    known: &BTreeSet<&SegmentId>,
    audiences: &BTreeSet<&AudienceId>,
    tell: Tell<'_>,
) {
    rule.walk("rule", &mut |rule, path| match rule {
        Rule::Traits(condition) => check_condition(condition, &format!("{path}.traits"), tell),
        Rule::Performed(performed) => check_performed(performed, &format!("{path}.performed"), tell),
        Rule::Sequence(sequence) => check_sequence(sequence, &format!("{path}.sequence"), tell),
        Rule::Cart(cart) => check_cart(cart, &format!("{path}.cart"), tell),
        Rule::Score(score) => {
            let path = format!("{path}.score");
            if score.of.split('.').any(str::is_empty) {
                tell(
                    format!("{path}.of"),
                    "name a trait that is a number, such as `computed.revenue`".into(),
                );
            }
            match (score.min, score.max) {
                (None, None) if score.top.is_none() => {
                    tell(path, "give `min`, `max` or both; or `top`".into())
                }
                (Some(_), _) | (_, Some(_)) if score.top.is_some() => {
                    tell(format!("{path}.top"), "is a threshold by itself: without `min` and `max`".into());
                }
                (None, None) if !score.top.is_some_and(|top| top > 0.0 && top < 1.0) => {
                    tell(format!("{path}.top"), "is a share between 0 and 1: 0.1 is the top tenth".into());
                }
                (None, None) if score.of.split('.').next() == Some("account") => {
                    tell(format!("{path}.of"), "people are compared by numbers of their own".into());
                }
                (Some(min), Some(max)) if max < min => {
                    tell(format!("{path}.max"), "is below `min`, which nobody can satisfy".into());
                }
                _ => {}
            }
        }
        Rule::Context(condition) => check_condition(condition, &format!("{path}.context"), tell),
        Rule::Audience(id) if !audiences.contains(id) => {
            let reason = format!("there is no audience `{id}`: audiences/{id}.json would make it one");
            tell(format!("{path}.audience"), reason);
        }
        Rule::Segment(id) if !known.contains(id) => {
            tell(format!("{path}.segment"), format!("there is no segment `{id}`"));
        }
        Rule::Unreadable(_) => tell(path.to_owned(), "can't be read".into()),
        Rule::All(_) | Rule::Any(_) | Rule::Not(_) | Rule::Audience(_) | Rule::Segment(_) => {}
    });
}

fn tell_all(problems: Vec<Problem>, path: &str, tell: Tell<'_>) {
    for problem in problems {
        tell(format!("{path}{}", problem.path), problem.reason);
    }
}

fn check_condition(condition: &Map<String, Value>, path: &str, tell: Tell<'_>) {
    tell_all(Condition::compile(condition).1, path, tell);
}

fn check_test(test: Option<&Value>, path: &str, tell: Tell<'_>) {
    if let Some(test) = test {
        tell_all(Test::compile(test).1, path, tell);
    }
}

fn check_selector(selector: &Selector, path: &str, tell: Tell<'_>) {
    if selector.event.trim().is_empty() {
        tell(format!("{path}.event"), "must name an event".into());
    }
    check_condition(&selector.filter, &format!("{path}.where"), tell);
    check_condition(&selector.context, &format!("{path}.context"), tell);
}

fn check_span(span: Option<Span>, path: &str, tell: Tell<'_>) {
    if span.is_some_and(|span| span.millis() == 0) {
        tell(path.to_owned(), "give days, hours, minutes or seconds".into());
    }
}

fn check_performed(performed: &Performed, path: &str, tell: Tell<'_>) {
    check_selector(&performed.selector(), path, tell);
    if let Some(window) = &performed.within {
        check_window(window, &format!("{path}.within"), tell);
    }
    let count = performed.count;
    if count.max.is_some_and(|max| max < count.min) {
        tell(format!("{path}.count"), "`max` is below `min`, which nobody can satisfy".into());
    }
    if count.enough() > limits::CONDITION_COUNT as usize {
        tell(format!("{path}.count"), format!("counts go up to {}", limits::CONDITION_COUNT));
    }
    if let Some(Figure { of, is, .. }) = &performed.value {
        if of.split('.').any(str::is_empty) {
            tell(format!("{path}.value.of"), "name a property, such as `total`".into());
        }
        check_test(Some(is), &format!("{path}.value.is"), tell);
    }
}

fn check_window(window: &Window, path: &str, tell: Tell<'_>) {
    let slides = window.span() != Span::default();
    let kinds = [slides, window.calendar.is_some(), window.since.is_some()];
    if kinds.iter().filter(|is| **is).count() != 1 {
        let reason = "give one of: days, hours, minutes or seconds; `calendar`; `since`";
        tell(path.to_owned(), reason.into());
    }
    if window.calendar.is_none() && (window.back > 0 || window.zone.is_some()) {
        tell(path.to_owned(), "`back` and `zone` belong to `calendar`".into());
    }
    if window.back > limits::CALENDAR_BACK {
        tell(format!("{path}.back"), format!("goes back {} at most", limits::CALENDAR_BACK));
    }
    if let Some(zone) = window.zone.as_deref().filter(|zone| rule_of(zone).is_none()) {
        let reason =
            format!("there is no time zone `{zone}` with a rule of its own; write one as `Europe/Berlin`");
        tell(format!("{path}.zone"), reason);
    }
    if let Some(selector) = &window.since {
        check_selector(selector, &format!("{path}.since"), tell);
    }
}

fn check_sequence(sequence: &Sequence, path: &str, tell: Tell<'_>) {
    let mut events: Vec<Selector> = Vec::new();
    let mut count = |selector: Selector| {
        if !events.contains(&selector) {
            events.push(selector);
        }
    };
    if sequence.steps.is_empty() {
        tell(format!("{path}.steps"), "give at least one step".into());
    }
    if sequence.steps.len() == 1 && sequence.then_not.is_none() {
        tell(format!("{path}.steps"), "one step alone is `performed`: give another one, or `thenNot`".into());
    }
    for (n, step) in sequence.steps.iter().enumerate() {
        let path = format!("{path}.steps[{n}]");
        check_selector(&step.selector(), &path, tell);
        count(step.selector());
        check_span(step.within, &format!("{path}.within"), tell);
        if n == 0 && (step.within.is_some() || step.without.is_some()) {
            tell(
                path.clone(),
                "there is no step before the first: `within` and `without` belong to a later one".into(),
            );
        }
        if let Some(without) = &step.without {
            check_selector(without, &format!("{path}.without"), tell);
            count(without.clone());
        }
    }
    if let Some(absent) = &sequence.then_not {
        check_selector(&absent.selector(), &format!("{path}.thenNot"), tell);
        check_span(Some(absent.within), &format!("{path}.thenNot.within"), tell);
        count(absent.selector());
    }
    check_span(sequence.within, &format!("{path}.within"), tell);
    if events.len() > limits::SEQUENCE_EVENTS {
        let reason = format!("{} different events; {} may be", events.len(), limits::SEQUENCE_EVENTS);
        tell(path.to_owned(), reason);
    }
}

fn check_cart(cart: &CartRule, path: &str, tell: Tell<'_>) {
    if *cart == CartRule::default() {
        tell(path.to_owned(), "give `contains`, `value`, `quantity` or `abandoned`".into());
    }
    if let Some(contains) = &cart.contains {
        check_condition(contains, &format!("{path}.contains"), tell);
    }
    check_test(cart.value.as_ref(), &format!("{path}.value"), tell);
    check_test(cart.quantity.as_ref(), &format!("{path}.quantity"), tell);
    check_span(cart.abandoned, &format!("{path}.abandoned"), tell);
}
