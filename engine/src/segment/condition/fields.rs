//! What conditions are held against: something with fields by name.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// Something with fields. Dynamic, so that conditions are compiled once for all that they are held against.
pub trait Fields {
    /// The field of this name.
    fn field(&self, name: &str) -> Option<Cow<'_, Value>>;
}

impl Fields for Map<String, Value> {
    fn field(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).map(Cow::Borrowed)
    }
}

/// The fields of a value: an object's, an array's by number and its `length`; nothing else has any.
#[derive(Debug, Clone, Copy)]
pub struct Inside<'a>(pub &'a Value);

impl Fields for Inside<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, Value>> {
        inner(self.0, name)
    }
}

fn inner<'a>(value: &'a Value, name: &str) -> Option<Cow<'a, Value>> {
    match value {
        Value::Object(map) => map.get(name).map(Cow::Borrowed),
        Value::Array(list) if name == "length" => Some(Cow::Owned(list.len().into())),
        Value::Array(list) => list.get(name.parse::<usize>().ok()?).map(Cow::Borrowed),
        _ => None,
    }
}

/// Where a condition looks: a name, or names inside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    whole: String,
    first: String,
    rest: Vec<String>,
}

impl Path {
    /// `address.city` is the field `city` of `address`.
    pub(crate) fn new(whole: &str) -> Self {
        let mut parts = whole.split('.').map(str::to_owned);
        let first = parts.next().unwrap_or_default();
        Self { whole: whole.to_owned(), first, rest: parts.collect() }
    }

    /// Its first name, and the next one.
    pub(crate) fn begin(&self) -> (&str, Option<&str>) {
        (&self.first, self.rest.first().map(String::as_str))
    }

    /// As it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.whole
    }

    /// What is there. A field whose own name has the dots counts before: traits may be called so.
    pub(crate) fn find<'a>(&self, fields: &'a dyn Fields) -> Option<Cow<'a, Value>> {
        if self.rest.is_empty() {
            return fields.field(&self.first);
        }
        if let Some(named_so) = fields.field(&self.whole) {
            return Some(named_so);
        }
        let mut at = fields.field(&self.first)?;
        for name in &self.rest {
            at = match at {
                Cow::Borrowed(value) => inner(value, name)?,
                Cow::Owned(value) => Cow::Owned(inner(&value, name)?.into_owned()),
            };
        }
        Some(at)
    }
}

/// What a path names in an object.
pub(crate) fn lookup<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    object.get(path).or_else(|| path.split('.').try_fold(object, |at, part| at.get(part)))
}
