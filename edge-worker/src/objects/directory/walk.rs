//! A walk through the profiles of this shard: the alarm asks a page of them at a time to be what the config says, and takes in what
//! they say of themselves then. How far it is stands in `meta` under `walk`: cut off, it goes on from the last page, and whoever is
//! asked twice says the same.

use futures_util::{StreamExt, stream};
use selvedge_engine::directory::{Heard, Moved, Row, WALK_VERSION, Walk};
use selvedge_engine::limits;
use worker::Env;

use super::DirectoryObject;
use super::generations::Generations;
use super::meta;
use crate::api_error::ApiError;
use crate::objects::profile;
use crate::objects::sql::Sql;
use crate::platform;

const KEY: &str = "walk";

/// How far the shard is with the last walk that it has heard of.
pub(super) fn known(sql: &Sql) -> Result<Option<Walk>, ApiError> {
    if meta::exists(sql)? { meta::read(sql, KEY) } else { Ok(None) }
}

impl DirectoryObject {
    /// Begins a walk, unless it or a later one is known. A shard without profiles has nothing to do.
    pub(super) fn begin_walk(
        &self,
        number: u64,
        config: u64,
        only: Option<&Vec<Moved>>,
        anew: bool,
    ) -> Result<(), ApiError> {
        let Some(table) = Generations::new(&self.sql).current()? else { return Ok(()) };
        let before = known(&self.sql)?;
        if before.as_ref().is_some_and(|walk| walk.number >= number) {
            return Ok(());
        }
        // Whoever an unfinished walk has not come to is not left out.
        let only = only.filter(|_| before.is_none_or(|walk| walk.ended.is_some()));
        let now = platform::now();
        let walk = Walk::begin(number, config, only.cloned(), table.totals()?.live, now).anew(anew);
        meta::write(&self.sql, KEY, WALK_VERSION, &walk)?;
        self.sql.set_alarm(now)
    }

    /// One page; true if another one is to follow.
    pub(super) async fn walk_on(&self, env: &Env) -> Result<bool, ApiError> {
        let Some(mut walk) = known(&self.sql)?.filter(|walk| walk.ended.is_none()) else { return Ok(false) };
        let generations = Generations::new(&self.sql);
        let rows = match generations.current()? {
            Some(table) => table.rows(Some("live"), walk.after.as_ref(), limits::WALK_PAGE)?,
            None => Vec::new(),
        };
        let (config, anew) = (walk.config, walk.anew);
        let wanted: Vec<&Row> = rows.iter().filter(|row| walk.is_for(row)).collect();
        let many = wanted.len();
        let asked = wanted.into_iter().map(|row| profile::catch_up(&row.profile, config, anew, env));
        let mut answers = stream::iter(asked).buffered(limits::CONCURRENT_OBJECTS);
        let (mut heard, mut failed) = (Vec::new(), Vec::new());
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(row) => heard.extend(row.map(Heard::from)),
                Err(error) => failed.push(error),
            }
        }
        drop(answers);
        let unanswered = failed.len();
        if let Some(error) = failed.pop() {
            worker::console_error!("walk: {unanswered} of {many} profiles did not answer: {error}");
            // The page once more: an outage passes. A profile that never answers must not hold up the others.
            if unanswered == many || self.tries.get() < limits::WALK_TRIES {
                return Err(error);
            }
        }
        generations.take(&heard)?;
        // A later walk may have begun meanwhile.
        if known(&self.sql)?.is_some_and(|now| now.number == walk.number) {
            walk.walked(&rows, unanswered as u64, platform::now());
            meta::write(&self.sql, KEY, WALK_VERSION, &walk)?;
        }
        Ok(true)
    }
}
