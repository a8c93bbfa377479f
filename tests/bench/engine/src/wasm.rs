//! The cases for JavaScript, which has the clock.

use selvedge_engine::identity::home::StoreError;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::{Asked, Case, Rounds};

fn thrown(error: StoreError) -> JsError {
    JsError::new(&error.to_string())
}

/// Every case of a benchmark, as JSON: its name and its size; of one about reading, what is read and its bytes.
#[wasm_bindgen]
pub fn cases(bench: &str) -> String {
    let shown = |case: &Case| {
        let body = case.body.map(|body| json!({ "name": body.name(), "bytes": body.text().len() }));
        json!({ "name": case.name, "size": case.size, "body": body })
    };
    crate::cases(bench).iter().map(shown).collect::<Value>().to_string()
}

/// GrowthBook's cases of conditions, as JSON: condition, attributes, lists, and whether it holds.
///
/// # Errors
/// When the suite can't be read.
#[wasm_bindgen]
pub fn conditions() -> Result<String, JsError> {
    let suite = crate::suite().map_err(thrown)?;
    let shown = |one: &Asked| json!([one.condition, one.attributes, one.groups, one.holds]);
    Ok(suite.iter().map(shown).collect::<Value>().to_string())
}

/// A case that is being measured.
#[wasm_bindgen]
pub struct Running(Box<dyn Rounds>);

#[wasm_bindgen]
impl Running {
    /// Begins the `n`th case of a benchmark.
    ///
    /// # Errors
    /// See [`Case::begin`](crate::Case::begin).
    #[wasm_bindgen(constructor)]
    pub fn new(bench: &str, n: usize) -> Result<Self, JsError> {
        let case = crate::cases(bench).get(n).ok_or_else(|| JsError::new("there is no such case"))?;
        case.begin().map(Self).map_err(thrown)
    }

    /// Begins with these of GrowthBook's conditions.
    ///
    /// # Errors
    /// When the suite can't be read.
    pub fn conditions(numbers: &[usize]) -> Result<Self, JsError> {
        crate::conditions::some(numbers).map(Self).map_err(thrown)
    }

    /// Operations in a round.
    #[wasm_bindgen(getter)]
    pub fn operations(&self) -> usize {
        self.0.operations()
    }

    /// What comes before a round.
    pub fn prepare(&mut self) {
        self.0.prepare();
    }

    /// One round.
    ///
    /// # Errors
    /// See [`Rounds::run`].
    pub fn run(&mut self) -> Result<(), JsError> {
        self.0.run().map_err(thrown)
    }
}
