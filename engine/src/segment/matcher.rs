//! MongoDB-style conditions on a JSON object, with GrowthBook's meaning.
//! Source of the operators and their semantics: <https://docs.growthbook.io/lib/build-your-own#conditions>.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// Operators that take a list.
const LISTS: [&str; 6] = ["$and", "$or", "$nor", "$in", "$nin", "$all"];
const OPERATORS: [&str; 12] = [
    "$eq",
    "$ne",
    "$lt",
    "$lte",
    "$gt",
    "$gte",
    "$exists",
    "$not",
    "$size",
    "$elemMatch",
    "$type",
    "$contains",
];

/// Whether `object` satisfies `condition`. An empty condition holds. An unknown operator never holds.
pub fn matches(condition: &Map<String, Value>, object: &Value) -> bool {
    condition.iter().all(|(key, expected)| match key.as_str() {
        "$and" => list(expected).is_some_and(|all| all.iter().all(|c| matches_value(c, object))),
        "$or" => {
            list(expected).is_some_and(|any| any.is_empty() || any.iter().any(|c| matches_value(c, object)))
        }
        "$nor" => list(expected).is_some_and(|none| !none.iter().any(|c| matches_value(c, object))),
        "$not" => !matches_value(expected, object),
        path => field_matches(expected, lookup(object, path)),
    })
}

/// The operators in a condition that this version doesn't know.
pub fn unknown_operators(condition: &Map<String, Value>) -> Vec<String> {
    let known = |key: &str| LISTS.contains(&key) || OPERATORS.contains(&key);
    keys_that(condition, &|key, _| key.starts_with('$') && !known(key))
}

/// The operators that take a list and got something else: they would never hold.
pub fn operators_without_list(condition: &Map<String, Value>) -> Vec<String> {
    keys_that(condition, &|key, operand| LISTS.contains(&key) && !operand.is_array())
}

/// Where a condition names this field, or a field inside it: the paths.
pub fn speaks_of(condition: &Map<String, Value>, field: &str) -> Vec<String> {
    let names = |key: &str, _: &Value| {
        key.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    keys_that(condition, &names)
}

/// The keys of a condition, at any depth, that `are` so.
fn keys_that(condition: &Map<String, Value>, are: &dyn Fn(&str, &Value) -> bool) -> Vec<String> {
    let mut keys = Vec::new();
    for (key, value) in condition {
        if are(key, value) {
            keys.push(key.clone());
        }
        let nested = match value {
            Value::Array(items) => items.iter().filter_map(Value::as_object).collect(),
            Value::Object(map) => vec![map],
            _ => Vec::new(),
        };
        keys.extend(nested.into_iter().flat_map(|inside| keys_that(inside, are)));
    }
    keys
}

fn list(value: &Value) -> Option<&Vec<Value>> {
    value.as_array()
}

fn matches_value(condition: &Value, object: &Value) -> bool {
    condition.as_object().is_some_and(|condition| matches(condition, object))
}

/// What a path names in an object: a field of that name, or fields inside fields.
pub(crate) fn lookup<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    object.get(path).or_else(|| path.split('.').try_fold(object, |at, part| at.get(part)))
}

fn field_matches(expected: &Value, actual: Option<&Value>) -> bool {
    match expected {
        Value::Object(map) if map.keys().any(|key| key.starts_with('$')) => {
            map.iter().all(|(operator, operand)| operator_holds(operator, operand, actual))
        }
        Value::Null => actual.is_none_or(Value::is_null),
        _ => actual.is_some_and(|actual| equal(expected, actual)),
    }
}

fn operator_holds(operator: &str, operand: &Value, actual: Option<&Value>) -> bool {
    let value = actual.unwrap_or(&Value::Null);
    let ordered = |wanted: &[Ordering]| compare(value, operand).is_some_and(|order| wanted.contains(&order));
    match operator {
        "$eq" => equal(operand, value),
        "$ne" => !equal(operand, value),
        "$lt" => ordered(&[Ordering::Less]),
        "$lte" => ordered(&[Ordering::Less, Ordering::Equal]),
        "$gt" => ordered(&[Ordering::Greater]),
        "$gte" => ordered(&[Ordering::Greater, Ordering::Equal]),
        "$in" => list(operand).is_some_and(|options| is_in(value, options)),
        "$nin" => list(operand).is_some_and(|options| !is_in(value, options)),
        "$all" => match (list(operand), list(value)) {
            (Some(wanted), Some(have)) => {
                wanted.iter().all(|w| have.iter().any(|h| field_matches(w, Some(h))))
            }
            _ => false,
        },
        "$exists" => operand.as_bool().is_some_and(|wanted| wanted != value.is_null()),
        "$not" => !field_matches(operand, actual),
        "$size" => list(value).is_some_and(|have| field_matches(operand, Some(&Value::from(have.len())))),
        "$elemMatch" => {
            list(value).is_some_and(|have| have.iter().any(|item| element_matches(operand, item)))
        }
        "$type" => operand.as_str() == Some(type_name(value)),
        "$contains" => match (operand.as_str(), value) {
            (Some(part), Value::String(text)) => text.contains(part),
            (_, Value::Array(have)) => have.iter().any(|item| equal(operand, item)),
            _ => false,
        },
        _ => false,
    }
}

fn element_matches(condition: &Value, item: &Value) -> bool {
    let by_operator = condition.as_object().is_some_and(|map| map.keys().any(|key| key.starts_with('$')));
    if by_operator { field_matches(condition, Some(item)) } else { matches_value(condition, item) }
}

fn is_in(value: &Value, options: &[Value]) -> bool {
    match value {
        Value::Array(have) => have.iter().any(|item| options.iter().any(|option| equal(option, item))),
        _ => options.iter().any(|option| equal(option, value)),
    }
}

/// Equal as JSON, where `1` and `1.0` are the same number.
fn equal(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(a), Some(b)) => {
            a.total_cmp(&b) == Ordering::Equal || a.partial_cmp(&b) == Some(Ordering::Equal)
        }
        _ => one == other,
    }
}

/// The order of two values: numbers as numbers (also a number written as text beside a number), text as text.
fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::Null => Some(0.0),
        _ => None,
    };
    match (one, other) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => number(one)?.partial_cmp(&number(other)?),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::{matches, unknown_operators};
    use serde_json::{Value, json};

    fn holds(condition: &Value, object: &Value) -> bool {
        matches(condition.as_object().unwrap(), object)
    }

    #[test]
    fn operators_hold_as_in_growthbook() {
        let person =
            json!({"plan": "gold", "age": 30, "tags": ["a", "b"], "address": {"city": "Ulm"}, "n": "12"});
        for condition in [
            json!({}),
            json!({"plan": "gold"}),
            json!({"address.city": "Ulm"}),
            json!({"age": {"$gte": 30, "$lt": 31}}),
            json!({"n": {"$gt": 9}}),
            json!({"plan": {"$in": ["gold", "silver"]}}),
            json!({"tags": {"$in": ["b"]}}),
            json!({"tags": {"$all": ["a", "b"]}}),
            json!({"tags": {"$size": 2}}),
            json!({"missing": {"$exists": false}}),
            json!({"missing": null}),
            json!({"$or": [{"plan": "none"}, {"age": {"$ne": 1}}]}),
            json!({"$nor": [{"plan": "none"}]}),
            json!({"$not": {"plan": "none"}}),
            json!({"age": {"$not": {"$lt": 30}}}),
        ] {
            assert!(holds(&condition, &person), "{condition}");
        }
        for condition in
            [json!({"plan": "silver"}), json!({"age": {"$gt": "x"}}), json!({"tags": {"$all": ["c"]}})]
        {
            assert!(!holds(&condition, &person), "{condition}");
        }
    }

    #[test]
    fn an_unknown_operator_never_holds_and_is_reported() {
        let condition = json!({"age": {"$near": 30}});
        assert!(!holds(&condition, &json!({"age": 30})));
        assert_eq!(unknown_operators(condition.as_object().unwrap()), vec!["$near"]);
    }
}
