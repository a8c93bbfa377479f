//! The cases for JavaScript, which has the clock.

use selvedge_engine::identity::home::StoreError;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::cases::{CASES, Case, Rounds};

fn thrown(error: StoreError) -> JsError {
    JsError::new(&error.to_string())
}

/// Every case, as JSON: its name and its size; of one about reading, what is read and its bytes.
#[wasm_bindgen]
pub fn cases() -> String {
    let shown = |case: &Case| {
        let body = case.body.map(|body| json!({ "name": body.name(), "bytes": body.text().len() }));
        json!({ "name": case.name, "size": case.size, "body": body })
    };
    CASES.iter().map(shown).collect::<Value>().to_string()
}

/// A case that is being measured.
#[wasm_bindgen]
pub struct Running(Box<dyn Rounds>);

#[wasm_bindgen]
impl Running {
    /// Begins the `n`th case.
    ///
    /// # Errors
    /// See [`Case::begin`](crate::Case::begin).
    #[wasm_bindgen(constructor)]
    pub fn new(n: usize) -> Result<Self, JsError> {
        let case = CASES.get(n).ok_or_else(|| JsError::new("there is no such case"))?;
        case.begin().map(Self).map_err(thrown)
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
