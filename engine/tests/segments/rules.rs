//! Rules at random, of every form.

use proptest::prelude::*;
use selvedge_engine::segment::Rule;
use serde_json::{Value, json};

fn event() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["A", "A", "B", "B", "C", "C", "Order Completed", "Identify"]);
    let filter = prop_oneof![
        3 => Just(json!({})),
        1 => Just(json!({ "n": { "$gte": 2 } })),
        1 => Just(json!({ "text": { "$in": ["a", "b"] } })),
        1 => Just(json!({ "n": { "$exists": false } })),
    ];
    let context = prop_oneof![
        5 => Just(json!({})),
        1 => Just(json!({ "campaign.source": "mail" })),
        1 => Just(json!({ "campaign.source": { "$ne": "ads" } })),
    ];
    (name, filter, context)
        .prop_map(|(event, filter, context)| json!({ "event": event, "where": filter, "context": context }))
}

fn span() -> impl Strategy<Value = Value> {
    let spans = [
        json!({ "seconds": 90 }),
        json!({ "minutes": 10 }),
        json!({ "hours": 1 }),
        json!({ "hours": 3, "minutes": 1 }),
        json!({ "days": 1 }),
    ];
    prop::sample::select(spans.to_vec())
}

fn window() -> impl Strategy<Value = Value> {
    let unit = prop::sample::select(vec!["day", "week", "month", "quarter", "year"]);
    let zone = prop::sample::select(vec![
        None,
        Some("Europe/Berlin"),
        Some("Asia/Kolkata"),
        Some("America/Los_Angeles"),
    ]);
    let calendar = (unit, zone, 0..3u32).prop_map(|(unit, zone, back)| match zone {
        Some(zone) => json!({ "calendar": unit, "back": back, "zone": zone }),
        None => json!({ "calendar": unit, "back": back }),
    });
    prop_oneof![
        2 => Just(Value::Null),
        4 => span(),
        2 => calendar,
        1 => event().prop_map(|event| json!({ "since": event })),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let numbers = prop::sample::select(vec!["sum", "average", "min", "max"]);
    let others = prop::sample::select(vec!["distinct", "mostFrequent", "first", "last"]);
    let bound = prop_oneof![
        Just(json!({ "$gte": 1 })),
        Just(json!({ "$lt": 2 })),
        Just(json!({ "$gt": 0.25 })),
        Just(json!(0)),
        Just(Value::Null)
    ];
    prop_oneof![
        2 => Just(Value::Null),
        2 => (numbers, prop::sample::select(vec!["n", "x", "deep.n", "any"]), bound.clone()).prop_map(|(take, of, is)| json!({ "take": take, "of": of, "is": is })),
        1 => (others.clone(), bound).prop_map(|(take, is)| json!({ "take": take, "of": "n", "is": is })),
        1 => (others.clone(), prop::sample::select(vec![json!("a"), json!({ "$ne": "b" }), json!({ "$gte": 2 })]))
            .prop_map(|(take, is)| json!({ "take": take, "of": "text", "is": is })),
        1 => (others, prop::sample::select(vec![json!(2), json!("two"), json!({ "$gte": 3 }), json!({ "$type": "string" })]))
            .prop_map(|(take, is)| json!({ "take": take, "of": "any", "is": is })),
    ]
}

fn performed() -> impl Strategy<Value = Value> {
    let count = prop_oneof![
        3 => Just(Value::Null),
        1 => (0..5u32).prop_map(|min| json!({ "min": min })),
        1 => (0..3u32, 0..3u32).prop_map(|(min, more)| json!({ "min": min, "max": min + more })),
    ];
    (event(), window(), count, value()).prop_map(|(event, within, count, value)| {
        let mut rule = event;
        for (name, part) in [("within", within), ("count", count), ("value", value)] {
            if !part.is_null() {
                rule[name] = part;
            }
        }
        json!({ "performed": rule })
    })
}

fn sequence() -> impl Strategy<Value = Value> {
    let step = (event(), prop::option::of(span()), prop::option::of(event())).prop_map(
        |(mut event, within, without)| {
            event["within"] = within.into();
            event["without"] = without.into();
            event
        },
    );
    let then_not = (event(), span()).prop_map(|(mut event, within)| {
        event["within"] = within;
        event
    });
    (event(), prop::collection::vec(step, 0..3), prop::option::of(then_not), prop::option::of(span()))
        .prop_map(|(first, rest, then_not, within)| {
            let steps: Vec<Value> = std::iter::once(first).chain(rest).collect();
            json!({ "sequence": { "steps": steps, "thenNot": then_not, "within": within } })
        })
}

fn of_state() -> impl Strategy<Value = Value> {
    let cart = [
        json!({ "contains": { "product_id": "p" } }),
        json!({ "contains": { "category": "Shoes", "price": { "$gt": 11 } }, "value": { "$lt": 40 } }),
        json!({ "quantity": { "$gte": 2 } }),
        json!({ "abandoned": { "minutes": 30 } }),
        json!({ "abandoned": { "hours": 2 }, "contains": { "product_id": "q" } }),
    ];
    let traits = [
        json!({ "tier": "gold" }),
        json!({ "tier": { "$ne": "gold" } }),
        json!({ "computed.events": { "$gte": 3 } }),
        json!({ "computed.orders": { "$gte": 2 }, "score": { "$exists": true } }),
    ];
    prop_oneof![
        prop::sample::select(cart.to_vec()).prop_map(|cart| json!({ "cart": cart })),
        prop::sample::select(traits.to_vec()).prop_map(|traits| json!({ "traits": traits })),
        prop::sample::select(vec!["score", "computed.orders"])
            .prop_map(|of| json!({ "score": { "of": of, "min": 1, "max": 2 } })),
    ]
}

fn rule(named: usize) -> impl Strategy<Value = Value> {
    let other = if named == 0 {
        Just(json!({ "all": [] })).boxed()
    } else {
        (0..named).prop_map(|n| json!({ "segment": format!("s{n}") })).boxed()
    };
    let leaf = prop_oneof![4 => performed(), 2 => sequence(), 1 => of_state(), 1 => other];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|rules| json!({ "all": rules })),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|rules| json!({ "any": rules })),
            inner.prop_map(|rule| json!({ "not": rule })),
        ]
    })
}

/// A few rules, of which each may name those before it.
pub(crate) fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let read = |rule: Value| {
        serde_json::from_value::<Rule>(rule.clone()).unwrap_or_else(|error| panic!("{rule}: {error}"))
    };
    (1..6usize)
        .prop_flat_map(move |many| (0..many).map(rule).collect::<Vec<_>>())
        .prop_map(move |rules| rules.into_iter().map(read).collect())
}
