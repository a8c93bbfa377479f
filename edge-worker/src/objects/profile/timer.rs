//! All timers of a profile object: one alarm, set for the earliest.

use std::rc::Rc;

use selvedge_engine::config::Config;
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use selvedge_engine::profile::STATE_VERSION;
use selvedge_engine::time::UnixMillis;

use super::Inner;
use crate::api_error::ApiError;
use crate::{config_cache, platform, usage};

impl Inner {
    /// Makes sure that the alarm rings at `at` or before. It is set in the same turn as what was written before, so that
    /// both become durable together, and no answer leaves before that.
    pub(super) fn schedule(&self, at: UnixMillis) -> Result<(), ApiError> {
        let now = platform::now().0;
        if self.alarm_at.get().is_some_and(|set| set <= at.0 && set > now) {
            return Ok(());
        }
        usage::count(|usage| usage.rows_written += 1);
        self.sql.set_alarm(at)?;
        self.alarm_at.set(Some(at.0));
        Ok(())
    }

    /// What the alarm does: everything that waits. Whatever fails is tried again later, each time twice as late. An
    /// alarm that is cut off is rung again by the platform.
    pub(super) async fn run_timers(&self) {
        self.alarm_at.set(None);
        let done = self.ring().await;
        let Err(error) = done else { return self.tries.worked() };
        worker::console_error!("profile alarm: {error}");
        if let Err(error) = self.schedule(platform::now().plus(self.tries.failed())) {
            worker::console_error!("alarm: {error}");
        }
    }

    async fn ring(&self) -> Result<(), ApiError> {
        let Some(me) = self.owner()? else { return Ok(()) };
        if self.read(&me, |profile, _| Ok(profile.folded.state.v != STATE_VERSION))? {
            // The directory must not hear of a fold that is not made yet.
            let config = config_cache::current(&self.env, 0).await?;
            self.step(&me, &config, |step| step.refresh())?;
        }
        let moved = self.move_windows(&me).await;
        let delivered = self.deliver_outbox(&me).await;
        let told = self.tell_accounts(&me).await;
        let settled = self.settle(&me).await;
        let expired = self.expire(&me).await;
        let unarchived = self.tell_archive(&me).await;
        moved.and(delivered).and(told).and(settled).and(expired).and(unarchived)
    }

    /// Lets windows move, and sets the alarm for the next instant at which a segment can change.
    async fn move_windows(&self, me: &ProfileId) -> Result<(), ApiError> {
        let config = self.config().await?;
        let next = |now| self.read(me, |profile, _| Ok(profile.next_change(&config, now)));
        let now = platform::now();
        if next(now)?.is_some_and(|at| at <= now) {
            self.step(me, &config, |step| step.pass_time())?;
        }
        match next(now)? {
            Some(at) => self.schedule(at.max(now.plus(1))),
            None => Ok(()),
        }
    }

    /// What this isolate knows: whoever was here a moment ago has read it.
    pub(super) async fn config(&self) -> Result<Rc<Config>, ApiError> {
        match config_cache::known() {
            Some(config) => Ok(config),
            None => config_cache::current(&self.env, 0).await,
        }
    }

    /// Lets go of what is not retained any more, and sets the alarm for what is not after that.
    pub(super) async fn expire(&self, me: &ProfileId) -> Result<(), ApiError> {
        let config = self.config().await?;
        let due = |inner: &Self| inner.read(me, |profile, _| Ok(profile.expires_at(&config)));
        let now = platform::now();
        let Some(first) = due(self)? else { return Ok(()) };
        if first > now {
            return self.schedule(first);
        }
        let ((), effects) = self.step(me, &config, |step| step.expire())?;
        self.carry(me, &config, effects).await;
        let Some(next) = due(self)? else { return Ok(()) };
        // If nothing went, something is under way here.
        let wait = if next == first { limits::RETRY_MAX_MS } else { limits::OUTBOX_DELAY_MS };
        self.schedule(next.max(now.plus(wait)))
    }

    /// What of identity is unfinished.
    async fn settle(&self, me: &ProfileId) -> Result<(), ApiError> {
        if !self.read(me, |profile, _| Ok(profile.has_work()))? {
            return Ok(());
        }
        let left_alone = self.left_alone.get();
        if self.is_carrying() && left_alone < limits::CARRIED_TIMES {
            // What is under way would be sent once more.
            self.left_alone.set(left_alone.saturating_add(1));
            return self.schedule(platform::now().plus(limits::CARRIED_MS));
        }
        self.left_alone.set(0);
        let config = config_cache::current(&self.env, 0).await?;
        let ((), effects) = self.step(me, &config, |step| step.ring())?;
        self.carry(me, &config, effects).await;
        Ok(())
    }
}
