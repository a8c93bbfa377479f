//! Counting what goes on at the same time.

use std::cell::Cell;

/// One of them, as long as it lives.
pub(super) struct Counted<'a>(&'a Cell<u32>);

impl<'a> Counted<'a> {
    pub(super) fn new(count: &'a Cell<u32>) -> Self {
        count.set(count.get().saturating_add(1));
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}
