//! What can be known to be wrong with a mapping before a page has it.

use super::selector::{self, SelectorError};
use super::{Mapping, Property};
use crate::limits;

/// Everything that is wrong with a source's mappings, as paths below `mapping` and reasons.
pub(in crate::config) fn check(mappings: &[Mapping], wrong: &mut dyn FnMut(String, String)) {
    if mappings.len() > limits::MAPPINGS {
        wrong(String::new(), format!("there are {}; {} may be", mappings.len(), limits::MAPPINGS));
    }
    let bytes = serde_json::to_vec(mappings).map_or(0, |json| json.len());
    if bytes > limits::MAPPING_BYTES {
        let reason = format!(
            "takes {bytes} bytes of every visitor's first answer; at most {} may be",
            limits::MAPPING_BYTES
        );
        wrong(String::new(), reason);
    }
    for (index, mapping) in mappings.iter().enumerate() {
        of_one(mapping, &mut |path, reason| wrong(format!("[{index}]{path}"), reason));
    }
}

fn of_one(mapping: &Mapping, wrong: &mut dyn FnMut(String, String)) {
    if mapping.event.trim().is_empty() {
        wrong(".event".into(), "an event needs a name".into());
    }
    if let Some(error) = selector::check(&mapping.selector) {
        wrong(".selector".into(), error.to_string());
    }
    if let Some(error) = mapping.within.as_deref().and_then(selector::check) {
        wrong(".within".into(), error.to_string());
    }
    if mapping.pages.as_deref().is_some_and(|pages| !pages.starts_with(['/', '*'])) {
        wrong(".pages".into(), "write a path as `/products/*`".into());
    }
    for (name, property) in &mapping.properties {
        let path = |field: &str| format!(".properties.{name}{field}");
        if name.is_empty() {
            wrong(path(""), "a property's name must not be empty".into());
        }
        if let Some(error) = property.selector.as_deref().and_then(selector::check) {
            wrong(path(".selector"), error.to_string());
        }
        if property.attribute.as_deref().is_some_and(is_no_name) {
            wrong(path(".attribute"), "name an attribute, as `data-sku`".into());
        }
        if let Some(reason) = of_value(property) {
            wrong(path(".value"), reason.into());
        }
    }
}

fn is_no_name(attribute: &str) -> bool {
    attribute.is_empty() || attribute.contains(|c: char| c.is_whitespace() || "\"'<>/=".contains(c))
}

fn of_value(property: &Property) -> Option<&'static str> {
    let value = property.value.as_ref()?;
    if property.selector.is_some() || property.attribute.is_some() || property.number {
        return Some("a value is the same on all pages: leave out `selector`, `attribute` and `number`");
    }
    (!value.is_string() && !value.is_number() && !value.is_boolean())
        .then_some("a value is a text, a number, true or false")
}

impl std::fmt::Display for SelectorError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("must not be empty; `body` is every page"),
            Self::TooLong => write!(f, "is longer than {} bytes", limits::SELECTOR_BYTES),
            Self::Incomplete => {
                f.write_str("is not complete: something is missing before or after `,` or `>`")
            }
            Self::Open(open) => write!(f, "`{open}` is not closed"),
            Self::Unopened(close) => write!(f, "`{close}` closes nothing"),
            Self::Foreign(other) => write!(f, "`{other}` is no part of a selector"),
            Self::Nameless(mark) => write!(f, "`{mark}` needs a name after it"),
            Self::PseudoElement => {
                f.write_str("a pseudo-element (`::before`) is no element: nothing happens to it")
            }
        }
    }
}
