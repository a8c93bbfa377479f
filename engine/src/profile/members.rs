//! The members of a `union` trait: a sorted set of texts, numbers and booleans.

use crate::ordered::sort_by;
use std::cmp::Ordering;

use serde_json::Value;

use crate::limits;

/// 2^53: up to here a double tells every whole number from the next.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What a value adds to a union: itself, or what is in it if it is a list. Nothing if there is nothing to add.
pub(super) fn members(value: &Value) -> Option<Vec<Value>> {
    let given = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut list: Vec<Value> = given.iter().filter_map(member).collect();
    settle(&mut list);
    (!list.is_empty()).then_some(list)
}

/// Adds the members of another set. The least are kept: "the k least of a set" does not depend on the order in which
/// the set was gathered.
pub(super) fn join_members(list: &mut Vec<Value>, more: &[Value]) {
    list.extend_from_slice(more);
    settle(list);
}

fn settle(list: &mut Vec<Value>) {
    sort_by(list, compare);
    list.dedup();
    list.truncate(limits::UNION_MEMBERS);
}

/// A value as a member: `1.0` is `1`, so that equal numbers are one member.
#[expect(clippy::cast_possible_truncation, reason = "whole, and small enough")]
pub(crate) fn member(value: &Value) -> Option<Value> {
    let member = match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < EXACT => Value::from(float as i64),
            _ => value.clone(),
        },
        Value::String(_) | Value::Bool(_) => value.clone(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    let bytes = serde_json::to_string(&member).map_or(usize::MAX, |json| json.len());
    (bytes <= limits::UNION_MEMBER_BYTES).then_some(member)
}

/// Booleans, then numbers, then texts. Whole numbers too large for a double to tell apart are told apart by their
/// digits.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => {
            let places = (a.as_f64().unwrap_or_default(), b.as_f64().unwrap_or_default());
            places.0.total_cmp(&places.1).then_with(|| a.to_string().cmp(&b.to_string()))
        }
        _ => class(one).cmp(&class(other)),
    }
}

fn class(value: &Value) -> u8 {
    match value {
        Value::Bool(_) => 0,
        Value::Number(_) => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::{join_members, members};
    use crate::limits;
    use serde_json::{Value, json};

    #[test]
    fn members_are_sorted_and_equal_numbers_are_one() {
        let given = json!(["b", 2.0, true, "a", 2, -0.0, 0, 10, null, {"x": 1}, ["nested"], "a"]);
        assert_eq!(members(&given), json!([true, 0, 2, 10, "a", "b"]).as_array().cloned());
        assert_eq!(members(&json!("alone")), Some(vec![json!("alone")]));
        assert_eq!(members(&json!([null])), None);
        assert_eq!(members(&Value::Null), None);
    }

    #[test]
    fn large_whole_numbers_stay_apart() {
        let large = json!([9_007_199_254_740_993_u64, 9_007_199_254_740_992_u64]);
        assert_eq!(members(&large).unwrap().len(), 2);
    }

    #[test]
    fn the_least_are_kept_whatever_came_first() {
        let number = |n: usize| json!(n);
        let (low, high): (Vec<_>, Vec<_>) =
            (0..2 * limits::UNION_MEMBERS).map(number).partition(|n| n.as_u64() < Some(70));
        let mut one = members(&Value::Array(low.clone())).unwrap();
        join_members(&mut one, &members(&Value::Array(high.clone())).unwrap());
        let mut other = members(&Value::Array(high)).unwrap();
        join_members(&mut other, &members(&Value::Array(low)).unwrap());
        assert_eq!(one, other);
        assert_eq!(one, (0..limits::UNION_MEMBERS).map(number).collect::<Vec<_>>());
    }

    #[test]
    fn a_member_that_is_too_long_is_left_out() {
        let long = "x".repeat(limits::UNION_MEMBER_BYTES);
        assert_eq!(members(&json!([long, "short"])), Some(vec![json!("short")]));
    }
}
