//! Values that a condition names, and how others compare with them.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::Value;

/// A value that a condition names, read once.
#[derive(Debug, Clone)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Literal>),
    Object(Vec<(String, Literal)>),
}

impl Literal {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(list) => Self::List(list.iter().map(Self::of).collect()),
            Value::Object(map) => {
                Self::Object(map.iter().map(|(name, value)| (name.clone(), Self::of(value))).collect())
            }
        }
    }

    /// Equal as JSON: of the same type, numbers by value, lists and objects part by part.
    pub(super) fn equals(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::List(mine), Value::Array(theirs)) => {
                mine.len() == theirs.len() && mine.iter().zip(theirs).all(|(one, other)| one.equals(other))
            }
            (Self::Object(mine), Value::Object(theirs)) => {
                let same = |(name, one): &(String, Self)| theirs.get(name).is_some_and(|it| one.equals(it));
                mine.len() == theirs.len() && mine.iter().all(same)
            }
            _ => self.is(value),
        }
    }

    /// The same thing, as JavaScript's `===` has it: no list and no object is the same as another.
    pub(super) fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Null, Value::Null) => true,
            (Self::Bool(one), Value::Bool(other)) => one == other,
            (Self::Number(one), Value::Number(other)) => other.as_f64() == Some(*one),
            (Self::Text(one), Value::String(other)) => one == other,
            _ => false,
        }
    }

    /// Where a value stands beside this one: numbers beside numbers, texts beside texts, nothing else compares.
    pub(super) fn order_of(&self, value: &Value) -> Option<Ordering> {
        match (self, value) {
            (Self::Number(one), Value::Number(other)) => other.as_f64()?.partial_cmp(one),
            (Self::Text(one), Value::String(other)) => Some(texts(other, one)),
            _ => None,
        }
    }
}

/// The order of two texts in JavaScript, which goes by their UTF-16.
pub(super) fn texts(one: &str, other: &str) -> Ordering {
    if one.is_ascii() || other.is_ascii() {
        // A sign beyond ASCII is more than any in it, either way of counting.
        return one.cmp(other);
    }
    one.encode_utf16().cmp(other.encode_utf16())
}

/// The members of a list that a value may be one of.
#[derive(Debug, Clone)]
pub(super) struct Members {
    texts: BTreeSet<String>,
    others: Vec<Literal>,
    any_case: bool,
}

impl Members {
    pub(super) fn of(list: &[Value], any_case: bool) -> Self {
        let mut members = Self { texts: BTreeSet::new(), others: Vec::new(), any_case };
        for member in list {
            match member {
                Value::String(text) if any_case => drop(members.texts.insert(text.to_lowercase())),
                Value::String(text) => drop(members.texts.insert(text.clone())),
                other => members.others.push(Literal::of(other)),
            }
        }
        members
    }

    /// Whether the value is one of them; of a list, whether one of its own is.
    pub(super) fn have(&self, value: &Value) -> bool {
        match value {
            Value::Array(list) => list.iter().any(|item| self.have_one(item)),
            one => self.have_one(one),
        }
    }

    fn have_one(&self, value: &Value) -> bool {
        match value {
            Value::String(text) if self.any_case => self.texts.contains(&text.to_lowercase()),
            Value::String(text) => self.texts.contains(text),
            other => self.others.iter().any(|member| member.is(other)),
        }
    }
}
