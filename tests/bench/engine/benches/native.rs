//! The cases, native, with criterion. Which ones `SELVEDGE_BENCH` says: `engine`, or `segments`.

use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use growthbook_rust::dto::GrowthBookFeature;
use growthbook_rust::growthbook::GrowthBook;
use growthbook_rust::model_public::GrowthBookAttribute;
use selvedge_engine_bench::{Rounds, cases, suite};
use serde_json::{Value, json};

fn measure(rounds: &mut dyn Rounds, count: u64) -> Result<Duration, Box<dyn Error>> {
    let mut took = Duration::ZERO;
    for _ in 0..count {
        rounds.prepare();
        let start = Instant::now();
        rounds.run()?;
        took += start.elapsed();
    }
    Ok(took)
}

/// The same conditions by GrowthBook's own SDK, each as the rule of a feature, which is the way to ask it.
fn growthbook(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let mut asked = Vec::new();
    let mut features = HashMap::new();
    for (n, case) in suite()?.into_iter().enumerate().filter(|(_, case)| case.groups.is_empty()) {
        let name = format!("case-{n}");
        let rules = json!([{ "condition": case.condition, "force": true }]);
        let feature: GrowthBookFeature =
            serde_json::from_value(json!({ "defaultValue": false, "rules": rules }))?;
        features.insert(name.clone(), feature);
        let attributes =
            GrowthBookAttribute::from(Value::Object(case.attributes)).map_err(|_| "attributes")?;
        asked.push((name, Some(attributes), case.holds));
    }
    let sdk = GrowthBook {
        forced_variations: None,
        features,
        attributes: None,
        sticky_bucket_service: None,
        saved_groups: HashMap::new(),
    };
    let right = |(name, attributes, holds): &&(String, _, bool)| sdk.check(name, attributes).on == *holds;
    let answered = asked.iter().filter(right).count();
    if answered != asked.len() {
        return Err(format!("the SDK answers {answered} of {} cases as its suite does", asked.len()).into());
    }
    let operations = u32::try_from(asked.len())?;
    criterion.bench_function("segments/growthbook-rust", |bencher| {
        bencher.iter_custom(|count| {
            let start = Instant::now();
            for _ in 0..count {
                for (name, attributes, _) in &asked {
                    black_box(sdk.check(black_box(name), attributes).on);
                }
            }
            start.elapsed() / operations
        });
    });
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let bench = std::env::var("SELVEDGE_BENCH").unwrap_or_else(|_| "engine".to_owned());
    for (n, case) in cases(&bench).iter().enumerate() {
        let mut rounds = case.begin()?;
        rounds.prepare();
        let operations = u32::try_from(rounds.operations())?;
        let mut failure = None;
        // Its name in criterion's folder: the table is printed from there.
        criterion.bench_function(&format!("{bench}/{n}"), |bencher| {
            bencher.iter_custom(|count| match measure(&mut *rounds, count) {
                Ok(took) => took / operations,
                Err(error) => {
                    failure = Some(error);
                    Duration::from_nanos(1)
                }
            });
        });
        if let Some(error) = failure {
            return Err(error);
        }
    }
    if bench == "segments" {
        growthbook(&mut criterion)?;
    }
    criterion.final_summary();
    Ok(())
}
