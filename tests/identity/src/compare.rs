//! How what came out differs from what was expected, field by field, for people to read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde_json::{Map, Value};

use crate::{Actual, Erased, Expected, Profile, Taken};

/// The differences between the people who were expected and those who came out; none if they are the same.
pub fn compare(expected: &Expected, actual: &[Actual]) -> Vec<String> {
    let comparable: Vec<Actual> = actual.iter().map(|actual| comparable(expected, actual)).collect();
    let actual = comparable.as_slice();
    let mut left: Vec<&Actual> = actual.iter().collect();
    let mut differences = Vec::new();
    // Those that agree find each other first, so that one wrong profile does not make others look wrong.
    let mut profiles: Vec<&Profile> = expected.profiles.iter().collect();
    profiles.sort_by_key(|profile| std::cmp::Reverse(actual.iter().map(|a| likeness(profile, a)).max()));
    for profile in profiles {
        let best = left.iter().enumerate().max_by_key(|(_, actual)| likeness(profile, actual));
        match best.filter(|(_, actual)| likeness(profile, actual) > 0).map(|(index, _)| index) {
            Some(index) => differences.extend(fields(profile, left.swap_remove(index))),
            None => differences
                .push(format!("{}: nobody like this came out", name(&profile.ids, &profile.events))),
        }
    }
    differences.extend(left.iter().map(|actual| {
        let (ids, events) = (list(&actual.ids), list(&actual.events));
        format!("{}: not expected at all: ids {ids}, events {events}", name(&actual.ids, &actual.events))
    }));
    differences
}

/// That a name was refused for another reason before it was erased stands until the profile is looked at anew, which may
/// be at once or never: it is not compared.
fn comparable(expected: &Expected, actual: &Actual) -> Actual {
    let erased = |id: &String| expected.erased.iter().any(|one| one.ids.contains(id));
    let mut actual = actual.clone();
    actual.refusals.retain(|refused| refused.reason.starts_with("erased:") || !erased(&refused.id));
    actual
}

/// The differences in what was turned away at the door.
pub fn compare_intake(expected: &Expected, taken: &Taken) -> Vec<String> {
    let rejected = |map: &std::collections::BTreeMap<String, String>| {
        map.iter().map(|(id, reason)| format!("{id} ({reason})")).collect::<BTreeSet<_>>()
    };
    let mut differences = Vec::new();
    differences.extend(sets("rejected", &rejected(&expected.rejected), &rejected(&taken.rejected)));
    let erased = |people: &[Erased]| people.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    differences.extend(sets("erased", &erased(&expected.erased), &erased(&taken.erased)));
    differences.extend(sets("not_identifiers", &expected.not_identifiers, &taken.not_identifiers));
    differences
}

/// The differences between the accounts that were expected and those that came out, by their ids with their traits.
pub fn compare_accounts(expected: &Expected, actual: &BTreeMap<String, Map<String, Value>>) -> Vec<String> {
    let Some(expected) = &expected.accounts else { return Vec::new() };
    let shown = |accounts: &BTreeMap<String, Map<String, Value>>| {
        let one = |(id, traits): (&String, &Map<_, _>)| format!("{id} {}", Value::Object(traits.clone()));
        accounts.iter().map(one).collect::<BTreeSet<_>>()
    };
    sets("accounts", &shown(expected), &shown(actual)).into_iter().collect()
}

/// How much the two have in common. Events count most: each is in one profile only.
fn likeness(profile: &Profile, actual: &Actual) -> usize {
    let common = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.intersection(b).count();
    2 * common(&profile.events, &actual.events) + common(&profile.ids, &actual.ids)
}

fn fields(profile: &Profile, actual: &Actual) -> Vec<String> {
    let mut differences: Vec<String> = [
        sets("ids", &profile.ids, &actual.ids),
        sets("retired", &profile.retired, &actual.retired),
        sets("released", &profile.released, &actual.released),
        sets("events", &profile.events, &actual.events),
        sets("refusals", &profile.refusals, &actual.refusals),
        sets("merges", &profile.merges, &actual.merges),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(traits) = profile.traits.as_ref().filter(|traits| **traits != actual.traits) {
        let json = |map: &serde_json::Map<_, _>| serde_json::Value::Object(map.clone()).to_string();
        differences.push(format!("traits: expected {}, got {}", json(traits), json(&actual.traits)));
    }
    let accounts = profile.accounts.as_ref();
    differences.extend(accounts.and_then(|accounts| sets("accounts", accounts, &actual.accounts)));
    let name = name(&profile.ids, &profile.events);
    differences.into_iter().map(|difference| format!("{name}: {difference}")).collect()
}

fn sets<T: Ord + Display>(field: &str, expected: &BTreeSet<T>, actual: &BTreeSet<T>) -> Option<String> {
    let parts = [("missing", expected.difference(actual)), ("not expected", actual.difference(expected))];
    let said: Vec<String> = parts
        .into_iter()
        .map(|(word, items)| (word, items.map(ToString::to_string).collect::<Vec<_>>()))
        .filter(|(_, items)| !items.is_empty())
        .map(|(word, items)| format!("{word} {}", items.join(", ")))
        .collect();
    (!said.is_empty()).then(|| format!("{field}: {}", said.join("; ")))
}

/// A login says more than a device: the last namespace in the alphabet stands for the person.
fn name(ids: &BTreeSet<String>, events: &BTreeSet<String>) -> String {
    ids.last().or(events.first()).cloned().unwrap_or_else(|| "nobody".into())
}

fn list(items: &BTreeSet<String>) -> String {
    items.iter().cloned().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::compare;
    use crate::{Actual, Expected};
    use serde_json::json;

    fn set(items: &[&str]) -> std::collections::BTreeSet<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    fn expected(profiles: &serde_json::Value) -> Expected {
        serde_json::from_value(json!({ "profiles": profiles })).unwrap()
    }

    fn one() -> Actual {
        Actual { ids: set(&["anonymous_id:A", "user_id:1"]), events: set(&["m1", "m2"]), ..Actual::default() }
    }

    #[test]
    fn what_is_the_same_has_no_differences() {
        let expected = expected(&json!([{"ids": ["user_id:1", "anonymous_id:A"], "events": ["m1", "m2"]}]));
        assert_eq!(compare(&expected, &[one()]), Vec::<String>::new());
    }

    #[test]
    fn a_difference_names_the_person_and_the_field() {
        let expected = expected(&json!([
            {"ids": ["user_id:1"], "events": ["m1", "m3"], "traits": {"plan": "gold"}},
            {"ids": ["user_id:2"], "events": ["m4"]}
        ]));
        let stranger = Actual { events: set(&["m9"]), ..Actual::default() };
        assert_eq!(
            compare(&expected, &[one(), stranger]),
            [
                "user_id:1: ids: not expected anonymous_id:A",
                "user_id:1: events: missing m3; not expected m2",
                r#"user_id:1: traits: expected {"plan":"gold"}, got {}"#,
                "user_id:2: nobody like this came out",
                "m9: not expected at all: ids , events m9",
            ]
        );
    }
}
