//! `POST /v1/replay`: lines of the archive, to rebuild profiles from.
//!
//! A request is as safe to repeat as a batch: an event that is there is a duplicate, a word that was heard is heard again.

use selvedge_engine::access::Right;
use selvedge_engine::archive::{Left, Line, Record, Said, Word};
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::entry::{Answer as EntryAnswer, Ask as EntryAsk, Suppression};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use serde_json::{Value, json};
use worker::{Env, Response};

use super::access::admit;
use super::quarantine;
use crate::api_error::ApiError;
use crate::erasures::Gone;
use crate::incoming::Incoming;
use crate::ingest::replay;
use crate::objects::profile::ask_wherever;
use crate::objects::profile::message::{Answer, Ask};
use crate::objects::{call, identifier};
use crate::platform::Secrets;
use crate::{archive, bindings, body, config_cache};

/// What became of a word.
enum Heard {
    /// It holds.
    Taken,
    /// It names nobody who is here.
    Nobody,
    /// Something else has to be finished first.
    Later,
}

/// Takes lines, of events and of words, in any order.
pub(crate) async fn take(request: &Incoming, env: &Env) -> Result<Response, ApiError> {
    admit(request.raw(), env, Right::Operate).await?;
    let text = body::read(request.raw(), limits::BATCH_BYTES).await?;
    let (lines, words) = without_erased(read(&text)?, env).await?;
    let config = config_cache::current(env, 0).await?;
    let events = replay::hand_over(lines, &config, env).await?;
    let mut results: Vec<Value> = events.results().collect();
    let (mut accepted, mut rejected, mut open) = (events.accepted(), events.rejected(), events.open());
    for (id, word) in &words {
        let result = |outcome: &str, code: &str| json!({ "id": id, "outcome": outcome, "code": code });
        let heard = match word {
            Some(word) => hear(word, env).await?,
            None => Heard::Nobody,
        };
        match heard {
            Heard::Taken => accepted += 1,
            Heard::Nobody => {
                rejected += 1;
                results.push(result("rejected", "nobody"));
            }
            Heard::Later => {
                open += 1;
                results.push(result("retry", "profile_busy"));
            }
        }
    }
    let answer = json!({
        "success": open == 0,
        "accepted": accepted,
        "duplicate": events.duplicate(),
        "rejected": rejected,
        "results": results,
    });
    let mut response = Response::from_json(&answer)?;
    if open > 0 {
        response = response.with_status(503);
        response.headers_mut().set("retry-after", "1")?;
    }
    Ok(response)
}

/// Every line is read before any is taken: a file that is none of ours changes nothing.
fn read(text: &str) -> Result<Vec<Record>, ApiError> {
    let mut records = Vec::new();
    for (index, text) in text.lines().filter(|line| !line.trim().is_empty()).enumerate() {
        if index >= limits::BATCH_EVENTS {
            let message = format!("at most {} lines at a time", limits::BATCH_EVENTS);
            return Err(ApiError::invalid_request(message));
        }
        match Record::read(text) {
            Some(record @ (Record::Event(_) | Record::Word(_))) => records.push(record),
            // What bots sent is nobody's, and segments are looked at anew.
            Some(Record::Bot(_) | Record::Change(_)) | None => {
                let message = format!("line {} is none of the archive", index + 1);
                return Err(ApiError::invalid_request(message));
            }
        }
    }
    Ok(records)
}

/// Lines, and whether they are about somebody who was erased; words by their ids, without what they say of such people.
type Known = (Vec<(Line, bool)>, Vec<(String, Option<Word>)>);

async fn without_erased(records: Vec<Record>, env: &Env) -> Result<Known, ApiError> {
    let people = archive::people_in(records.iter(), env)?;
    let (gone, secrets) = (Gone::among(people, env).await?, Secrets::of(env)?);
    let (mut lines, mut words) = (Vec::new(), Vec::new());
    for record in records {
        let left = gone.left_of(&record, &secrets);
        match (record, left) {
            (Record::Event(line), left) => lines.push((*line, left == Left::Nothing)),
            (Record::Word(word), Left::Whole) => words.push((word.id.clone(), Some(*word))),
            (Record::Word(word), Left::Nothing) => words.push((word.id, None)),
            (Record::Word(word), Left::Less(less)) => {
                let less = if let Record::Word(less) = *less { Some(*less) } else { None };
                words.push((word.id, less));
            }
            (Record::Bot(_) | Record::Change(_), _) => {}
        }
    }
    Ok((lines, words))
}

async fn hear(word: &Word, env: &Env) -> Result<Heard, ApiError> {
    let order = word.order();
    match &word.said {
        Said::Erased { name, suppressed } => {
            if *suppressed {
                let said = Suppression { at: word.timestamp, on: true };
                tell_entry(name, &EntryAsk::Suppress(said), env).await?;
            }
            tell_entry(name, &EntryAsk::Bury { at: word.timestamp }, env).await
        }
        Said::Suppress { name, on } => {
            let said = Suppression { at: word.timestamp, on: *on };
            tell_entry(name, &EntryAsk::Suppress(said), env).await
        }
        Said::Released { id } => {
            quarantine::let_go(id, env).await?;
            Ok(Heard::Taken)
        }
        Said::Unmerge(edge) => {
            let ask = |profile: ProfileId| Ask::Part {
                profile,
                edge: edge.clone(),
                order: order.clone(),
                split: None,
            };
            tell(edge.left.iter().chain(&edge.right), ask, env).await
        }
        Said::Merge { current, retired } => {
            let other = entry(retired, env).await?.owner.profile().cloned();
            let ask = |profile: ProfileId| Ask::Join {
                with: other.clone().unwrap_or_else(|| profile.clone()),
                profile,
                current: current.clone(),
                retired: retired.clone(),
                order: order.clone(),
            };
            tell([current, retired], ask, env).await
        }
    }
}

/// The identifier's object is known by its name alone.
async fn tell_entry(name: &str, ask: &EntryAsk, env: &Env) -> Result<Heard, ApiError> {
    if !name.starts_with("v1/") || name.len() > 64 {
        return Err(ApiError::invalid_request(format!("{name:?} is no name of an identifier")));
    }
    let _: EntryAnswer = call::call(env, bindings::IDENTIFIERS, name, ask).await?;
    Ok(Heard::Taken)
}

async fn entry(id: &Identifier, env: &Env) -> Result<EntryAnswer, ApiError> {
    let secrets = Secrets::of(env)?;
    identifier::ask(env, &secrets.names, id, &EntryAsk::Who { gathering: 0 }).await
}

/// Tells who has one of these names, or else who has shown or had one: whoever comes by a name that nobody has finds the word there.
async fn tell<'a>(
    names: impl IntoIterator<Item = &'a Identifier>,
    word: impl Fn(ProfileId) -> Ask,
    env: &Env,
) -> Result<Heard, ApiError> {
    let (mut owners, mut claimants) = (Vec::new(), Vec::new());
    for id in names {
        let answer = entry(id, env).await?;
        owners.extend(answer.owner.profile().cloned());
        claimants.extend(answer.claimants);
    }
    for profile in owners.into_iter().chain(claimants) {
        match ask_wherever(env, profile, &word).await?.1 {
            Answer::Heard { taken: true } => return Ok(Heard::Taken),
            Answer::Heard { taken: false } | Answer::Moved { .. } => return Ok(Heard::Later),
            _ => {}
        }
    }
    Ok(Heard::Nobody)
}
