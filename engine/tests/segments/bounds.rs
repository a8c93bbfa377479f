//! However often something happens, what is kept of it is bounded: the table "What is kept" of docs/segments.md.

use selvedge_engine::profile::ProfileState;
use selvedge_engine::segment::Rule;
use serde_json::{Value, json};

use super::{BEGIN, apply, config, logged};

/// The longest ids and values there are, every five minutes: at most so many bytes of each condition.
#[test]
fn what_ten_thousand_matches_leave_is_as_small_as_documented() {
    let month = || json!({ "days": 30 });
    let days = || json!({ "calendar": "day", "back": 53 });
    let since = || json!({ "since": { "event": "B" } });
    let figure = |take: &str, of: &str, within: Value| {
        let value = json!({ "take": take, "of": of, "is": { "$exists": true } });
        json!({ "performed": { "event": "A", "within": within, "value": value } })
    };
    let count =
        |within: Value| json!({ "performed": { "event": "A", "count": { "min": 1_000 }, "within": within } });
    let step = json!({ "event": "A" });
    let sequence = json!({ "steps": [step, step], "thenNot": { "event": "B", "within": { "days": 1 } } });
    let rules = [
        ("how often", 130_000, count(month())),
        ("how often, ever", 130_000, count(json!({}))),
        ("how often, calendar", 2_000, figure("sum", "n", days())),
        ("sum", 20_000, figure("sum", "n", month())),
        ("first", 60_000, figure("first", "text", month())),
        ("sum, ever", 250, figure("sum", "n", json!({}))),
        ("first, since", 25_000, figure("first", "text", since())),
        ("last", 250, figure("last", "text", month())),
        ("sequence", 14_000, json!({ "sequence": sequence })),
        ("distinct, ever", 7_000, figure("distinct", "text", json!({}))),
        ("distinct, calendar", 360_000, figure("distinct", "text", days())),
        ("distinct", 890_000, figure("distinct", "text", month())),
        ("mostFrequent", 890_000, figure("mostFrequent", "text", month())),
    ];
    for (name, most, rule) in rules {
        let rule: Rule = serde_json::from_value(rule).unwrap();
        let config = config(std::slice::from_ref(&rule));
        let mut state = ProfileState::empty();
        for n in 0..10_000 {
            let mut row = logged((n, BEGIN + n as i64 * 300_000, 0));
            row.event.body.insert("properties".into(), json!({ "n": n, "text": format!("{n:0>94}") }));
            row.event.message_id = format!("{n:0>100}").as_str().into();
            apply(&mut state, &row, &config);
        }
        let kept = state.tallies.iter().map(|(_, tally)| serde_json::to_string(tally).unwrap().len());
        let (tallies, bytes) = kept.fold((0, 0), |(n, sum), bytes| (n + 1, sum + bytes));
        assert!(tallies > 0 && bytes > most / 8, "{name}: {bytes} of {most} in {tallies}");
        assert!(bytes <= most, "{name}: {bytes} of {most}");
    }
}
