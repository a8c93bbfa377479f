//! `POST /v1/directory/rebuild`: makes the directory anew, one step a request.
//!
//! Without a cursor a rebuild begins: every shard starts new rows beside those that are shown, and from then on writes
//! what it hears to both. The archive is read next: it says who has had events. Then each of them is asked for its row.
//! The last step shows the new rows. What arrives while this goes on is in none of the files read or is in the new rows
//! already, because the Queue's consumer tells the directory after it has written the archive.
//!
//! Each step can be repeated, so a caller that got no answer sends the same cursor again.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use selvedge_engine::access::Right;
use selvedge_engine::directory::{Heard, RebuildCursor, RebuildStep, Row, Standing, by_shard, gather};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use serde_json::json;
use worker::{Env, Request, Response};

use super::access::admit;
use super::query::Query;
use crate::api_error::ApiError;
use crate::objects::directory::message::{Answer, Ask};
use crate::objects::directory::{ask_all, ask_each, walk};
use crate::objects::profile;
use crate::{archive, platform};

/// What a step did.
#[derive(Default)]
struct Done {
    files: usize,
    events: usize,
    profiles: usize,
    unanswered: usize,
}

/// Takes the step that the cursor names; answers with the next one.
pub(crate) async fn step(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::Operate).await?;
    let mut done = Done::default();
    let next = match Query::of(request)?.cursor(RebuildCursor::parse)? {
        None => Some(begin(env).await?),
        Some(RebuildCursor { generation, step }) => {
            let step = match step {
                RebuildStep::Archive { after } => {
                    Some(read_archive(generation, after, &mut done, env).await?)
                }
                RebuildStep::Profiles { after } => {
                    Some(ask_profiles(generation, after, &mut done, env).await?)
                }
                RebuildStep::Finish => {
                    all_done(&ask_all(env, &Ask::Finish { generation }).await?)?;
                    None
                }
            };
            step.map(|step| RebuildCursor { generation, step })
        }
    };
    let answer = json!({
        "done": next.is_none(),
        "cursor": next.map(|cursor| cursor.to_string()),
        "files": done.files,
        "events": done.events,
        "profiles": done.profiles,
        "unanswered": done.unanswered,
    });
    Ok(Response::from_json(&answer)?)
}

async fn begin(env: &Env) -> Result<RebuildCursor, ApiError> {
    // Its time is its number: of two rebuilds, the one begun last goes on.
    let generation = u64::try_from(platform::now().0).unwrap_or_default();
    all_done(&ask_all(env, &Ask::Begin { generation }).await?)?;
    Ok(RebuildCursor { generation, step: RebuildStep::Archive { after: None } })
}

/// Some files of the archive: whoever has a line there exists.
async fn read_archive(
    generation: u64,
    after: Option<String>,
    done: &mut Done,
    env: &Env,
) -> Result<RebuildStep, ApiError> {
    let files = archive::events(after.as_deref(), limits::REBUILD_FILES, env).await?;
    let mut last = after;
    let mut bytes = 0;
    let mut heard: Vec<Heard> = Vec::new();
    for file in files {
        bytes += file.bytes;
        if done.files > 0 && bytes > limits::REBUILD_BYTES {
            break;
        }
        let lines = archive::read(&file.name, env).await?;
        done.files += 1;
        done.events += lines.len();
        heard.extend(lines.iter().filter_map(Heard::of_line));
        heard = gather(heard);
        last = Some(file.name);
    }
    if done.files == 0 {
        return Ok(RebuildStep::Profiles { after: None });
    }
    restore(generation, heard, env).await?;
    Ok(RebuildStep::Archive { after: last })
}

/// Some of the profiles that were only heard of: they say what they are. One that can't does not hold up the others: it is
/// counted, and shown as it was heard of until it tells its next row.
async fn ask_profiles(
    generation: u64,
    after: Option<ProfileId>,
    done: &mut Done,
    env: &Env,
) -> Result<RebuildStep, ApiError> {
    let question = |limit| Ask::HeardOf { generation, after: after.clone(), limit };
    let rows = walk(env, after.as_ref(), limits::REBUILD_PROFILES, question).await?;
    let Some(last) = rows.last().map(|row| row.profile.clone()) else { return Ok(RebuildStep::Finish) };
    done.profiles = rows.len();
    let asked = stream::iter(rows).map(|row| described(row.profile, env));
    let answers: Vec<_> = asked.buffered(limits::CONCURRENT_OBJECTS).collect().await;
    let mut heard = Vec::new();
    let mut failed = None;
    for answer in answers {
        match answer {
            Ok(rows) => heard.extend(rows.into_iter().map(Heard::from)),
            Err(error) => {
                worker::console_error!("rebuild: a profile did not answer: {error}");
                done.unanswered += 1;
                failed = Some(error);
            }
        }
    }
    if let Some(error) = failed.filter(|_| done.unanswered == done.profiles) {
        return Err(error);
    }
    restore(generation, heard, env).await?;
    Ok(RebuildStep::Profiles { after: Some(last) })
}

/// The row of a profile, and of whom it has merged into, who may have nothing in the archive. No row if there is nobody.
async fn described(profile: ProfileId, env: &Env) -> Result<Vec<Row>, ApiError> {
    let mut rows: Vec<Row> = Vec::new();
    let mut asked = BTreeSet::new();
    let mut next = Some(profile);
    while let Some(profile) = next.take() {
        if asked.len() > limits::REDIRECTS || !asked.insert(profile.clone()) {
            break;
        }
        if let Some(row) = profile::describe(&profile, env).await? {
            if let Standing::Forwarding { to } = &row.home {
                next = Some(to.clone());
            }
            rows.push(row);
        }
    }
    Ok(rows)
}

async fn restore(generation: u64, heard: Vec<Heard>, env: &Env) -> Result<(), ApiError> {
    let told = by_shard(gather(heard)).into_iter();
    let told = told.map(|(shard, heard)| (shard, Ask::Restore { generation, heard })).collect();
    let answers: Result<Vec<Answer>, ApiError> =
        ask_each(env, told).await.into_iter().map(|(_, answer)| answer).collect();
    all_done(&answers?)
}

fn all_done(answers: &[Answer]) -> Result<(), ApiError> {
    answers
        .iter()
        .find(|answer| !matches!(answer, Answer::Done))
        .map_or(Ok(()), |other| Err(other.unexpected()))
}
