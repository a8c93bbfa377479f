//! Laws of time: when an event happened, how long it is kept, and what is left of it after that.

#![expect(clippy::unwrap_used, reason = "a test may")]

use proptest::prelude::*;
use selvedge_engine::config::{Config, Document, Retention, RetentionRule, read_files};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind, event_time};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::fact::Fact;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SourceId};
use selvedge_engine::profile::{Fold, Logged, ProfileState};
use selvedge_engine::segment::Segment;
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;
const NOW: UnixMillis = UnixMillis(20_000 * DAY);

fn config() -> Config {
    let segment = |id: &str, rule: Value| -> Segment {
        serde_json::from_value(json!({ "id": id, "name": id, "rule": rule })).unwrap()
    };
    let segments = vec![
        segment("buyers", json!({ "performed": { "event": "Order Completed" } })),
        segment(
            "pages",
            json!({ "performed": { "event": "Page", "within": { "days": 40 }, "count": { "min": 2 } } }),
        ),
        segment("gold", json!({ "traits": { "tier": "gold" } })),
    ];
    Config::new(1, Document { segments, ..Document::default() })
}

fn logged(index: usize, (age, shape): (i64, u8)) -> Logged {
    let (kind, body) = match shape % 4 {
        0 => (Kind::Page, json!({ "anonymousId": "a" })),
        1 => (
            Kind::Track,
            json!({ "event": "Order Completed", "properties": { "order_id": index, "total": shape } }),
        ),
        2 => (Kind::Identify, json!({ "traits": { "tier": if shape > 100 { "gold" } else { "basic" } } })),
        _ => (Kind::Alias, json!({ "previousId": "before" })),
    };
    let at = NOW.plus(-age);
    let event = Event {
        message_id: MessageId(format!("m-{index}")),
        kind,
        timestamp: at,
        received_at: at,
        source: SourceId::from("shop"),
        body: body.as_object().unwrap().clone(),
    };
    let trust = if shape % 3 == 0 { Trust::Claimed } else { Trust::Verified };
    let id = |text: &str| Carried { id: Identifier::stored(text).unwrap(), trust };
    let ids = vec![id("user_id:ada"), id(&format!("anonymous_id:{}", shape % 5))];
    let previous = (kind == Kind::Alias).then(|| Identifier::stored("user_id:before").unwrap());
    Logged { previous, ..Logged::new(event, ids, Consent { analytics: true, ..Consent::default() }) }
}

fn folded<'a>(rows: impl Iterator<Item = &'a Logged>, config: &Config) -> ProfileState {
    let mut fold = Fold::new();
    rows.for_each(|row| fold.take(row, config));
    fold.done().0
}

fn rule() -> impl Strategy<Value = RetentionRule> {
    let rule = |(source, kind, days): (Option<bool>, u8, u32)| RetentionRule {
        source: source.map(|own| SourceId::from(if own { "shop" } else { "pos" })),
        kind: [Some(Kind::Page), Some(Kind::Track), Some(Kind::Identify), None]
            .get(usize::from(kind))
            .copied()
            .flatten(),
        event: (kind == 4).then(|| "Order Completed".to_owned()),
        days,
    };
    (prop::option::of(any::<bool>()), 0..5u8, 1..100u32).prop_map(rule)
}

proptest! {
    #[test]
    fn what_retention_removes_leaves_the_fold_and_who_is_who_stays(
        rows in prop::collection::vec((0..100 * DAY, any::<u8>()), 0..60),
        days in 1..100u32,
    ) {
        let config = config();
        let retention = Retention { days: Some(days), rules: Vec::new() };
        let rows: Vec<Logged> = rows.into_iter().enumerate().map(|(index, row)| logged(index, row)).collect();
        let is_past = |row: &&Logged| retention.is_past(&row.event, NOW);
        let swept: Vec<Logged> =
            rows.iter().map(|row| if is_past(&row) { row.clone().into_expired() } else { row.clone() }).collect();
        let kept = folded(rows.iter().filter(|row| !is_past(row)), &config);
        prop_assert_eq!(&folded(swept.iter(), &config), &kept);
        // In whatever order, and also where a condition is counted over a log with such rows.
        prop_assert_eq!(&folded(swept.iter().rev(), &config), &kept);
        let mut late = folded(swept.iter(), &Config::new(1, Document::default()));
        late.backfill(&config, swept.iter().cloned());
        prop_assert_eq!(late.tallies, kept.tallies);
        let facts = |rows: &[Logged]| rows.iter().map(Fact::of).collect::<Vec<_>>();
        prop_assert_eq!(facts(&swept), facts(&rows), "who is who rests on all that was seen together");
        for row in swept.iter().filter(|row| row.expired) {
            prop_assert!(row.event.body.is_empty() && row.account.is_none(), "nothing is left of what it said");
        }
    }

    #[test]
    fn a_profile_looks_within_a_day_after_something_is_past(
        earliest in -20_000 * DAY..20_000 * DAY, days in 1..4_000u32, who in any::<[u8; 16]>(),
    ) {
        let retention = Retention { days: Some(days), rules: Vec::new() };
        let earliest = UnixMillis(earliest);
        let due = retention.due(earliest, &Vec::new(), &ProfileId::from_random(who)).unwrap();
        let event = logged(0, (NOW.0 - earliest.0, 0)).event;
        prop_assert!(retention.is_past(&event, due), "there is something to do");
        prop_assert!(!retention.is_past(&event, due.plus(-DAY)), "and no sooner than that a day before");
    }

    #[test]
    fn each_event_goes_by_the_first_rule_that_fits_it_and_a_profile_knows_when_the_next_one_is_past(
        rows in prop::collection::vec((0..100 * DAY, any::<u8>()), 0..40),
        rules in prop::collection::vec(rule(), 0..5),
        days in prop::option::of(1..100u32),
        who in any::<[u8; 16]>(),
    ) {
        let retention = Retention { days, rules };
        let config = Config::new(2, Document { retention: retention.clone(), ..config().document().clone() });
        let me = ProfileId::from_random(who);
        let rows: Vec<Logged> = rows.into_iter().enumerate().map(|(index, row)| logged(index, row)).collect();
        let period = |row: &Logged| {
            let fits = |rule: &&RetentionRule| {
                rule.source.as_ref().is_none_or(|source| *source == row.event.source)
                    && rule.kind.is_none_or(|kind| kind == row.event.kind)
                    && rule.event.as_deref().is_none_or(|name| row.event.body.get("event") == Some(&json!(name)))
            };
            retention.rules.iter().find(fits).map_or(retention.days, |rule| Some(rule.days))
        };
        let ends = rows.iter().filter_map(|row| Some(row.event.timestamp.plus(i64::from(period(row)?) * DAY)));
        // However the log came together.
        let (left, right) = rows.split_at(rows.len() / 2);
        let mut state = folded(right.iter(), &config);
        state.absorb(&folded(left.iter(), &config), &config).unwrap();
        prop_assert_eq!(&state.earliest, &folded(rows.iter(), &config).earliest);
        let due = state.first_seen.and_then(|first| retention.due(first, &state.earliest, &me));
        match ends.min() {
            None => prop_assert_eq!(due, None),
            Some(end) => {
                let due = due.unwrap();
                prop_assert!(due > end && due <= end.plus(DAY), "within a day after the first is past");
                let (since, until) = retention.past(state.first_seen.unwrap(), &state.earliest, due).unwrap();
                let past = rows.iter().filter(|row| retention.is_past(&row.event, due));
                prop_assert!(past.clone().count() > 0, "there is something to do");
                for row in past {
                    prop_assert!(row.event.timestamp >= since && row.event.timestamp < until, "and it is looked for there");
                }
            }
        }
    }

    #[test]
    fn a_wrong_clock_changes_nothing_and_nobody_writes_into_the_future(
        age in 0..10 * DAY, delay in 0..DAY, clock in -1_000 * DAY..1_000 * DAY, ahead in 0..DAY,
    ) {
        // By the client's clock it happened at `original`, and was sent `delay` later.
        let original = NOW.plus(clock - age);
        let at = event_time(Some(original), Some(original.plus(delay)), NOW);
        prop_assert_eq!(at, NOW.plus(-delay), "receivedAt - (sentAt - originalTimestamp), whatever the clock");
        prop_assert_eq!(event_time(Some(original.plus(ahead)), Some(original), NOW), NOW, "after its own sending");
        prop_assert!(event_time(Some(original), None, NOW) <= NOW);
        prop_assert_eq!(event_time(None, Some(original), NOW), NOW);
    }

    #[test]
    fn two_events_of_one_message_id_are_told_apart_by_what_they_say(
        shapes in (any::<u8>(), any::<u8>()), later in 0..DAY,
    ) {
        let (one, other) = (logged(1, (0, shapes.0)), logged(1, (0, shapes.1)));
        let again = Event { timestamp: NOW.plus(later), received_at: NOW.plus(later), ..one.event.clone() };
        prop_assert!(one.is_same(&again), "sent again, it is later");
        let same = one.event.kind == other.event.kind && one.event.body == other.event.body;
        prop_assert_eq!(one.is_same(&other.event), same);
    }
}

#[test]
fn a_moment_is_kept_for_exactly_so_many_days() {
    let retention = Retention { days: Some(30), rules: Vec::new() };
    let event = |age| logged(0, (age, 0)).event;
    assert!(!retention.is_past(&event(30 * DAY), NOW));
    assert!(retention.is_past(&event(30 * DAY + 1), NOW));
    assert!(
        !Retention::default().is_past(&event(NOW.0 + 1_000 * DAY), NOW),
        "without a rule everything is kept"
    );
    assert_eq!(Retention::default().due(NOW, &Vec::new(), &ProfileId::from_random([1; 16])), None);
}

#[test]
fn the_file_says_days_and_rules_for_some() {
    let read = |content: Value| {
        let source = json!({ "id": "s", "name": "S", "writeKey": "k", "kind": "server", "identity": { "mode": "open" } });
        let files = [("sources.json", json!({ "sources": [source] })), ("retention.json", content)];
        read_files(&files.map(|(name, content)| (name.to_owned(), content)).into())
    };
    assert_eq!(
        read(json!({ "days": 30 })).unwrap().retention,
        Retention { days: Some(30), rules: Vec::new() }
    );
    assert_eq!(read(json!({})).unwrap().retention, Retention::default());
    let rules =
        json!([{ "type": "page", "days": 7 }, { "source": "s", "event": "Order Completed", "days": 3650 }]);
    assert_eq!(read(json!({ "rules": rules })).unwrap().retention.rules.len(), 2);
    let wrong = [
        json!({ "days": 0 }),
        json!({ "days": -1 }),
        json!({ "day": 3 }),
        json!({ "rules": [{ "days": 3 }] }),
        json!({ "rules": [{ "type": "page" }] }),
        json!({ "rules": [{ "type": "page", "days": 0 }] }),
        json!({ "rules": [{ "type": "page", "event": "A", "days": 1 }] }),
        json!({ "rules": [{ "source": "none", "days": 1 }] }),
        json!({ "rules": vec![json!({ "type": "page", "days": 1 }); 33] }),
    ];
    for wrong in wrong {
        let errors = read(wrong.clone()).unwrap_err();
        assert!(errors.iter().all(|error| error.file == "retention.json"), "{wrong}: {errors:?}");
    }
}
