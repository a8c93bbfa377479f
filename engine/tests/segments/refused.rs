//! What is wrong with a rule is said before it is published: where, and what would be right.

#![expect(clippy::needless_pass_by_value, reason = "a table reads better without a sign before each value")]

use selvedge_engine::config::{Files, read_files};
use serde_json::{Value, json};

/// What is said of this rule.
fn said(rule: &Value) -> Vec<(String, String)> {
    let source = json!({ "id": "shop", "name": "Shop", "writeKey": "demo", "kind": "server", "identity": { "mode": "open" } });
    let files = Files::from([
        ("sources.json".to_owned(), json!({ "sources": [source] })),
        ("audiences/vip.json".to_owned(), json!({ "id": "vip", "name": "VIP", "namespace": "email" })),
        ("segments/other.json".to_owned(), json!({ "id": "other", "name": "Other", "rule": { "all": [] } })),
        ("segments/one.json".to_owned(), json!({ "id": "one", "name": "One", "rule": rule })),
    ]);
    let errors = read_files(&files).err().unwrap_or_default();
    assert!(errors.iter().all(|error| error.file == "segments/one.json"), "{errors:?}");
    errors.into_iter().map(|error| (error.path, error.reason)).collect()
}

fn performed(part: &str, is: Value) -> Value {
    json!({ "performed": { "event": "A", part: is } })
}

fn figure(of: &str, is: Value) -> Value {
    performed("value", json!({ "take": "sum", "of": of, "is": is }))
}

fn within(window: Value) -> Value {
    performed("within", window)
}

fn sequence(steps: Value) -> Value {
    json!({ "sequence": { "steps": steps } })
}

fn cart(cart: Value) -> Value {
    json!({ "cart": cart })
}

fn score(score: Value) -> Value {
    json!({ "score": score })
}

fn traits(condition: Value) -> Value {
    json!({ "traits": condition })
}

fn nested(deep: usize) -> Value {
    (1..deep).fold(json!({ "all": [] }), |rule, _| json!({ "not": rule }))
}

fn steps(many: usize) -> Value {
    sequence((0..many).map(|n| json!({ "event": format!("E{n}") })).collect())
}

#[test]
fn what_is_wrong_with_a_rule_is_said_with_where_and_what_would_be_right() {
    let ab = |b: Value| sequence(json!([{ "event": "A" }, b]));
    let cases = [
        (performed("event", json!(" ")), "rule.performed.event", "must name an event"),
        (
            performed("where", json!({ "n": { "$near": 1 } })),
            "rule.performed.where.n.$near",
            "no operator `$near`",
        ),
        (performed("context", json!({ "n": { "$in": 1 } })), "rule.performed.context.n.$in", "takes a list"),
        (performed("count", json!({ "min": 3, "max": 2 })), "rule.performed.count", "`max` is below `min`"),
        (performed("count", json!({ "min": 1001 })), "rule.performed.count", "counts go up to 1000"),
        (performed("count", json!({ "max": 1000 })), "rule.performed.count", "counts go up to 1000"),
        (figure("a..b", json!(1)), "rule.performed.value.of", "name a property"),
        (figure("a", json!({ "$gte": [] })), "rule.performed.value.is.$gte", "takes a number or a text"),
        (within(json!({})), "rule.performed.within", "give one of"),
        (within(json!({ "days": 1, "since": { "event": "B" } })), "rule.performed.within", "give one of"),
        (within(json!({ "days": 1, "back": 1 })), "rule.performed.within", "belong to `calendar`"),
        (within(json!({ "hours": 1, "zone": "UTC" })), "rule.performed.within", "belong to `calendar`"),
        (
            within(json!({ "calendar": "week", "back": 54 })),
            "rule.performed.within.back",
            "goes back 53 at most",
        ),
        (
            within(json!({ "calendar": "day", "zone": "Asia/Gaza" })),
            "rule.performed.within.zone",
            "no time zone",
        ),
        (
            within(json!({ "since": { "event": "" } })),
            "rule.performed.within.since.event",
            "must name an event",
        ),
        (steps(0), "rule.sequence.steps", "at least one step"),
        (steps(1), "rule.sequence.steps", "one step alone is `performed`"),
        (steps(17), "rule.sequence", "17 different events; 16 may be"),
        (ab(json!({ "event": "B", "within": {} })), "rule.sequence.steps[1].within", "give days, hours"),
        (
            ab(json!({ "event": "B", "without": { "event": "" } })),
            "rule.sequence.steps[1].without.event",
            "must name",
        ),
        (
            sequence(json!([{ "event": "A", "within": { "days": 1 } }, { "event": "B" }])),
            "rule.sequence.steps[0]",
            "no step before the first",
        ),
        (
            json!({ "sequence": { "steps": [{ "event": "A" }], "thenNot": { "event": "B", "within": {} } } }),
            "rule.sequence.thenNot.within",
            "give days, hours",
        ),
        (cart(json!({})), "rule.cart", "give `contains`"),
        (
            cart(json!({ "contains": { "price": { "$gt": true } } })),
            "rule.cart.contains.price.$gt",
            "takes a number",
        ),
        (cart(json!({ "value": { "$near": 1 } })), "rule.cart.value.$near", "no operator"),
        (
            cart(json!({ "quantity": { "$size": { "$near": 1 } } })),
            "rule.cart.quantity.$size.$near",
            "no operator",
        ),
        (cart(json!({ "abandoned": {} })), "rule.cart.abandoned", "give days, hours"),
        (score(json!({ "of": "a" })), "rule.score", "give `min`, `max` or both; or `top`"),
        (score(json!({ "of": "", "min": 1 })), "rule.score.of", "name a trait that is a number"),
        (score(json!({ "of": "a", "min": 2, "max": 1 })), "rule.score.max", "is below `min`"),
        (score(json!({ "of": "a", "top": 1 })), "rule.score.top", "a share between 0 and 1"),
        (score(json!({ "of": "a", "top": 0.1, "min": 1 })), "rule.score.top", "a threshold by itself"),
        (score(json!({ "of": "account.seats", "top": 0.1 })), "rule.score.of", "numbers of their own"),
        (json!({ "audience": "nowhere" }), "rule.audience", "there is no audience `nowhere`"),
        (
            json!({ "any": [{ "segment": "nowhere" }] }),
            "rule.any[0].segment",
            "there is no segment `nowhere`",
        ),
        (json!({ "not": { "segment": "one" } }), "rule", "names itself"),
        (nested(21), "rule", "nested 20 deep"),
        (
            json!({ "context": { "device": { "$type": "phone" } } }),
            "rule.context.device.$type",
            "takes one of",
        ),
        (traits(json!({ "a": { "$gt": 1, "b": 2 } })), "rule.traits.a", "side by side"),
        (
            traits(json!({ "a": { "$inGroup": "g" } })),
            "rule.traits.a.$inGroup",
            "use `segment` or `audience`",
        ),
        (traits(json!({ "$savedGroup": "g" })), "rule.traits.$savedGroup", "`segment`"),
        (traits(json!({ "a": { "$regex": "(?=b)" } })), "rule.traits.a.$regex", "without look-around"),
        (traits(json!({ "a": { "$exists": "yes" } })), "rule.traits.a.$exists", "takes true or false"),
        (traits(json!({ "a": { "$vgt": [] } })), "rule.traits.a.$vgt", "takes a version"),
        (
            traits(json!({ "a": { "$elemMatch": 1 } })),
            "rule.traits.a.$elemMatch",
            "takes a condition on an element",
        ),
        (traits(json!({ "a": { "$and": [] } })), "rule.traits.a.$and", "not inside one"),
    ];
    for (rule, path, reason) in cases {
        let all = said(&rule);
        assert_eq!(all.len(), 1, "{rule}: {all:?}");
        assert!(all[0].0 == path && all[0].1.contains(reason), "{rule}: {all:?}");
    }
}

#[test]
fn what_reaches_a_bound_and_does_not_pass_it_is_right() {
    for rule in [
        performed("count", json!({ "min": 1000 })),
        performed("count", json!({ "max": 999 })),
        within(json!({ "calendar": "week", "back": 53, "zone": "Australia/Lord_Howe" })),
        steps(16),
        nested(20),
        score(json!({ "of": "a", "min": 1, "max": 1 })),
        json!({ "any": [{ "segment": "other" }, { "not": { "audience": "vip" } }] }),
    ] {
        assert_eq!(said(&rule), [], "{rule}");
    }
}
