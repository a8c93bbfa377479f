//! The Queue's consumer: what left the profiles goes into the archive and to the directory.
//!
//! A message is a JSON array. An element is an event, which always has a `messageId`, or `{"directory": Row}`. Events are
//! archived first: a message whose events could not be written comes again as a whole. If after that a shard of the
//! directory can't be told, its rows alone are sent again, so that the directory's trouble doubles no event.

use std::collections::BTreeSet;

use selvedge_engine::directory::{Heard, ROW_VERSION, Row, Shard};
use serde_json::Value;
use worker::{
    Env, MessageBatch, MessageExt, QueueContentType, QueueRetryOptionsBuilder, RawMessage, RawMessageBuilder,
    SendMessage,
};

use crate::api_error::ApiError;
use crate::objects::directory;
use crate::{archive, bindings, usage};

/// Seconds before what could not be delivered comes again: an outage is not over at once.
const RETRY_SECONDS: u32 = 10;

/// One message, taken apart.
struct Parts {
    message: RawMessage,
    events: Vec<Value>,
    rows: Vec<Value>,
}

/// Delivers a batch. A message that can't be read goes to the dead letters alone, after its retries.
pub(crate) async fn consume(batch: &MessageBatch<Value>, env: &Env) {
    let messages: Vec<Parts> = batch.raw_iter().filter_map(taken_apart).collect();
    if let Err(error) = archive::write(messages.iter().flat_map(|parts| &parts.events), env).await {
        worker::console_error!("archive: {error}");
        messages.iter().for_each(|parts| retry_later(&parts.message));
        return;
    }
    let told = messages.iter().flat_map(|parts| parts.rows.iter().filter_map(row)).map(Heard::from);
    // An event that no shard hears of is no loss: its profile says the same in a row of its own.
    let seen = messages.iter().flat_map(|parts| parts.events.iter().filter_map(Heard::of_line));
    let missed = directory::tell(env, told.chain(seen).collect()).await;
    for parts in &messages {
        settle(parts, &missed, env).await;
    }
}

fn taken_apart(message: RawMessage) -> Option<Parts> {
    let text = message.body().as_string().unwrap_or_default();
    match serde_json::from_str::<Vec<Value>>(&text) {
        Ok(elements) => {
            let is_row = |value: &Value| value.get("messageId").is_none() && value.get("directory").is_some();
            let (rows, events) = elements.into_iter().partition(is_row);
            Some(Parts { message, events, rows })
        }
        Err(error) => {
            worker::console_error!("message {} is not a list of events: {error}", message.id());
            message.retry();
            None
        }
    }
}

/// The row of an element; none if it can't be read, or is of a version to come.
fn row(element: &Value) -> Option<Row> {
    let row: Row = serde_json::from_value(element.get("directory")?.clone()).ok()?;
    (row.v <= ROW_VERSION).then_some(row)
}

/// Lets the message go, once it is certain that what the directory missed comes again.
async fn settle(parts: &Parts, missed: &BTreeSet<Shard>, env: &Env) {
    let arrived =
        |element: &&Value| row(element).is_some_and(|row| !missed.contains(&Shard::of(&row.profile)));
    let left: Vec<&Value> = parts.rows.iter().filter(|element| !arrived(element)).collect();
    if left.is_empty() {
        return parts.message.ack();
    }
    if parts.events.is_empty() {
        return retry_later(&parts.message);
    }
    match send_again(&left, env).await {
        Ok(()) => parts.message.ack(),
        Err(error) => {
            worker::console_error!("rows of the directory could not be sent again: {error}");
            retry_later(&parts.message);
        }
    }
}

async fn send_again(rows: &[&Value], env: &Env) -> Result<(), ApiError> {
    let body = wasm_bindgen::JsValue::from_str(&serde_json::to_string(rows)?);
    let message: SendMessage<wasm_bindgen::JsValue> = RawMessageBuilder::new(body)
        .delay_seconds(RETRY_SECONDS)
        .build_with_content_type(QueueContentType::Text);
    usage::count(|usage| usage.queue_operations += 3);
    Ok(env.queue(bindings::OUTBOX)?.send_raw(message).await?)
}

fn retry_later(message: &RawMessage) {
    message.retry_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(RETRY_SECONDS).build());
}
