//! Stories of a shop, told by name: what each event does to the cart, to orders, to what was viewed.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::ids::{MessageId, SourceId};
use selvedge_engine::limits;
use selvedge_engine::profile::{Asked, Logged, ProfileState};
use selvedge_engine::segment::memberships;
use selvedge_engine::time::UnixMillis;
use serde_json::{Map, Value, json};

const NOW: UnixMillis = UnixMillis(1_000_000);

/// Segments by id and condition on the traits.
fn config(segments: &[(&str, Value)]) -> Config {
    let segments: Vec<Value> = segments
        .iter()
        .map(|(id, condition)| json!({ "id": id, "name": id, "rule": { "traits": condition } }))
        .collect();
    let document = json!({ "sources": [], "placements": [], "offers": [], "segments": segments });
    Config::new(1, serde_json::from_value::<Document>(document).unwrap())
}

fn at(second: i64, name: &str, properties: &Value) -> Logged {
    let event = Event {
        message_id: MessageId(format!("{name}-{second}")),
        kind: Kind::Track,
        timestamp: UnixMillis(second * 1_000),
        received_at: NOW,
        source: SourceId::from("shop"),
        body: json!({ "event": name, "properties": properties }).as_object().unwrap().clone(),
    };
    Logged::new(event, Vec::new(), Consent { analytics: true, ..Consent::default() })
}

fn fold(log: &[Logged]) -> ProfileState {
    let (mut state, config) = (ProfileState::empty(), config(&[]));
    log.iter().for_each(|row| state.apply(row, &config, row.stored_under().may_store().unwrap()));
    state
}

/// What these events come to, each a second after the one before.
fn after(events: &[(&str, Value)]) -> Map<String, Value> {
    let second = |index: usize| i64::try_from(index).unwrap();
    let log: Vec<Logged> =
        events.iter().enumerate().map(|(n, (name, properties))| at(second(n), name, properties)).collect();
    fold(&log).computed(&Asked::all())
}

/// Of each line, the product and how many.
fn lines(computed: &Map<String, Value>) -> Value {
    let items = computed["cart"]["items"].as_array().unwrap();
    items.iter().map(|item| json!([item["product_id"], item["quantity"]])).collect()
}

/// Orders, gross, refunded, revenue.
fn sums(computed: &Map<String, Value>) -> Value {
    ["orders", "grossRevenue", "refunded", "revenue"].iter().map(|name| computed[*name].clone()).collect()
}

#[test]
fn who_has_done_nothing_has_an_empty_cart_and_no_orders() {
    assert_eq!(
        Value::Object(after(&[])),
        json!({
            "orders": 0, "revenue": 0, "grossRevenue": 0, "refunded": 0, "averageOrder": null, "currency": null,
            "revenueByCurrency": {}, "firstOrderAt": null, "lastOrderAt": null, "lastOrder": null, "events": 0,
            "cart": { "cart_id": null, "items": [], "value": 0, "currency": null, "quantity": 0, "updatedAt": null },
            "lastViewed": [], "categories": [],
        })
    );
}

#[test]
fn a_cart_is_filled_on_the_phone_and_on_the_laptop_and_ordered_there() {
    let shoes = json!({ "product_id": "p-1", "name": "Runner", "category": "Shoes", "price": 149, "quantity": 1,
        "currency": "eur", "cart_id": "c-1", "url": "https://shop.example/p-1", "image_url": "https://shop.example/p-1.jpg" });
    let socks = json!({ "product_id": "p-2", "category": "Socks", "price": "9.90", "quantity": "3", "currency": "EUR" });
    let phone = [at(1, "Product Viewed", &shoes), at(2, "Product Added", &shoes)];
    let laptop = [
        at(3, "Product Added", &socks),
        at(4, "Product Removed", &json!({ "product_id": "p-2", "quantity": 1 })),
    ];
    let mut one = fold(&laptop);
    one.absorb(&fold(&phone), &config(&[])).unwrap();
    let computed = one.computed(&Asked::all());
    assert_eq!(
        computed["cart"],
        json!({
            "cart_id": "c-1", "value": 168.8, "currency": "EUR", "quantity": 3, "updatedAt": "1970-01-01T00:00:04.000Z",
            "items": [
                { "product_id": "p-1", "name": "Runner", "category": "Shoes", "price": 149, "currency": "EUR", "quantity": 1,
                  "url": "https://shop.example/p-1", "image_url": "https://shop.example/p-1.jpg" },
                { "product_id": "p-2", "category": "Socks", "price": 9.9, "currency": "EUR", "quantity": 2 },
            ],
        })
    );
    let order = json!({ "order_id": "o-1", "revenue": 168.8, "total": 175, "currency": "EUR",
        "products": [{ "product_id": "p-1", "category": "Shoes", "price": 149 }, { "product_id": "p-2", "category": "Socks" }] });
    one.absorb(&fold(&[at(5, "Order Completed", &order)]), &config(&[])).unwrap();
    let computed = one.computed(&Asked::all());
    assert_eq!((&computed["cart"]["items"], &computed["cart"]["cart_id"]), (&json!([]), &Value::Null));
    assert_eq!(computed["cart"]["updatedAt"], "1970-01-01T00:00:05.000Z");
    assert_eq!(
        computed["lastOrder"],
        json!({ "order_id": "o-1", "at": "1970-01-01T00:00:05.000Z", "value": 168.8, "refunded": 0, "currency": "EUR",
            "cancelled": false, "products": ["p-1", "p-2"] })
    );
    assert_eq!(
        computed["categories"],
        json!([{ "category": "Shoes", "viewed": 1, "added": 1, "bought": 1 },
            { "category": "Socks", "viewed": 0, "added": 1, "bought": 1 }])
    );
    assert_eq!(computed["lastViewed"][0]["name"], "Runner");
    assert_eq!(computed["lastViewed"][0]["viewedAt"], "1970-01-01T00:00:01.000Z");
}

#[test]
fn an_add_that_arrives_after_the_order_but_was_before_it_is_not_in_the_cart() {
    let mut state = fold(&[at(5, "Order Completed", &json!({ "total": 10 }))]);
    state.absorb(&fold(&[at(4, "Product Added", &json!({ "sku": "late" }))]), &config(&[])).unwrap();
    assert_eq!(lines(&state.computed(&Asked::all())), json!([]));
    state.absorb(&fold(&[at(6, "Product Added", &json!({ "sku": "next" }))]), &config(&[])).unwrap();
    assert_eq!(lines(&state.computed(&Asked::all())), json!([["next", 1]]));
}

#[test]
fn every_name_of_an_event_is_understood() {
    let item = json!({ "product_id": "p", "price": 2 });
    for name in [
        "Product Viewed",
        "Viewed Product",
        "viewed product",
        "product_viewed",
        "productViewed",
        "view_item",
        "Viewed Product Details",
    ] {
        assert_eq!(after(&[(name, item.clone())])["lastViewed"][0]["product_id"], "p", "{name}");
    }
    for name in ["Product Added", "Added Product", "add_to_cart", "Wishlist Product Added to Cart"] {
        assert_eq!(lines(&after(&[(name, item.clone())])), json!([["p", 1]]), "{name}");
    }
    for name in ["Product Removed", "Removed Product", "remove_from_cart"] {
        assert_eq!(
            lines(&after(&[("Product Added", item.clone()), (name, item.clone())])),
            json!([]),
            "{name}"
        );
    }
    for name in ["Cart Viewed", "Viewed Cart", "view_cart"] {
        let all = json!({ "products": [{ "product_id": "q", "quantity": 4 }] });
        assert_eq!(
            lines(&after(&[("Product Added", item.clone()), (name, all)])),
            json!([["q", 4]]),
            "{name}"
        );
    }
    for name in ["Order Completed", "Completed Order", "order_completed", "purchase"] {
        assert_eq!(sums(&after(&[(name, json!({ "total": "7.5" }))])), json!([1, 7.5, 0, 7.5]), "{name}");
    }
    let order = || ("Order Completed", json!({ "order_id": "o", "total": 10 }));
    for (names, says, come_to) in [
        (["Order Updated", "Updated Order"], json!({ "order_id": "o", "total": 8 }), json!([1, 8, 0, 8])),
        (["Order Refunded", "Refunded Order"], json!({ "order_id": "o" }), json!([1, 10, 10, 0])),
        (["Order Cancelled", "Cancelled Order"], json!({ "order_id": "o" }), json!([0, 0, 0, 0])),
    ] {
        for name in names {
            assert_eq!(sums(&after(&[order(), (name, says.clone())])), come_to, "{name}");
        }
    }
    for name in [
        "Product Clicked",
        "Product Added to Wishlist",
        "add_to_wishlist",
        "Checkout Started",
        "begin_checkout",
        "Product",
        "",
    ] {
        assert_eq!(after(&[(name, item.clone())]), after(&[("Something Else", Value::Null)]), "{name}");
    }
}

#[test]
fn a_page_of_that_name_is_not_an_order() {
    let mut row = at(1, "Order Completed", &json!({ "total": 10 }));
    row.event.kind = Kind::Page;
    assert_eq!(sums(&fold(&[row]).computed(&Asked::all())), json!([0, 0, 0, 0]));
}

#[test]
fn the_first_version_names_products_and_orders_otherwise() {
    let computed = after(&[
        (
            "Viewed Product",
            json!({ "id": "507f", "sku": "G-32", "name": "Monopoly", "price": "18.99", "category": "Games" }),
        ),
        (
            "Added Product",
            json!({ "id": 507, "sku": "G-33", "name": "Go", "price": "18.99", "quantity": "2" }),
        ),
        (
            "Completed Order",
            json!({ "orderId": 50, "total": "30.00", "products": [{ "id": "507f", "category": "Games" }] }),
        ),
        ("Completed Order", json!({ "orderId": "50", "total": "30.00" })),
        ("Added Product", json!({ "id": "507" })),
    ]);
    assert_eq!(computed["lastViewed"][0]["product_id"], "507f", "what is `product_id` now was `id`");
    assert_eq!(lines(&computed), json!([["507", 1]]));
    assert_eq!(sums(&computed), json!([1, 30, 0, 30]));
    assert_eq!(
        computed["categories"],
        json!([{ "category": "Games", "viewed": 1, "added": 0, "bought": 1 }])
    );
}

#[test]
fn ga4_has_items_inside_ecommerce_or_beside_it_and_levels_of_categories() {
    let item = json!({ "item_id": "SKU_1", "item_name": "Tee", "item_brand": "Stan", "item_variant": "green", "price": "10.01",
        "item_category": "Apparel", "item_category2": "Adult", "item_category3": "Shirts", "quantity": "2" });
    let bare = json!({ "item_name": "Sticker" });
    let add = json!({ "ecommerce": { "currency": "USD", "value": 20.02, "items": [item, bare] } });
    let computed = after(&[("add_to_cart", add)]);
    assert_eq!(
        computed["cart"],
        json!({
            "cart_id": null, "value": 20.02, "currency": "USD", "quantity": 3, "updatedAt": "1970-01-01T00:00:00.000Z",
            "items": [
                { "product_id": "SKU_1", "name": "Tee", "brand": "Stan", "variant": "green", "category": "Apparel/Adult/Shirts",
                  "price": 10.01, "currency": "USD", "quantity": 2 },
                { "product_id": "Sticker", "name": "Sticker", "quantity": 1 },
            ],
        })
    );
    let purchase = json!({ "transaction_id": "T-1", "ecommerce": { "currency": "USD", "items": [{ "item_id": "SKU_1", "price": 10.01, "quantity": 2 }] } });
    let again = json!({ "ecommerce": { "transaction_id": "T-1", "value": "20.02", "currency": "USD" } });
    let refund = json!({ "ecommerce": { "transaction_id": "T-1", "items": [{ "item_id": "SKU_1", "price": 10.01, "quantity": 1 }] } });
    let computed = after(&[("purchase", purchase), ("purchase", again), ("refund", refund)]);
    assert_eq!(sums(&computed), json!([1, 20.02, 10.01, 10.01]));
    assert_eq!(
        (&computed["currency"], &computed["revenueByCurrency"]),
        (&json!("USD"), &json!({ "USD": 10.01 }))
    );
    let removed = after(&[
        ("add_to_cart", json!({ "items": [{ "item_id": "a", "quantity": 3 }] })),
        ("remove_from_cart", json!({ "items": [{ "item_id": "a" }] })),
    ]);
    assert_eq!(lines(&removed), json!([["a", 2]]), "a quantity that isn't set is one in GA4");
}

#[test]
fn quantities_add_up_by_product_and_variant_and_never_fall_below_nothing() {
    let shoe = |variant: &str, quantity: i64| json!({ "product_id": "s", "variant": variant, "quantity": quantity, "price": 0.1 });
    let added = || {
        vec![
            ("Product Added", shoe("42", 2)),
            ("Product Added", shoe("43", 1)),
            ("Product Added", shoe("42", 1)),
        ]
    };
    let then = |name: &'static str, properties: Value| after(&[added(), vec![(name, properties)]].concat());
    assert_eq!(lines(&after(&added())), json!([["s", 3], ["s", 1]]));
    assert_eq!(after(&added())["cart"]["value"], json!(0.4), "exact");
    assert_eq!(lines(&then("Product Removed", shoe("42", 1))), json!([["s", 2], ["s", 1]]));
    assert_eq!(lines(&then("Product Removed", shoe("42", 9))), json!([["s", 1]]));
    assert_eq!(
        lines(&then("Product Removed", json!({ "product_id": "s", "variant": "42" }))),
        json!([["s", 1]]),
        "all of them"
    );
    assert_eq!(
        lines(&then("Product Removed", json!({ "product_id": "s" }))),
        json!([["s", 3]]),
        "the line begun last"
    );
    assert_eq!(lines(&then("Product Removed", shoe("44", 1))), json!([["s", 3], ["s", 1]]), "not there");
    assert_eq!(lines(&then("Product Added", shoe("42", -5))), json!([["s", 3], ["s", 1]]));
    assert_eq!(
        lines(&then("Product Added", json!({ "product_id": "w", "quantity": 0.25 }))),
        json!([["s", 3], ["s", 1], ["w", 0.25]])
    );
    assert_eq!(
        lines(&then("Cart Viewed", json!({}))),
        json!([["s", 3], ["s", 1]]),
        "says nothing of what is in it"
    );
    assert_eq!(lines(&then("Cart Viewed", json!({ "products": [] }))), json!([]), "says that nothing is");
}

#[test]
fn what_a_later_event_says_of_a_product_counts_and_what_it_does_not_say_stays() {
    let computed = after(&[
        (
            "Product Added",
            json!({ "product_id": "p", "name": "Old", "category": "Hats", "price": 5, "currency": "EUR" }),
        ),
        ("Product Added", json!({ "product_id": "p", "name": "New", "price": "6", "currency": "EUR" })),
    ]);
    let item = json!({ "product_id": "p", "name": "New", "category": "Hats", "price": 6, "currency": "EUR", "quantity": 2 });
    assert_eq!(computed["cart"]["items"], json!([item]));
}

#[test]
fn browser_and_server_report_the_same_order_and_it_counts_once() {
    let order = |id: &str, total: Value| {
        ("Order Completed", json!({ "order_id": id, "total": total, "currency": "EUR" }))
    };
    let computed = after(&[
        order("a", json!(10)),
        order("b", json!(20)),
        order("a", json!("10.00")),
        order("b", json!(21)),
    ]);
    assert_eq!(sums(&computed), json!([2, 31, 0, 31]));
    assert_eq!(
        (&computed["averageOrder"], &computed["revenueByCurrency"]),
        (&json!(15.5), &json!({ "EUR": 31 }))
    );
    let nameless =
        after(&[("Order Completed", json!({ "total": 5 })), ("Order Completed", json!({ "total": 5 }))]);
    assert_eq!(sums(&nameless), json!([2, 10, 0, 10]), "without an order_id each is one");
}

#[test]
fn refunds_take_what_they_name_and_never_more_than_the_order() {
    let order = || ("Order Completed", json!({ "order_id": "o", "revenue": 100, "total": 119 }));
    let refund = |says: Value| {
        let mut properties = json!({ "order_id": "o" }).as_object().unwrap().clone();
        properties.extend(says.as_object().unwrap().clone());
        ("Order Refunded", Value::Object(properties))
    };
    for (refunds, come_to) in [
        (vec![refund(json!({}))], json!([1, 100, 100, 0])),
        (vec![refund(json!({ "total": 30 }))], json!([1, 100, 30, 70])),
        (vec![refund(json!({ "total": -30 }))], json!([1, 100, 30, 70])),
        (vec![refund(json!({ "total": "30" })), refund(json!({ "value": 20 }))], json!([1, 100, 50, 50])),
        (vec![refund(json!({ "total": 80 })), refund(json!({ "total": 80 }))], json!([1, 100, 100, 0])),
        (vec![refund(json!({})), refund(json!({}))], json!([1, 100, 100, 0])),
        (
            vec![refund(json!({ "products": [{ "sku": "x", "price": 15, "quantity": 2 }] }))],
            json!([1, 100, 30, 70]),
        ),
        (vec![refund(json!({ "products": [{ "sku": "x" }] }))], json!([1, 100, 0, 100])),
    ] {
        let events: Vec<_> = std::iter::once(order()).chain(refunds).collect();
        assert_eq!(sums(&after(&events)), come_to, "{events:?}");
        let turned: Vec<_> = events.into_iter().rev().collect();
        assert_eq!(sums(&after(&turned)), come_to, "a refund may be known before its order: {turned:?}");
    }
    let unknown = after(&[refund(json!({ "total": 30 })), ("Order Refunded", json!({}))]);
    assert_eq!(
        sums(&unknown),
        json!([0, 0, 30, -30]),
        "money given back is, whether or not its order was seen"
    );
}

#[test]
fn a_cancelled_order_is_as_if_it_had_not_been_but_stays_the_last_one() {
    let computed = after(&[
        ("Order Completed", json!({ "order_id": "a", "total": 10 })),
        ("Order Completed", json!({ "order_id": "b", "total": 90, "currency": "USD" })),
        ("Order Cancelled", json!({ "order_id": "b", "total": 90 })),
    ]);
    assert_eq!(sums(&computed), json!([1, 10, 0, 10]));
    assert_eq!(computed["revenueByCurrency"], json!({ "USD": 0 }));
    assert_eq!(
        (&computed["lastOrder"]["order_id"], &computed["lastOrder"]["cancelled"]),
        (&json!("b"), &json!(true))
    );
}

#[test]
fn amounts_in_several_currencies_are_told_apart() {
    let order = |currency: &str| ("Order Completed", json!({ "total": 10, "currency": currency }));
    let computed = after(&[order("eur"), order("USD"), order("EUR"), order("not a currency"), order("")]);
    assert_eq!(computed["revenueByCurrency"], json!({ "EUR": 20, "USD": 10 }));
    assert_eq!(computed["revenue"], 50);
    let mixed = after(&[
        ("Product Added", json!({ "sku": "a", "price": 1, "currency": "EUR" })),
        ("Product Added", json!({ "sku": "b", "price": 1, "currency": "USD" })),
    ]);
    assert_eq!(mixed["cart"]["currency"], Value::Null);
}

#[test]
fn the_same_order_is_recognised_among_the_newest_orders_only() {
    let total = |n: usize| json!({ "order_id": format!("o-{n}"), "total": 1 });
    let orders: Vec<(&str, Value)> =
        (0..limits::ORDER_EVENTS).map(|n| ("Order Completed", total(n))).collect();
    let twice =
        |n: usize| after(&[orders.clone(), vec![("Order Completed", total(n))]].concat())["orders"].clone();
    assert_eq!(twice(1), json!(limits::ORDER_EVENTS));
    assert_eq!(twice(0), json!(limits::ORDER_EVENTS + 1), "its first report has fallen out");
}

#[test]
fn of_too_many_categories_and_currencies_the_first_by_name_are_kept() {
    let many = limits::CATEGORIES.max(limits::CURRENCIES) + 5;
    let order = |n: usize| {
        let product = json!({ "sku": n, "category": format!("c-{n:03}") });
        json!({ "total": 1, "currency": format!("C{n:03}"), "products": [product] })
    };
    let orders: Vec<(&str, Value)> = (0..many).rev().map(|n| ("Order Completed", order(n))).collect();
    let computed = after(&orders);
    let categories = computed["categories"].as_array().unwrap();
    let names: Vec<&str> = categories.iter().map(|category| category["category"].as_str().unwrap()).collect();
    assert_eq!(names, (0..limits::CATEGORIES).map(|n| format!("c-{n:03}")).collect::<Vec<_>>());
    let currencies: Vec<&String> = computed["revenueByCurrency"].as_object().unwrap().keys().collect();
    assert_eq!(
        currencies,
        (0..limits::CURRENCIES).map(|n| format!("C{n:03}")).collect::<Vec<_>>().iter().collect::<Vec<_>>()
    );
    assert_eq!(computed["revenue"], many, "the sum over all is whole");
}

#[test]
fn hostile_words_are_bounded_and_break_nothing() {
    let long = "x".repeat(100_000);
    let product = |n: usize| json!({ "product_id": n, "price": 1e300, "quantity": 1e300, "category": n });
    let crowd = |size: usize| -> Value { (0..size).map(product).collect() };
    let values = [
        Value::Null,
        json!(true),
        json!([]),
        json!({}),
        json!("NaN"),
        json!("-inf"),
        json!(1e308),
        json!(-1e308),
        json!(u64::MAX),
        json!(i64::MIN),
        json!("1e400"),
        json!(long),
        json!([[[]]]),
        crowd(300),
    ];
    let names = [
        "Product Viewed",
        "add_to_cart",
        "Product Removed",
        "Cart Viewed",
        "purchase",
        "Order Updated",
        "refund",
        "Order Cancelled",
    ];
    let mut log = Vec::new();
    for (n, name) in names.iter().enumerate() {
        for (m, value) in values.iter().enumerate() {
            let fields = [
                "product_id",
                "variant",
                "category",
                "price",
                "quantity",
                "currency",
                "order_id",
                "total",
                "cart_id",
            ];
            let mut all: Map<String, Value> =
                fields.iter().map(|field| ((*field).to_owned(), value.clone())).collect();
            let second = i64::try_from(n * 1_000 + m * 10).unwrap();
            log.push(at(second, name, &Value::Object(all.clone())));
            all.insert("product_id".into(), "p".into());
            log.push(at(second + 1, name, &Value::Object(all)));
            log.push(at(second + 2, name, &json!({ "products": value })));
            log.push(at(second + 3, name, &json!({ "ecommerce": value, "items": [value, { "item_id": "q", "price": value, "quantity": value }] })));
        }
    }
    let state = fold(&log);
    log.reverse();
    assert_eq!(fold(&log), state);
    let stored = serde_json::to_string(&state).unwrap();
    assert!(stored.len() < 200_000, "{}", stored.len());
    assert_eq!(serde_json::from_str::<ProfileState>(&stored).unwrap(), state);
    let computed = state.computed(&Asked::all());
    assert!(computed["cart"]["value"].as_f64().unwrap().is_finite());
    assert!(computed["revenue"].as_f64().unwrap().is_finite());

    let filled = after(&[("add_to_cart", json!({ "items": crowd(10_000) }))]);
    assert_eq!(filled["cart"]["items"].as_array().unwrap().len(), limits::PRODUCTS_PER_EVENT);
    assert_eq!(filled["cart"]["value"], 0, "a price of 1e300 is none");
    let dear = json!({ "sku": "dear", "price": limits::PRICE, "quantity": 1e300 });
    assert_eq!(after(&[("Product Added", dear)])["cart"]["value"], json!(limits::PRICE * limits::QUANTITY));
    let gift = after(&[("Product Added", json!({ "sku": "gift", "price": -5, "quantity": "NaN" }))]);
    assert_eq!(
        (&gift["cart"]["value"], lines(&gift)),
        (&json!(0), json!([["gift", 1]])),
        "less than nothing is no price"
    );
}

#[test]
fn conditions_read_the_cart_the_orders_and_what_was_viewed() {
    let conditions = [
        ("dear-cart", json!({ "computed.cart.value": { "$gt": 100 } })),
        (
            "shoes-in-cart",
            json!({ "computed.cart.items": { "$elemMatch": { "category": "Shoes", "price": { "$gte": 50 } } } }),
        ),
        ("empty-cart", json!({ "computed.cart.items": { "$size": 0 } })),
        (
            "likes-shoes",
            json!({ "computed.categories": { "$elemMatch": { "category": "Shoes", "viewed": { "$gte": 2 } } } }),
        ),
        ("saw-runner", json!({ "computed.lastViewed": { "$elemMatch": { "product_id": "runner" } } })),
        (
            "spender",
            json!({ "$or": [{ "computed.averageOrder": { "$gte": 50 } }, { "computed.revenueByCurrency.EUR": { "$gt": 500 } }] }),
        ),
        ("bought-socks", json!({ "computed.lastOrder.products": { "$in": ["socks"] } })),
        ("busy", json!({ "computed.events": { "$gte": 3 } })),
        ("never-ordered", json!({ "computed.orders": 0, "computed.lastOrderAt": null })),
    ];
    let config = config(&conditions);
    let inside = |log: &[Logged]| -> Vec<String> {
        memberships(&fold(log), &config, NOW).into_iter().map(|id| id.0).collect()
    };
    let runner = json!({ "product_id": "runner", "category": "Shoes", "price": "149.00" });
    let mut log = vec![
        at(1, "Product Viewed", &runner),
        at(2, "Viewed Product", &runner),
        at(3, "Product Added", &runner),
    ];
    assert_eq!(inside(&[]), ["empty-cart", "never-ordered"]);
    assert_eq!(
        inside(&log),
        ["busy", "dear-cart", "likes-shoes", "never-ordered", "saw-runner", "shoes-in-cart"]
    );
    log.push(at(4, "Order Completed", &json!({ "total": 60, "products": [{ "product_id": "socks" }] })));
    assert_eq!(inside(&log), ["bought-socks", "busy", "empty-cart", "likes-shoes", "saw-runner", "spender"]);
}

#[test]
fn only_what_somebody_reads_is_worked_out() {
    let state = fold(&[at(1, "Product Added", &json!({ "sku": "a" }))]);
    let names = |paths: &[&str]| -> Vec<String> {
        state.computed(&Asked::by(paths.iter().copied())).keys().cloned().collect()
    };
    assert_eq!(names(&[]), Vec::<String>::new());
    assert_eq!(names(&["computed.cart.value", "tier", "computedly"]), ["cart"]);
    assert_eq!(names(&["computed.events"]), ["events"]);
    assert!(names(&["computed.revenue"]).contains(&"orders".to_owned()));
    assert_eq!(names(&["computed"]), state.computed(&Asked::all()).keys().cloned().collect::<Vec<_>>());
    let asked = |condition: Value| config(&[("one", condition)]).asked().clone();
    assert_eq!(asked(json!({ "tier": "gold" })), Asked::default());
    assert_eq!(
        asked(json!({ "$not": { "$or": [{ "computed.cart.value": 1 }] } })),
        Asked::by(["computed.cart"])
    );
}
