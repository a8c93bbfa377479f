//! GrowthBook's own cases, as many as its Rust SDK can be asked through its API: conditions on attributes.

use std::hint::black_box;

use selvedge_engine::identity::home::StoreError;
use selvedge_engine::segment::{Condition, Groups};
use serde_json::{Map, Value};

use crate::cases::Rounds;

/// One case.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The condition.
    pub condition: Map<String, Value>,
    /// What it is held against.
    pub attributes: Map<String, Value>,
    /// Lists that it may name.
    pub groups: Groups,
    /// Whether it holds.
    pub holds: bool,
}

/// All 583.
///
/// # Errors
/// When the suite can't be read.
pub fn suite() -> Result<Vec<Asked>, StoreError> {
    let failed = |what: &str| StoreError(format!("GrowthBook's suite: {what}"));
    let suite: Value = serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/cases.json")))
        .map_err(|error| failed(&error.to_string()))?;
    let cases =
        suite.get("evalCondition").and_then(Value::as_array).ok_or_else(|| failed("no conditions"))?;
    let map = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let read = |case: &Value| Asked {
        condition: map(case.get(1)),
        attributes: map(case.get(2)),
        groups: map(case.get(4)).into_iter().collect(),
        holds: case.get(3) == Some(&Value::Bool(true)),
    };
    Ok(cases.iter().map(read).collect())
}

struct Conditions(Vec<(Condition, Map<String, Value>, bool)>);

/// The cases with these numbers, compiled.
pub(crate) fn some(numbers: &[usize]) -> Result<Box<dyn Rounds>, StoreError> {
    let suite = suite()?;
    let ready = |asked: &Asked| {
        let condition = Condition::with_groups(&asked.condition, &asked.groups);
        (condition, asked.attributes.clone(), asked.holds)
    };
    Ok(Box::new(Conditions(numbers.iter().filter_map(|n| suite.get(*n)).map(ready).collect())))
}

/// All of them.
pub(crate) fn all(_: usize) -> Result<Box<dyn Rounds>, StoreError> {
    some(&(0..suite()?.len()).collect::<Vec<_>>())
}

/// Those that name no list: the others can't be asked of GrowthBook's SDK for Rust.
pub(crate) fn without_lists(_: usize) -> Result<Box<dyn Rounds>, StoreError> {
    let suite = suite()?.into_iter().enumerate();
    some(&suite.filter(|(_, asked)| asked.groups.is_empty()).map(|(n, _)| n).collect::<Vec<_>>())
}

impl Rounds for Conditions {
    fn prepare(&mut self) {}

    fn run(&mut self) -> Result<(), StoreError> {
        for (condition, attributes, holds) in &self.0 {
            if black_box(condition.verdict(black_box(attributes)).holds()) != *holds {
                return Err(StoreError("a condition holds otherwise".into()));
            }
        }
        Ok(())
    }

    fn operations(&self) -> usize {
        self.0.len()
    }
}
