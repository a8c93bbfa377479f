//! An event in the query of an image.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Map, Value};

use super::BatchError;
use crate::limits;

/// The event's JSON: what `data` holds, as base64 of any alphabet; without it each parameter is a field, and a dot leads
/// into an object (`properties.plan=pro`). Such values are text. Of a parameter that comes twice the first counts.
///
/// # Errors
/// [`BatchError::Shape`] when `data` is neither base64 nor text.
pub fn event_of_query<'q>(
    parameters: impl Iterator<Item = (Cow<'q, str>, Cow<'q, str>)>,
) -> Result<String, BatchError> {
    let mut event = Map::new();
    for (name, value) in parameters {
        if name == "data" {
            return decoded(&value).ok_or_else(|| BatchError::Shape("`data` is not base64 of JSON".into()));
        }
        put(&mut event, &name, value.into_owned());
    }
    Ok(Value::Object(event).to_string())
}

fn decoded(data: &str) -> Option<String> {
    if data.starts_with('{') {
        return Some(data.to_owned());
    }
    // A plus that nobody has escaped is a space in a query.
    let plain = data.trim_end_matches('=').replace(['-', ' '], "+").replace('_', "/");
    String::from_utf8(STANDARD_NO_PAD.decode(plain).ok()?).ok()
}

fn put(event: &mut Map<String, Value>, name: &str, value: String) {
    let mut object = event;
    let mut names = name.splitn(limits::PARAMETER_DEPTH, '.').peekable();
    while let Some(name) = names.next() {
        let field = object.entry(name);
        if names.peek().is_none() {
            field.or_insert(Value::String(value));
            return;
        }
        let Value::Object(inner) = field.or_insert_with(|| Value::Object(Map::new())) else { return };
        object = inner;
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::{Value, json};

    use super::event_of_query;

    fn event(parameters: &[(&str, &str)]) -> Option<Value> {
        let parameters = parameters.iter().map(|(name, value)| (Cow::from(*name), Cow::from(*value)));
        event_of_query(parameters).ok().map(|text| serde_json::from_str(&text).expect("JSON"))
    }

    #[test]
    fn dots_lead_into_objects_and_the_first_of_two_counts() {
        let parameters = [
            ("event", "Email Opened"),
            ("properties.subject", "News"),
            ("properties.mail.id", "7"),
            ("event", "again"),
            ("event.name", "inside a text"),
            ("properties", "over an object"),
        ];
        let expected =
            json!({ "event": "Email Opened", "properties": { "subject": "News", "mail": { "id": "7" } } });
        assert_eq!(event(&parameters), Some(expected));
    }

    #[test]
    fn dots_do_not_lead_down_for_ever() {
        let name = "a.".repeat(100_000);
        let text = event(&[(&name, "x")]).expect("an event").to_string();
        assert_eq!(text.matches('{').count(), super::limits::PARAMETER_DEPTH);
    }

    #[test]
    fn data_is_base64_of_any_alphabet_or_json() {
        let expected = json!({ "e": "ÿþ~?>" });
        for data in
            ["eyJlIjoiw7/Dvn4/PiJ9", "eyJlIjoiw7_Dvn4_PiJ9", "eyJlIjoiw7/Dvn4/PiJ9==", r#"{"e":"ÿþ~?>"}"#]
        {
            assert_eq!(event(&[("writeKey", "k"), ("data", data)]), Some(expected.clone()), "{data}");
        }
        assert_eq!(event(&[("data", "eyJlIjoifn4 In0")]), event(&[("data", "eyJlIjoifn4+In0")]));
        assert_eq!(event(&[("data", "!")]), None);
    }
}
