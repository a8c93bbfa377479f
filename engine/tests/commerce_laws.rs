//! Laws of the shop: what a person's events come to is what a plain reading of all of them gives, whatever the order of
//! arrival, however the log is cut in two, and however long it is.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod shop;

use std::collections::BTreeMap;

use proptest::prelude::*;
use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::ids::{MessageId, SourceId};
use selvedge_engine::limits;
use selvedge_engine::profile::{Asked, Logged, ProfileState};
use selvedge_engine::time::UnixMillis;
use serde_json::{Map, Value, json};

use shop::{Deed, Line, Style, category, price};

/// Something done, who words it, when, and which part of the log it falls into.
type Row = (Deed, Style, i64, u8);

fn rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
    let row = (shop::deeds(), 0i64..12, 0u8..3).prop_map(|((deed, style), at, part)| (deed, style, at, part));
    proptest::collection::vec(row, 0..most)
}

/// Names whose order is not that of arrival.
fn name(index: usize) -> String {
    format!("m-{:04}", index * 7_919 % 10_007)
}

fn logged(index: usize, (deed, style, at, _): &Row) -> Logged {
    let event = Event {
        message_id: MessageId(name(index)),
        kind: Kind::Track,
        timestamp: UnixMillis(at * 1_000),
        received_at: UnixMillis(1_000_000),
        source: SourceId::from("shop"),
        body: style.event(deed).as_object().unwrap().clone(),
    };
    Logged::new(event, Vec::new(), Consent { analytics: true, ..Consent::default() })
}

fn log(rows: &[Row]) -> Vec<(Logged, u8)> {
    rows.iter().enumerate().map(|(index, row)| (logged(index, row), row.3)).collect()
}

fn config() -> Config {
    Config::new(0, Document::default())
}

fn fold<'a>(log: impl IntoIterator<Item = &'a (Logged, u8)>) -> ProfileState {
    let (mut state, config) = (ProfileState::empty(), config());
    for (row, _) in log {
        state.apply(row, &config, row.stored_under().may_store().unwrap());
    }
    state
}

fn joined(one: &ProfileState, other: &ProfileState) -> ProfileState {
    let mut state = one.clone();
    state.absorb(other, &config()).unwrap();
    state
}

fn stored_and_read(state: &ProfileState) -> ProfileState {
    serde_json::from_str(&serde_json::to_string(state).unwrap()).unwrap()
}

fn part(log: &[(Logged, u8)], wanted: u8) -> ProfileState {
    fold(log.iter().filter(|(_, part)| *part == wanted))
}

fn shown(state: &ProfileState) -> Map<String, Value> {
    state.computed(&Asked::all())
}

/// Cents as the profile shows them.
fn money(cents: i64) -> Value {
    if cents % 100 == 0 {
        json!(cents / 100)
    } else {
        serde_json::from_str(&format!("{}", cents as f64 / 100.0)).unwrap()
    }
}

/// Earliest first.
fn in_time(rows: &[Row]) -> Vec<&Row> {
    let mut order: Vec<(i64, String, &Row)> =
        rows.iter().enumerate().map(|(index, row)| (row.2, name(index), row)).collect();
    order.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    order.into_iter().map(|(_, _, row)| row).collect()
}

/// The cart, by doing everything again: product, variant, how many.
fn cart(rows: &[Row]) -> Vec<(u8, u8, i64)> {
    let mut lines: Vec<(u8, u8, i64)> = Vec::new();
    let put = |lines: &mut Vec<(u8, u8, i64)>, (product, variant, quantity): Line| {
        let more = i64::from(quantity.unwrap_or(1));
        match lines.iter_mut().find(|line| (line.0, line.1) == (product, variant)) {
            Some(line) => line.2 += more,
            None if more > 0 => lines.push((product, variant, more)),
            None => {}
        }
    };
    for (deed, ..) in in_time(rows) {
        match deed {
            Deed::Add(more) => more.iter().for_each(|line| put(&mut lines, *line)),
            Deed::Remove((product, variant, quantity)) => {
                if let Some(line) = lines.iter_mut().find(|line| (line.0, line.1) == (*product, *variant)) {
                    line.2 = quantity.map_or(0, |taken| line.2 - i64::from(taken));
                }
                lines.retain(|line| line.2 > 0);
            }
            Deed::ViewCart(all) => {
                lines.clear();
                all.iter().for_each(|line| put(&mut lines, *line));
            }
            Deed::Complete { .. } => lines.clear(),
            Deed::View(_) | Deed::Update { .. } | Deed::Refund { .. } | Deed::Cancel { .. } => {}
        }
    }
    lines
}

/// Number of orders, and what they came to before and after what was given back.
fn orders(rows: &[Row]) -> (i64, i64, i64) {
    #[derive(Default)]
    struct Order {
        completed: bool,
        cancelled: bool,
        gross: i64,
        whole: bool,
        parts: i64,
    }
    let mut known: BTreeMap<u8, Order> = BTreeMap::new();
    let (mut count, mut gross, mut refunded) = (0, 0, 0);
    for (deed, ..) in in_time(rows) {
        match deed {
            Deed::Complete { order: None, cents, .. } => (count, gross) = (count + 1, gross + cents),
            Deed::Refund { order: None, cents } => refunded += cents.unwrap_or(0),
            Deed::Complete { order: Some(id), cents, .. } => {
                let order = known.entry(*id).or_default();
                (order.completed, order.gross) = (true, *cents);
            }
            Deed::Update { order, cents } => known.entry(*order).or_default().gross = *cents,
            Deed::Refund { order: Some(id), cents } => {
                let order = known.entry(*id).or_default();
                order.whole |= cents.is_none();
                order.parts += cents.unwrap_or(0);
            }
            Deed::Cancel { order } => known.entry(*order).or_default().cancelled = true,
            Deed::View(_) | Deed::Add(_) | Deed::Remove(_) | Deed::ViewCart(_) => {}
        }
    }
    for order in known.values() {
        if !order.completed {
            refunded += order.parts;
        } else if !order.cancelled {
            count += 1;
            gross += order.gross;
            refunded += if order.whole { order.gross } else { order.parts.min(order.gross) };
        }
    }
    (count, gross, refunded)
}

proptest! {
    #[test]
    fn the_cart_is_what_doing_everything_again_gives(rows in rows(40)) {
        let lines = cart(&rows);
        let computed = shown(&fold(&log(&rows)));
        let items: Vec<Value> = lines.iter().map(|(product, variant, quantity)| json!({
            "product_id": format!("p-{product}"), "variant": format!("v-{variant}"), "category": category(*product),
            "price": money(price(*product)), "quantity": quantity,
        })).collect();
        prop_assert_eq!(&computed["cart"]["items"], &Value::from(items));
        let cents = lines.iter().map(|(product, _, quantity)| price(*product) * quantity).sum();
        prop_assert_eq!(&computed["cart"]["value"], &money(cents));
        prop_assert_eq!(&computed["cart"]["quantity"], &json!(lines.iter().map(|line| line.2).sum::<i64>()));
    }

    #[test]
    fn orders_and_revenue_are_those_of_each_order_once(rows in rows(40)) {
        let (count, gross, refunded) = orders(&rows);
        let computed = shown(&fold(&log(&rows)));
        prop_assert_eq!(&computed["orders"], &json!(count));
        prop_assert_eq!(&computed["grossRevenue"], &money(gross));
        prop_assert_eq!(&computed["refunded"], &money(refunded));
        prop_assert_eq!(&computed["revenue"], &money(gross - refunded));
        prop_assert_eq!(computed["averageOrder"].is_null(), count == 0);
        let completed = rows.iter().filter(|row| matches!(row.0, Deed::Complete { .. }));
        let times: Vec<i64> = completed.map(|row| row.2 * 1_000).collect();
        let iso = |at: Option<&i64>| json!(at.map(|at| UnixMillis(*at).to_iso()));
        prop_assert_eq!(&computed["firstOrderAt"], &iso(times.iter().min()));
        prop_assert_eq!(&computed["lastOrderAt"], &iso(times.iter().max()));
    }

    #[test]
    fn each_product_viewed_is_listed_once_by_its_newest_view_and_categories_are_counted(rows in rows(40)) {
        let mut newest: Vec<u8> = Vec::new();
        let mut times: BTreeMap<String, [u64; 3]> = BTreeMap::new();
        for (deed, ..) in in_time(&rows).into_iter().rev() {
            let mut count = |product: u8, column: usize| times.entry(category(product)).or_default()[column] += 1;
            match deed {
                Deed::View(product) => {
                    count(*product, 0);
                    if !newest.contains(product) {
                        newest.push(*product);
                    }
                }
                Deed::Add(lines) => lines.iter().for_each(|line| count(line.0, 1)),
                Deed::Complete { products, .. } => products.iter().for_each(|line| count(line.0, 2)),
                _ => {}
            }
        }
        let computed = shown(&fold(&log(&rows)));
        let ids: Vec<Value> = newest.iter().map(|product| json!(format!("p-{product}"))).collect();
        let listed: Vec<Value> = computed["lastViewed"].as_array().unwrap().iter().map(|p| p["product_id"].clone()).collect();
        prop_assert_eq!(listed, ids);
        let counted = |(category, [viewed, added, bought]): (&String, &[u64; 3])| {
            json!({ "category": category, "viewed": viewed, "added": added, "bought": bought })
        };
        prop_assert_eq!(&computed["categories"], &times.iter().map(counted).collect::<Value>());
    }

    #[test]
    fn neither_the_order_of_arrival_nor_a_cut_nor_storage_changes_anything(
        (rows, order) in rows(40).prop_flat_map(|rows| {
            let order: Vec<usize> = (0..rows.len()).collect();
            (Just(rows), Just(order).prop_shuffle())
        }),
    ) {
        let log = log(&rows);
        let state = fold(&log);
        prop_assert_eq!(&fold(order.iter().map(|index| &log[*index])), &state);
        prop_assert_eq!(&stored_and_read(&state), &state);
        let parts: Vec<ProfileState> = (0..3).map(|n| part(&log, n)).collect();
        let [a, b, c] = parts.as_slice() else { unreachable!() };
        prop_assert_eq!(&joined(&joined(a, b), c), &state);
        prop_assert_eq!(&joined(c, &stored_and_read(&joined(b, a))), &state);
        prop_assert_eq!(&joined(&state, &ProfileState::empty()), &state);
    }
}

/// More of everything than a profile keeps.
fn crowds() -> impl Strategy<Value = Vec<(Value, i64, u8)>> {
    let product =
        |n: u16| json!({ "product_id": format!("p-{n}"), "category": format!("c-{n:03}"), "price": n % 90 });
    let track = |event: &str, properties: Value| json!({ "event": event, "properties": properties });
    let products = move |start: u16, count: u16| (start..start + count).map(product).collect::<Value>();
    let event = prop_oneof![
        8 => (0u16..400).prop_map(move |n| track("Product Viewed", product(n))),
        8 => (0u16..400, 1u16..60).prop_map(move |(n, count)| track("add_to_cart", json!({ "items": products(n, count) }))),
        4 => (0u16..400).prop_map(move |n| track("Product Removed", product(n))),
        1 => (0u16..400, 0u16..300).prop_map(move |(n, count)| track("Cart Viewed", json!({ "products": products(n, count) }))),
        8 => (0u16..200, 0i64..999, 0u8..30).prop_map(move |(order, total, currency)| {
            track("Order Completed", json!({ "order_id": format!("o-{order}"), "total": total, "currency": format!("C{currency:02}") }))
        }),
        8 => (0u16..200, 0i64..999, 0u8..30).prop_map(move |(order, total, currency)| {
            track("Order Refunded", json!({ "order_id": format!("o-{order}"), "total": total, "currency": format!("C{currency:02}") }))
        }),
    ];
    proptest::collection::vec((event, 0i64..60, 0u8..2), 300..700)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_left_out_of_a_long_log_depends_on_the_log_alone(rows in crowds(), turn in 0usize..700) {
        let log: Vec<(Logged, u8)> = rows.into_iter().enumerate().map(|(index, (body, at, part))| {
            let mut row = logged(index, &(Deed::View(0), Style::V2, at, part));
            row.event.body = body.as_object().unwrap().clone();
            (row, part)
        }).collect();
        let state = fold(&log);
        let mut turned: Vec<&(Logged, u8)> = log.iter().collect();
        turned.rotate_left(turn % log.len());
        prop_assert_eq!(&fold(turned.iter().copied()), &state);
        prop_assert_eq!(&fold(log.iter().rev()), &state);
        let (one, other) = (part(&log, 0), part(&log, 1));
        prop_assert_eq!(&joined(&one, &other), &state);
        prop_assert_eq!(&joined(&other, &one), &state);
        let computed = shown(&state);
        let length = |value: &Value| value.as_array().unwrap().len();
        prop_assert!(length(&computed["cart"]["items"]) <= limits::CART_OPERATIONS + limits::PRODUCTS_PER_EVENT);
        prop_assert_eq!(length(&computed["lastViewed"]), limits::LAST_VIEWED);
        prop_assert_eq!(length(&computed["categories"]), limits::CATEGORIES);
        prop_assert_eq!(computed["revenueByCurrency"].as_object().unwrap().len(), limits::CURRENCIES);
    }
}
