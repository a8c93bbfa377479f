//! Every word of the rules that docs/segments.md has, once where it holds and once where it does not: [`CASES`] has both for each.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_engine::config::{Config, Document};
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::ids::{AudienceId, MessageId, SegmentId, SourceId};
use selvedge_engine::profile::{Logged, ProfileState};
use selvedge_engine::segment::{Given, Members, RequestFacts, request_context, visit};
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{MINUTE, apply, logged};

const PAGE: &str = include_str!("../../../docs/segments.md");

/// By section of the page: what a case is about, a rule, somebody for whom it holds, and somebody for whom it does not.
const CASES: &str = include_str!("documented.json");

/// Words that stand in a section and are no part of the language: refused ones, names of fields in examples, what another section is about.
const OTHERS: [&str; 13] = [
    "$inGroup",
    "$savedGroup",
    "plan",
    "address.city",
    "growthbook.rs",
    "currency",
    "category",
    "campaign.source",
    "account.…",
    "audience",
    "segment",
    "not",
    "price",
];

/// A Thursday.
const NOW: &str = "2026-05-14T12:30:00Z";

type Case = (BTreeSet<String>, Value, Somebody, Somebody);

/// Who somebody is, what they have done, and what their request says.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Somebody {
    traits: Option<Value>,
    account: Option<Value>,
    events: Vec<Done>,
    said: Map<String, Value>,
    lists: BTreeSet<AudienceId>,
}

/// An event: its name, how many minutes ago, with which properties, in which context.
#[derive(Deserialize)]
struct Done(String, i64, #[serde(default)] Value, #[serde(default)] Value);

impl Done {
    fn event(&self, n: usize, now: UnixMillis) -> Event {
        let Self(name, minutes, properties, context) = self;
        let kind = match name.as_str() {
            "Page" => Kind::Page,
            "Identify" => Kind::Identify,
            "Group" => Kind::Group,
            "Alias" => Kind::Alias,
            "Screen" => Kind::Screen,
            _ => Kind::Track,
        };
        let body = json!({ "event": name, "properties": properties, "context": context });
        let at = now.plus(-minutes * MINUTE);
        Event {
            message_id: MessageId(format!("d-{n}")),
            kind,
            timestamp: at,
            received_at: at,
            source: SourceId::from("shop"),
            body: body.as_object().unwrap().clone(),
        }
    }
}

impl Somebody {
    fn holds(&self, rule: &Value) -> bool {
        let now = UnixMillis::parse(NOW).unwrap();
        let gold = json!({ "traits": { "tier": "gold" } });
        let document = json!({
            "sources": [], "placements": [], "offers": [],
            "segments": [{ "id": "it", "name": "", "rule": rule }, { "id": "gold", "name": "", "rule": gold }],
            "thresholds": [{ "of": "computed.revenue", "top": 0.1, "atLeast": 100.0 }],
        });
        let config = Config::new(1, serde_json::from_value::<Document>(document).unwrap());
        assert_eq!(config.program().beyond().count(), 0, "known: {rule}");
        let mut rows: Vec<Logged> =
            self.events.iter().enumerate().map(|(n, one)| row(one.event(n, now))).collect();
        if let Some(traits) = &self.traits {
            let mut said = Done("Identify".into(), 60, Value::Null, Value::Null).event(rows.len(), now);
            said.body.insert("traits".into(), traits.clone());
            rows.push(row(said));
        }
        let mut state = ProfileState::empty();
        rows.iter().for_each(|row| apply(&mut state, row, &config));
        rows.sort_by_key(|row| std::cmp::Reverse(row.event.timestamp));
        let mut context = request_context(&RequestFacts::said(&self.said), now);
        let began = state.exposures.visit().began(now);
        context["visit"] = visit(rows.iter().map(|row| &row.event), began, state.first_seen);
        let accounts: Vec<Value> = self.account.iter().cloned().collect();
        let given =
            Given { accounts: Some(&accounts), context: Some(&context), audiences: Some(&self.lists) };
        Members::of(&state, &config, now, given).has(&SegmentId::from("it"))
    }
}

/// As others here, of another event.
fn row(event: Event) -> Logged {
    Logged { event, ..logged((0, 0, 1)) }
}

/// The words in a section's code: keys, and what stands alone.
fn words(heading: &str) -> BTreeSet<String> {
    let rest = PAGE.split_once(&format!("\n{heading}\n")).unwrap().1;
    let section = rest.split("\n## ").next().unwrap().split("\n### ").next().unwrap();
    // Fences are three of the sign that code in a line has one of: what they enclose is at an odd place, too.
    let code = section.split('`').skip(1).step_by(2);
    let is_word = |text: &&str| {
        !text.is_empty() && text.chars().all(|sign| sign.is_alphabetic() || "$._…".contains(sign))
    };
    let mut words = BTreeSet::new();
    for code in code {
        let keys = code.split('"').collect::<Vec<_>>();
        let keys = keys.windows(2).filter(|two| two[1].trim_start().starts_with(':')).map(|two| two[0]);
        words.extend(keys.chain([code]).filter(is_word).map(str::to_owned));
    }
    words
}

#[test]
fn every_word_of_the_page_holds_for_somebody_and_not_for_somebody_else() {
    let cases: BTreeMap<String, Vec<Case>> = serde_json::from_str(CASES).unwrap();
    for (heading, cases) in &cases {
        let tried: BTreeSet<String> = cases.iter().flat_map(|(about, ..)| about).cloned().collect();
        let (documented, others) = (words(heading), OTHERS.map(str::to_owned).into());
        let open: BTreeSet<&String> =
            documented.difference(&tried).filter(|one| !BTreeSet::contains(&others, *one)).collect();
        assert!(open.is_empty(), "{heading}: without a case: {open:?}");
        let gone: BTreeSet<&String> = tried.difference(&documented).collect();
        assert!(gone.is_empty(), "{heading}: not on the page: {gone:?}");
        for (about, rule, inside, outside) in cases {
            for word in about {
                assert!(rule.to_string().contains(word.trim_end_matches('…')), "{word} in {rule}");
            }
            assert!(inside.holds(rule), "{heading}, {about:?}: {rule} does not hold");
            assert!(!outside.holds(rule), "{heading}, {about:?}: {rule} holds");
        }
    }
    let sections: Vec<&str> = cases.keys().map(String::as_str).collect();
    assert_eq!(sections.len(), 6, "{sections:?}");
}
