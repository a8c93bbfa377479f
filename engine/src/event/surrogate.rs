//! Half of a surrogate pair in an identifier: JavaScript's strings can hold one, and text can't.
//!
//! A program that cuts ids at a fixed length sends such things. The event is about somebody all the same, by its other
//! identifiers, so the half is read as U+FFFD, which is in no identifier: that value is refused, and the event is not.
//! Anywhere else it would have to be stored, so that the event could not be kept as it was sent.

use serde_json::Value;

/// What stands for a half. As long as the escape that it replaces.
const REPLACEMENT: &str = "\\ufffd";

/// Reads an event of which only identifiers hold halves of pairs.
pub(super) fn read(raw: &str) -> Option<Value> {
    let (mended, halves) = mend(raw);
    if halves == 0 {
        return None;
    }
    let event = serde_json::from_str(&mended).ok()?;
    let in_identifiers: usize = identifiers(&event).map(|text| text.matches('\u{fffd}').count()).sum();
    (in_identifiers >= halves).then_some(event)
}

/// Every value that may be an identifier.
fn identifiers(event: &Value) -> impl Iterator<Item = &str> {
    let top = ["userId", "anonymousId", "previousId"].into_iter().map(|field| event.get(field));
    let places = ["/traits", "/context/traits", "/properties"].into_iter();
    let known = places.flat_map(move |place| {
        let fields = event.pointer(place);
        ["email", "phone"].map(|field| fields.and_then(|fields| fields.get(field)))
    });
    let external = event.pointer("/context/externalIds").and_then(Value::as_array);
    let external = external.into_iter().flatten().map(|one| one.get("id"));
    top.chain(known).chain(external).flatten().filter_map(Value::as_str)
}

/// Replaces each half without its other half, and counts them.
fn mend(raw: &str) -> (String, usize) {
    let (mut mended, mut halves) = (String::with_capacity(raw.len()), 0);
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let (replaced, length) = match unit(escape) {
            None => (false, escape.chars().take(2).map(char::len_utf8).sum()),
            Some(0xd800..=0xdbff) => match escape.get(6..).and_then(unit) {
                Some(0xdc00..=0xdfff) => (false, 12),
                _ => (true, 6),
            },
            Some(0xdc00..=0xdfff) => (true, 6),
            Some(_) => (false, 6),
        };
        let (escape, after) = escape.split_at(length);
        mended.push_str(if replaced { REPLACEMENT } else { escape });
        halves += usize::from(replaced);
        rest = after;
    }
    mended.push_str(rest);
    (mended, halves)
}

/// The UTF-16 unit that an escape `\uXXXX` at the beginning of `text` writes.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::{mend, read};
    use proptest::prelude::*;

    #[test]
    fn a_half_in_an_identifier_is_read_and_one_elsewhere_is_not() {
        let event = read(r#"{"userId":"a\ud83d","anonymousId":"\uDE00b","properties":{"t":"\ud83d\ude00"}}"#)
            .unwrap();
        assert_eq!(event["userId"], "a\u{fffd}");
        assert_eq!(event["anonymousId"], "\u{fffd}b");
        assert_eq!(event["properties"]["t"], "\u{1f600}");
        assert!(read(r#"{"context":{"externalIds":[{"id":"\ud800","type":"crm"}]}}"#).is_some());
        assert!(read(r#"{"userId":"a\ud83d","properties":{"t":"\ud83d"}}"#).is_none());
        assert!(read(r#"{"userId":"a"}"#).is_none(), "nothing to mend");
        assert!(read(r#"{"userId":"\ud800""#).is_none(), "not JSON all the same");
        assert_eq!(mend(r#"\\ud800 \ud800\ud800\udc00 \ud800\n \u"#).1, 2);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_read_without_a_panic(raw in r#"(\\|u|d8|00|dc|"|[a-f0-9]|é){0,40}"#) {
            let (mended, halves) = mend(&raw);
            prop_assert!(halves > 0 || mended == raw);
            prop_assert_eq!(mended.len(), raw.len());
            read(&raw);
        }
    }
}
