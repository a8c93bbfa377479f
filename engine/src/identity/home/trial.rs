//! What this profile would be under other segments.

use super::settle::PAGE;
use super::store::Store;
use super::{Step, Stepped};
use crate::config::Config;
use crate::profile::ProfileState;

impl<S: Store> Step<'_, S> {
    /// The state with what the event conditions of another config count, over the whole log where the published one does not count
    /// the same. The rules of traits must be the same. Nothing of it is stored.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn under(&mut self, other: &Config) -> Stepped<ProfileState> {
        self.refresh()?;
        let mut state = self.profile.folded.state.clone();
        if self.config.program().counts_all_of(other.program()) {
            return Ok(state);
        }
        state.forget_counts(other);
        let mut after = String::new();
        loop {
            let rows = self.store.rows(None, &after, PAGE)?;
            let Some(end) = rows.last() else { return Ok(state) };
            after = end.event.message_id.as_str().to_owned();
            rows.iter().for_each(|row| state.count_again(row, other));
        }
    }
}
