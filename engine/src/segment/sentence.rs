//! A rule as a sentence, for people who read no JSON. Whatever a rule says stands in it, so that nobody publishes what they did
//! not mean.

use serde_json::{Map, Value};

use super::rule::{CartRule, Figure, Performed, Rule, Score, Selector, Sequence, Take};
use super::window::{Span, Unit, Window};
use crate::ids::{AudienceId, SegmentId};

/// What other segments and imported audiences are called.
pub trait Names {
    /// The name of a segment; none if there is no such segment.
    fn segment(&self, id: &SegmentId) -> Option<&str>;
    /// The same of an imported audience.
    fn audience(&self, id: &AudienceId) -> Option<&str>;
}

impl Rule {
    /// Who is in, as a sentence.
    pub fn sentence(&self, names: &dyn Names) -> String {
        match self {
            Self::All(rules) if rules.is_empty() => "everybody".to_owned(),
            Self::All(rules) => joined(rules.iter().map(|rule| rule.part(names, "and")), ", and "),
            Self::Any(rules) if rules.is_empty() => "nobody".to_owned(),
            Self::Any(rules) => joined(rules.iter().map(|rule| rule.part(names, "or")), ", or "),
            Self::Not(rule) => rule.denied(names),
            Self::Traits(condition) => condition_words(condition),
            Self::Performed(performed) => performed_words(performed, true),
            Self::Sequence(sequence) => sequence_words(sequence),
            Self::Cart(cart) => cart_words(cart),
            Self::Score(score) => score_words(score),
            Self::Context(condition) => format!("right now {}", condition_words(condition)),
            Self::Audience(id) => format!("in the imported list {}", quoted(names.audience(id), id.as_str())),
            Self::Segment(id) => format!("in {}", quoted(names.segment(id), id.as_str())),
            Self::Unreadable(_) => "something that this version can't read".to_owned(),
        }
    }

    /// Inside of a list of others that are put together by `word`.
    fn part(&self, names: &dyn Names, word: &str) -> String {
        let words = self.sentence(names);
        match self {
            Self::All(rules) if rules.len() > 1 && word != "and" => format!("({words})"),
            Self::Any(rules) if rules.len() > 1 && word != "or" => format!("({words})"),
            _ => words,
        }
    }

    fn denied(&self, names: &dyn Names) -> String {
        match self {
            Self::Performed(performed)
                if performed.count == super::Count::default() && performed.value.is_none() =>
            {
                format!("not {}", performed_words(performed, false))
            }
            Self::Audience(_) | Self::Segment(_) => format!("not {}", self.sentence(names)),
            _ => format!("not ({})", self.sentence(names)),
        }
    }
}

fn joined(parts: impl Iterator<Item = String>, by: &str) -> String {
    parts.collect::<Vec<_>>().join(by)
}

fn quoted(name: Option<&str>, id: &str) -> String {
    format!("“{}”", name.filter(|name| !name.is_empty()).unwrap_or(id))
}

/// `a, b and c`.
fn listed(parts: &[String], word: &str) -> String {
    match parts {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

fn selector_words(selector: &Selector) -> String {
    let mut words = selector.event.clone();
    if !selector.filter.is_empty() {
        words.push_str(&format!(" where {}", condition_words(&selector.filter)));
    }
    if !selector.context.is_empty() {
        let and = if selector.filter.is_empty() { "" } else { " and" };
        words.push_str(&format!("{and} while {}", condition_words(&selector.context)));
    }
    words
}

fn performed_words(performed: &Performed, with_count: bool) -> String {
    let selector = performed.selector();
    let mut words = selector_words(&selector);
    let has_condition = !selector.filter.is_empty() || !selector.context.is_empty();
    let count = with_count.then(|| count_words(performed.count.min, performed.count.max));
    let when = match &performed.within {
        Some(window) => Some(window_words(window)),
        None if with_count => None,
        None => Some("at any time".to_owned()),
    };
    let rest: Vec<String> = [count, when].into_iter().flatten().collect();
    words.push_str(if has_condition { ", " } else { " " });
    words.push_str(&rest.join(" "));
    if let Some(figure) = &performed.value {
        words.push_str(&format!(", and {}", figure_words(figure)));
    }
    words
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

fn count_words(min: u32, max: Option<u32>) -> String {
    match (min, max) {
        (0, Some(0)) => "never".to_owned(),
        (0, None) => "any number of times".to_owned(),
        (0, Some(max)) => format!("at most {}", times(max)),
        (min, None) => format!("at least {}", times(min)),
        (min, Some(max)) if min == max => format!("exactly {}", times(min)),
        (min, Some(max)) => format!("from {min} to {max} times"),
    }
}

fn figure_words(figure: &Figure) -> String {
    let Figure { take, of, is } = figure;
    let what = match take {
        Take::Sum => format!("the sum of {of}"),
        Take::Average => format!("the average {of}"),
        Take::Min => format!("the least {of}"),
        Take::Max => format!("the greatest {of}"),
        Take::Distinct => format!("the number of different values of {of}"),
        Take::MostFrequent => format!("the most frequent {of}"),
        Take::First => format!("the first {of}"),
        Take::Last => format!("the last {of}"),
    };
    test_words(&what, is)
}

fn span_words(span: Span) -> String {
    let parts =
        [(span.days, "day"), (span.hours, "hour"), (span.minutes, "minute"), (span.seconds, "second")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| format!("{n} {unit}{}", if n == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { "no time".to_owned() } else { listed(&parts, "and") }
}

/// `in the last hour`, `in the last 30 minutes`.
fn last_words(span: Span) -> String {
    let words = span_words(span);
    let alone = words.strip_prefix("1 ").filter(|unit| !unit.contains(' '));
    format!("in the last {}", alone.unwrap_or(&words))
}

fn window_words(window: &Window) -> String {
    if let Some(selector) = &window.since {
        return format!("since the last {}", selector_words(selector));
    }
    let Some(unit) = window.calendar else { return last_words(window.span()) };
    let name = match unit {
        Unit::Day => "day",
        Unit::Week => "week",
        Unit::Month => "month",
        Unit::Quarter => "quarter",
        Unit::Year => "year",
    };
    let when = match (unit, window.back) {
        (Unit::Day, 0) => "today".to_owned(),
        (Unit::Day, 1) => "yesterday".to_owned(),
        (_, 0) => format!("this {name}"),
        (_, 1) => format!("last {name}"),
        (_, back) => format!("in the {back} {name}s before this one"),
    };
    match &window.zone {
        Some(zone) => format!("{when} by the clock in {zone}"),
        None => when,
    }
}

fn sequence_words(sequence: &Sequence) -> String {
    let mut words = String::new();
    for (n, step) in sequence.steps.iter().enumerate() {
        if n > 0 {
            words.push_str(", then ");
        }
        if let Some(within) = step.within {
            words.push_str(&format!("within {} ", span_words(within)));
        }
        words.push_str(&selector_words(&step.selector()));
        if let Some(without) = &step.without {
            words.push_str(&format!(" without {} in between", selector_words(without)));
        }
    }
    if let Some(absent) = &sequence.then_not {
        let what = selector_words(&absent.selector());
        words.push_str(&format!(", then no {what} for {}", span_words(absent.within)));
    }
    if let Some(within) = sequence.within {
        words.push_str(&format!(", the last of these {}", last_words(within)));
    }
    words
}

fn cart_words(cart: &CartRule) -> String {
    let mut parts = Vec::new();
    if let Some(condition) = &cart.contains {
        parts.push(format!("the cart has something whose {}", condition_words(condition)));
    }
    if let Some(test) = &cart.value {
        parts.push(test_words("the cart's value", test));
    }
    if let Some(test) = &cart.quantity {
        parts.push(test_words("the number of things in the cart", test));
    }
    if let Some(span) = cart.abandoned {
        parts.push(format!("a cart was left alone for {}", span_words(span)));
    }
    listed(&parts, "and")
}

fn score_words(score: &Score) -> String {
    let of = &score.of;
    if let Some(top) = score.top {
        // As people say it: 0.1 is ten percent, and not 10.000000000000002.
        return format!("{of} is among the top {} % of all people's", (top * 1e8).round() / 1e6);
    }
    match (score.min, score.max) {
        (Some(min), Some(max)) => format!("{of} is from {min} to {max}"),
        (Some(min), None) => format!("{of} is at least {min}"),
        (None, Some(max)) => format!("{of} is at most {max}"),
        (None, None) => format!("{of} is any number"),
    }
}

/// All parts of a condition.
fn condition_words(condition: &Map<String, Value>) -> String {
    if condition.is_empty() {
        return "anything holds".to_owned();
    }
    joined(condition.iter().map(|(name, operand)| field_words(name, operand)), " and ")
}

fn field_words(name: &str, operand: &Value) -> String {
    let alternatives = |by: &str| {
        let parts = operand.as_array().map_or(&[][..], Vec::as_slice);
        let words = |part: &Value| part.as_object().map_or_else(|| literal(part), condition_words);
        joined(parts.iter().map(words), by)
    };
    match name {
        "$and" => format!("({})", alternatives(" and ")),
        "$or" => format!("({})", alternatives(" or ")),
        "$nor" => format!("not ({})", alternatives(" or ")),
        "$not" => format!("not ({})", operand.as_object().map_or_else(|| literal(operand), condition_words)),
        _ => test_words(name, operand),
    }
}

/// What is asked of one value.
fn test_words(what: &str, test: &Value) -> String {
    let operators = test.as_object().filter(|map| map.keys().all(|key| key.starts_with('$')));
    let Some(operators) = operators else { return is_words(what, test) };
    if operators.is_empty() {
        return format!("{what} is anything");
    }
    if let (2, Some(from), Some(to)) = (operators.len(), operators.get("$gte"), operators.get("$lte")) {
        return format!("{what} is from {} to {}", literal(from), literal(to));
    }
    joined(operators.iter().map(|(name, operand)| operator_words(what, name, operand)), " and ")
}

fn is_words(what: &str, value: &Value) -> String {
    match value {
        Value::Null => format!("{what} is missing"),
        value => format!("{what} is {}", literal(value)),
    }
}

fn operator_words(what: &str, name: &str, operand: &Value) -> String {
    let said = literal(operand);
    let members =
        |word: &str| listed(&operand.as_array().into_iter().flatten().map(literal).collect::<Vec<_>>(), word);
    match name {
        "$eq" => is_words(what, operand),
        "$ne" if operand.is_null() => format!("{what} is there"),
        "$ne" => format!("{what} is not {said}"),
        "$lt" => format!("{what} is less than {said}"),
        "$lte" => format!("{what} is at most {said}"),
        "$gt" => format!("{what} is more than {said}"),
        "$gte" => format!("{what} is at least {said}"),
        "$veq" => format!("{what} is version {said}"),
        "$vne" => format!("{what} is not version {said}"),
        "$vlt" => format!("{what} is before version {said}"),
        "$vlte" => format!("{what} is version {said} or before"),
        "$vgt" => format!("{what} is after version {said}"),
        "$vgte" => format!("{what} is version {said} or after"),
        "$in" => format!("{what} is one of {}", members("or")),
        "$nin" => format!("{what} is none of {}", members("or")),
        "$ini" => format!("{what} is, in any case of letters, one of {}", members("or")),
        "$nini" => format!("{what} is, in any case of letters, none of {}", members("or")),
        "$all" => format!("{what} has all of {}", tests(operand)),
        "$alli" => format!("{what} has, in any case of letters, all of {}", tests(operand)),
        "$size" => test_words(&format!("the number of entries of {what}"), operand),
        "$elemMatch" => format!("an entry of {what} has {}", element_words(operand)),
        "$regex" => format!("{what} matches the pattern {said}"),
        "$regexi" => format!("{what} matches, in any case of letters, the pattern {said}"),
        "$notRegex" => format!("{what} does not match the pattern {said}"),
        "$notRegexi" => format!("{what} does not match, in any case of letters, the pattern {said}"),
        "$contains" => format!("{what} contains {said}"),
        "$exists" if operand == &Value::Bool(false) => format!("{what} is not there"),
        "$exists" => format!("{what} is there"),
        "$type" => format!("{what} is a {}", operand.as_str().unwrap_or_default()),
        "$not" => format!("not ({})", test_words(what, operand)),
        _ => format!("{what} {name} {said}"),
    }
}

/// The members of a list, each a value or a test of one.
fn tests(operand: &Value) -> String {
    let one = |member: &Value| match member {
        Value::Object(map) if map.keys().any(|key| key.starts_with('$')) => test_words("one that", member),
        member => literal(member),
    };
    listed(&operand.as_array().into_iter().flatten().map(one).collect::<Vec<_>>(), "and")
}

fn element_words(operand: &Value) -> String {
    match operand.as_object() {
        Some(fields) if !fields.keys().all(|key| key.starts_with('$')) || fields.contains_key("$or") => {
            format!("({})", condition_words(fields))
        }
        _ => format!("({})", test_words("it", operand)),
    }
}

/// A value as somebody says it. A text that could be taken for something else is put in quotes.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
        Value::String(text) if is_plain(text) => text.clone(),
        Value::String(text) => format!("“{text}”"),
        Value::Array(list) => {
            format!("the list ({})", listed(&list.iter().map(literal).collect::<Vec<_>>(), "and"))
        }
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let ends = |text: &str| text.trim() == text && !text.is_empty();
    let is_other =
        text.parse::<f64>().is_ok() || ["true", "false", "nothing", "missing", "there"].contains(&text);
    let joins = [" and ", " or ", ",", "(", ")", "“", "”"].iter().any(|word| text.contains(word));
    ends(text) && !is_other && !joins
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "a value that is written where it is used reads best")]
mod tests {
    use serde_json::{Value, json};

    use super::Names;
    use crate::ids::{AudienceId, SegmentId};
    use crate::segment::Rule;

    struct Known;

    impl Names for Known {
        fn segment(&self, id: &SegmentId) -> Option<&str> {
            (id.as_str() == "staff").then_some("Employees")
        }

        fn audience(&self, id: &AudienceId) -> Option<&str> {
            (id.as_str() == "vip").then_some("Best customers")
        }
    }

    fn says(rule: Value, wanted: &str) {
        let read: Rule = serde_json::from_value(rule.clone()).unwrap();
        assert_eq!(read.sentence(&Known), wanted, "{rule}");
    }

    #[test]
    fn the_first_story_reads_as_it_is_told() {
        says(
            json!({ "all": [
                { "performed": { "event": "Product Added", "where": { "category": "Running shoes" }, "within": { "minutes": 30 } } },
                { "not": { "performed": { "event": "Order Completed", "within": { "hours": 24 } } } },
            ] }),
            "Product Added where category is Running shoes, at least once in the last 30 minutes, and not Order Completed in the last 24 hours",
        );
    }

    #[test]
    fn groups() {
        says(json!({ "all": [] }), "everybody");
        says(json!({ "any": [] }), "nobody");
        let (gold, staff) = (json!({ "traits": { "tier": "gold" } }), json!({ "segment": "staff" }));
        says(json!({ "all": [gold] }), "tier is gold");
        says(json!({ "any": [gold, staff] }), "tier is gold, or in “Employees”");
        says(
            json!({ "all": [staff, { "any": [gold, staff] }] }),
            "in “Employees”, and (tier is gold, or in “Employees”)",
        );
        says(
            json!({ "any": [{ "all": [gold, staff] }, gold] }),
            "(tier is gold, and in “Employees”), or tier is gold",
        );
        says(json!({ "not": { "any": [gold, staff] } }), "not (tier is gold, or in “Employees”)");
        says(json!({ "not": { "not": gold } }), "not (not (tier is gold))");
        says(json!({ "not": staff }), "not in “Employees”");
        says(json!({ "segment": "gone" }), "in “gone”");
        says(json!({ "audience": "vip" }), "in the imported list “Best customers”");
    }

    #[test]
    fn how_often_and_when() {
        let performed = |more: Value| {
            let mut rule = json!({ "event": "Order Completed" });
            rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "performed": rule })
        };
        for (more, wanted) in [
            (json!({}), "Order Completed at least once"),
            (json!({ "count": { "min": 2 } }), "Order Completed at least twice"),
            (json!({ "count": { "min": 3, "max": 3 } }), "Order Completed exactly 3 times"),
            (json!({ "count": { "max": 3 } }), "Order Completed at most 3 times"),
            (json!({ "count": { "min": 1, "max": 3 } }), "Order Completed from 1 to 3 times"),
            (json!({ "count": { "max": 0 } }), "Order Completed never"),
            (json!({ "count": {} }), "Order Completed any number of times"),
            (json!({ "within": { "hours": 1 } }), "Order Completed at least once in the last hour"),
            (
                json!({ "within": { "days": 1, "hours": 2 } }),
                "Order Completed at least once in the last 1 day and 2 hours",
            ),
            (json!({ "within": { "calendar": "day" } }), "Order Completed at least once today"),
            (
                json!({ "within": { "calendar": "week", "back": 1 } }),
                "Order Completed at least once last week",
            ),
            (
                json!({ "within": { "calendar": "month", "back": 3, "zone": "Europe/Berlin" } }),
                "Order Completed at least once in the 3 months before this one by the clock in Europe/Berlin",
            ),
            (
                json!({ "within": { "since": { "event": "Refunded", "where": { "total": 5 } } } }),
                "Order Completed at least once since the last Refunded where total is 5",
            ),
            (
                json!({ "value": { "take": "sum", "of": "total", "is": { "$gte": 100 } } }),
                "Order Completed at least once, and the sum of total is at least 100",
            ),
            (
                json!({ "value": { "take": "mostFrequent", "of": "brand", "is": "Skylark" } }),
                "Order Completed at least once, and the most frequent brand is Skylark",
            ),
            (
                json!({ "where": { "currency": "EUR" }, "context": { "campaign.source": "mail" } }),
                "Order Completed where currency is EUR and while campaign.source is mail, at least once",
            ),
        ] {
            says(performed(more), wanted);
        }
        says(json!({ "not": performed(json!({})) }), "not Order Completed at any time");
        says(
            json!({ "not": performed(json!({ "count": { "min": 2 } })) }),
            "not (Order Completed at least twice)",
        );
    }

    #[test]
    fn one_after_the_other() {
        says(
            json!({ "sequence": {
                "steps": [
                    { "event": "Product Viewed", "where": { "category": "Shoes" } },
                    { "event": "Product Added", "within": { "hours": 1 }, "without": { "event": "Product Removed" } },
                ],
                "thenNot": { "event": "Order Completed", "within": { "minutes": 30 } },
                "within": { "days": 7 },
            } }),
            "Product Viewed where category is Shoes, then within 1 hour Product Added without Product Removed in between, \
             then no Order Completed for 30 minutes, the last of these in the last 7 days",
        );
    }

    #[test]
    fn the_cart_a_score_and_the_request() {
        says(
            json!({ "cart": { "contains": { "category": "Shoes" }, "value": { "$gte": 50 }, "quantity": 3, "abandoned": { "minutes": 30 } } }),
            "the cart has something whose category is Shoes, the cart's value is at least 50, the number of things in the cart is 3 \
             and a cart was left alone for 30 minutes",
        );
        says(json!({ "score": { "of": "churn", "min": 0.5 } }), "churn is at least 0.5");
        says(json!({ "score": { "of": "churn", "max": 9 } }), "churn is at most 9");
        says(json!({ "score": { "of": "churn", "min": 1, "max": 9 } }), "churn is from 1 to 9");
        says(
            json!({ "score": { "of": "computed.revenue", "top": 0.1 } }),
            "computed.revenue is among the top 10 % of all people's",
        );
        says(json!({ "context": { "device": "mobile" } }), "right now device is mobile");
    }

    #[test]
    fn conditions() {
        let says = |condition: Value, wanted: &str| says(json!({ "traits": condition }), wanted);
        says(json!({}), "anything holds");
        says(json!({ "a": "x", "b": 5 }), "a is x and b is 5");
        says(json!({ "a": "5" }), "a is “5”");
        says(json!({ "a": "this or that" }), "a is “this or that”");
        says(json!({ "a": null }), "a is missing");
        says(json!({ "a": ["x", 1] }), "a is the list (x and 1)");
        for (test, wanted) in [
            (json!({ "$eq": "x" }), "a is x"),
            (json!({ "$ne": "x" }), "a is not x"),
            (json!({ "$ne": null }), "a is there"),
            (json!({ "$lt": 5 }), "a is less than 5"),
            (json!({ "$lte": 5 }), "a is at most 5"),
            (json!({ "$gt": 5 }), "a is more than 5"),
            (json!({ "$gte": 5 }), "a is at least 5"),
            (json!({ "$gte": 5, "$lte": 9 }), "a is from 5 to 9"),
            (json!({ "$gte": 5, "$lt": 9 }), "a is at least 5 and a is less than 9"),
            (json!({ "$veq": "1.2" }), "a is version “1.2”"),
            (json!({ "$vne": "1.2.3" }), "a is not version 1.2.3"),
            (json!({ "$vlt": "1.2.3" }), "a is before version 1.2.3"),
            (json!({ "$vlte": "1.2.3" }), "a is version 1.2.3 or before"),
            (json!({ "$vgt": "1.2.3" }), "a is after version 1.2.3"),
            (json!({ "$vgte": "1.2.3" }), "a is version 1.2.3 or after"),
            (json!({ "$in": ["x", "y", "z"] }), "a is one of x, y or z"),
            (json!({ "$nin": ["x"] }), "a is none of x"),
            (json!({ "$ini": ["x"] }), "a is, in any case of letters, one of x"),
            (json!({ "$nini": ["x"] }), "a is, in any case of letters, none of x"),
            (json!({ "$all": ["x", { "$gt": 1 }] }), "a has all of x and one that is more than 1"),
            (json!({ "$alli": ["x"] }), "a has, in any case of letters, all of x"),
            (json!({ "$size": 2 }), "the number of entries of a is 2"),
            (json!({ "$size": { "$gt": 2 } }), "the number of entries of a is more than 2"),
            (json!({ "$elemMatch": { "$gt": 2 } }), "an entry of a has (it is more than 2)"),
            (json!({ "$elemMatch": { "b": 2 } }), "an entry of a has (b is 2)"),
            (json!({ "$regex": "^x" }), "a matches the pattern ^x"),
            (json!({ "$regexi": "^x" }), "a matches, in any case of letters, the pattern ^x"),
            (json!({ "$notRegex": "^x" }), "a does not match the pattern ^x"),
            (json!({ "$notRegexi": "^x" }), "a does not match, in any case of letters, the pattern ^x"),
            (json!({ "$contains": "x" }), "a contains x"),
            (json!({ "$exists": true }), "a is there"),
            (json!({ "$exists": false }), "a is not there"),
            (json!({ "$type": "string" }), "a is a string"),
            (json!({ "$not": { "$gt": 2 } }), "not (a is more than 2)"),
            (json!({ "$near": 2 }), "a $near 2"),
            (json!({}), "a is anything"),
        ] {
            says(json!({ "a": test }), wanted);
        }
        let (one, other) = (json!({ "a": 1 }), json!({ "b": 2 }));
        says(json!({ "$and": [one, other] }), "(a is 1 and b is 2)");
        says(json!({ "$or": [one, other] }), "(a is 1 or b is 2)");
        says(json!({ "$nor": [one, other] }), "not (a is 1 or b is 2)");
        says(json!({ "$not": one }), "not (a is 1)");
    }
}
