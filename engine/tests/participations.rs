//! What experiments are compared by: each person as their log says, whatever came first, and sums that say the same as counting.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the failure")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use selvedge_engine::config::{Config, Files, read_files};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::exposure::{Participation, participations};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{ExperimentId, MessageId, SourceId};
use selvedge_engine::profile::{Logged, Micros, ProfileState};
use selvedge_engine::results::{Arms, shift};
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::{DECISION_VERSION, Decision};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

fn config() -> Config {
    let source = json!({"id": "shop", "name": "Shop", "writeKey": "k", "kind": "server", "identity": {"mode": "open"}});
    let offer = json!({
        "id": "hats", "name": "Hats", "placement": "hero", "content": {"type": "html", "html": "own"},
        "variants": [{"id": "v-0"}, {"id": "v-1"}],
        "experiment": {"goal": {"event": "Order Completed", "where": {"coupon": "spring"}, "within": {"minutes": 30}}},
    });
    let files = Files::from([
        ("sources.json".into(), json!({ "sources": [source] })),
        ("placements.json".into(), json!({"placements": [{"id": "hero", "name": "Hero"}]})),
        ("offers/hats.json".into(), offer),
    ]);
    Config::new(1, read_files(&files).unwrap())
}

fn row(n: usize, at: i64, name: &str, properties: &Value, decision: Option<Decision>) -> Logged {
    let event = Event {
        message_id: MessageId(format!("m-{n}")),
        kind: Kind::Track,
        timestamp: UnixMillis(at),
        received_at: UnixMillis(at),
        source: SourceId::from("shop"),
        body: json!({"event": name, "properties": properties}).as_object().unwrap().clone(),
    };
    let id = Carried { id: Identifier::new("user_id", "u-1").unwrap(), trust: Trust::Verified };
    Logged::new(event, vec![id], Consent { analytics: true, ..Consent::default() }).of_decision(decision)
}

fn given(n: usize, at: i64, variant: u8) -> Logged {
    let decision = Decision {
        v: DECISION_VERSION,
        id: format!("d-{n}").as_str().into(),
        offer: Some("hats".into()),
        placement: Some("hero".into()),
        experiment: Some("hats".into()),
        variant: Some(format!("v-{variant}").as_str().into()),
        propensity: Some(0.5),
        audience: String::new(),
        config: 1,
        at: UnixMillis(at),
    };
    row(n, at, "Experiment Assigned", &json!({}), Some(decision))
}

/// What happened, in minutes: variants that were given, orders with and without the coupon, cancellations.
#[derive(Debug, Clone)]
enum Did {
    WasGiven(i64, u8),
    Ordered { at: i64, order: u8, total: i64, coupon: bool },
    Cancelled { at: i64, order: u8 },
}

fn did() -> impl Strategy<Value = Did> {
    prop_oneof![
        2 => (0..60i64, 0..2u8).prop_map(|(at, variant)| Did::WasGiven(at, variant)),
        5 => (0..120i64, 0..6u8, 1..50i64, any::<bool>()).prop_map(|(at, order, total, coupon)| Did::Ordered { at, order, total, coupon }),
        1 => (0..120i64, 0..6u8).prop_map(|(at, order)| Did::Cancelled { at, order }),
    ]
}

fn logged(n: usize, did: &Did) -> Logged {
    match did {
        Did::WasGiven(at, variant) => given(n, at * MINUTE, *variant),
        Did::Ordered { at, order, total, coupon } => {
            let coupon = if *coupon { "spring" } else { "none" };
            let properties = json!({"order_id": format!("o-{order}"), "total": total, "coupon": coupon});
            row(n, at * MINUTE, "Order Completed", &properties, None)
        }
        Did::Cancelled { at, order } => {
            row(n, at * MINUTE, "Order Cancelled", &json!({"order_id": format!("o-{order}")}), None)
        }
    }
}

fn state<'a>(rows: impl IntoIterator<Item = &'a Logged>, config: &Config) -> ProfileState {
    let mut state = ProfileState::empty();
    for row in rows {
        state.apply(row, config, row.stored_under().may_store().unwrap());
    }
    state
}

/// The same, counted by hand over the whole log. An order's amount is that of its last completion; its time, of its first.
fn by_hand(all: &[Did]) -> Option<(u8, bool, i64)> {
    let numbered: Vec<(usize, &Did)> = all.iter().enumerate().collect();
    let first = |n: &usize, at: &i64| (*at, format!("d-{n}"));
    let given = numbered.iter().filter_map(|(n, did)| match did {
        Did::WasGiven(at, variant) => Some((first(n, at), *variant)),
        _ => None,
    });
    let ((since, _), variant) = given.min()?;
    let inside = |at: i64| at >= since && at <= since + 30;
    let mut converted = false;
    let mut orders: BTreeMap<u8, Vec<(i64, String, i64)>> = BTreeMap::new();
    let mut gone = Vec::new();
    for (n, did) in numbered {
        match did {
            Did::Ordered { at, order, total, coupon } => {
                converted |= *coupon && inside(*at);
                orders.entry(*order).or_default().push((*at, format!("m-{n}"), *total));
            }
            Did::Cancelled { order, .. } => gone.push(*order),
            Did::WasGiven(..) => {}
        }
    }
    let mut revenue = 0;
    for (order, mut words) in orders {
        words.sort();
        if inside(words.first()?.0) && !gone.contains(&order) {
            revenue += words.last()?.2;
        }
    }
    Some((variant, converted, revenue))
}

proptest! {
    #[test]
    fn each_person_is_as_their_whole_log_says_in_any_order_and_in_parts(
        (all, order, cut) in prop::collection::vec(did(), 0..24)
            .prop_flat_map(|all| {
                let order: Vec<usize> = (0..all.len()).collect();
                (Just(all), Just(order).prop_shuffle(), 0..25usize)
            }),
    ) {
        let config = config();
        let rows: Vec<Logged> = all.iter().enumerate().map(|(n, did)| logged(n, did)).collect();
        let shuffled: Vec<&Logged> = order.iter().map(|n| &rows[*n]).collect();
        let whole = participations(&state(shuffled.iter().copied(), &config), &config);
        let (one, other) = shuffled.split_at(cut.min(shuffled.len()));
        let mut joined = state(one.iter().copied(), &config);
        joined.absorb(&state(other.iter().copied(), &config), &config).unwrap();
        prop_assert_eq!(&participations(&joined, &config), &whole);
        let told = whole.get(&ExperimentId::from("hats")).map(|one| (one.arm.to_string(), one.converted, one.revenue));
        let expected = by_hand(&all).map(|(variant, converted, revenue)| (format!("v-{variant}"), converted, Micros::whole(revenue)));
        prop_assert_eq!(told, expected);
    }

    /// Rows come and go, and what was added up along with them is what counting them all gives.
    #[test]
    fn sums_kept_along_with_rows_are_those_of_the_rows(
        steps in prop::collection::vec((0..4usize, prop::collection::btree_map(0..2u8, (0..3u8, any::<bool>(), -500i64..5_000_000, 0..3u32), 0..3)), 0..40),
    ) {
        type Of = BTreeMap<ExperimentId, Participation>;
        let mut rows: BTreeMap<usize, Of> = BTreeMap::new();
        let mut kept: BTreeMap<ExperimentId, Arms> = BTreeMap::new();
        for (person, experiments) in steps {
            let row: Of = experiments.into_iter().map(|(key, (arm, converted, revenue, share))| {
                let one = Participation { arm: format!("v-{arm}").as_str().into(), share: share * 250_000, since: UnixMillis(0), converted, revenue: Micros::whole(revenue) };
                (ExperimentId(format!("e-{key}")), one)
            }).collect();
            let before = rows.insert(person, row.clone()).unwrap_or_default();
            shift(&mut kept, &before, &row);
        }
        let mut counted: BTreeMap<ExperimentId, Arms> = BTreeMap::new();
        rows.values().for_each(|row| shift(&mut counted, &BTreeMap::new(), row));
        kept.retain(|_, arms| !arms.is_empty());
        prop_assert_eq!(kept, counted);
    }
}
