//! Memberships in segments: after an event, and when time alone changes them.

use std::collections::BTreeSet;

use super::store::{Store, Write};
use super::{Place, Profile, Step, Stepped};
use crate::config::Config;
use crate::consent::Consent;
use crate::ids::AudienceId;
use crate::profile::{Listed, next_change};
use crate::segment::{Cause, Change};
use crate::time::UnixMillis;

impl Profile {
    /// When a segment of this profile can change next though nothing happens.
    pub fn next_change(&self, config: &Config, now: UnixMillis) -> Option<UnixMillis> {
        let lives = matches!(self.home.place, Place::Live | Place::Surrendering { .. });
        next_change(&self.folded.state, config, now).filter(|_| lives)
    }
}

impl<S: Store> Step<'_, S> {
    /// Lets windows move up to now, each at its own instant.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn pass_time(&mut self) -> Stepped<()> {
        if self.profile.next_change(self.config, self.now).is_none_or(|at| at > self.now) {
            return Ok(());
        }
        self.catch_up()?;
        let changes = self.profile.folded.state.pass_time(self.config, self.now);
        self.note_changes(&changes)?;
        self.store.write(Write::Folded(&self.profile.folded))
    }

    /// Looks at the segments that what was folded can have changed.
    pub(super) fn look_at_segments(&mut self, cause: Cause<'_>) -> Stepped<()> {
        let changes = self.profile.folded.state.refresh_segments(self.config, self.now, cause);
        self.note_changes(&changes)
    }

    /// Looks at the segments of imported audiences, now that the person is in these.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn look_at_lists(
        &mut self,
        listed: &mut Listed,
        audiences: Option<BTreeSet<AudienceId>>,
    ) -> Stepped<()> {
        let before = listed.clone();
        let changes = listed.look(&self.profile.folded.state, self.config, self.now, audiences);
        self.note_changes(&changes)?;
        if *listed == before { Ok(()) } else { self.store.write(Write::Listed(listed)) }
    }

    pub(super) fn note_changes(&mut self, changes: &[Change]) -> Stepped<()> {
        let said = self.profile.folded.state.consent.as_ref().map(|said| said.consent);
        let may = said.unwrap_or(Consent::STORED).may_archive();
        changes.iter().try_for_each(|change| self.store.write(Write::Change(change, may)))
    }
}
