//! Folding many rows of a log, in any order.

use serde::{Deserialize, Serialize};

use super::{AbsorbError, Logged, ProfileState};
use crate::account::{Memberships, Word};
use crate::config::Config;
use crate::identity::fact::Order;

/// The fold of some rows of a log: of a whole one, or of those that belong to one person.
///
/// The words on accounts are kept beside the state: since when somebody belongs to one is told by all of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    state: ProfileState,
    last: Option<Order>,
    words: Vec<Word>,
}

impl Default for Fold {
    fn default() -> Self {
        Self::new()
    }
}

impl Fold {
    /// Of no rows.
    pub fn new() -> Self {
        Self { state: ProfileState::empty(), last: None, words: Vec::new() }
    }

    /// Takes a row in; no messageId may come twice.
    pub fn take(&mut self, row: &Logged, config: &Config) {
        let order = (row.event.timestamp, row.event.message_id.clone());
        self.last = self.last.take().max(Some(order));
        if let Some(consent) = row.may_stay() {
            self.state.apply(row, config, consent);
            self.words.extend(Word::of(row));
        }
    }

    /// Takes in the fold of other rows.
    ///
    /// # Errors
    /// [`AbsorbError`] if the two were folded under different configs.
    pub fn join(&mut self, other: Self, config: &Config) -> Result<(), AbsorbError> {
        self.state.absorb(&other.state, config)?;
        self.last = self.last.take().max(other.last);
        self.words.extend(other.words);
        Ok(())
    }

    /// The segments that the profile was in before: whoever stays in one has been in it since then.
    pub fn remember_segments(&mut self, before: &ProfileState) {
        self.state.segments = before.segments.anew();
    }

    /// The state, and the newest event. The segments are the caller's to refresh.
    pub fn done(self) -> (ProfileState, Option<Order>) {
        let Self { mut state, last, words } = self;
        state.accounts = Memberships::of(words);
        (state, last)
    }
}
