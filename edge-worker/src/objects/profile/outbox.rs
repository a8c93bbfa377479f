//! The outbox: what leaves the profile, written with the event, delivered to the Queue at least once.

use selvedge_engine::archive::{ChangeLine, Line, Word};
use selvedge_engine::consent::MaySend;
use selvedge_engine::identity::home::Item;
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use selvedge_engine::offer::experiment::Reward;
use selvedge_engine::segment::Change;
use serde_json::json;

use super::Inner;
use crate::api_error::ApiError;
use crate::{outgoing, platform};

/// Outbox rows sent at a time.
const ROWS_AT_A_TIME: usize = 20;

/// An event as it leaves; nothing without consent to that.
pub(super) fn line(me: &ProfileId, item: &Item) -> Result<Option<String>, ApiError> {
    let Some(consent) = item.logged.stored_under().may_keep_in_archive(&item.logged.event) else {
        return Ok(None);
    };
    written(me, item, consent).map(Some)
}

fn written(me: &ProfileId, item: &Item, _consent: MaySend) -> Result<String, ApiError> {
    Ok(serde_json::to_string(&Line::of(me, item))?)
}

/// That the profile entered a segment, or left it, as it leaves.
pub(super) fn change(me: &ProfileId, change: &Change, consent: MaySend) -> Result<String, ApiError> {
    Ok(serde_json::to_string(&ChangeLine::of(me, change, consent))?)
}

/// A word as it leaves.
pub(super) fn word(word: &Word) -> Result<String, ApiError> {
    Ok(serde_json::to_string(word)?)
}

/// What an experiment learns from, as it leaves.
pub(super) fn reward(reward: &Reward) -> Result<String, ApiError> {
    Ok(serde_json::to_string(&json!({ "reward": reward }))?)
}

/// Joins JSON arrays of events into as few as fit a Queue message.
fn joined(rows: &[(i64, String)]) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    for (_, row) in rows {
        let fits = messages.last().is_some_and(|last| last.len() + row.len() < limits::QUEUE_MESSAGE_BYTES);
        match messages.last_mut() {
            Some(last) if fits => {
                last.pop();
                last.push(',');
                last.push_str(row.trim_start_matches('['));
            }
            _ => messages.push(row.clone()),
        }
    }
    messages
}

impl Inner {
    /// Sends everything that waits. A row leaves only after the Queue has taken it; sent twice after a crash, it is one
    /// line in the archive all the same, because readers go by the line's id.
    pub(super) async fn deliver_outbox(&self, me: &ProfileId) -> Result<(), ApiError> {
        let config = self.config().await?;
        loop {
            let mut rows = self.read(me, |_, tables| tables.outbox(ROWS_AT_A_TIME))?;
            let more = rows.len() == ROWS_AT_A_TIME;
            let last = rows.last().map_or(0, |(last, _)| *last);
            let news = self.news(me, &config, platform::now())?;
            let (news, told) =
                news.map(|(row, told)| (json!([{ "directory": row }]).to_string(), told)).unzip();
            rows.extend(news.map(|row| (last, row)));
            if rows.is_empty() {
                return Ok(());
            }
            for message in joined(&rows) {
                outgoing::send(&message, None, &self.env).await?;
            }
            self.read(me, |_, tables| match &told {
                None => tables.remove_outbox(last),
                Some(told) => self.sql.atomically(|| {
                    tables.remove_outbox(last)?;
                    tables.put_told(told)
                }),
            })?;
            // What was written meanwhile has set the alarm.
            if !more {
                return Ok(());
            }
        }
    }
}
