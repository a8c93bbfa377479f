//! The top of all people: who is in by the threshold is who is among the first, ties included, and whoever a threshold moves is told so.

#![expect(clippy::unwrap_used, reason = "a test may")]

use proptest::prelude::*;
use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::directory::numbers;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{MessageId, SegmentId, SourceId};
use selvedge_engine::profile::{Logged, ProfileState};
use selvedge_engine::segment::{Cause, How, Segment, Threshold, at_least, memberships};
use selvedge_engine::time::UnixMillis;
use serde_json::json;

const NOW: UnixMillis = UnixMillis(1_767_607_200_000);

fn config(top: f64, threshold: Option<f64>) -> Config {
    let rules = [
        ("top", json!({ "score": { "of": "points", "top": top } })),
        ("others", json!({ "not": { "segment": "top" } })),
        ("lately", json!({ "performed": { "event": "Identify", "within": { "days": 1 } } })),
    ];
    let segment = |(id, rule)| -> Segment {
        serde_json::from_value(json!({ "id": id, "name": id, "rule": rule })).unwrap()
    };
    let segments = rules.into_iter().map(segment).collect();
    let thresholds =
        threshold.map(|at_least| Threshold { of: "points".into(), top, at_least }).into_iter().collect();
    Config::new(1, Document { segments, thresholds, ..Document::default() })
}

fn person(points: Option<f64>, config: &Config) -> ProfileState {
    let traits = points.map_or_else(|| json!({}), |points| json!({ "points": points }));
    let event = Event {
        message_id: MessageId::from("m"),
        kind: Kind::Identify,
        timestamp: NOW,
        received_at: NOW,
        source: SourceId::from("s"),
        body: json!({ "traits": traits }).as_object().unwrap().clone(),
    };
    let proven = Carried { id: Identifier::new("user_id", "u").unwrap(), trust: Trust::Verified };
    let consent = Consent { analytics: true, ..Consent::default() };
    let mut state = ProfileState::empty();
    state.apply(&Logged::new(event, vec![proven], consent), config, consent.may_store().unwrap());
    state.refresh_segments(config, NOW, Cause::Event(&MessageId::from("m")));
    state
}

fn is_in(state: &ProfileState, id: &str) -> bool {
    state.segments.get(&SegmentId::from(id)).is_some()
}

proptest! {
    /// Of `n` people with more than nothing, whoever has at least `top · n`, cut off, people at or before them: told without sorting.
    #[test]
    fn who_is_in_is_who_is_among_the_first(
        all in prop::collection::vec(prop::option::of(0..12_u8), 1..60), per_cent in 1..100_u8,
    ) {
        let top = f64::from(per_cent) / 100.0;
        let unknown = config(top, None);
        let people: Vec<ProfileState> =
            all.iter().map(|points| person(points.map(f64::from), &unknown)).collect();
        prop_assert!(people.iter().all(|one| !is_in(one, "top") && !is_in(one, "others")), "nobody is compared yet");
        let mut told: Vec<f64> = people
            .iter()
            .filter_map(|one| numbers(one, unknown.numbers()).get("points").map(|number| number.0))
            .collect();
        let threshold = at_least(top, &mut told);
        let known = config(top, threshold);
        let buyers = all.iter().flatten().filter(|points| **points > 0).count();
        let first = (buyers * usize::from(per_cent) / 100).max(1);
        for (points, mut state) in all.iter().zip(people) {
            let changes = state.refresh_segments(&known, NOW, Cause::Backfill);
            let better = all.iter().flatten().filter(|other| Some(**other) > *points).count();
            let wanted = points.is_some_and(|points| points > 0) && better < first;
            prop_assert_eq!(is_in(&state, "top"), wanted, "{:?} of {:?}", points, all);
            prop_assert_eq!(is_in(&state, "others"), threshold.is_some() && !wanted);
            prop_assert!(changes.iter().all(|change| change.how == How::Threshold));
            prop_assert_eq!(state.segments.keys().cloned().collect::<Vec<_>>(),
                memberships(&state, &known, NOW).into_iter().collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_threshold_that_moves_is_the_cause_and_another_definition_is_another_one() {
    let first = config(0.1, Some(5.0));
    let mut state = person(Some(7.0), &first);
    assert!(is_in(&state, "top"));
    let moved = state.refresh_segments(&config(0.1, Some(8.0)), NOW, Cause::Definition);
    let told = |changes: &[selvedge_engine::segment::Change]| {
        changes.iter().map(|one| (one.segment.as_str().to_owned(), one.entered, one.how)).collect::<Vec<_>>()
    };
    assert_eq!(
        told(&moved),
        [("top".to_owned(), false, How::Threshold), ("others".to_owned(), true, How::Threshold)]
    );
    let changed = state.refresh_segments(&config(0.2, Some(6.0)), NOW, Cause::Backfill);
    assert_eq!(
        told(&changed),
        [("top".to_owned(), true, How::Backfill), ("others".to_owned(), false, How::Backfill)]
    );
}

#[test]
fn a_window_that_moved_before_a_threshold_was_heard_of_has_moved_by_time_at_its_own_instant() {
    const DAY: i64 = 86_400_000;
    let mut state = person(Some(7.0), &config(0.1, Some(5.0)));
    let now = NOW.plus(2 * DAY);
    let changes = state.refresh_segments(&config(0.1, Some(8.0)), now, Cause::Definition);
    let told: Vec<_> =
        changes.iter().map(|one| (one.segment.as_str(), one.entered, one.at, one.how)).collect();
    let wanted = [
        ("lately", false, NOW.plus(DAY), How::Time),
        ("top", false, now, How::Threshold),
        ("others", true, now, How::Threshold),
    ];
    assert_eq!(told, wanted);
}
