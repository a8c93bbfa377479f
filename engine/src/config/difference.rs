//! What is different between two configs, in words that a person reads: which file, where in it, from what to what.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Files;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileChange {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It says something else.
    Changed,
}

/// One place in a file that says something else. What is not there is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// As in an error: `rule.all[1].performed.event`; an entry of a list of things with ids goes by its id, `sources[shop].name`.
    pub path: String,
    /// What it said.
    pub before: Value,
    /// What it says.
    pub after: Value,
}

/// What is different in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Which file.
    pub file: String,
    /// What became of it.
    pub change: FileChange,
    /// Where. Of a file that came or went: the whole.
    pub places: Vec<Place>,
}

/// Everything that is different, in the order of files.
pub fn differences(before: &Files, after: &Files) -> Vec<Difference> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter_map(|name| of_file(name, before.get(name), after.get(name))).collect()
}

fn of_file(name: &str, before: Option<&Value>, after: Option<&Value>) -> Option<Difference> {
    let change = match (before, after) {
        (None, _) => FileChange::Added,
        (_, None) => FileChange::Removed,
        (Some(before), Some(after)) if before == after => return None,
        _ => FileChange::Changed,
    };
    let mut places = Vec::new();
    compare("", before.unwrap_or(&Value::Null), after.unwrap_or(&Value::Null), &mut places);
    Some(Difference { file: name.to_owned(), change, places })
}

fn compare(path: &str, before: &Value, after: &Value, places: &mut Vec<Place>) {
    if before == after {
        return;
    }
    let (one, other) = (parts(before), parts(after));
    if let (Some(one), Some(other)) = (one, other)
        && one.by_id == other.by_id
    {
        let names: BTreeSet<&String> = one.parts.keys().chain(other.parts.keys()).collect();
        for name in names {
            let at = if one.by_id { format!("{path}[{name}]") } else { joined(path, name) };
            let of = |parts: &Parts<'_>| parts.parts.get(name).map_or(&Value::Null, |part| *part).clone();
            compare(&at, &of(&one), &of(&other), places);
        }
        if one.order != other.order && same_members(&one, &other) {
            places.push(Place { path: format!("{path}[]"), before: names_of(&one), after: names_of(&other) });
        }
        return;
    }
    places.push(Place { path: path.to_owned(), before: before.clone(), after: after.clone() });
}

fn same_members(one: &Parts<'_>, other: &Parts<'_>) -> bool {
    one.parts.keys().eq(other.parts.keys())
}

fn names_of(parts: &Parts<'_>) -> Value {
    parts.order.iter().map(|name| Value::from(*name)).collect()
}

pub(super) fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// What a value is made of, where its parts have names: an object, or a list of things with ids of their own.
pub(super) struct Parts<'a> {
    pub(super) by_id: bool,
    pub(super) parts: BTreeMap<String, &'a Value>,
    /// Of a list, the ids in its order.
    pub(super) order: Vec<&'a str>,
}

pub(super) fn parts(value: &Value) -> Option<Parts<'_>> {
    match value {
        Value::Object(fields) => Some(of_object(fields)),
        Value::Array(items) => of_list(items),
        _ => None,
    }
}

fn of_object(fields: &Map<String, Value>) -> Parts<'_> {
    let parts = fields.iter().map(|(name, value)| (name.clone(), value)).collect();
    Parts { by_id: false, parts, order: Vec::new() }
}

fn of_list(items: &[Value]) -> Option<Parts<'_>> {
    let ids: Option<Vec<&str>> = items.iter().map(|item| item.get("id").and_then(Value::as_str)).collect();
    let order = ids?;
    let parts: BTreeMap<String, &Value> = order.iter().map(|id| (*id).to_owned()).zip(items).collect();
    (parts.len() == items.len()).then_some(Parts { by_id: true, parts, order })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{FileChange, differences};
    use crate::config::Files;

    fn files(all: &[(&str, Value)]) -> Files {
        all.iter().map(|(name, content)| ((*name).to_owned(), content.clone())).collect()
    }

    /// File, change, and for each place its path, before and after.
    type Said = (String, FileChange, Vec<(String, Value, Value)>);

    fn said(before: &[(&str, Value)], after: &[(&str, Value)]) -> Vec<Said> {
        let found = differences(&files(before), &files(after)).into_iter();
        let places = |one: super::Difference| {
            let places =
                one.places.into_iter().map(|place| (place.path, place.before, place.after)).collect();
            (one.file, one.change, places)
        };
        found.map(places).collect()
    }

    #[test]
    fn a_difference_is_named_where_it_is() {
        let before = json!({ "rule": { "all": [{ "traits": { "tier": "gold" } }], "x": 1 } });
        let after = json!({ "rule": { "all": [{ "traits": { "tier": "basic" } }], "x": 1 } });
        let all = |tier: &str| json!([{ "traits": { "tier": tier } }]);
        assert_eq!(
            said(&[("segments/a.json", before)], &[("segments/a.json", after)]),
            [(
                "segments/a.json".into(),
                FileChange::Changed,
                vec![("rule.all".into(), all("gold"), all("basic"))]
            )]
        );
    }

    #[test]
    fn things_with_ids_go_by_their_ids() {
        let list = |names: [&str; 2]| json!({ "sources": [{ "id": "a", "name": names[0] }, { "id": "b", "name": names[1] }] });
        let found = said(&[("sources.json", list(["A", "B"]))], &[("sources.json", list(["A", "C"]))]);
        assert_eq!(found[0].2, [("sources[b].name".to_owned(), json!("B"), json!("C"))]);
        let shorter = json!({ "sources": [{ "id": "b", "name": "B" }] });
        let found = said(&[("sources.json", list(["A", "B"]))], &[("sources.json", shorter)]);
        assert_eq!(found[0].2, [("sources[a]".to_owned(), json!({ "id": "a", "name": "A" }), Value::Null)]);
        let turned = json!({ "sources": [{ "id": "b", "name": "B" }, { "id": "a", "name": "A" }] });
        let found = said(&[("sources.json", list(["A", "B"]))], &[("sources.json", turned)]);
        assert_eq!(found[0].2, [("sources[]".to_owned(), json!(["a", "b"]), json!(["b", "a"]))]);
    }

    #[test]
    fn files_come_and_go_whole() {
        let found = said(
            &[("a.json", json!(1)), ("c.json", json!(1))],
            &[("b.json", json!(2)), ("c.json", json!(1))],
        );
        assert_eq!(
            found,
            [
                ("a.json".into(), FileChange::Removed, vec![(String::new(), json!(1), Value::Null)]),
                ("b.json".into(), FileChange::Added, vec![(String::new(), Value::Null, json!(2))]),
            ]
        );
    }
}
