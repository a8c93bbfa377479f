//! `traits.json`: what is read from it, and what is said when it is wrong.

#![expect(clippy::unwrap_used, reason = "a test may")]

use selvedge_engine::config::{Document, FileError, Files, Merge, read_files};
use selvedge_engine::limits;
use serde_json::{Map, Value, json};

fn read(traits: Value) -> Result<Document, Vec<FileError>> {
    let source = json!({"id": "shop", "name": "Shop", "writeKey": "demo", "kind": "server", "identity": {"mode": "open"}});
    let files: Files =
        [("sources.json".to_owned(), json!({"sources": [source]})), ("traits.json".to_owned(), traits)]
            .into();
    read_files(&files)
}

fn error(traits: Value) -> FileError {
    let mut errors = read(traits).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    let error = errors.remove(0);
    assert_eq!(error.file, "traits.json");
    error
}

#[test]
fn every_rule_is_read_by_its_name() {
    let rules = [
        ("newest", Merge::Newest),
        ("oldest", Merge::Oldest),
        ("min", Merge::Min),
        ("max", Merge::Max),
        ("sum", Merge::Sum),
        ("union", Merge::Union),
        ("and", Merge::And),
        ("or", Merge::Or),
    ];
    let listed: Map<String, Value> =
        rules.iter().map(|(name, _)| ((*name).to_owned(), json!({"merge": name}))).collect();
    let document = read(json!({"traits": listed})).unwrap();
    for (name, merge) in rules {
        assert_eq!(document.traits.merge_of(name), merge);
    }
    assert_eq!(document.traits.merge_of("anything else"), Merge::Newest);
    let stored = serde_json::to_string(&document).unwrap();
    assert_eq!(serde_json::from_str::<Document>(&stored).unwrap(), document);
}

#[test]
fn an_unknown_rule_is_refused_with_those_that_are_known() {
    let wrong = error(json!({"traits": {"ltv": {"merge": "biggest"}}}));
    assert_eq!(wrong.path, "traits.ltv.merge");
    assert!(wrong.reason.contains("`biggest`"), "{}", wrong.reason);
    for known in ["newest", "oldest", "min", "max", "sum", "union", "and", "or"] {
        assert!(wrong.reason.contains(&format!("`{known}`")), "{}", wrong.reason);
    }
}

#[test]
fn a_rule_says_how_to_merge_and_nothing_else() {
    let missing = error(json!({"traits": {"ltv": {}}}));
    assert_eq!(
        (missing.path.as_str(), missing.reason.as_str()),
        ("traits.ltv", "`merge` is missing: write it, too")
    );
    let unknown = error(json!({"traits": {"ltv": {"merge": "max", "limit": 3}}}));
    assert_eq!(unknown.path, "traits.ltv.limit");
    assert!(unknown.reason.contains("write one of `merge`"), "{}", unknown.reason);
    assert!(error(json!({"ltv": {"merge": "max"}})).reason.contains("write one of `traits`"));
}

#[test]
fn a_trait_needs_a_name() {
    let wrong = error(json!({"traits": {"": {"merge": "max"}}}));
    assert_eq!((wrong.path.as_str(), wrong.reason.as_str()), ("traits", "a trait's name must not be empty"));
}

#[test]
fn only_so_many_traits_may_have_a_rule() {
    let rules = |count: usize, merge: &str| {
        let list: Map<String, Value> =
            (0..count).map(|n| (format!("t{n}"), json!({"merge": merge}))).collect();
        json!({"traits": list})
    };
    assert!(read(rules(limits::TRAIT_RULES, "sum")).is_ok());
    assert!(read(rules(limits::TRAIT_RULES + 1, "newest")).is_ok());
    let wrong = error(rules(limits::TRAIT_RULES + 1, "sum"));
    assert_eq!(wrong.path, "traits");
    assert_eq!(wrong.reason, "101 traits have a rule other than `newest`; 100 may");
}

#[test]
fn a_document_without_trait_rules_keeps_its_hash_and_still_reads() {
    let before = r#"{"sources":[],"identity":{"namespaces":{}},"placements":[],"segments":[],"offers":[]}"#;
    let document: Document = serde_json::from_str(before).unwrap();
    assert_eq!(serde_json::to_string(&document).unwrap(), before);
    assert_eq!(document.hash(), "95ba356b521ae83c65a7267d0db3ea024cdad44cdfa53d1c383cd8de379a2e52");
}
