//! Mappings and signals in a source: what is refused and why, and what the tag is told.

use selvedge_engine::config::{Files, read_files};
use selvedge_engine::consent::Consent;
use serde_json::{Map, Value, json};

fn files(more: &Value) -> Files {
    let consent = json!({"default": Consent::ALL});
    let common = json!({"id": "shop", "name": "", "writeKey": "demo", "kind": "browser", "identity": {"mode": "open"}, "consent": consent});
    let source: Map<String, Value> =
        [&common, more].into_iter().filter_map(Value::as_object).flat_map(Map::clone).collect();
    [("sources.json".to_owned(), json!({"sources": [source]}))].into()
}

/// The path and the reason of each error.
fn errors(mapping: &Value) -> Vec<(String, String)> {
    let errors = read_files(&files(&json!({ "mapping": mapping }))).err().unwrap_or_default();
    errors.into_iter().map(|error| (error.path, error.reason)).collect()
}

#[test]
fn a_mapping_comes_to_the_tag_as_it_was_written_and_nothing_comes_where_nothing_was() {
    let mapping = json!([
        {"selector": ".buy", "event": "Product Added", "within": ".card", "product": true, "properties": {
            "product_id": {"attribute": "data-sku"}, "price": {"selector": ".price", "number": true},
            "currency": {"value": "EUR"}, "name": {},
        }},
        {"on": "view", "selector": "main", "pages": "/p/*", "event": "Seen"},
    ]);
    let document = read_files(&files(&json!({ "mapping": mapping }))).expect("valid");
    let told = serde_json::to_value(document.sources[0].for_pages(Consent::ALL)).expect("JSON");
    assert_eq!(told, json!({ "mapping": mapping }));
    let plain = read_files(&files(&json!({}))).expect("valid");
    assert_eq!(serde_json::to_value(plain.sources[0].for_pages(Consent::ALL)).expect("JSON"), json!({}));
    // A document from before there were mappings keeps its hash.
    let text = serde_json::to_string(&plain).expect("JSON");
    assert!(!["mapping", "gpc", "dnt"].iter().any(|field| text.contains(field)), "{text}");
}

#[test]
fn every_mistake_is_named_with_its_place() {
    let wrong = errors(&json!([
        {"selector": "", "event": " ", "within": "a >", "pages": "products"},
        {"selector": "a", "event": "A", "properties": {
            "": {}, "b": {"selector": "a::after"}, "c": {"attribute": "data sku"}, "d": {"value": {}}, "e": {"value": 1, "number": true},
        }},
    ]));
    let found: Vec<&str> = wrong.iter().map(|(path, _)| path.as_str()).collect();
    let place = |n: usize, field: &str| format!("sources[0].mapping[{n}].{field}");
    let expected = [
        place(0, "event"),
        place(0, "selector"),
        place(0, "within"),
        place(0, "pages"),
        place(1, "properties."),
        place(1, "properties.b.selector"),
        place(1, "properties.c.attribute"),
        place(1, "properties.d.value"),
        place(1, "properties.e.value"),
    ];
    assert_eq!(found, expected);
    assert!(wrong.iter().all(|(_, reason)| !reason.is_empty()));
    assert!(wrong[5].1.contains("pseudo-element"), "{}", wrong[5].1);
}

#[test]
fn what_every_visitor_downloads_is_bounded() {
    let one = json!({"selector": "a", "event": "A"});
    assert!(errors(&json!(vec![one; 101]))[0].1.contains("100 may be"));
    let long = json!({"selector": "a", "event": "A".repeat(2_000)});
    assert!(errors(&json!(vec![long; 9]))[0].1.contains("bytes of every visitor's first answer"));
}

#[test]
fn a_signal_is_a_no_only_where_the_source_says_so() {
    let consent = |gpc: &str, dnt: &str| {
        let consent = json!({"default": Consent::ALL, "gpc": gpc, "dnt": dnt});
        read_files(&files(&json!({ "consent": consent }))).expect("valid").sources[0].consent
    };
    for gpc in [false, true] {
        for dnt in [false, true] {
            let is_no = |signal: bool| if signal { Consent::default() } else { Consent::ALL };
            assert_eq!(consent("heed", "heed").unless_said(gpc, dnt), Consent::ALL);
            assert_eq!(consent("refuse", "heed").unless_said(gpc, dnt), is_no(gpc));
            assert_eq!(consent("heed", "refuse").unless_said(gpc, dnt), is_no(dnt));
            assert_eq!(consent("refuse", "refuse").unless_said(gpc, dnt), is_no(gpc || dnt));
        }
    }
}
