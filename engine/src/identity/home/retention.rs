//! What is older than the config retains: gone from the log, but for who was seen, and from the fold.
//!
//! Who is who is a function of all that was ever seen together, so that much stays: without it whom an old login has joined
//! would be parted by the next re-resolution.

use std::collections::BTreeSet;

use super::settle::PAGE;
use super::store::{Store, Write};
use super::{Place, Profile, Step, Stepped};
use crate::config::Config;
use crate::limits;
use crate::segment::Cause;
use crate::time::UnixMillis;

impl Profile {
    /// When it is to look for what is not retained any more. A state that was folded under other rules does not know: at once.
    pub fn expires_at(&self, config: &Config) -> Option<UnixMillis> {
        let (state, retention) = (&self.folded.state, config.retention());
        let lives = self.home.place == Place::Live;
        let first = state.first_seen.filter(|_| lives && !retention.is_for_good())?;
        match state.is_folded_under(config) {
            true => retention.due(first, &state.earliest, &self.home.me),
            false => Some(first),
        }
    }
}

impl<S: Store> Step<'_, S> {
    /// Lets go of what is not retained any more, the earliest first. A part of it, if it is much: then more is due at once.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn expire(&mut self) -> Stepped<()> {
        self.refresh()?;
        let (state, retention) = (&self.profile.folded.state, self.config.retention());
        let Some(first) = state.first_seen else { return Ok(()) };
        let Some((mut since, until)) = retention.past(first, &state.earliest, self.now) else {
            return Ok(());
        };
        // Rows that are moving are whole until they have arrived.
        if !self.profile.is_quiet() {
            return Ok(());
        }
        // Between those that go there may be some that are kept longer, also many of one moment.
        let (mut gone, mut looked_at) = (BTreeSet::new(), 0);
        let mut page = PAGE;
        while since < until && gone.len() < limits::EXPIRED_AT_A_TIME && looked_at < limits::EXPIRY_LOOKED_AT
        {
            let rows = self.store.between(since, until, page)?;
            let is_last = rows.len() < page;
            looked_at += rows.len();
            let Some(last) = rows.last().map(|row| row.event.timestamp) else { break };
            page = if last == since { page * 2 } else { PAGE };
            since = last;
            for row in rows.into_iter().filter(|row| retention.is_past(&row.event, self.now)) {
                if gone.len() < limits::EXPIRED_AT_A_TIME && gone.insert(row.event.message_id.clone()) {
                    self.store.write(Write::Expired(&row.into_expired()))?;
                }
            }
            if is_last {
                break;
            }
        }
        self.refold(Cause::Definition)
    }
}
