//! Laws of joining: every merge rule is a function of the set of events, and two folded logs join to the fold of both.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{MessageId, SourceId};
use selvedge_engine::limits;
use selvedge_engine::profile::{AbsorbError, Logged, ProfileState};
use selvedge_engine::segment::{Cause, How};
use selvedge_engine::time::UnixMillis;
use serde_json::{Map, Value, json};

const NOW: UnixMillis = UnixMillis(1_000_000);
const RULES: [&str; 8] = ["newest", "oldest", "min", "max", "sum", "union", "and", "or"];

/// One trait for each rule, named like it, and conditions of several sizes.
fn config() -> Config {
    let traits: Map<String, Value> =
        RULES.iter().map(|rule| ((*rule).to_owned(), json!({"merge": rule}))).collect();
    config_with(&Value::Object(traits))
}

fn config_with(traits: &Value) -> Config {
    let segment = |id: &str, rule: Value| json!({"id": id, "name": id, "rule": rule});
    let ordered = |count: Value| json!({"performed": {"event": "Order Completed", "count": count}});
    let document = json!({
        "sources": [], "placements": [], "offers": [], "traits": traits,
        "segments": [
            segment("ordered", ordered(json!({}))),
            segment("ordered-thrice", ordered(json!({"min": 3}))),
            segment("rich", json!({"traits": {"sum": {"$gt": 3}}})),
        ],
    });
    Config::new(1, serde_json::from_value::<Document>(document).unwrap())
}

/// A log and, for each row, which part of it the row falls into.
type Parted = Vec<(Logged, u8)>;

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..4).prop_map(Value::from),
        (-30i32..40).prop_map(|tenths| json!(f64::from(tenths) / 10.0)),
        select(vec![
            "2",
            "2.0",
            "-7.5",
            " 1e2 ",
            "NaN",
            "gold",
            "2026-01-02",
            "2026-01-02T01:00:00+01:00",
            "2025-12-31T23:00Z"
        ])
        .prop_map(Value::from),
        Just(json!(1e300)),
        Just(json!(-1e300)),
        Just(json!({"x": 1})),
    ];
    prop_oneof![4 => scalar.clone(), 1 => proptest::collection::vec(scalar, 0..4).prop_map(Value::from)]
}

fn traits() -> impl Strategy<Value = Map<String, Value>> {
    proptest::collection::vec((select(RULES.to_vec()), value()), 0..8)
        .prop_map(|set| set.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn row() -> impl Strategy<Value = (Logged, u8)> {
    let consent = proptest::option::of((any::<bool>(), any::<bool>()));
    (0i64..6, 0u8..4, traits(), 0i32..300, 0u8..3, any::<bool>(), consent, 0u8..3).prop_map(
        |(at, kind, traits, cents, id, proven, consent, part)| {
            let (kind, body) = match kind {
                0 => (
                    Kind::Track,
                    json!({"event": "Order Completed", "properties": {"total": f64::from(cents) / 100.0}}),
                ),
                1 => (Kind::Page, json!({})),
                _ => (Kind::Identify, json!({"traits": traits})),
            };
            let event = Event {
                message_id: MessageId(String::new()),
                kind,
                timestamp: UnixMillis(at * 1_000),
                received_at: NOW,
                source: SourceId::from(if id == 0 { "shop" } else { "app" }),
                body: body.as_object().unwrap().clone(),
            };
            let trust = if proven { Trust::Verified } else { Trust::Claimed };
            let id = Identifier::new("anonymous_id", &format!("device-{id}")).unwrap();
            let said = |(ads, sale)| Consent {
                analytics: true,
                personalisation: true,
                advertising: ads,
                sale_or_share: sale,
            };
            let mut logged = Logged::new(event, vec![Carried { id, trust }], Consent::default());
            logged.consent = consent.map(said);
            (logged, part)
        },
    )
}

fn logs() -> impl Strategy<Value = Parted> {
    proptest::collection::vec(row(), 0..30).prop_map(|mut rows| {
        // Names whose order is not that of arrival.
        for (index, (row, _)) in rows.iter_mut().enumerate() {
            row.event.message_id = MessageId(format!("m-{}", index * 7 % 31));
        }
        rows
    })
}

fn part(log: &Parted, wanted: u8) -> impl Iterator<Item = &Logged> {
    log.iter().filter(move |(_, part)| *part == wanted).map(|(row, _)| row)
}

fn all(log: &Parted) -> impl Iterator<Item = &Logged> {
    log.iter().map(|(row, _)| row)
}

fn take_in<'a>(state: &mut ProfileState, log: impl Iterator<Item = &'a Logged>, config: &Config) {
    let consent = Consent { analytics: true, ..Consent::default() }.may_store().unwrap();
    log.for_each(|row| state.apply(row, config, consent));
}

fn fold<'a>(log: impl Iterator<Item = &'a Logged>, config: &Config) -> ProfileState {
    let mut state = ProfileState::empty();
    state.backfill(config, std::iter::empty());
    take_in(&mut state, log, config);
    state
}

fn joined(one: &ProfileState, other: &ProfileState, config: &Config) -> ProfileState {
    let mut state = one.clone();
    state.absorb(other, config).unwrap();
    state
}

fn stored_and_read(state: &ProfileState) -> ProfileState {
    serde_json::from_str(&serde_json::to_string(state).unwrap()).unwrap()
}

/// What trusted events said of a trait, earliest first.
fn words(log: &Parted, name: &str) -> Vec<Value> {
    let mut rows: Vec<&Logged> = all(log).filter(|row| row.is_trusted()).collect();
    rows.sort_by_key(|row| (row.event.timestamp, row.event.message_id.clone()));
    rows.iter().filter_map(|row| row.event.traits()?.get(name).cloned()).collect()
}

fn number(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    number.is_finite().then_some(number)
}

fn instant(value: &Value) -> Option<UnixMillis> {
    value.as_str().and_then(UnixMillis::parse)
}

proptest! {
    #[test]
    fn any_arrival_order_gives_the_same_state((log, shuffled) in logs().prop_flat_map(|log| (Just(log.clone()), Just(log).prop_shuffle()))) {
        let config = config();
        prop_assert_eq!(fold(all(&log), &config), fold(all(&shuffled), &config));
    }

    #[test]
    fn a_state_stored_between_batches_goes_on_as_if_it_had_not_been(log in logs(), size in 1usize..10) {
        let config = config();
        let rows: Vec<&Logged> = all(&log).collect();
        let mut state = fold(std::iter::empty(), &config);
        for batch in rows.chunks(size) {
            take_in(&mut state, batch.iter().copied(), &config);
            state = stored_and_read(&state);
        }
        prop_assert_eq!(state, fold(all(&log), &config));
    }

    #[test]
    fn two_logs_join_to_the_fold_of_both_either_way(log in logs()) {
        let config = config();
        let (one, other) = (fold(part(&log, 0), &config), fold(part(&log, 1), &config));
        let both = fold(all(&log).zip(&log).filter(|(_, (_, part))| *part < 2).map(|(row, _)| row), &config);
        prop_assert_eq!(&joined(&one, &other, &config), &both);
        prop_assert_eq!(&joined(&other, &one, &config), &both);
        prop_assert_eq!(&joined(&stored_and_read(&one), &stored_and_read(&other), &config), &both);
    }

    #[test]
    fn joining_is_associative_and_an_empty_log_adds_nothing(log in logs()) {
        let config = config();
        let parts: Vec<ProfileState> = (0..3).map(|n| fold(part(&log, n), &config)).collect();
        let left = joined(&joined(&parts[0], &parts[1], &config), &parts[2], &config);
        let right = joined(&parts[0], &joined(&parts[1], &parts[2], &config), &config);
        prop_assert_eq!(&left, &right);
        prop_assert_eq!(&joined(&left, &ProfileState::empty(), &config), &left);
        prop_assert_eq!(&joined(&ProfileState::empty(), &left, &config), &left);
    }

    #[test]
    fn refreshed_segments_are_those_of_the_fold(log in logs()) {
        let config = config();
        let refreshed = |mut state: ProfileState| {
            state.refresh_segments(&config, NOW, Cause::Definition);
            state
        };
        let (one, other) = (refreshed(fold(part(&log, 0), &config)), refreshed(fold(part(&log, 1), &config)));
        let both = fold(all(&log).zip(&log).filter(|(_, (_, part))| *part < 2).map(|(row, _)| row), &config);
        prop_assert_eq!(refreshed(joined(&one, &other, &config)), refreshed(both));
        // What it is in after that and was not before is told once, as entered by the merge; what it is in no more, as left.
        let mut joined = one.clone();
        let changes = joined.join(&other, &config, NOW).unwrap();
        let ids = |state: &ProfileState| state.segments.keys().cloned().collect::<BTreeSet<_>>();
        let moved = |is_in: bool| {
            let moved = changes.iter().filter(|change| change.entered == is_in);
            moved.map(|change| change.segment.clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(moved(true), ids(&joined).difference(&ids(&one)).cloned().collect::<Vec<_>>());
        prop_assert_eq!(moved(false), ids(&one).difference(&ids(&joined)).cloned().collect::<Vec<_>>());
        prop_assert!(changes.iter().all(|change| (change.how, change.at) == (How::Merge, NOW)));
    }

    #[test]
    fn each_rule_gives_what_its_name_says(log in logs()) {
        let state = fold(all(&log), &config());
        let values = state.traits.values();
        let said = |name: &str| words(&log, name);
        let shown = |name: &str| values.get(name).cloned();
        prop_assert_eq!(shown("newest"), said("newest").last().cloned().filter(|v| !v.is_null()));
        prop_assert_eq!(shown("oldest"), said("oldest").first().cloned().filter(|v| !v.is_null()));

        let numbers: Vec<f64> = said("min").iter().filter_map(number).collect();
        let least = numbers.iter().copied().reduce(f64::min);
        prop_assert_eq!(shown("min").as_ref().and_then(number), least);
        if least.is_none() {
            let first = said("min").iter().filter_map(instant).min();
            prop_assert_eq!(shown("min").as_ref().and_then(instant), first);
        }
        let numbers: Vec<f64> = said("max").iter().filter_map(number).collect();
        prop_assert_eq!(shown("max").as_ref().and_then(number), numbers.into_iter().reduce(f64::max));

        let numbers: Vec<f64> = said("sum").iter().filter_map(number).collect();
        prop_assert_eq!(shown("sum").is_some(), !numbers.is_empty());
        if numbers.iter().all(|n| n.abs() < 1e6) {
            let tenths: f64 = numbers.iter().map(|n| (n * 10.0).round()).sum();
            prop_assert_eq!(shown("sum").map_or(0.0, |v| v.as_f64().unwrap()), tenths / 10.0);
        }

        let given = said("union").into_iter().flat_map(|v| v.as_array().cloned().unwrap_or_else(|| vec![v]));
        let scalar = given.filter(|v| v.is_string() || v.is_boolean() || v.is_number());
        let text = |v: &Value| v.as_f64().map_or_else(|| v.to_string(), |n| (n + 0.0).to_string());
        let expected: BTreeSet<String> = scalar.map(|v| text(&v)).collect();
        let members: Vec<Value> = shown("union").map_or_else(Vec::new, |v| v.as_array().unwrap().clone());
        prop_assert_eq!(members.len(), expected.len());
        prop_assert_eq!(members.iter().map(text).collect::<BTreeSet<_>>(), expected);

        let flags = |name: &str| said(name).iter().filter_map(Value::as_bool).collect::<Vec<_>>();
        prop_assert_eq!(shown("and").and_then(|v| v.as_bool()), flags("and").into_iter().reduce(|a, b| a && b));
        prop_assert_eq!(shown("or").and_then(|v| v.as_bool()), flags("or").into_iter().reduce(|a, b| a || b));
        prop_assert_eq!(shown("and").is_some(), !flags("and").is_empty());
    }
}

/// Events that set more traits than a profile keeps, a few of them summed.
fn crowds() -> impl Strategy<Value = Parted> {
    let event = (0i64..8, 0usize..600, any::<bool>(), 0u8..2);
    proptest::collection::vec(event, 1..24).prop_map(|rows| {
        let row = |(index, (at, start, proven, part)): (usize, (i64, usize, bool, u8))| {
            let traits: Map<String, Value> =
                (start..start + 90).map(|n| (format!("t{}", n % 600), json!(index))).collect();
            let event = Event {
                message_id: MessageId(format!("m-{}", index * 7 % 31)),
                kind: Kind::Identify,
                timestamp: UnixMillis(at),
                received_at: NOW,
                source: SourceId::from("shop"),
                body: json!({"traits": traits}).as_object().unwrap().clone(),
            };
            let trust = if proven { Trust::Verified } else { Trust::Claimed };
            let id = Identifier::new("anonymous_id", "device").unwrap();
            (Logged::new(event, vec![Carried { id, trust }], Consent::default()), part)
        };
        rows.into_iter().enumerate().map(row).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_bound_on_traits_does_not_depend_on_order_or_partition((log, shuffled) in crowds().prop_flat_map(|log| (Just(log.clone()), Just(log).prop_shuffle()))) {
        let config = config_with(&json!({"t5": {"merge": "sum"}, "t300": {"merge": "union"}}));
        let state = fold(all(&log), &config);
        prop_assert_eq!(&state, &fold(all(&shuffled), &config));
        let (one, other) = (fold(part(&log, 0), &config), fold(part(&log, 1), &config));
        prop_assert_eq!(&joined(&one, &other, &config), &state);
        prop_assert_eq!(&joined(&other, &one, &config), &state);
        prop_assert!(state.traits.values().len() <= limits::TRAITS + 2);
        prop_assert!(state.claimed_traits.values().len() <= limits::CLAIMED_TRAITS);
        let sums = words(&log, "t5");
        prop_assert_eq!(state.traits.values().contains_key("t5"), !sums.is_empty(), "a sum is never dropped");
    }
}

fn identify(id: &str, at: i64, traits: &Value) -> Logged {
    let event = Event {
        message_id: MessageId::from(id),
        kind: Kind::Identify,
        timestamp: UnixMillis(at),
        received_at: NOW,
        source: SourceId::from("shop"),
        body: json!({"traits": traits}).as_object().unwrap().clone(),
    };
    let id = Identifier::new("user_id", "u-1").unwrap();
    Logged::new(event, vec![Carried { id, trust: Trust::Verified }], Consent::default())
}

#[test]
fn a_trait_without_a_rule_is_stored_as_value_time_and_event() {
    let nothing = Config::new(0, Document::default());
    let state = fold([identify("m", 5, &json!({"tier": "gold", "gone": null}))].iter(), &nothing);
    let stored = serde_json::to_value(&state).unwrap();
    assert_eq!(stored["traits"]["tier"], json!({"value": "gold", "at": 5, "by": "m"}));
    assert_eq!(stored["traits"]["gone"], json!({"value": null, "at": 5, "by": "m"}));
    assert!(stored.get("traitRules").is_none());
}

#[test]
fn each_value_names_the_event_to_thank_for_it() {
    let log = [
        identify(
            "a",
            1,
            &json!({"min": 2, "max": 2, "sum": 1, "union": "x", "and": true, "or": true, "oldest": 1}),
        ),
        identify(
            "b",
            2,
            &json!({"min": "2", "max": 9, "sum": 1, "union": "x", "and": false, "or": true, "oldest": 2}),
        ),
        identify(
            "c",
            3,
            &json!({"min": "?", "max": 3, "sum": "?", "union": null, "and": false, "or": 0, "oldest": 3}),
        ),
    ];
    let state = fold(log.iter(), &config());
    let by = |name: &str| state.traits.get(name).unwrap().by.as_str().to_owned();
    let thanked = ["oldest", "min", "max", "sum", "union", "and", "or"].map(by);
    assert_eq!(thanked, ["a", "a", "b", "b", "b", "b", "a"]);
}

#[test]
fn minus_zero_is_zero_and_the_earlier_word_stays() {
    let log = [
        identify("a", 1, &json!({"min": 0, "max": "-0"})),
        identify("b", 2, &json!({"min": "-0", "max": 0})),
    ];
    let values = fold(log.iter(), &config()).traits.values();
    assert_eq!(Value::Object(values), json!({"min": 0, "max": "-0"}));
}

#[test]
fn what_only_is_claimed_follows_the_newest_word() {
    let mut claimed = [identify("a", 1, &json!({"sum": 1})), identify("b", 2, &json!({"sum": 2}))];
    for row in &mut claimed {
        row.ids[0].trust = Trust::Claimed;
    }
    let state = fold(claimed.iter(), &config());
    assert_eq!(Value::Object(state.claimed_traits.values()), json!({"sum": 2}));
    assert!(state.traits.values().is_empty());
}

#[test]
fn a_changed_rule_asks_for_a_new_fold() {
    let log = [identify("a", 1, &json!({"n": 1}))];
    let summed = config_with(&json!({"n": {"merge": "sum"}}));
    let greatest = config_with(&json!({"n": {"merge": "max"}}));
    let newest = config_with(&json!({"n": {"merge": "newest"}}));
    let nothing = config_with(&json!({}));
    assert!(
        ProfileState::empty().is_folded_under(&summed) && ProfileState::empty().is_folded_under(&nothing)
    );
    assert!(!ProfileState::default().is_folded_under(&nothing), "a state of another version");

    let mut state = fold(log.iter(), &summed);
    assert!(state.is_folded_under(&summed));
    assert!(!state.is_folded_under(&greatest) && !state.is_folded_under(&nothing));
    assert!(fold(log.iter(), &nothing).is_folded_under(&newest), "saying `newest` changes nothing");

    take_in(&mut state, [identify("b", 2, &json!({"n": 2}))].iter(), &greatest);
    assert!(!state.is_folded_under(&summed) && !state.is_folded_under(&greatest), "mixed");
}

#[test]
fn states_that_were_folded_otherwise_are_not_joined() {
    let log = [identify("a", 1, &json!({"n": 1}))];
    let config = config();
    let good = fold(log.iter(), &config);
    let mut other_rules = fold(log.iter(), &config_with(&json!({})));
    let mut uncounted = good.clone();
    uncounted.counted.clear();
    for (wrong, error) in
        [(&mut other_rules, AbsorbError::FoldedOtherwise), (&mut uncounted, AbsorbError::FoldedOtherwise)]
    {
        let (mut target, before) = (good.clone(), wrong.clone());
        assert_eq!(target.absorb(wrong, &config), Err(error));
        assert_eq!(target, good);
        assert_eq!(wrong.absorb(&good, &config), Err(error));
        assert_eq!(*wrong, before);
    }
}
