//! Laws of segments: what is kept up to date event by event and instant by instant is what a count over the whole log comes to,
//! whatever the rules, the order of arrival, the merges, and however time moves.
//!
//! The count shares no code with the engine but for reading one condition: it looks at all events each time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a test may"
)]

#[path = "segments/bounds.rs"]
mod bounds;
#[path = "segments/documented.rs"]
mod documented;
#[path = "segments/naive.rs"]
mod naive;
#[path = "segments/refused.rs"]
mod refused;
#[path = "segments/rules.rs"]
mod rules;

use std::collections::BTreeSet;

use naive::Naive;
use proptest::prelude::*;
use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{AudienceId, MessageId, SegmentId, SourceId};
use selvedge_engine::profile::{Logged, ProfileState, next_change};
use selvedge_engine::segment::{Cause, Change, Given, Members, Rule, Segment, Why, memberships};
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};

/// Where time begins: a Friday, two days before clocks go forward in Berlin.
const BEGIN: i64 = 1_774_600_000_000;
const MINUTE: i64 = 60_000;

fn config(rules: &[Rule]) -> Config {
    let segment = |(n, rule): (usize, &Rule)| Segment {
        id: SegmentId(format!("s{n}")),
        name: String::new(),
        description: String::new(),
        rule: rule.clone(),
    };
    let rules = rules.iter().enumerate().map(segment);
    Config::new(1, Document { segments: rules.chain(given_ones()).collect(), ..Document::default() })
}

/// Segments that ask for what no state has, beside the first at random. No count over the log knows of them.
fn given_ones() -> Vec<Segment> {
    let asked = [
        json!({ "context": { "device": "mobile" } }),
        json!({ "audience": "vips" }),
        json!({ "traits": { "account.plan": "pro" } }),
    ];
    let rules = asked.iter().flat_map(|asked| {
        let of_state = json!({ "segment": "s0" });
        [json!({ "all": [of_state, asked] }), json!({ "any": [{ "not": asked }, of_state] })]
    });
    let segment = |(n, rule): (usize, Value)| json!({ "id": format!("given-{n}"), "name": "", "rule": rule });
    rules.enumerate().map(segment).map(|one| serde_json::from_value(one).unwrap()).collect()
}

/// What a property may be, of which some can't be reckoned with, and some are not kept.
fn anything(shape: u8) -> Value {
    let all =
        [json!("1.25"), json!(2.0), json!("two"), json!(true), json!([2]), json!({ "n": 2 }), Value::Null];
    let long = json!("x".repeat(94 + usize::from(shape % 2)));
    all.get(usize::from(shape / 2 % 8)).cloned().unwrap_or(long)
}

fn logged((n, at, shape): (usize, i64, u8)) -> Logged {
    let names = ["A", "A", "A", "B", "C", "Product Added", "Order Completed", "Product Removed"];
    let name = names[usize::from(shape % 8)];
    let mut body = json!({ "event": name, "properties": {
        "n": shape % 5, "x": f64::from(shape % 7) / 4.0 - 0.5, "text": (["a", "b", "c"][usize::from(shape % 3)]),
        "product_id": (["p", "q"][usize::from(shape % 2)]), "price": 10 + shape % 4, "category": "Shoes",
        "deep": { "n": shape % 3 }, "any": anything(shape),
    }, "context": { "campaign": { "source": (["mail", "ads", "search"][usize::from(shape % 3)]) } } });
    let mut kind = Kind::Track;
    if shape > 230 {
        kind = Kind::Identify;
        body =
            json!({ "traits": { "tier": (["gold", "basic"][usize::from(shape % 2)]), "score": shape % 4 } });
    }
    if shape % 11 == 0 {
        body["properties"].as_object_mut().map(|properties| properties.remove("n"));
    }
    let event = Event {
        message_id: MessageId(format!("m-{n:03}")),
        kind,
        timestamp: UnixMillis(at),
        received_at: UnixMillis(at),
        source: SourceId::from("shop"),
        body: body.as_object().unwrap().clone(),
    };
    let proven = Carried { id: Identifier::new("user_id", "u-1").unwrap(), trust: Trust::Verified };
    Logged::new(event, vec![proven], Consent { analytics: true, ..Consent::default() })
}

fn apply(state: &mut ProfileState, row: &Logged, config: &Config) {
    let consent = Consent { analytics: true, ..Consent::default() }.may_store().unwrap();
    state.apply(row, config, consent);
}

fn ids(state: &ProfileState) -> BTreeSet<SegmentId> {
    state.segments.keys().cloned().collect()
}

/// Events of some days, many of them at the same instant, with how long after they happened each arrives.
fn arrivals(many: usize) -> impl Strategy<Value = Vec<(i64, i64, u8)>> {
    let minutes = prop_oneof![0..180i64, 0..6_000i64];
    let late = prop_oneof![3 => Just(0i64), 1 => 0..400i64, 1 => 0..4_000i64];
    prop::collection::vec((minutes, late, any::<u8>()), 0..many)
}

/// In the order in which they arrive: the instant of that, and the event.
fn in_order(arrivals: &[(i64, i64, u8)]) -> Vec<(UnixMillis, Logged)> {
    let mut rows: Vec<(UnixMillis, Logged)> = arrivals
        .iter()
        .enumerate()
        .map(|(n, (at, late, shape))| {
            let at = BEGIN + at * MINUTE;
            (UnixMillis(at + late * MINUTE), logged((n, at, *shape)))
        })
        .collect();
    rows.sort_by_key(|(arrives, row)| (*arrives, row.event.message_id.clone()));
    rows
}

/// Why each holds can be told again from what is written down alone, after it was sent.
fn check_why(
    state: &ProfileState,
    rules: &[Rule],
    config: &Config,
    now: UnixMillis,
) -> Result<(), TestCaseError> {
    let context = ["mobile", "desktop"].map(|device| json!({ "device": device }));
    let accounts = ["pro", "free"].map(|plan| [json!({ "id": "acme", "plan": plan })]);
    let lists = [BTreeSet::from([AudienceId::from("vips")]), BTreeSet::new()];
    let all = |n: usize| Given {
        context: Some(&context[n]),
        accounts: Some(&accounts[n]),
        audiences: Some(&lists[n]),
    };
    let of_state = (0..rules.len()).map(|n| SegmentId(format!("s{n}")));
    let ids: Vec<SegmentId> = of_state.chain(given_ones().into_iter().map(|one| one.id)).collect();
    for given in [Given::default(), all(0), all(1)] {
        let members = Members::of(state, config, now, given);
        for id in &ids {
            let sent = serde_json::to_string(&members.why(id)).unwrap();
            let why: Why = serde_json::from_str(&sent).unwrap();
            prop_assert_eq!(why.holds, members.has(id));
            prop_assert_eq!(why.again(id, config), why.holds, "{} of {:?} by {}", id, rules, sent);
        }
    }
    Ok(())
}

/// Holds what the state says against the count over the log.
fn check(
    state: &ProfileState,
    log: &[Logged],
    rules: &[Rule],
    config: &Config,
    now: UnixMillis,
) -> Result<(), TestCaseError> {
    let naive = Naive::new(log, rules, now).memberships();
    prop_assert_eq!(&ids(state), &naive, "kept up to date, at {}", now.to_iso());
    prop_assert_eq!(
        &memberships(state, config, now),
        &naive,
        "worked out from the state, at {}",
        now.to_iso()
    );
    check_members(state, rules, config, now)
}

/// What a decision asks one by one is what all of them come to, at whichever time: also before and after windows have moved that
/// the state knows nothing of.
fn check_members(
    state: &ProfileState,
    rules: &[Rule],
    config: &Config,
    now: UnixMillis,
) -> Result<(), TestCaseError> {
    let next = next_change(state, config, now);
    let times =
        [Some(now), next, next.map(|at| at.plus(-1)), Some(now.plus(MINUTE)), Some(now.plus(-MINUTE))];
    for at in times.into_iter().flatten() {
        let (members, all) =
            (Members::of(state, config, at, Given::default()), memberships(state, config, at));
        for id in (0..rules.len()).map(|n| SegmentId(format!("s{n}"))) {
            prop_assert_eq!(members.has(&id), all.contains(&id), "{} at {}", id, at.to_iso());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_time: 20_000, ..ProptestConfig::with_cases(150) })]

    /// Event by event as they arrive, late ones too, and at each instant at which time alone changes something, and a millisecond
    /// before it. Entries and exits are told once, with their cause and their time.
    #[test]
    fn memberships_are_those_of_the_whole_log_at_every_instant(
        rules in rules::rules(), arrivals in arrivals(40), rests in 0..20_000i64,
    ) {
        let config = config(&rules);
        let mut state = ProfileState::empty();
        let (mut log, mut told) = (Vec::new(), BTreeSet::new());
        let mut last = UnixMillis(i64::MIN);
        let mut tell = |changes: Vec<Change>, state: &ProfileState| {
            for change in changes {
                let news = if change.entered { told.insert(change.segment.clone()) } else { told.remove(&change.segment) };
                prop_assert!(news, "{:?} was told twice", change);
                prop_assert!(change.at >= last, "{:?} was before {}", change, last.to_iso());
                last = change.at;
            }
            prop_assert_eq!(&told, &ids(state));
            Ok(())
        };
        let pass = |state: &mut ProfileState, log: &[Logged], until: UnixMillis| -> Result<Vec<Change>, TestCaseError> {
            let mut all = Vec::new();
            for _ in 0..40 {
                let Some(next) = next_change(state, &config, until).filter(|at| *at <= until) else { break };
                check(state, log, &rules, &config, next.plus(-1))?;
                let changes = state.pass_time(&config, next);
                check(state, log, &rules, &config, next)?;
                prop_assert!(next_change(state, &config, next).is_none_or(|later| later > next));
                all.extend(changes);
            }
            all.extend(state.pass_time(&config, until));
            Ok(all)
        };
        for (now, row) in in_order(&arrivals) {
            let changes = pass(&mut state, &log, now)?;
            tell(changes, &state)?;
            if !log.is_empty() {
                check(&state, &log, &rules, &config, now)?;
            }
            apply(&mut state, &row, &config);
            // What was folded in and not looked at yet counts as well.
            check_members(&state, &rules, &config, now)?;
            let cause = row.event.message_id.clone();
            log.push(row);
            let changes = state.refresh_segments(&config, now, Cause::Event(&cause));
            prop_assert!(changes.iter().all(|change| change.cause.as_ref() == Some(&cause) && change.at == now));
            tell(changes, &state)?;
            check(&state, &log, &rules, &config, now)?;
            // Whoever reads it from a store knows as well when it changes next.
            let read: ProfileState = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
            prop_assert_eq!(next_change(&read, &config, now), next_change(&state, &config, now));
        }
        let end = UnixMillis(BEGIN + (10_000 + rests) * MINUTE);
        let changes = pass(&mut state, &log, end)?;
        tell(changes, &state)?;
        if !log.is_empty() {
            check(&state, &log, &rules, &config, end)?;
            check_why(&state, &rules, &config, end)?;
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_time: 20_000, ..ProptestConfig::with_cases(50) })]

    /// A state does not depend on the order of arrival, and two of them join into that of both logs.
    #[test]
    fn tallies_are_a_function_of_the_set_of_events(
        rules in rules::rules(),
        (one, other) in arrivals(600).prop_flat_map(|log| (Just(log.clone()), Just(log).prop_shuffle())),
        cut in 0..600usize,
    ) {
        let config = config(&rules);
        let rows = in_order(&one);
        let fold = |rows: &mut dyn Iterator<Item = &Logged>| {
            let mut state = ProfileState::empty();
            rows.for_each(|row| apply(&mut state, row, &config));
            state
        };
        let whole = fold(&mut rows.iter().map(|(_, row)| row));
        // The same events, in another order.
        let place = |row: &(i64, i64, u8)| one.iter().position(|other| other == row).unwrap();
        let mut shuffled: Vec<usize> = other.iter().map(place).collect();
        shuffled.extend(0..one.len());
        let mut seen = BTreeSet::new();
        shuffled.retain(|n| seen.insert(*n));
        let by_number: Vec<Logged> = one.iter().enumerate().map(|(n, (at, _, shape))| logged((n, BEGIN + at * MINUTE, *shape))).collect();
        prop_assert_eq!(&fold(&mut shuffled.iter().map(|n| &by_number[*n])), &whole);
        let (left, right) = by_number.split_at(cut.min(by_number.len()));
        let mut joined = fold(&mut left.iter());
        joined.absorb(&fold(&mut right.iter()), &config).unwrap();
        prop_assert_eq!(&joined.tallies, &whole.tallies);
        // At instants by which very much has happened in a short time: no event is of a time to come.
        for minute in [100, 180, 1_500] {
            let now = UnixMillis(BEGIN + minute * MINUTE);
            let log: Vec<Logged> = by_number.iter().filter(|row| row.event.timestamp <= now).cloned().collect();
            let naive = Naive::new(&log, &rules, now).memberships();
            let state = fold(&mut log.iter());
            prop_assert_eq!(memberships(&state, &config, now), naive, "at minute {}", minute);
            check_why(&state, &rules, &config, now)?;
        }
        let now = UnixMillis(BEGIN + 7_000 * MINUTE);
        joined.refresh_segments(&config, now, Cause::Merge);
        if !by_number.is_empty() {
            check(&joined, &by_number, &rules, &config, now)?;
        }
        // What was stored in the middle goes on as if it had not been.
        let mut stored = fold(&mut left.iter());
        stored.refresh_segments(&config, UnixMillis(BEGIN), Cause::Definition);
        let text = serde_json::to_string(&stored).unwrap();
        let mut stored: ProfileState = serde_json::from_str(&text).unwrap();
        stored.pass_time(&config, now);
        right.iter().for_each(|row| apply(&mut stored, row, &config));
        stored.refresh_segments(&config, now, Cause::Definition);
        if !by_number.is_empty() {
            check(&stored, &by_number, &rules, &config, now)?;
        }
    }
}

/// What an older edge makes of a rule of a newer one: nobody is in it, also not turned round; all others serve.
#[test]
fn a_rule_of_a_newer_version_holds_for_nobody() {
    let segments = json!([
        { "id": "near", "name": "", "rule": { "traits": { "tier": { "$near": "gold" } } } },
        { "id": "not-near", "name": "", "rule": { "not": { "traits": { "tier": { "$near": "gold" } } } } },
        { "id": "lunar", "name": "Kept", "rule": { "performed": { "event": "A", "within": { "moons": 2 } } } },
        { "id": "dreamt", "name": "", "rule": { "not": { "dreamt": { "of": "sheep" } } } },
        { "id": "not-dreamt", "name": "", "rule": { "not": { "segment": "dreamt" } } },
        { "id": "either", "name": "", "rule": { "any": [{ "segment": "dreamt" }, { "not": { "performed": { "event": "B" } } }] } },
        { "id": "filtered", "name": "", "rule": { "not": { "performed": { "event": "A", "where": { "n": { "$near": 1 } } } } } },
        { "id": "figured", "name": "", "rule": { "not": { "performed": { "event": "A", "value": { "take": "sum", "of": "x", "is": { "$near": 1 } } } } } },
        { "id": "carted", "name": "", "rule": { "not": { "cart": { "value": { "$near": 1 } } } } },
        { "id": "asked", "name": "", "rule": { "not": { "context": { "device": { "$near": 1 } } } } },
        { "id": "top", "name": "", "rule": { "score": { "of": "score", "top": 0.1 } } },
        { "id": "plain", "name": "", "rule": { "performed": { "event": "A" } } },
    ]);
    let document = json!({ "sources": [], "placements": [], "offers": [], "segments": segments });
    let document: Document = serde_json::from_value(document).unwrap();
    let config = Config::new(1, document);
    let told: BTreeSet<&str> = config.program().beyond().map(|id| id.as_str()).collect();
    let beyond = ["near", "not-near", "lunar", "dreamt", "filtered", "figured", "carted", "asked"];
    assert_eq!(told, BTreeSet::from(beyond), "each is told, and no other that only depends on one");
    let mut state = ProfileState::empty();
    apply(&mut state, &logged((0, BEGIN, 0)), &config);
    let now = UnixMillis(BEGIN);
    state.refresh_segments(&config, now, Cause::Definition);
    assert_eq!(ids(&state), BTreeSet::from([SegmentId::from("plain")]));
    let all = selvedge_engine::segment::memberships_given(&state, &config, now, Default::default());
    assert_eq!(
        all,
        BTreeSet::from(["either", "plain"].map(SegmentId::from)),
        "what is known decides where it can"
    );
}

#[test]
fn why_says_part_by_part_what_was_gone_by() {
    let rules = [
        json!({ "score": { "of": "computed.events", "min": 5 } }),
        json!({ "all": [
            { "performed": {
                "event": "A", "within": { "hours": 1 }, "count": { "min": 2 },
                "value": { "take": "sum", "of": "price", "is": { "$gte": 20 } },
            } },
            { "sequence": { "steps": [{ "event": "A" }, { "event": "B" }] } },
            { "not": { "traits": { "tier": "gold" } } },
            { "segment": "s0" },
            { "audience": "vip" },
        ] }),
    ];
    let rules = rules.map(|rule| serde_json::from_value(rule).unwrap());
    let config = config(&rules);
    let mut state = ProfileState::empty();
    let at = |minute: i64| UnixMillis(BEGIN + minute * MINUTE);
    // Three times A, then B, then who they are.
    for (n, (minute, shape)) in [(0, 1), (40, 2), (60, 1), (61, 3), (62, 231)].into_iter().enumerate() {
        apply(&mut state, &logged((n, at(minute).0, shape)), &config);
    }
    let why = Members::of(&state, &config, at(90), Given::default()).why(&SegmentId::from("s1"));
    let event =
        |n: usize, minute: i64| json!({ "messageId": format!("m-{n:03}"), "timestamp": at(minute).to_iso() });
    let expected = json!({ "holds": null, "all": [
        { "holds": true, "performed": {
            "event": "A", "times": 2, "events": [event(2, 60), event(1, 40)], "window": { "after": at(30).to_iso() }, "value": 23,
        } },
        { "holds": true, "sequence": { "events": [event(3, 61), event(2, 60), event(1, 40), event(0, 0)] } },
        { "holds": true, "not": { "holds": false, "traits": { "tier": "basic" } } },
        { "holds": true, "segment": "s0" },
        { "holds": null, "audience": "vip" },
    ] });
    assert_eq!(why.rule, expected, "{:#}", why.rule);
    assert_eq!(why.named[&SegmentId::from("s0")], json!({ "holds": true, "score": 5 }));
    assert!(!why.holds, "what is not given is held by nobody");
}

struct Unnamed;

impl selvedge_engine::segment::Names for Unnamed {
    fn segment(&self, _: &SegmentId) -> Option<&str> {
        None
    }

    fn audience(&self, _: &selvedge_engine::ids::AudienceId) -> Option<&str> {
        None
    }
}

proptest! {
    /// Two rules that say different things are not told alike, and nothing that a rule names is left out.
    #[test]
    fn every_rule_has_a_sentence_that_says_all_of_it(rules in rules::rules()) {
        for rule in &rules {
            let sentence = rule.sentence(&Unnamed);
            prop_assert!(!sentence.is_empty());
            let json = serde_json::to_string(rule).unwrap();
            for name in ["Order Completed", "Europe/Berlin", "tier", "computed.orders", "product_id"] {
                prop_assert_eq!(json.contains(name), sentence.contains(name), "{}: {}", name, sentence);
            }
            for other in rules.iter().filter(|other| other.sentence(&Unnamed) == sentence) {
                let same = |rule: &Rule| serde_json::to_string(rule).unwrap().replace("\"any\":[{", "\"all\":[{");
                prop_assert!(same(rule) == same(other) || is_alone(rule) || is_alone(other), "{}", sentence);
            }
        }
    }
}

/// A list of one rule says what that rule says.
fn is_alone(rule: &Rule) -> bool {
    let mut found = false;
    rule.walk("", &mut |rule, _| {
        found |= matches!(rule, Rule::All(rules) | Rule::Any(rules) if rules.len() == 1)
    });
    found
}
