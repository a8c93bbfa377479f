//! Dead letters: messages of the Queue that could not be delivered, kept in R2 until somebody looks at them.
//!
//! One object a letter, `dead-letters/{id}.json`. Its id begins with the time, so that lists are in that order, and is made
//! of what the Queue says of the message, so that one which comes twice is kept once. What is about somebody who was
//! [erased](crate::erasures) is taken out of it, and before that not given out, as far as it can be read.

use selvedge_engine::archive::{Left, Mark, Record};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptions, QueueRetryOptionsBuilder, RawMessage};

use crate::api_error::ApiError;
use crate::erasures::Gone;
use crate::platform::Secrets;
use crate::{archive, bindings, platform, usage};

/// Where they are.
pub(crate) const PREFIX: &str = "dead-letters/";

/// The version of a letter.
const LETTER_VERSION: u8 = 1;

/// Seconds before what could not be kept is tried again: as long as it is old, within these bounds. So the wait grows, and
/// with as many tries as a queue allows, a letter survives an outage of the bucket of some days.
const RETRY_SECONDS: std::ops::RangeInclusive<i64> = 5..=3_600;

/// A letter as it is kept: where it could not be delivered from, when the Queue took it and when it was given up, and the
/// message.
fn letter(message: &RawMessage, queue: &str, body: &str) -> (String, Value) {
    let sent_at = sent_at(message);
    let id = format!("{:013}-{}", sent_at.0, message.id());
    let letter = json!({
        "v": LETTER_VERSION, "id": id, "queue": queue, "sentAt": sent_at.to_iso(),
        "keptAt": platform::now().to_iso(), "bytes": body.len(), "body": body,
    });
    (id, letter)
}

/// The message in a letter.
pub(crate) fn body(letter: &Value) -> &str {
    letter.get("body").and_then(Value::as_str).unwrap_or_default()
}

/// Whether a queue is the one of the dead letters.
pub(crate) fn come_by(queue: &str) -> bool {
    queue.contains("dead-letters")
}

/// Keeps what the Queue has given up.
pub(crate) async fn consume(batch: &MessageBatch<Value>, env: &Env) {
    for message in batch.raw_iter() {
        let body = message.body().as_string().unwrap_or_default();
        match keep(letter(&message, &batch.queue(), &body), env).await {
            Ok(()) => message.ack(),
            Err(error) => {
                worker::console_error!("dead letter {}: {error}", message.id());
                message.retry_with_options(&later(&message));
            }
        }
    }
}

fn later(message: &RawMessage) -> QueueRetryOptions {
    let age = platform::now().since(sent_at(message)) / 1_000;
    let wait = age.clamp(*RETRY_SECONDS.start(), *RETRY_SECONDS.end());
    QueueRetryOptionsBuilder::new().with_delay_seconds(u32::try_from(wait).unwrap_or(u32::MAX)).build()
}

fn sent_at(message: &RawMessage) -> UnixMillis {
    UnixMillis(i64::try_from(message.timestamp().as_millis()).unwrap_or_default())
}

/// Keeps the part of a message that nobody can read.
pub(crate) async fn keep_part(
    message: &RawMessage,
    queue: &str,
    part: &[Value],
    env: &Env,
) -> Result<(), ApiError> {
    keep(letter(message, queue, &serde_json::to_string(part)?), env).await
}

async fn keep((id, letter): (String, Value), env: &Env) -> Result<(), ApiError> {
    usage::count(|usage| usage.dead_letters += 1);
    put(&name(&id), &letter, env).await?;
    // Whoever is erased after this finds it.
    match known(letter.clone(), env).await? {
        Some(less) if less == letter => Ok(()),
        Some(less) => put(&name(&id), &less, env).await,
        None => remove(&id, env).await,
    }
}

async fn put(name: &str, letter: &Value, env: &Env) -> Result<(), ApiError> {
    env.bucket(bindings::ARCHIVE)?.put(name, letter.to_string().into_bytes()).execute().await?;
    Ok(())
}

/// A letter without what is about somebody who was erased; nothing, if that was all.
async fn known(letter: Value, env: &Env) -> Result<Option<Value>, ApiError> {
    let gone = Gone::among(people_in(&letter, env)?, env).await?;
    if gone.is_nobody() {
        return Ok(Some(letter));
    }
    let secrets = Secrets::of(env)?;
    left_in(letter, |record| gone.left_of(record, &secrets), |_| false)
}

fn people_in(letter: &Value, env: &Env) -> Result<Vec<Mark>, ApiError> {
    archive::people_in(elements(letter).iter().filter_map(Record::of), env)
}

/// Whom a letter is about, as far as it can be read.
pub(crate) async fn people(name: &str, env: &Env) -> Result<Vec<Mark>, ApiError> {
    match archive::json(name, env).await? {
        Some(letter) => people_in(&letter, env),
        None => Ok(Vec::new()),
    }
}

/// What the message in a letter consists of, if it can be read.
fn elements(letter: &Value) -> Vec<Value> {
    serde_json::from_str(body(letter)).unwrap_or_default()
}

/// What is left of a letter; nothing, if its message is empty then.
fn left_in(
    mut letter: Value,
    left_of: impl Fn(&Record) -> Left,
    is_gone: impl Fn(&ProfileId) -> bool,
) -> Result<Option<Value>, ApiError> {
    let (mut left, mut is_less) = (Vec::new(), false);
    for element in elements(&letter) {
        let row = element.pointer("/directory/profile").and_then(Value::as_str).and_then(ProfileId::parse);
        let of = match Record::of(&element) {
            Some(record) => left_of(&record),
            None if row.is_some_and(|profile| is_gone(&profile)) => Left::Nothing,
            None => Left::Whole,
        };
        is_less |= of != Left::Whole;
        match of {
            Left::Whole => left.push(element),
            Left::Less(less) => left.push(serde_json::from_str(&less.to_text()?)?),
            Left::Nothing => {}
        }
    }
    if !is_less {
        return Ok(Some(letter));
    }
    if left.is_empty() {
        return Ok(None);
    }
    let body = serde_json::to_string(&left)?;
    if let Some(fields) = letter.as_object_mut() {
        fields.insert("bytes".into(), body.len().into());
        fields.insert("body".into(), body.into());
    }
    Ok(Some(letter))
}

/// Takes out of a letter what is about somebody who was erased. `note` is told before that.
pub(crate) async fn rewrite(
    name: &str,
    left_of: impl Fn(&Record) -> Left,
    is_gone: impl Fn(&ProfileId) -> bool,
    note: impl FnOnce() -> Result<(), ApiError>,
    env: &Env,
) -> Result<(), ApiError> {
    let Some(letter) = archive::json(name, env).await? else { return Ok(()) };
    match left_in(letter.clone(), left_of, is_gone)? {
        Some(less) if less == letter => Ok(()),
        Some(less) => {
            note()?;
            put(name, &less, env).await
        }
        None => {
            note()?;
            Ok(env.bucket(bindings::ARCHIVE)?.delete(name).await?)
        }
    }
}

fn name(id: &str) -> String {
    format!("{PREFIX}{id}.json")
}

/// Up to `limit` letters after the one named, oldest first.
pub(crate) async fn list(after: Option<&str>, limit: usize, env: &Env) -> Result<Vec<Value>, ApiError> {
    let mut letters = Vec::new();
    for file in archive::list(PREFIX, after.map(name).as_deref(), limit, env).await? {
        letters.extend(archive::json(&file.name, env).await?);
    }
    Ok(letters)
}

/// One letter.
///
/// # Errors
/// 404.
pub(crate) async fn find(id: &str, env: &Env) -> Result<Value, ApiError> {
    let missing = || ApiError::not_found("dead_letter_not_found", "there is no dead letter of this id");
    let letter = archive::json(&name(id), env).await?.ok_or_else(missing)?;
    known(letter, env).await?.ok_or_else(missing)
}

/// Lets a letter go.
pub(crate) async fn remove(id: &str, env: &Env) -> Result<(), ApiError> {
    Ok(env.bucket(bindings::ARCHIVE)?.delete(name(id)).await?)
}
