//! Joining two profiles: `fold(a ∪ b) = fold(a).absorb(fold(b))`.

use super::standing::change;
use super::{ConsentSaid, ProfileState, Stale};
use crate::config::{Config, TraitRules};
use crate::limits;
use crate::segment::{Cause, Change, Membership};
use crate::time::UnixMillis;

/// Why two states can't be joined. The caller folds the union of the logs instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AbsorbError {
    /// One was folded by another version, under other trait rules, or with other event conditions.
    #[error("one of the states was folded by another version or under other rules")]
    FoldedOtherwise,
}

impl ProfileState {
    /// Takes in the state of another log; no messageId may be in both. What comes out is what folding both logs under
    /// `config` gives, but for the segments: those are the union, each since the earlier time, and the caller
    /// refreshes them. Since when the person belongs to an account may be blurred: see [`Memberships`](crate::account::Memberships).
    ///
    /// # Errors
    /// [`AbsorbError`] if one of the two is not what folding under `config` gives; nothing has changed then.
    pub fn absorb(&mut self, other: &Self, config: &Config) -> Result<(), AbsorbError> {
        self.check_folded(config)?;
        other.check_folded(config)?;
        if self.events == 0 {
            self.trait_rules.clone_from(&other.trait_rules);
            self.counted.clone_from(&other.counted);
        }
        self.events = self.events.saturating_add(other.events);
        self.first_seen = [self.first_seen, other.first_seen].into_iter().flatten().min();
        if self.earliest.len() < other.earliest.len() {
            self.earliest.resize(other.earliest.len(), None);
        }
        for (mine, theirs) in self.earliest.iter_mut().zip(&other.earliest) {
            *mine = [*mine, *theirs].into_iter().flatten().min();
        }
        self.last_seen = self.last_seen.max(other.last_seen);
        self.traits.absorb(&other.traits, config.traits(), limits::TRAITS);
        self.claimed_traits.absorb(&other.claimed_traits, &TraitRules::NONE, limits::CLAIMED_TRAITS);
        for (id, seen) in other.seen.iter() {
            self.seen.see(id.clone(), seen.clone());
        }
        self.claims.absorb(&other.claims);
        if let Some(said) = &other.consent {
            self.hear(said.clone());
        }
        self.words.absorb(&other.words);
        self.accounts.absorb(&other.accounts);
        self.commerce.absorb(&other.commerce);
        self.exposures.absorb(&other.exposures);
        for (key, theirs) in other.tallies.iter() {
            if let Some(tracker) = config.program().tracker(key) {
                self.tallies.change(key, |mine| tracker.absorb(mine, theirs));
            }
        }
        self.join_segments(other);
        // Anything may have changed.
        self.rules.clear();
        self.stale = Stale::default();
        Ok(())
    }

    /// As [`ProfileState::absorb`], and looks at the segments. What it is in now and was not before it enters by that, also where
    /// the other one was in it already: since then the person has been in.
    ///
    /// # Errors
    /// As there.
    pub fn join(
        &mut self,
        other: &Self,
        config: &Config,
        now: UnixMillis,
    ) -> Result<Vec<Change>, AbsorbError> {
        let before = self.segments.clone();
        self.absorb(other, config)?;
        self.refresh_segments(config, now, Cause::Merge);
        let mut changes = Vec::new();
        for (new, old, entered) in [(&self.segments, &before, true), (&before, &self.segments, false)] {
            for id in new.keys() {
                if old.get(id).is_none() {
                    changes.push(change(id.clone(), entered, now, Cause::Merge));
                }
            }
        }
        Ok(changes)
    }

    fn check_folded(&self, config: &Config) -> Result<(), AbsorbError> {
        if self.is_folded_under(config) { Ok(()) } else { Err(AbsorbError::FoldedOtherwise) }
    }

    /// Something was said on consent.
    pub(super) fn hear(&mut self, new: ConsentSaid) {
        if self.consent.as_ref().is_none_or(|said| (said.at, &said.by) < (new.at, &new.by)) {
            self.consent = Some(new);
        }
    }

    fn join_segments(&mut self, other: &Self) {
        let order = |membership: &Membership| (membership.since, membership.cause.clone());
        for (id, theirs) in other.segments.iter() {
            if self.segments.get(id).is_none_or(|mine| order(theirs) < order(mine)) {
                self.segments.put(id.clone(), theirs.clone());
            }
        }
    }
}
