//! The directory object: one per shard, named by its number. Fed by the Queue, read by admins, never on the request path.
//!
//! Storage: see [`generations`], [`members`], [`intake`], [`catalogue`] and [`walk`]. Every message may be repeated; what one changes is one
//! transaction.

mod catalogue;
mod generations;
mod intake;
mod members;
pub(crate) mod message;
mod meta;
mod table;
mod walk;

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use selvedge_engine::directory::{Heard, Row, Shard, by_shard, gather};
use selvedge_engine::identity::ObjectNames;
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use self::generations::Generations;
use self::message::{Answer, Ask};
use super::call;
use super::sql::Sql;
use super::tries::Tries;
use crate::api_error::ApiError;
use crate::{bindings, platform};

/// Asks one shard.
pub(crate) async fn ask(env: &Env, shard: Shard, question: &Ask) -> std::result::Result<Answer, ApiError> {
    call::call(env, bindings::DIRECTORY, &ObjectNames::directory(shard), question).await
}

/// Asks shards, a few at a time.
pub(crate) async fn ask_each(
    env: &Env,
    questions: Vec<(Shard, Ask)>,
) -> Vec<(Shard, std::result::Result<Answer, ApiError>)> {
    let asked = stream::iter(questions)
        .map(|(shard, question)| async move { (shard, ask(env, shard, &question).await) });
    asked.buffered(limits::CONCURRENT_OBJECTS).collect().await
}

/// Asks every shard the same.
///
/// # Errors
/// When one does not answer: what is left out must not look as if it were not there.
pub(crate) async fn ask_all(env: &Env, question: &Ask) -> std::result::Result<Vec<Answer>, ApiError> {
    let questions = Shard::all().map(|shard| (shard, question.clone())).collect();
    ask_each(env, questions).await.into_iter().map(|(_, answer)| answer).collect()
}

/// Tells each shard what it is to hear; returns those that could not be told.
pub(crate) async fn tell(env: &Env, heard: Vec<Heard>) -> BTreeSet<Shard> {
    let told =
        by_shard(gather(heard)).into_iter().map(|(shard, heard)| (shard, Ask::Take { heard })).collect();
    let missed = |(shard, answer): (Shard, std::result::Result<Answer, ApiError>)| {
        answer
            .is_err_and(|error| {
                worker::console_error!("directory {shard}: {error}");
                true
            })
            .then_some(shard)
    };
    ask_each(env, told).await.into_iter().filter_map(missed).collect()
}

/// Up to `limit` rows in the order of profile ids, from one shard to the next. `question` asks a shard for so many.
pub(crate) async fn walk(
    env: &Env,
    after: Option<&ProfileId>,
    limit: usize,
    question: impl Fn(usize) -> Ask,
) -> std::result::Result<Vec<Row>, ApiError> {
    let mut rows = Vec::new();
    let first = after.map(Shard::of);
    for shard in Shard::all().filter(|shard| first.is_none_or(|first| *shard >= first)) {
        match ask(env, shard, &question(limit.saturating_sub(rows.len()))).await? {
            Answer::Rows { rows: more } => rows.extend(more),
            other => return Err(other.unexpected()),
        }
        if rows.len() >= limit {
            break;
        }
    }
    Ok(rows)
}

/// See the module.
#[durable_object]
pub struct DirectoryObject {
    sql: Sql,
    env: Env,
    /// Alarms that failed in a row.
    tries: Tries,
    /// In the catalogue.
    room: catalogue::Room,
}

impl DurableObject for DirectoryObject {
    fn new(state: State, env: Env) -> Self {
        Self { sql: Sql::new(&state), env, tries: Tries::default(), room: catalogue::Room::default() }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        call::serve(request, |question: Ask| self.answer(&question)).await
    }

    async fn alarm(&self) -> Result<Response> {
        let next = match self.walk_on(&self.env).await {
            Ok(more) => {
                self.tries.worked();
                more.then(platform::now)
            }
            Err(error) => {
                worker::console_error!("directory: {error}");
                Some(platform::now().plus(self.tries.failed()))
            }
        };
        if let Some(at) = next
            && let Err(error) = self.sql.set_alarm(at)
        {
            worker::console_error!("directory: {error}");
        }
        Response::empty()
    }
}

impl DirectoryObject {
    fn answer(&self, question: &Ask) -> std::result::Result<Answer, ApiError> {
        let generations = Generations::new(&self.sql);
        Ok(match question {
            Ask::Take { heard } => {
                generations.take(heard)?;
                Answer::Done
            }
            Ask::Refusals { filter, before, limit } => {
                let table = generations.current()?;
                let refusals = match table {
                    Some(table) => table.refusals(filter, before.as_ref(), *limit)?,
                    None => Vec::new(),
                };
                Answer::Refusals { refusals }
            }
            Ask::Rows { home, after, limit } => {
                let table = generations.current()?;
                let rows = match table {
                    Some(table) => table.rows(home.as_deref(), after.as_ref(), *limit)?,
                    None => Vec::new(),
                };
                Answer::Rows { rows }
            }
            Ask::Those { profiles } => {
                let mut rows = Vec::new();
                if let Some(table) = generations.current()? {
                    for profile in profiles {
                        rows.extend(table.row(profile)?);
                    }
                }
                Answer::Rows { rows }
            }
            Ask::Totals => {
                let table = generations.current()?;
                Answer::Totals { totals: table.map(|table| table.totals()).transpose()?.unwrap_or_default() }
            }
            Ask::Experiments { keys } => {
                let table = generations.current()?;
                let arms = table.map(|table| {
                    keys.iter()
                        .map(|key| Ok((key.clone(), table.arms(key)?)))
                        .collect::<Result<_, ApiError>>()
                });
                Answer::Experiments { arms: arms.transpose()?.unwrap_or_default() }
            }
            Ask::Members { segments, since } => {
                let table = generations.current()?;
                let marks = table.map(|table| table.members().marks(segments, *since)).transpose()?;
                Answer::Members { marks: marks.unwrap_or_default() }
            }
            Ask::CameIn { intake, seen } => {
                intake::take(&self.sql, intake)?;
                catalogue::take(&self.sql, seen, &self.room)?;
                Answer::Done
            }
            Ask::Catalogue => Answer::Catalogue { seen: catalogue::all(&self.sql)? },
            Ask::Intake { since } => Answer::Intake { hours: intake::since(&self.sql, *since)? },
            Ask::Walk { number, config, only, anew } => {
                self.begin_walk(*number, *config, only.as_ref(), *anew)?;
                Answer::Done
            }
            Ask::Walked => Answer::Walked { walk: walk::known(&self.sql)? },
            Ask::Numbers { of } => {
                let table = generations.current()?;
                let numbers = table.map(|table| table.numbers(of, limits::NUMBERS_PER_SHARD)).transpose()?;
                Answer::Numbers { numbers: numbers.unwrap_or_default() }
            }
            Ask::Begin { generation } => Answer::done_if(generations.begin(*generation)?),
            Ask::Restore { generation, heard } => Answer::done_if(generations.restore(*generation, heard)?),
            Ask::HeardOf { generation, after, limit } => match generations.next(*generation)? {
                Some(table) => Answer::Rows { rows: table.heard_of(after.as_ref(), *limit)? },
                None => Answer::Superseded,
            },
            Ask::Finish { generation } => Answer::done_if(generations.finish(*generation)?),
        })
    }
}
