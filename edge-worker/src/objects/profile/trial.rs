//! Whether this profile would be in a segment that nobody has published.

use std::rc::Rc;

use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use selvedge_engine::segment::{Given, Members, Segment};
use selvedge_engine::time::UnixMillis;
use serde_json::json;

use super::Inner;
use super::message::Answer;
use crate::api_error::ApiError;
use crate::{audiences, config_cache, platform};

impl Inner {
    /// To `Ask::Try`. The rule is worked out as a decision works it out; nothing is known of a request, since there is none.
    pub(super) async fn try_out(
        self: &Rc<Self>,
        me: &ProfileId,
        config: u64,
        segments: Vec<Segment>,
    ) -> Result<Answer, ApiError> {
        if let Some(elsewhere) = self.elsewhere(me)? {
            return Ok(elsewhere);
        }
        let config = config_cache::current(&self.env, config).await?;
        let draft = segments.last().map(|segment| segment.id.clone());
        let draft = draft.ok_or_else(|| ApiError::internal("no segment to be tried"))?;
        let tried = config.with_segments(segments);
        let (state, _) = self.step(me, &config, |step| step.under(&tried))?;
        let accounts = if tried.reads_accounts(&draft) { self.accounts(me, &config).await? } else { None };
        let lists = tried.audiences_of(&draft);
        let audiences = if lists.is_empty() {
            None
        } else {
            let ids = self.read(me, |profile, _| Ok(profile.held.keys().cloned().collect()))?;
            audiences::of(&self.env, &tried, &lists, ids).await
        };
        let given = Given { accounts: accounts.as_deref(), context: None, audiences: audiences.as_ref() };
        let holds = Members::of(&state, &tried, platform::now(), given).has(&draft);
        let shown = self.read(me, |profile, _| {
            let ids: Vec<_> = profile.held.keys().take(limits::EXAMPLE_IDENTIFIERS).collect();
            let last_seen = state.last_seen.map(UnixMillis::to_iso);
            Ok(json!({ "profileId": me, "lastSeen": last_seen, "events": state.events, "identifiers": ids }))
        })?;
        Ok(Answer::Tried { holds, shown })
    }
}
