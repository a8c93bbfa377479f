//! Once a day: what the config retains no longer leaves the archive.
//!
//! Table `sweep` (`id` 1, `v`, `value`): the [`Sweep`] that is under way, or was the last one. It is written after the files that it has
//! dealt with: one that is dealt with twice is the same after that.

use selvedge_engine::archive::{Fate, Left, Record, SWEEP_VERSION, Sweep};
use selvedge_engine::limits;

use super::WorkspaceObject;
use crate::api_error::ApiError;
use crate::platform::Secrets;
use crate::{archive, config_cache, platform};

const SWEEP: &str = "sweep";

impl WorkspaceObject {
    /// What the alarm does. Answers after how long it is to ring again.
    pub(super) async fn sweep(&self) -> Result<Option<i64>, ApiError> {
        let Some(current) = self.current()? else { return Ok(None) };
        let config = config_cache::current(&self.env, current.pointer.version).await?;
        let retention = config.retention();
        if retention.is_for_good() {
            return Ok(None);
        }
        let mut sweep = match Sweep::next(self.sql.only(SWEEP)?, retention, platform::now()) {
            Ok(sweep) => sweep,
            Err(wait) => return Ok(Some(wait)),
        };
        let secrets = Secrets::of(&self.env)?;
        let files = archive::retained(sweep.after(), limits::SWEPT_FILES, &self.env).await?;
        if files.len() < limits::SWEPT_FILES {
            sweep.end();
        }
        for file in files {
            // Also what was jumped over just now stands in this list.
            if sweep.after().is_some_and(|after| file.name.as_str() <= after) {
                continue;
            }
            match sweep.fate(retention, &file.name) {
                Fate::Goes => archive::remove(&file.name, &self.env).await?,
                Fate::IsRewritten => {
                    // The new one may come to stand before those that a walk of `erasures` has still to look at.
                    let sieve = self.erasures().sieve(&archive::people(&file.name, &self.env).await?)?;
                    let left_of = |record: &Record| match record.dated() {
                        Some(dated) if !sweep.keeps(retention, &dated) => Left::Nothing,
                        Some(_) | None => sieve.left_of(record, &secrets),
                    };
                    archive::rewrite(&file.name, left_of, || Ok(()), &self.env).await?;
                }
                Fate::Stays(until) => {
                    sweep.pass(until);
                    continue;
                }
            }
            sweep.pass(file.name);
        }
        self.sql.put_only(SWEEP, SWEEP_VERSION, &sweep)?;
        Ok(Some(0))
    }
}
