//! All timers of a profile object: one alarm, set for the earliest.

use selvedge_engine::identity::entry::Ask as EntryAsk;
use selvedge_engine::identity::home::Home;
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use worker::ScheduledTime;

use super::ProfileObject;
use super::store::kind;
use crate::api_error::ApiError;
use crate::objects::identifier;
use crate::platform::{self, Secrets};
use crate::{config_cache, usage};

impl ProfileObject {
    /// Makes sure that the alarm rings at `at` or before.
    pub(super) async fn schedule(&self, at: UnixMillis) -> Result<(), ApiError> {
        let now = platform::now().0;
        if self.alarm_at.get().is_some_and(|set| set <= at.0 && set > now) {
            return Ok(());
        }
        usage::count(|usage| usage.rows_written += 1);
        let when = ScheduledTime::new(js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(millis(at))));
        self.state.storage().set_alarm(when).await?;
        self.alarm_at.set(Some(at.0));
        Ok(())
    }

    /// Sets the alarm for another try, each time twice as far away.
    pub(super) async fn retry_later(&self) {
        let tries = self.tries.get();
        self.tries.set(tries.saturating_add(1));
        let wait = limits::RETRY_BASE_MS.saturating_mul(1 << tries.min(20)).min(limits::RETRY_MAX_MS);
        if let Err(error) = self.schedule(platform::now().plus(wait)).await {
            worker::console_error!("alarm: {error}");
        }
    }

    /// What the alarm does: everything that waits. Whatever fails is tried again later. An alarm that is cut off is rung
    /// again by the platform.
    pub(super) async fn run_timers(&self) -> Result<(), ApiError> {
        self.alarm_at.set(None);
        if !self.with(|loaded| loaded.created)? {
            return Ok(());
        }
        let mut failed = None;
        failed = self.deliver_outbox().await.err().or(failed);
        if self.with(|loaded| matches!(loaded.home, Home::Surrendering { .. }))?
            && !self.linking.replace(true)
        {
            let outcome = self.finish_surrender().await;
            self.linking.set(false);
            failed = outcome.err().or(failed);
        }
        match config_cache::current(&self.env, 0).await {
            Ok(config) => self.link_and_merge(&config).await,
            Err(error) => failed = Some(error),
        }
        failed = self.repoint_all().await.err().or(failed);
        if let Some(error) = failed {
            worker::console_error!("profile timers: {error}");
            self.forget();
        }
        if self.has_work()? {
            self.retry_later().await;
        } else {
            self.tries.set(0);
        }
        Ok(())
    }

    fn has_work(&self) -> Result<bool, ApiError> {
        let moving =
            self.with(|loaded| matches!(loaded.home, Home::Surrendering { .. }) || loaded.links > 0)?;
        Ok(moving || self.has_outbox()? || !self.store.notes(kind::REPOINT)?.is_empty())
    }

    /// Tells the entries of everyone who moved in where they live now.
    pub(super) async fn repoint_all(&self) -> Result<(), ApiError> {
        let notes = self.store.notes(kind::REPOINT)?;
        if notes.is_empty() {
            return Ok(());
        }
        let secrets = Secrets::load(&self.env)?;
        let me = self.me()?;
        for note in notes {
            if let Some(from) = ProfileId::parse(&note.reason) {
                let ask = EntryAsk::Repoint { from, to: me.clone() };
                identifier::ask(&self.env, &secrets.names, &note.id, &ask).await?;
            }
            self.change(|_, store| store.remove_note_of(kind::REPOINT, &note))?;
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a date is a float in JavaScript; exact for 285,000 years")]
fn millis(at: UnixMillis) -> f64 {
    at.0 as f64
}
