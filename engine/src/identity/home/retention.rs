//! What is older than the config retains: gone from the log, but for who was seen, and from the fold.
//!
//! Who is who is a function of all that was ever seen together, so that much stays: without it whom an old login has joined
//! would be parted by the next re-resolution.

use super::store::{Store, Write};
use super::{Place, Profile, Step, Stepped};
use crate::config::Config;
use crate::limits;
use crate::time::UnixMillis;

impl Profile {
    /// When it is to look for what is not retained any more.
    pub fn expires_at(&self, config: &Config) -> Option<UnixMillis> {
        let lives = self.home.place == Place::Live;
        let earliest = self.folded.state.first_seen.filter(|_| lives)?;
        config.retention().due(earliest, &self.home.me)
    }
}

impl<S: Store> Step<'_, S> {
    /// Lets go of what is not retained any more, the earliest first. A part of it, if it is much: then more is due at once.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn expire(&mut self) -> Stepped<()> {
        let Some(cut) = self.config.retention().cut(self.now) else { return Ok(()) };
        let Some(earliest) = self.profile.folded.state.first_seen else { return Ok(()) };
        // Rows that are moving are whole until they have arrived.
        if !self.profile.is_quiet() || earliest >= cut {
            return Ok(());
        }
        for row in self.store.between(earliest, cut, limits::EXPIRED_AT_A_TIME)? {
            self.store.write(Write::Expired(&row.into_expired()))?;
        }
        self.refold()
    }
}
