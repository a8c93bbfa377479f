//! The example data arrives whole, and is what its README says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "that is how a test fails")]

#[allow(dead_code, unreachable_pub, missing_docs, unused_imports)]
mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Edge, replay, run};

/// What the README of the example promises.
#[derive(Debug, PartialEq, Eq)]
struct Aggregates {
    households: usize,
    orders: usize,
    products: usize,
    revenue_cents: i64,
    discount_cents: i64,
}

fn example(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/complete-journey").join(file)
}

fn aggregates(edge: &Edge) -> Aggregates {
    // Written with two digits at most: "11.27" is 1,127 cents, exactly.
    let cents = |value: &Value| {
        let text = format!("{:.2}", value.as_f64().unwrap());
        text.replace('.', "").parse::<i64>().unwrap()
    };
    let events = edge.events();
    let (identifies, orders): (Vec<_>, Vec<_>) = events.iter().partition(|event| event["type"] == "identify");
    let households: BTreeSet<_> = identifies.iter().map(|event| event["userId"].as_str().unwrap()).collect();
    let buyers: BTreeSet<_> = orders.iter().map(|event| event["userId"].as_str().unwrap()).collect();
    assert_eq!(households, buyers, "every household has orders, every order a household");
    assert!(orders.iter().all(|order| order["event"] == "Order Completed"));
    Aggregates {
        households: identifies.len(),
        orders: orders.len(),
        products: orders.iter().map(|order| order["properties"]["products"].as_array().unwrap().len()).sum(),
        revenue_cents: orders.iter().map(|order| cents(&order["properties"]["total"])).sum(),
        discount_cents: orders.iter().map(|order| cents(&order["properties"]["discount"])).sum(),
    }
}

#[test]
fn the_sample_arrives_whole_and_a_second_replay_adds_nothing() {
    let edge = Edge::start();
    let files = [example("households.sample.ndjson"), example("orders.sample.ndjson.gz")];
    let files = files.each_ref().map(PathBuf::as_path);
    assert_eq!(run(&mut replay(&edge.url, &files)).counts(), [1_343, 1_343, 0, 0, 0, 0]);
    let expected = Aggregates {
        households: 25,
        orders: 1_318,
        products: 10_573,
        revenue_cents: 3_124_640,
        discount_cents: 524_782,
    };
    assert_eq!(aggregates(&edge), expected);
    assert_eq!(run(&mut replay(&edge.url, &files)).counts(), [1_343, 0, 1_343, 0, 0, 0]);
}

#[test]
fn the_full_data_arrives_whole() {
    let edge = Edge::start();
    let files = [example("households.ndjson.gz"), example("orders.ndjson.gz")];
    let ended = run(&mut replay(&edge.url, &files.each_ref().map(PathBuf::as_path)));
    assert_eq!(ended.counts(), [29_245, 29_245, 0, 0, 0, 0]);
    assert_eq!(ended.status, Some(0));
    let expected = Aggregates {
        households: 414,
        orders: 28_831,
        products: 259_262,
        revenue_cents: 81_281_263,
        discount_cents: 14_438_120,
    };
    assert_eq!(aggregates(&edge), expected);
}
