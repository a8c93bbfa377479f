//! What the console asks the engine itself: whether files can be published and what their author should know, what a rule says, what
//! becomes of content. Texts of JSON go in and out; the edge answers the same questions with the same code.

use selvedge_engine::config::{FileError, Files, Known, in_plain_words, read_files_knowing};
use selvedge_engine::ids::{AudienceId, SegmentId};
use selvedge_engine::offer::{Content, Data, Schedule, Templates};
use selvedge_engine::segment::{Names, Rule};
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::wasm_bindgen;

/// `{"errors": [{"file", "path", "reason"}], "warnings": [the same]}` for all files of a config. `known` is what is known of the
/// world, as far as it is: [`Known`].
#[wasm_bindgen]
pub fn check(files: &str, known: &str, now: f64) -> String {
    let files: Files = match serde_json::from_str(files) {
        Ok(files) => files,
        Err(error) => return told(&[unreadable(&error)], &[]),
    };
    let known: Known = serde_json::from_str(known).unwrap_or_default();
    match read_files_knowing(&files, &known, instant(now)) {
        Ok((_, warnings)) => told(&[], &warnings),
        Err(errors) => told(&errors, &[]),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "JavaScript's time is a whole number of milliseconds")]
fn instant(now: f64) -> UnixMillis {
    UnixMillis(now as i64)
}

fn told(errors: &[FileError], warnings: &[FileError]) -> String {
    json!({ "errors": errors, "warnings": warnings }).to_string()
}

fn unreadable(error: &serde_json::Error) -> FileError {
    FileError { file: String::new(), path: String::new(), reason: in_plain_words(error) }
}

/// What segments and audiences are called, by their ids.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Called {
    segments: BTreeMap<SegmentId, String>,
    audiences: BTreeMap<AudienceId, String>,
}

impl Names for Called {
    fn segment(&self, id: &SegmentId) -> Option<&str> {
        self.segments.get(id).map(String::as_str)
    }

    fn audience(&self, id: &AudienceId) -> Option<&str> {
        self.audiences.get(id).map(String::as_str)
    }
}

/// `{"sentence"}`: what a rule says; or `{"reason"}`, why it can't be read. `names` is `{"segments": {id: name}, "audiences": {…}}`.
#[wasm_bindgen]
pub fn sentence(rule: &str, names: &str) -> String {
    let names: Called = serde_json::from_str(names).unwrap_or_default();
    match serde_json::from_str::<Rule>(rule) {
        Ok(rule) => json!({ "sentence": rule.sentence(&names) }),
        Err(error) => json!({ "reason": in_plain_words(&error) }),
    }
    .to_string()
}

/// `{"phase"}`: how a schedule stands; or `{"reason"}`, why it can't be read.
#[wasm_bindgen]
pub fn phase(schedule: &str, now: f64) -> String {
    match serde_json::from_str::<Schedule>(schedule) {
        Ok(schedule) => json!({ "phase": schedule.phase(instant(now)) }),
        Err(error) => json!({ "reason": in_plain_words(&error) }),
    }
    .to_string()
}

/// `{"content"}`: an offer's content with data in it; or `{"reason"}`, why it can't be made.
#[wasm_bindgen]
pub fn render(content: &str, data: &str) -> String {
    let (content, data): (Content, Value) = match (serde_json::from_str(content), serde_json::from_str(data))
    {
        (Ok(content), Ok(data)) => (content, data),
        (Err(error), _) | (_, Err(error)) => return json!({ "reason": in_plain_words(&error) }).to_string(),
    };
    match Templates::default().render(&content, &Data::of(&data)) {
        Ok(content) => json!({ "content": content }),
        Err(error) => json!({ "reason": error.to_string() }),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    fn files(rule: &Value) -> String {
        json!({
            "sources.json": { "sources": [{ "id": "s", "name": "S", "writeKey": "k", "kind": "server", "identity": { "mode": "open" } }] },
            "segments/a.json": { "id": "a", "name": "A", "rule": rule },
        })
        .to_string()
    }

    #[test]
    fn files_are_checked_as_the_edge_checks_them() {
        assert_eq!(
            parsed(&super::check(&files(&json!({ "all": [] })), "{}", 0.0)),
            json!({ "errors": [], "warnings": [] })
        );
        let wrong = parsed(&super::check(&files(&json!({ "all": [{ "segment": "b" }] })), "{}", 0.0));
        assert_eq!(wrong["errors"][0]["path"], "rule.all[0].segment");
        assert_eq!(parsed(&super::check("no JSON", "{}", 0.0))["errors"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_schedule_says_how_it_stands() {
        let schedule = r#"{ "start": "1970-01-02T00:00" }"#;
        assert_eq!(parsed(&super::phase(schedule, 0.0)), json!({ "phase": "planned" }));
        assert_eq!(parsed(&super::phase(schedule, 86_400_000.0)), json!({ "phase": "running" }));
        assert!(parsed(&super::phase("[1]", 0.0))["reason"].is_string());
    }

    #[test]
    fn rules_are_read_out_with_the_names_of_others() {
        let said = super::sentence(r#"{ "segment": "a" }"#, r#"{ "segments": { "a": "Employees" } }"#);
        assert_eq!(parsed(&said), json!({ "sentence": "in “Employees”" }));
        assert!(parsed(&super::sentence("{}", "{}"))["reason"].is_string());
    }

    #[test]
    fn content_is_made_of_data() {
        let content = json!({ "type": "html", "html": "<p>{{ traits.name }}</p>" }).to_string();
        let made = super::render(&content, r#"{ "traits": { "name": "<Ada>" } }"#);
        assert_eq!(parsed(&made)["content"]["html"], "<p>&lt;Ada&gt;</p>");
        let wrong = json!({ "type": "html", "html": "{{ traits. }}" }).to_string();
        assert!(parsed(&super::render(&wrong, "{}"))["reason"].as_str().unwrap().starts_with("line 1"));
    }
}
