//! Laws of the fold: arrival order, batching and repetition do not change what a profile becomes.

#![expect(clippy::unwrap_used, reason = "a test may")]

use proptest::prelude::*;
use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{MessageId, SourceId};
use selvedge_engine::profile::{Logged, ProfileState};
use selvedge_engine::segment::{Segment, memberships};
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;
const NOW: UnixMillis = UnixMillis(100 * DAY);

fn config() -> Config {
    let rules = [
        (
            "shoes-today",
            json!({"performed": {"event": "Product Added", "where": {"category": "shoes"}, "within": {"days": 1}}}),
        ),
        (
            "two-orders",
            json!({"performed": {"event": "Order Completed", "within": {"days": 30}, "count": {"min": 2}}}),
        ),
        (
            "one-order-at-most",
            json!({"performed": {"event": "Order Completed", "count": {"min": 0, "max": 1}}}),
        ),
        ("gold", json!({"traits": {"tier": "gold"}})),
        ("big-spender", json!({"traits": {"computed.revenue": {"$gt": 100}}})),
        ("gold-or-loyal", json!({"any": [{"segment": "gold"}, {"segment": "two-orders"}]})),
        ("window-shopper", json!({"all": [{"segment": "shoes-today"}, {"not": {"segment": "two-orders"}}]})),
    ];
    let segment = |(id, rule): (&str, Value)| -> Segment {
        serde_json::from_value(json!({"id": id, "name": id, "rule": rule})).unwrap()
    };
    Config::new(1, Document { segments: rules.into_iter().map(segment).collect(), ..Document::default() })
}

fn logged(index: usize, at: i64, shape: u8) -> Logged {
    let (kind, body) = match shape % 5 {
        0 => (Kind::Track, json!({"event": "Product Added", "properties": {"category": "shoes"}})),
        1 => (Kind::Track, json!({"event": "Product Added", "properties": {"category": "hats"}})),
        2 => (
            Kind::Track,
            json!({"event": "Order Completed", "properties": {"total": 40.1 + f64::from(shape)}}),
        ),
        3 => (
            Kind::Identify,
            json!({"traits": {"tier": if shape > 100 { "gold" } else { "basic" }, "n": shape}}),
        ),
        _ => (Kind::Page, json!({"properties": {"path": "/"}})),
    };
    let event = Event {
        message_id: MessageId(format!("m-{index}")),
        kind,
        timestamp: UnixMillis(at),
        received_at: NOW,
        source: SourceId::from("shop"),
        body: body.as_object().unwrap().clone(),
    };
    Logged::new(event, vec![proven()], Consent { analytics: true, ..Consent::default() })
}

fn proven() -> Carried {
    Carried { id: Identifier::new("user_id", "u-1").unwrap(), trust: Trust::Verified }
}

fn fold(log: impl Iterator<Item = Logged>, config: &Config) -> ProfileState {
    let consent = Consent { analytics: true, ..Consent::default() }.may_store().unwrap();
    let mut state = ProfileState::empty();
    state.backfill(config, std::iter::empty());
    log.for_each(|row| state.apply(&row, config, consent));
    state
}

/// Times in a few days before now, many of them equal.
fn logs() -> impl Strategy<Value = Vec<Logged>> {
    proptest::collection::vec((95 * DAY..=100 * DAY, any::<u8>()), 0..40).prop_map(|rows| {
        let at = |time: i64| time - time % (DAY / 4);
        rows.into_iter().enumerate().map(|(index, (time, shape))| logged(index, at(time), shape)).collect()
    })
}

proptest! {
    #[test]
    fn any_arrival_order_gives_the_same_state(log in logs().prop_flat_map(|log| (Just(log.clone()), Just(log).prop_shuffle()))) {
        let config = config();
        let (ordered, shuffled) = log;
        prop_assert_eq!(fold(ordered.into_iter(), &config), fold(shuffled.into_iter(), &config));
    }

    #[test]
    fn memberships_equal_a_count_over_the_whole_log(log in logs()) {
        let config = config();
        let state = fold(log.iter().cloned(), &config);
        let holding = memberships(&state, &config, NOW);
        let count = |name: &str, category: Option<&str>, since: i64| {
            let fits = |row: &&Logged| {
                let property = row.event.properties().and_then(|p| p.get("category")).and_then(Value::as_str);
                row.event.name() == name && row.event.timestamp.0 > since && (category.is_none() || property == category)
            };
            log.iter().filter(fits).count()
        };
        let shoes = count("Product Added", Some("shoes"), NOW.0 - DAY) > 0;
        let orders = count("Order Completed", None, NOW.0 - 30 * DAY) >= 2;
        prop_assert_eq!(holding.contains(&"shoes-today".into()), shoes);
        prop_assert_eq!(holding.contains(&"two-orders".into()), orders);
        prop_assert_eq!(holding.contains(&"one-order-at-most".into()), count("Order Completed", None, i64::MIN) <= 1);
        prop_assert_eq!(holding.contains(&"window-shopper".into()), shoes && !orders);
        let newest = log.iter().filter(|row| row.event.kind == Kind::Identify).max_by_key(|row| (row.event.timestamp, row.event.message_id.clone()));
        let gold = newest.is_some_and(|row| row.event.traits().unwrap()["tier"] == "gold");
        prop_assert_eq!(holding.contains(&"gold".into()), gold);
        prop_assert_eq!(holding.contains(&"gold-or-loyal".into()), gold || orders);
    }

    #[test]
    fn a_condition_published_later_is_filled_in_from_the_log(log in logs()) {
        let config = config();
        let nothing = Config::new(0, Document::default());
        let mut late = fold(log.iter().cloned(), &nothing);
        late.backfill(&config, log.iter().cloned());
        prop_assert_eq!(late, fold(log.into_iter(), &config));
    }

    #[test]
    fn a_stored_state_reads_back_as_it_was(log in logs()) {
        let state = fold(log.into_iter(), &config());
        let json = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<ProfileState>(&json).unwrap(), state);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever a client sends, the parser answers and does not panic.
    #[test]
    fn no_input_makes_the_parser_panic(text in ".{0,200}") {
        let _ = selvedge_engine::event::decode_batch(&text);
        let _ = selvedge_engine::event::decode_single(&text);
        let wrapped = format!("{{\"batch\":[{text}]}}");
        let _ = selvedge_engine::event::decode_batch(&wrapped);
        let _ = UnixMillis::parse(&text);
        let _ = selvedge_engine::identity::Identifier::parse(&text);
    }
}
