//! How many requests of this isolate are with each object.
//!
//! An object does one thing after the other. What comes faster than that would stand in line in front of it, with its
//! body in this isolate's memory, and everybody else's requests behind it. So the line is short, and whoever finds it full
//! is told at once to come again: a flood on one object costs its own senders time and nobody else.

use std::cell::RefCell;

use selvedge_engine::limits;

use crate::api_error::ApiError;

thread_local! {
    /// The name of an object, once for each request that is with it. They are as many as the isolate has under way.
    static WITH: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A place in the line to an object, until it is dropped.
pub(super) struct Place(String);

impl Place {
    /// # Errors
    /// 429 if there are too many already.
    pub(super) fn take(name: &str) -> Result<Self, ApiError> {
        WITH.with_borrow_mut(|with| {
            if with.iter().filter(|other| *other == name).count() >= limits::CALLS_PER_OBJECT {
                return Err(ApiError::flooded());
            }
            with.push(name.to_owned());
            Ok(Self(name.to_owned()))
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        WITH.with_borrow_mut(|with| {
            if let Some(at) = with.iter().position(|name| *name == self.0) {
                with.swap_remove(at);
            }
        });
    }
}
