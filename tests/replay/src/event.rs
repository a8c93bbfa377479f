//! From a line to an event that can be sent: JSON, small enough, with a messageId.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// The Segment API's limit for one event. A line above it would only be rejected, so it is not sent.
pub(crate) const MAX_EVENT_BYTES: usize = 32 * 1024;

/// Why a line can't be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Invalid {
    /// Not UTF-8, or not JSON; with the parser's message.
    NotJson(String),
    /// JSON, but a number, an array, … where an event has to be an object.
    NotAnObject,
    /// Above [`MAX_EVENT_BYTES`].
    TooLarge,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(message) => write!(f, "not JSON: {message}"),
            Self::NotAnObject => f.write_str("not a JSON object"),
            Self::TooLarge => write!(f, "larger than {MAX_EVENT_BYTES} bytes"),
        }
    }
}

/// All the replay itself needs to know of an event; the parser checks the rest without building it.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, rename = "messageId")]
    message_id: Option<&'a RawValue>,
}

/// Checks a line and gives the text to send: the line itself, or with a messageId made from its content if it has none.
///
/// # Errors
/// [`Invalid`], if the edge could not take it as an event.
pub(crate) fn from_line(line: &[u8]) -> Result<Cow<'_, str>, Invalid> {
    if line.len() > MAX_EVENT_BYTES {
        return Err(Invalid::TooLarge);
    }
    let text = std::str::from_utf8(line).map_err(|error| Invalid::NotJson(error.to_string()))?;
    if !text.starts_with('{') {
        let other = serde_json::from_str::<&RawValue>(text);
        return Err(other.map_or_else(|error| not_json(&error), |_| Invalid::NotAnObject));
    }
    let head: Head<'_> = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    if head.message_id.is_some_and(|id| id.get() != r#""""#) {
        return Ok(Cow::Borrowed(text));
    }
    let event = with_message_id(text, &message_id(text))?;
    if event.len() > MAX_EVENT_BYTES {
        return Err(Invalid::TooLarge);
    }
    Ok(Cow::Owned(event))
}

/// `replay-` and the first half of the line's SHA-256: the same line has the same id on every machine and for ever.
fn message_id(line: &str) -> String {
    let hash = Sha256::digest(line.as_bytes());
    hash.iter().take(16).fold("replay-".to_owned(), |id, byte| id + &format!("{byte:02x}"))
}

/// Values are copied as they stand, so that no number changes its digits on the way.
fn with_message_id(text: &str, id: &str) -> Result<String, Invalid> {
    let quoted = RawValue::from_string(format!("\"{id}\"")).map_err(|error| not_json(&error))?;
    let mut fields: BTreeMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(text).map_err(|error| not_json(&error))?;
    fields.insert(Cow::Borrowed("messageId"), &quoted);
    serde_json::to_string(&fields).map_err(|error| not_json(&error))
}

fn not_json(error: &serde_json::Error) -> Invalid {
    // The parser sees one line at a time, the report names its true number.
    Invalid::NotJson(error.to_string().replace(" at line 1 column ", " at column "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn parsed(line: &str) -> Value {
        serde_json::from_str(&from_line(line.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn an_event_with_a_message_id_is_sent_as_it_stands() {
        let line =
            r#"{"type":"track","messageId":"m-1","properties":{"price":1.10,"big":12345678901234567890123}}"#;
        assert_eq!(from_line(line.as_bytes()).unwrap(), line);
    }

    #[test]
    fn an_event_without_one_gets_the_hash_of_its_line() {
        let line = r#"{"type":"track","event":"Order Completed","properties":{"total":1.10}}"#;
        let sent = from_line(line.as_bytes()).unwrap();
        // Pinned: another value would make yesterday's replay count twice.
        assert_eq!(parsed(line)["messageId"], "replay-4cd4d4faa4bef37480263c1c8104d33c");
        assert!(sent.contains("1.10"), "numbers keep their digits: {sent}");
        assert_eq!(sent, from_line(line.as_bytes()).unwrap());
    }

    #[test]
    fn null_and_empty_message_ids_count_as_none() {
        for line in [r#"{"messageId":null,"type":"page"}"#, r#"{"messageId":"","type":"page"}"#] {
            let id = parsed(line)["messageId"].as_str().unwrap().to_owned();
            assert!(id.starts_with("replay-") && id.len() == 39, "{id}");
        }
    }

    #[test]
    fn different_lines_have_different_ids() {
        assert_ne!(message_id(r#"{"type":"page"}"#), message_id(r#"{"type":"screen"}"#));
    }

    #[test]
    fn what_is_no_event_says_why() {
        for not_json in ["{", "{\"a\":1}}", "nonsense", "{'a':1}"] {
            assert!(matches!(from_line(not_json.as_bytes()), Err(Invalid::NotJson(_))), "{not_json}");
        }
        assert!(matches!(from_line(b"{\"a\":\"\xff\"}"), Err(Invalid::NotJson(_))));
        for other in ["[1]", "1", "\"text\"", "null"] {
            assert_eq!(from_line(other.as_bytes()), Err(Invalid::NotAnObject), "{other}");
        }
    }

    #[test]
    fn the_limit_of_32_kb_is_inclusive_and_counts_the_added_id() {
        let of_size = |size: usize, start: &str| format!("{start}{}\"}}", "x".repeat(size - start.len() - 2));
        let with_id = r#"{"messageId":"m","a":""#;
        assert!(from_line(of_size(MAX_EVENT_BYTES, with_id).as_bytes()).is_ok());
        assert_eq!(from_line(of_size(MAX_EVENT_BYTES + 1, with_id).as_bytes()), Err(Invalid::TooLarge));
        assert_eq!(from_line(of_size(MAX_EVENT_BYTES, r#"{"a":""#).as_bytes()), Err(Invalid::TooLarge));
    }
}
