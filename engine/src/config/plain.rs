//! What serde says is wrong, for people who have never heard of it.

/// The same in plain words: what is wrong, and what to write instead. What is plain already stays as it is.
pub fn in_plain_words(error: &serde_json::Error) -> String {
    plain(&error.to_string())
}

fn plain(said: &str) -> String {
    let said = said.rsplit_once(" at line ").map_or(said, |(said, _)| said);
    let found = missing(said).or_else(|| unknown(said)).or_else(|| unfit(said)).or_else(|| shapeless(said));
    found.unwrap_or_else(|| said.to_owned())
}

fn missing(said: &str) -> Option<String> {
    let name = said.strip_prefix("missing field `")?.strip_suffix('`')?;
    Some(format!("`{name}` is missing: write it, too"))
}

fn unknown(said: &str) -> Option<String> {
    let said = said.strip_prefix("unknown field `").or_else(|| said.strip_prefix("unknown variant `"))?;
    if let Some((name, known)) = said.rsplit_once("`, expected ") {
        let known = known.strip_prefix("one of ").unwrap_or(known);
        return Some(format!("`{name}` is not known here: write one of {known}, or take it out"));
    }
    let name = said.rsplit_once("`, there are no ").map_or(said, |(name, _)| name);
    Some(format!("`{name}` is not known here: take it out"))
}

fn unfit(said: &str) -> Option<String> {
    if let Some((count, wanted)) =
        said.strip_prefix("invalid length ").and_then(|said| said.split_once(", expected "))
    {
        return Some(format!("here is a list of {count}, and it must be {}", kind(wanted)));
    }
    let said = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: "))?;
    let (found, wanted) = said.rsplit_once(", expected ")?;
    Some(format!("here is {}, and it must be {}", thing(found), kind(wanted)))
}

fn shapeless(said: &str) -> Option<String> {
    said.strip_prefix("data did not match any variant of ")?;
    Some("this is written in a way that can't be read here: compare it with an example".to_owned())
}

/// What was found.
fn thing(found: &str) -> String {
    let inside = |open: &str, close: char| found.strip_prefix(open)?.strip_suffix(close);
    let text = inside("string \"", '"').map(|text| format!("the text “{text}”"));
    let number = inside("integer `", '`').or_else(|| inside("floating point `", '`'));
    let flag = inside("boolean `", '`').map(|flag| match flag {
        "true" => "a yes (true)".to_owned(),
        _ => "a no (false)".to_owned(),
    });
    text.or_else(|| number.map(|number| format!("the number {number}"))).or(flag).unwrap_or_else(|| {
        match found {
            "null" | "unit value" => "nothing (null)",
            "sequence" => "a list",
            "map" => "an object { … }",
            other => other,
        }
        .to_owned()
    })
}

/// What would have been right.
fn kind(wanted: &str) -> &str {
    match wanted {
        "a string" | "a borrowed string" => "a text",
        "a boolean" => "true or false",
        "u8" | "u16" | "u32" | "u64" | "usize" | "u128" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" | "i128" => "a whole number",
        "f32" | "f64" => "a number",
        "a sequence" => "a list",
        "a map" => "an object { … }",
        "string or map" | "variant identifier" | "field identifier" => "a name that is known here",
        _ if wanted.starts_with("struct ") => "an object { … }",
        _ if wanted.starts_with("enum ") || wanted.contains("tagged enum") => "a name that is known here",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::config::{Files, read_files};

    /// What is said of a file that is published.
    fn said(file: &str, content: Value) -> String {
        let errors = read_files(&Files::from([(file.to_owned(), content)])).unwrap_err();
        errors[0].reason.clone()
    }

    fn rule(rule: &Value) -> String {
        said("segments/a.json", json!({ "id": "a", "name": "A", "rule": rule }))
    }

    #[test]
    fn what_is_missing_or_not_known_is_named_with_what_is() {
        assert_eq!(rule(&json!({ "performed": {} })), "`event` is missing: write it, too");
        assert_eq!(
            rule(&json!({ "performed": { "event": "A", "count": { "most": 3 } } })),
            "`most` is not known here: write one of `min` or `max`, or take it out"
        );
        let dreamt = rule(&json!({ "dreamt": {} }));
        assert!(dreamt.starts_with("`dreamt` is not known here: write one of `all`, `any`"), "{dreamt}");
        let odd = rule(&json!({ "`, expected `": {} }));
        assert!(odd.starts_with("``, expected `` is not known here: write one of `all`"), "{odd}");
    }

    #[test]
    fn what_is_of_another_kind_is_told_with_the_kind_that_is_needed() {
        assert_eq!(
            rule(&json!({ "performed": { "event": 7 } })),
            "here is the number 7, and it must be a text"
        );
        assert_eq!(
            rule(&json!({ "performed": { "event": "A", "count": { "min": -1 } } })),
            "here is the number -1, and it must be a whole number, 0 or more"
        );
        assert_eq!(rule(&json!({ "all": {} })), "here is an object { … }, and it must be a list");
        assert_eq!(rule(&json!({ "segment": [] })), "here is a list, and it must be a text");
        assert_eq!(
            rule(&json!({ "traits": "gold, expected x" })),
            "here is the text “gold, expected x”, and it must be an object { … }"
        );
    }

    /// Whatever is written where a rule should be, nobody reads a programmer's words.
    #[test]
    fn no_words_of_programs_are_left() {
        let odd = [
            json!(null),
            json!(7),
            json!(1.5),
            json!("x"),
            json!([]),
            json!({}),
            json!(true),
            json!([{}]),
            json!({ "a": 1, "b": 2 }),
        ];
        let places = |value: &Value| {
            [
                value.clone(),
                json!({ "all": value }),
                json!({ "not": value }),
                json!({ "traits": value }),
                json!({ "performed": value }),
                json!({ "performed": { "event": "A", "within": value } }),
                json!({ "performed": { "event": "A", "count": value } }),
                json!({ "performed": { "event": "A", "value": value } }),
                json!({ "sequence": value }),
                json!({ "cart": value }),
                json!({ "sequence": { "steps": value } }),
                json!({ "sequence": { "steps": [{ "event": "A" }, { "event": "B", "within": value }] } }),
                json!({ "cart": { "abandoned": value } }),
                json!({ "score": value }),
                json!({ "score": { "of": "x", "min": value } }),
                json!({ "segment": value }),
            ]
        };
        let offers = |value: &Value| {
            ["name", "placement", "audience", "priority", "schedule", "caps", "content", "variants", "experiment", "fallback"]
                .map(|field| {
                    let mut offer = json!({ "id": "a", "name": "A", "placement": "p", "content": { "type": "html", "html": "" } });
                    offer[field] = value.clone();
                    offer
                })
        };
        let rules = odd
            .iter()
            .flat_map(places)
            .map(|rule| ("segments/a.json", json!({ "id": "a", "name": "A", "rule": rule })));
        for (file, content) in rules.chain(odd.iter().flat_map(offers).map(|offer| ("offers/a.json", offer)))
        {
            let Err(errors) = read_files(&Files::from([(file.to_owned(), content.clone())])) else {
                continue;
            };
            for error in errors {
                let words = [
                    "invalid type",
                    "invalid value",
                    "invalid length",
                    "missing field",
                    "unknown",
                    "enum",
                    "struct",
                    "did not match",
                    "identifier",
                    "u32",
                    "i64",
                    "f64",
                    "EOF",
                ];
                assert!(
                    !words.iter().any(|word| error.reason.contains(word)),
                    "{content}: {}: {}",
                    error.path,
                    error.reason
                );
            }
        }
    }
}
