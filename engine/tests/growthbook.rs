//! GrowthBook's public suite, spec 0.12.0, out of the package of its Rust SDK: conditions, hashes and buckets are held against
//! every case. What our model has not is listed with the reason, so that nothing is left out unseen.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use selvedge_engine::experiment::{
    Allotment, Assignments, Experiment, Filter, Namespace, Range, choose, equal_weights, hash, in_namespace,
    ranges,
};
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
    serde_json::from_value(value.clone()).unwrap()
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
        let namespace: Namespace = serde_json::from_value(case[2].clone()).unwrap();
        assert_eq!(json!(in_namespace(case[1].as_str().unwrap(), &namespace)), case[3], "{case:?}");
    }
    for case in cases("getEqualWeights", 6) {
        // Fewer than none is none: there is no such number of variants.
        let many = usize::try_from(case[0].as_i64().unwrap()).unwrap_or(0);
        let (found, wanted) = (equal_weights(many), numbers(&case[1]));
        assert_eq!(found.len(), wanted.len(), "{case:?}");
        assert!(found.iter().zip(wanted).all(|(one, other)| near(*one, other)), "{case:?}");
    }
}

/// What GrowthBook's experiments have and ours have not.
const NOT_OURS: [(&str, &str); 9] = [
    ("url", "where an experiment runs is its offers' placement and audience"),
    ("urlPatterns", "as `url`"),
    ("force", "a forced variant is an offer of its own"),
    ("include", "a function of the page: an audience says it"),
    ("groups", "of its first version: segments"),
    ("contextualBandit", "bandits are Thompson sampling by audience"),
    ("parentConditions", "features that depend on others: segments that name others"),
    ("fallbackAttribute", "allotted by the caller: who is asked for is the profile, or the device"),
    ("status", "drafts are not published"),
];

/// An experiment as GrowthBook writes it; the name of what ours has not.
fn experiment(source: &Map<String, Value>, sticky: bool) -> Result<Experiment, &'static str> {
    let may = |name: &str| name != "fallbackAttribute" || !sticky;
    for (name, _) in NOT_OURS {
        if source.get(name).is_some_and(|value| !value.is_null()) && (may(name)) {
            return Err(name);
        }
    }
    let text = |name: &str| source.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = |name: &str| source.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let many = source["variations"].as_array().unwrap().len();
    let key_of = |n: usize| {
        let key = source.get("meta").and_then(|meta| meta[n]["key"].as_str());
        key.map_or_else(|| n.to_string(), str::to_owned)
    };
    let weights = source.get("weights").filter(|weights| weights.is_array()).map(numbers);
    let coverage = source.get("coverage").and_then(Value::as_f64).unwrap_or(1.0);
    let filter = |filter: &Value| Filter {
        seed: filter["seed"].as_str().unwrap().to_owned(),
        hash_version: filter["hashVersion"].as_u64().map_or(2, |version| u32::try_from(version).unwrap()),
        ranges: parts(&filter["ranges"]),
    };
    let filters = source.get("filters").and_then(Value::as_array);
    let off = source.get("disableStickyBucketing").and_then(Value::as_bool).unwrap_or(false);
    Ok(Experiment {
        key: text("key").unwrap_or_default(),
        seed: text("seed").filter(|seed| !seed.is_empty()),
        hash_version: number("hashVersion").unwrap_or(1),
        variants: (0..many).map(key_of).collect(),
        ranges: match source.get("ranges") {
            Some(ranges) if ranges.is_array() => parts(ranges),
            _ => ranges(many, coverage, weights.as_deref()),
        },
        filters: filters.map(|filters| filters.iter().map(filter).collect()).unwrap_or_default(),
        namespace: source.get("namespace").and_then(|it| serde_json::from_value(it.clone()).ok()),
        condition: Condition::compile(&source.get("condition").map(map).unwrap_or_default()).0,
        version: (sticky && !off).then(|| number("bucketVersion").unwrap_or(0)),
        least_version: number("minBucketVersion").unwrap_or(0),
    })
}

/// What GrowthBook hashes by: a text, or a number that is not zero.
fn unit(attributes: &Map<String, Value>, name: &str) -> String {
    match attributes.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.as_f64() != Some(0.0) => number.to_string(),
        _ => String::new(),
    }
}

fn allotted(
    experiment: &Experiment,
    source: &Map<String, Value>,
    attributes: &Map<String, Value>,
    before: &Assignments,
) -> Option<Allotment> {
    let by = source.get("hashAttribute").and_then(Value::as_str).unwrap_or("id");
    experiment.allot(&unit(attributes, by), attributes, before)
}

#[test]
fn runs_that_our_model_has_end_as_growthbooks() {
    let mut left: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut ran = 0;
    for case in cases("run", 88) {
        let (name, context, source) = (case[0].as_str().unwrap(), map(&case[1]), map(&case[2]));
        let of_context = [
            "url",
            "overrides",
            "forcedVariations",
            "qaMode",
            "enabled",
            "groups",
            "savedGroups",
            "features",
        ];
        let of_page = of_context.iter().find(|field| context.contains_key(**field)).copied();
        let reason = of_page.or_else(|| (source.get("active") == Some(&json!(false))).then_some("active"));
        let filtered_otherwise = |filter: &Value| filter.get("attribute").is_some_and(|by| by != "id");
        let filters = source.get("filters").and_then(Value::as_array);
        let reason = reason.or_else(|| {
            filters
                .is_some_and(|f| f.iter().any(filtered_otherwise))
                .then_some("filters by another attribute")
        });
        let read = reason.map_or_else(|| experiment(&source, false), Err);
        match read {
            Err(reason) => left.entry(reason.to_owned()).or_default().push(name.to_owned()),
            Ok(experiment) => {
                let found = allotted(
                    &experiment,
                    &source,
                    &context.get("attributes").map(map).unwrap_or_default(),
                    &Assignments::new(),
                );
                // Whoever is not in it gets the first one, and does not count.
                let wanted = (case[4] == true).then(|| case[3].clone());
                let found = found.map(|found| source["variations"][found.variant].clone());
                assert_eq!(found, wanted, "{name}");
                ran += 1;
            }
        }
    }
    println!("{ran} of 88 runs; left out: {left:#?}");
    assert_eq!(ran, 72, "{left:#?}");
}

#[test]
fn what_was_allotted_sticks_as_in_growthbook() {
    for case in cases("stickyBucket", 13) {
        let (name, attributes) = (case[0].as_str().unwrap(), map(&case[1]["attributes"]));
        let feature = case[3].as_str().unwrap();
        let mut source = map(&case[1]["features"][feature]["rules"][0]);
        // A rule without a key has the feature's.
        source.entry("key").or_insert_with(|| feature.into());
        let experiment = experiment(&source, true).unwrap();
        let by = source.get("hashAttribute").and_then(Value::as_str).unwrap_or("id");
        let fallback = source.get("fallbackAttribute").and_then(Value::as_str).unwrap_or_default();
        let kept = |attribute: &str| -> Assignments {
            let mine = |doc: &&Value| {
                doc["attributeName"] == attribute && doc["attributeValue"] == unit(&attributes, attribute)
            };
            let docs = case[2].as_array().unwrap();
            docs.iter()
                .find(mine)
                .map(|doc| serde_json::from_value(doc["assignments"].clone()).unwrap())
                .unwrap_or_default()
        };
        // The device's first, then the person's.
        let mut before = kept(fallback);
        before.extend(kept(by));
        let who = [by, fallback].into_iter().map(|by| unit(&attributes, by)).find(|who| !who.is_empty());
        let found = experiment.allot(&who.unwrap_or_default(), &attributes, &before);
        let wanted = case[4].as_object();
        let (found, wanted) = match (found, wanted) {
            (Some(found), Some(wanted)) => (found, wanted),
            (None, None) => continue,
            (found, wanted) => panic!("{name}: {found:?}, {wanted:?}"),
        };
        assert_eq!(json!(found.variant), wanted["variationId"], "{name}");
        assert_eq!(json!(found.stuck), wanted["stickyBucketUsed"], "{name}");
        assert_eq!(json!(found.place), wanted["bucket"], "{name}");
        // What is kept of it is what GrowthBook keeps.
        if let Some(version) = experiment.version {
            let key = experiment.sticky_key(version);
            let hashed_by = wanted["hashAttribute"].as_str().unwrap();
            let doc = format!("{hashed_by}||{}", wanted["hashValue"].as_str().unwrap());
            assert_eq!(case[5][doc]["assignments"][key], json!(experiment.variants[found.variant]), "{name}");
        }
    }
}
