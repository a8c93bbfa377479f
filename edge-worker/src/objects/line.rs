//! How many requests of this isolate are with each object.
//!
//! An object does one thing after the other. What comes faster than that would stand in line in front of it, with its
//! body in this isolate's memory, and everybody else's requests behind it. So the line is short, and whoever finds it full
//! is told at once to come again: a flood on one object costs its own senders time and nobody else.

use std::cell::RefCell;
use std::collections::BTreeMap;

use selvedge_engine::limits;

use crate::api_error::ApiError;

thread_local! {
    /// Objects by name. Those that nobody is with are not in it.
    static LINES: RefCell<BTreeMap<String, u32>> = const { RefCell::new(BTreeMap::new()) };
}

/// A place in the line to an object, until it is dropped.
pub(super) struct Place(String);

impl Place {
    /// # Errors
    /// 429 if there are too many already.
    pub(super) fn take(name: &str) -> Result<Self, ApiError> {
        LINES.with_borrow_mut(|lines| {
            let line = lines.entry(name.to_owned()).or_default();
            if *line >= limits::CALLS_PER_OBJECT {
                return Err(ApiError::flooded());
            }
            *line += 1;
            Ok(Self(name.to_owned()))
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        LINES.with_borrow_mut(|lines| {
            let Some(line) = lines.get_mut(&self.0) else { return };
            *line = line.saturating_sub(1);
            if *line == 0 {
                lines.remove(&self.0);
            }
        });
    }
}
