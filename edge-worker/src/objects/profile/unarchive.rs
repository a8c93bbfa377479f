//! Whoever was erased here has the archive let go of them, and asks until it has: then the receipt says so.

use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;

use super::Inner;
use crate::api_error::ApiError;
use crate::objects::workspace::{self, Answer, Ask};
use crate::platform;

impl Inner {
    /// What is to be told, and what is answered to it.
    pub(super) async fn tell_archive(&self, me: &ProfileId) -> Result<(), ApiError> {
        let Some(erased) = self.read(me, |profile, _| Ok(profile.home.archived.clone()))? else {
            return Ok(());
        };
        let ask = Ask::Unarchive { profile: me.clone(), erased: erased.clone() };
        let Answer::Unarchived { what } = workspace::ask(&self.env, &ask).await? else {
            return Err(ApiError::internal("the workspace answered another question"));
        };
        let Some(what) = what else {
            let looked = self.looked.get();
            self.looked.set(looked.saturating_add(1));
            return self.schedule(platform::now().plus(limits::retry_wait(looked)));
        };
        self.looked.set(0);
        let config = self.config().await?;
        self.step(me, &config, |step| step.archive_forgot(&erased, what)).map(|_| ())
    }
}
