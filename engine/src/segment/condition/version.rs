//! Versions such as `1.2.3-beta+5`, made comparable as GrowthBook does it.

use serde_json::Value;

/// A version whose text sorts as versions do; nothing if the value is neither text nor number.
#[derive(Debug, Clone)]
pub(super) struct Version {
    /// A number compares with numbers only, a text with texts.
    is_number: bool,
    padded: String,
}

impl Version {
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self { is_number: false, padded: padded(text) }),
            Value::Number(number) => {
                Some(Self { is_number: true, padded: padded(&in_javascript(number.as_f64()?)) })
            }
            _ => None,
        }
    }

    /// The text to compare; nothing if the two don't compare.
    pub(super) fn beside<'a>(&'a self, other: &'a Self) -> Option<(&'a str, &'a str)> {
        (self.is_number == other.is_number).then_some((&self.padded, &other.padded))
    }
}

/// Parts of digits are filled up to five places, and a release stands after what came before it.
fn padded(text: &str) -> String {
    let text = if text.is_empty() { "0" } else { text };
    let text = text.strip_prefix('v').unwrap_or(text).split('+').next().unwrap_or_default();
    let parts: Vec<&str> = text.split(['-', '.']).collect();
    let mut padded = String::new();
    let release = (parts.len() == 3).then_some("~");
    for (n, part) in parts.iter().copied().chain(release).enumerate() {
        if n > 0 {
            padded.push('-');
        }
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            (part.len()..5).for_each(|_| padded.push(' '));
        }
        padded.push_str(part);
    }
    padded
}

/// A number as JavaScript writes it, for all that are plausible as a version: without an exponent.
fn in_javascript(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}
