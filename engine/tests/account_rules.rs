//! `accounts.json`: what is read from it, and what is said when it is wrong.

#![expect(clippy::unwrap_used, reason = "a test may")]

use selvedge_engine::config::{Document, FileError, Files, Merge, read_files};
use selvedge_engine::limits;
use serde_json::{Map, Value, json};

fn read(accounts: Value) -> Result<Document, Vec<FileError>> {
    let source =
        json!({"id": "crm", "name": "CRM", "writeKey": "k", "kind": "server", "identity": {"mode": "open"}});
    let files: Files =
        [("sources.json".to_owned(), json!({"sources": [source]})), ("accounts.json".to_owned(), accounts)]
            .into();
    read_files(&files)
}

fn error(accounts: Value) -> (String, String) {
    let mut errors = read(accounts).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    let FileError { file, path, reason } = errors.remove(0);
    assert_eq!(file, "accounts.json");
    (path, reason)
}

#[test]
fn rules_and_aggregates_are_read_and_stored() {
    let ops = ["sum", "avg", "min", "max", "count"];
    let aggregates: Map<String, Value> =
        ops.iter().map(|op| ((*op).to_owned(), json!({"op": op, "over": "computed.orders"}))).collect();
    let document = read(json!({"traits": {"seats": {"merge": "max"}}, "aggregates": aggregates})).unwrap();
    assert_eq!(document.accounts.traits.merge_of("seats"), Merge::Max);
    assert_eq!(document.accounts.aggregates.len(), 5);
    let stored = serde_json::to_string(&document).unwrap();
    assert_eq!(serde_json::from_str::<Document>(&stored).unwrap(), document);
}

#[test]
fn a_document_without_rules_of_accounts_keeps_its_hash() {
    assert!(!serde_json::to_string(&Document::default()).unwrap().contains("accounts"));
}

#[test]
fn what_is_wrong_is_said_where_it_is() {
    let one = |name: &str, aggregate: Value| json!({"aggregates": {name: aggregate}});
    assert_eq!(error(one("s", json!({"op": "median", "over": "x"}))).0, "aggregates.s.op");
    assert_eq!(error(one("s", json!({"op": "sum"}))).1, "`over` is missing: write it, too");
    assert_eq!(error(one("s", json!({"op": "sum", "over": ""}))).0, "aggregates.s.over");
    assert_eq!(error(one("s", json!({"op": "sum", "over": "account.plan"}))).0, "aggregates.s.over");
    assert_eq!(error(one("members", json!({"op": "sum", "over": "x"}))).0, "aggregates.members");
    assert_eq!(error(json!({"traits": {"": {"merge": "max"}}})).0, "traits");
    let many: Map<String, Value> =
        (0..=limits::AGGREGATES).map(|n| (format!("a{n}"), json!({"op": "sum", "over": "x"}))).collect();
    assert_eq!(error(json!({"aggregates": many})).1, "there are 21 aggregates; 20 may be");
}
