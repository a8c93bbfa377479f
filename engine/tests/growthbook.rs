//! GrowthBook's public suite, spec 0.12.0, out of the package of its Rust SDK: conditions, hashes and buckets are held against
//! every case, and its features and experiments against decisions ([`offers`]).

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

#[path = "growthbook/offers.rs"]
mod offers;

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use selvedge_engine::offer::experiment::{Range, choose, equal_weights, hash, in_namespace, ranges};
use selvedge_engine::segment::{Condition, Groups};
use serde_json::{Map, Value, json};

/// The suite, from where cargo has unpacked the package.
static SUITE: LazyLock<Value> = LazyLock::new(|| {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "growthbook-rust").unwrap();
    let mut path = PathBuf::from(package["manifest_path"].as_str().unwrap());
    path.set_file_name("tests/cases/cases.json");
    let suite: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(suite["specVersion"], "0.12.0");
    suite
});

fn cases(name: &str, many: usize) -> Vec<Vec<Value>> {
    let cases: Vec<Vec<Value>> = serde_json::from_value(SUITE[name].clone()).unwrap();
    assert_eq!(cases.len(), many, "{name}");
    cases
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect()
}

fn parts(value: &Value) -> Vec<Range> {
    let parts: Vec<(f64, f64)> = serde_json::from_value(value.clone()).unwrap();
    parts.into_iter().map(|(from, to)| Range(from, to)).collect()
}

/// The suite has eight digits.
fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-8
}

#[test]
fn every_condition_is_as_growthbook_has_it() {
    let mut failed = Vec::new();
    for case in cases("evalCondition", 583) {
        let groups: Groups =
            case.get(4).map(|groups| serde_json::from_value(groups.clone()).unwrap()).unwrap_or_default();
        let condition = Condition::with_groups(&map(&case[1]), &groups);
        if Some(condition.verdict(&map(&case[2])).holds()) != case[3].as_bool() {
            failed.push(case[0].clone());
        }
    }
    assert!(failed.is_empty(), "{} of 583: {failed:#?}", failed.len());
}

#[test]
fn hashes_and_buckets_are_growthbooks() {
    for case in cases("hash", 27) {
        let version = u32::try_from(case[2].as_u64().unwrap()).unwrap();
        let place = hash(case[0].as_str().unwrap(), case[1].as_str().unwrap(), version);
        assert_eq!(json!(place), case[3], "{case:?}");
    }
    for case in cases("getBucketRange", 13) {
        let weights = case[1][2].is_array().then(|| numbers(&case[1][2]));
        let many = usize::try_from(case[1][0].as_u64().unwrap()).unwrap();
        let found = ranges(many, case[1][1].as_f64().unwrap(), weights.as_deref());
        let wanted = parts(&case[2]);
        assert_eq!(found.len(), wanted.len());
        for (one, other) in found.iter().zip(wanted) {
            assert!(near(one.0, other.0) && near(one.1, other.1), "{case:?}: {found:?}");
        }
    }
    for case in cases("chooseVariation", 13) {
        let chosen = choose(case[1].as_f64().unwrap(), &parts(&case[2]));
        assert_eq!(json!(chosen.map_or(-1, |chosen| i64::try_from(chosen).unwrap())), case[3], "{case:?}");
    }
    for case in cases("inNamespace", 16) {
        let (name, from, to): (String, f64, f64) = serde_json::from_value(case[2].clone()).unwrap();
        let found = in_namespace(case[1].as_str().unwrap(), &name, Range(from, to));
        assert_eq!(json!(found), case[3], "{case:?}");
    }
    for case in cases("getEqualWeights", 6) {
        // Fewer than none is none: there is no such number of variants.
        let many = usize::try_from(case[0].as_i64().unwrap()).unwrap_or(0);
        let (found, wanted) = (equal_weights(many), numbers(&case[1]));
        assert_eq!(found.len(), wanted.len(), "{case:?}");
        assert!(found.iter().zip(wanted).all(|(one, other)| near(*one, other)), "{case:?}");
    }
}
