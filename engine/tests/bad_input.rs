//! Whatever is sent: it is read or refused, never with a panic, and what is taken can be stored, shown and read back.
//!
//! A long run: `PROPTEST_CASES=1000000 cargo test --release -p selvedge-engine --test bad_input`. What fails is printed as
//! the smallest case that does, and kept in `target/bad-input.txt`, from where it is tried first the next time.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::borrow::Cow;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;
use selvedge_engine::account::{Word, account_named};
use selvedge_engine::config::{Config, Document, read_files};
use selvedge_engine::consent::{Consent, Signals};
use selvedge_engine::event::{
    Kind, Received, decode_batch, decode_event, decode_single, event_of_query, message_id_of,
};
use selvedge_engine::identity::IdentityRules;
use selvedge_engine::identity::extract::{Proof, identifiers};
use selvedge_engine::identity::fact::Fact;
use selvedge_engine::ids::{MessageId, SourceId};
use selvedge_engine::limits;
use selvedge_engine::profile::{Logged, ProfileState, shown};
use selvedge_engine::segment::Cause;
use selvedge_engine::segment::Segment;
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::IdentityToken;
use serde_json::{Map, Value, json};

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

/// Objects and arrays that a row or a message puts around an event, and some to spare.
const AROUND: usize = 40;

/// Names that mean something somewhere, so that what is put there is looked at.
const NAMES: [&str; 47] = [
    "type",
    "messageId",
    "userId",
    "anonymousId",
    "previousId",
    "groupId",
    "event",
    "name",
    "channel",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "receivedAt",
    "context",
    "integrations",
    "traits",
    "properties",
    "writeKey",
    "batch",
    "decide",
    "placements",
    "minConfig",
    "email",
    "phone",
    "externalIds",
    "id",
    "collection",
    "consent",
    "tcf",
    "gpp",
    "google",
    "categoryPreferences",
    "analytics",
    "identityToken",
    "products",
    "items",
    "ecommerce",
    "price",
    "quantity",
    "product_id",
    "item_id",
    "order_id",
    "total",
    "revenue",
    "currency",
    "category",
    "",
];

/// JSON texts that programs get wrong, and some that are none.
const LEAVES: [&str; 40] = [
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "1e308",
    "-1e308",
    "1e309",
    "1e-400",
    "123456789012345678901234567890",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "0.1",
    "1.7976931348623157e308",
    "253402300799999",
    "253402300800000",
    "-62135596800000",
    "-62135596800001",
    r#""""#,
    r#"" ""#,
    r#""null""#,
    r#""0""#,
    r#""-9999-12-31T23:59:59Z""#,
    r#""9999-12-31T23:59:59.999Z""#,
    r#""+275760-09-13T00:00:00Z""#,
    r#""2026-02-30T00:00:00Z""#,
    r#""\u0000""#,
    r#""a\u0000b""#,
    r#""\ud800""#,
    r#""\udc00\ud800""#,
    r#""\ud83c\udf89""#,
    r#""🎉é""#,
    r#""\u202e""#,
    r#""1e999""#,
    r#""12,34""#,
    r#""-١٢""#,
    r#""eyJhbGciOiJub25lIn0.e30.""#,
    "nul",
];

fn cases() -> ProptestConfig {
    let kept = FileFailurePersistence::Direct("../target/bad-input.txt");
    ProptestConfig { failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}

/// JSON text, mostly.
fn json_text() -> impl Strategy<Value = String> {
    let long = (0usize..9, select(vec!["x", "é", "\\u0000", "🎉"])).prop_map(|(power, text)| {
        format!("\"{}\"", text.repeat(4usize.pow(u32::try_from(power).unwrap()) / text.len()))
    });
    let deep = (
        select(vec![("[", "]"), (r#"{"a":"#, "}")]),
        select(vec![1, 30, 60, 64, 65, 100, 126, 127, 128, 1_000]),
    )
        .prop_map(|((open, close), depth)| format!("{}1{}", open.repeat(depth), close.repeat(depth)));
    let many = (1usize..400).prop_map(|count| {
        let keys: Vec<String> = (0..count).map(|n| format!("\"k{n}\":{n}")).collect();
        format!("{{{}}}", keys.join(","))
    });
    let leaf = prop_oneof![
        20 => select(LEAVES.to_vec()).prop_map(str::to_owned),
        4 => any::<f64>().prop_map(|number| json!(number).to_string()),
        4 => any::<String>().prop_map(|text| json!(text).to_string()),
        2 => long,
        2 => deep,
        1 => many,
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            fields(inner).prop_map(|fields| object(&fields)),
        ]
    })
}

/// Fields by name; the same name may be there twice.
fn fields(value: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![9 => select(NAMES.to_vec()).prop_map(str::to_owned), 1 => "[a-z.$]{0,9}"];
    proptest::collection::vec((name, value), 0..8)
}

fn object(fields: &[(String, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    format!("{{{}}}", fields.join(","))
}

/// A good event of each type.
fn good() -> Vec<Value> {
    let products =
        json!([{ "product_id": "a", "price": "9.95", "quantity": 2 }, { "product_id": "b", "price": 1 }]);
    let order = json!({ "order_id": "o", "total": 20.9, "currency": "EUR", "products": products });
    let traits = json!({ "email": "ada@example.com", "phone": "+49 170 1234567", "plan": "pro" });
    let context = json!({ "traits": { "email": "ada@example.com" }, "externalIds": [{ "id": "7", "type": "crm_id", "collection": "users" }] });
    let ids = |kind: &str| json!({ "type": kind, "messageId": "m", "userId": "ada", "anonymousId": "a", "timestamp": "2026-11-20T10:00:00Z" });
    let more = [
        ("track", json!({ "event": "Order Completed", "properties": order })),
        (
            "track",
            json!({ "event": "add_to_cart", "properties": { "ecommerce": { "items": products, "value": 3 } } }),
        ),
        ("track", json!({ "event": "Cart Viewed", "properties": { "cart_id": "c", "products": products } })),
        ("track", json!({ "event": "Account Removed User", "properties": {}, "groupId": "acme" })),
        ("identify", json!({ "traits": traits, "context": context })),
        ("page", json!({ "name": "Home", "properties": { "path": "/" } })),
        ("screen", json!({ "name": "Home" })),
        ("group", json!({ "groupId": "acme", "traits": { "seats": 7 } })),
        ("alias", json!({ "previousId": "old" })),
    ];
    let with = |(kind, more): (&str, Value)| {
        let mut event = ids(kind);
        let fields = more.as_object().cloned().unwrap_or_default();
        event.as_object_mut().unwrap().extend(fields);
        event
    };
    more.into_iter().map(with).collect()
}

/// A good event in which some fields are something else, one level deep or two.
fn changed_event() -> impl Strategy<Value = String> {
    let change = (select(NAMES.to_vec()), proptest::option::of(select(NAMES.to_vec())), json_text());
    (select(good()), proptest::collection::vec(change, 0..4)).prop_map(|(event, changes)| {
        let mut fields: Vec<(String, String)> = event
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), value.to_string()))
            .collect();
        for (name, inner, text) in changes {
            let text = match inner {
                Some(inner) => {
                    let was = event.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
                    let mut kept: Vec<(String, String)> =
                        was.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
                    kept.retain(|(name, _)| name != inner);
                    kept.push((inner.to_owned(), text));
                    object(&kept)
                }
                None => text,
            };
            fields.retain(|(known, _)| known != name);
            fields.push((name.to_owned(), text));
        }
        object(&fields)
    })
}

/// A text of which some bytes are others, or its end is missing.
fn damaged(text: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<u8>> {
    let hits = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..4);
    (text, hits, proptest::option::of(any::<proptest::sample::Index>())).prop_map(|(text, hits, cut)| {
        let mut bytes = text.into_bytes();
        for (index, byte) in hits {
            if !bytes.is_empty() {
                let at = index.index(bytes.len());
                *bytes.get_mut(at).unwrap() = byte;
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        bytes
    })
}

/// The shop's segments, and conditions on what may be anything.
fn config() -> Config {
    let rules = [
        json!({ "performed": { "event": "Order Completed", "where": { "total": { "$gt": 1 }, "products": { "$size": 2 } } } }),
        json!({ "traits": { "plan": { "$in": ["pro", 7, null] }, "computed.cart.value": { "$gte": 1 }, "account.seats": 7 } }),
        json!({ "performed": { "event": "Page", "where": { "path": { "$contains": "/" } }, "within": { "days": 1 } } }),
    ];
    let segments = rules.into_iter().enumerate().map(|(n, rule)| -> Segment {
        serde_json::from_value(json!({ "id": format!("s{n}"), "name": "", "rule": rule })).unwrap()
    });
    let identity: IdentityRules =
        serde_json::from_value(json!({ "namespaces": { "crm_id": { "priority": 2 } } })).unwrap();
    let traits = json!({ "plan": { "merge": "union" }, "seats": { "merge": "sum" }, "": { "merge": "max" } });
    let traits = serde_json::from_value(traits).unwrap();
    Config::new(1, Document { segments: segments.collect(), identity, traits, ..Document::default() })
}

/// All that becomes of an event between the request and the profile, in the Worker's order.
fn take(raw: &str, shared: Option<&Map<String, Value>>, config: &Config, state: &mut ProfileState) -> bool {
    let source = SourceId::from("web");
    let received = Received {
        source: &source,
        at: NOW,
        sent_at: Some(NOW.plus(-500)),
        context: shared,
        integrations: shared,
        shared_bytes: 0,
        kind: None,
    };
    let decoded = match decode_event(raw, &received, MessageId("made-up".into())) {
        Ok(decoded) => decoded,
        Err((_, reason)) => {
            assert!(!reason.message().is_empty());
            return false;
        }
    };
    if let Some(token) = &decoded.identity_token {
        let signed = IdentityToken::read(token, None).is_ok_and(|token| token.is_signed_with(b"secret"));
        assert!(!signed, "nobody has signed this: {token}");
    }
    let event = decoded.event;
    assert!(event.timestamp <= NOW, "nothing is written into the future");
    let signals = Signals { gpc: false, said: event.consent() };
    let everything = Consent { analytics: true, ..Consent::default() };
    let consent = Consent::in_force(everything, signals);
    let extracted = identifiers(&event, config.identity(), &Proof { open: true, ..Proof::default() });
    account_named(&event);
    let logged = Logged {
        previous: extracted.previous,
        account: extracted.account,
        ..Logged::new(event, extracted.ids, consent)
    };
    Word::of(&logged);
    Fact::of(&logged);
    can_be_read_back(&logged);
    can_be_read_back(&logged.event.to_public_json());
    if let Some(may_store) = everything.may_store() {
        state.apply(&logged, config, may_store);
    }
    true
}

/// As deep in a message as an event ever travels.
fn can_be_read_back<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(
    what: &T,
) {
    let around = "[".repeat(AROUND) + &serde_json::to_string(what).unwrap() + &"]".repeat(AROUND);
    let mut again: Value =
        serde_json::from_str(&around).map_err(|error| format!("{error}: {around}")).unwrap();
    for _ in 0..AROUND {
        again = again.get_mut(0).unwrap().take();
    }
    assert_eq!(serde_json::from_value::<T>(again).unwrap(), *what);
}

fn can_be_shown(state: &mut ProfileState, config: &Config) {
    state.refresh_segments(config, NOW, Cause::Definition);
    let held = Default::default();
    let shown = shown(state, &held, &Default::default(), config, Some(&[]), NOW);
    can_be_read_back(&Value::Object(shown));
    let text = serde_json::to_string(state).unwrap();
    assert_eq!(serde_json::from_str::<ProfileState>(&text).unwrap(), *state);
    assert!(text.len() < 2_000_000, "{} bytes are more than a row may have", text.len());
}

/// A request's text, as the Worker reads it.
fn read(text: &str, config: &Config) {
    let _ = decode_single(text);
    message_id_of(text);
    let Ok(batch) = decode_batch(text) else { return };
    assert!(batch.events.len() <= limits::BATCH_EVENTS);
    let mut state = ProfileState::empty();
    for raw in &batch.events {
        message_id_of(raw);
        take(raw, batch.context.as_ref(), config, &mut state);
    }
    can_be_shown(&mut state, config);
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        read(&String::from_utf8_lossy(&bytes), &config());
    }

    #[test]
    fn any_json_is_read_without_a_panic(bytes in damaged(json_text())) {
        read(&String::from_utf8_lossy(&bytes), &config());
    }

    #[test]
    fn any_change_to_a_good_event_is_taken_or_refused(event in changed_event()) {
        let config = config();
        let mut state = ProfileState::empty();
        take(&event, None, &config, &mut state);
        can_be_shown(&mut state, &config);
    }

    #[test]
    fn any_batch_of_such_events_is_read(
        events in proptest::collection::vec(changed_event(), 0..6),
        envelope in fields(json_text()),
        hits in damaged(Just(String::new())),
    ) {
        let batch = format!("[{}]", events.join(","));
        let mut fields: Vec<(String, String)> = vec![("batch".into(), batch)];
        fields.extend(envelope.into_iter().filter(|(name, _)| name != "batch"));
        let text = object(&fields);
        read(&text, &config());
        read(&(text + &String::from_utf8_lossy(&hits)), &config());
    }

    #[test]
    fn any_damage_to_a_batch_is_read(bytes in damaged(changed_event().prop_map(|event| format!(r#"{{"batch":[{event},{event}]}}"#)))) {
        read(&String::from_utf8_lossy(&bytes), &config());
    }

    #[test]
    fn any_query_of_an_image_is_read(parameters in proptest::collection::vec(("[a-zA-Z.]{0,40}|data", ".{0,60}|[a-zA-Z0-9+/=_-]{0,80}"), 0..8)) {
        let parameters = parameters.iter().map(|(name, value)| (Cow::from(name), Cow::from(value)));
        if let Ok(text) = event_of_query(parameters) {
            take(&text, None, &config(), &mut ProfileState::empty());
        }
    }

    #[test]
    fn any_config_is_read_or_refused(name in select(vec!["sources.json", "identity.json", "traits.json", "accounts.json", "placements.json", "segments/x.json", "offers/x.json", "else"]), content in json_text()) {
        if let Ok(content) = serde_json::from_str(&content) {
            let _ = read_files(&[(name.to_owned(), content)].into_iter().collect());
        }
    }
}

#[test]
fn the_good_ones_are_good() {
    let (config, mut state) = (config(), ProfileState::empty());
    for event in good() {
        assert!(take(&event.to_string(), None, &config, &mut state), "{event}");
    }
    can_be_shown(&mut state, &config);
    assert_eq!(state.events, 9);
    assert_eq!(Kind::parse("purchase"), None);
}
