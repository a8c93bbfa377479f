//! How much this isolate works on at a time: many large bodies at once would take more memory than it has, and the platform
//! would end it in the middle of everybody's requests.

use std::cell::Cell;

use selvedge_engine::limits;
use selvedge_engine::pressure::weight;

use crate::api_error::ApiError;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

/// Room for one request, until it is dropped.
pub(super) struct Room(usize);

impl Room {
    /// Room for what is made of this body.
    ///
    /// # Errors
    /// 429 when others have taken it all.
    pub(super) fn take(body: &str) -> Result<Self, ApiError> {
        let bytes = weight(body);
        let taken = TAKEN.get() + bytes;
        if taken > limits::MEMORY_UNDER_WAY {
            return Err(ApiError::busy_edge());
        }
        TAKEN.set(taken);
        Ok(Self(bytes))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        TAKEN.set(TAKEN.get().saturating_sub(self.0));
    }
}
