//! Messages into the Queue.

use selvedge_engine::limits;
use wasm_bindgen::JsValue;
use worker::{Env, QueueContentType, RawMessageBuilder, SendMessage};

use crate::api_error::ApiError;
use crate::{bindings, usage};

/// Bytes that are billed as one operation.
const BILLED: u64 = 65_536;

/// Sends a JSON array, to be delivered after so many seconds.
pub(crate) async fn send(text: &str, delay_seconds: Option<u32>, env: &Env) -> Result<(), ApiError> {
    // Written, read and deleted.
    usage::count(|usage| usage.queue_operations += 3 * (1 + text.len() as u64 / BILLED));
    let body = RawMessageBuilder::new(JsValue::from_str(text));
    let body = match delay_seconds {
        Some(seconds) => body.delay_seconds(seconds),
        None => body,
    };
    let message: SendMessage<JsValue> = body.build_with_content_type(QueueContentType::Text);
    Ok(env.queue(bindings::OUTBOX)?.send_raw(message).await?)
}

/// Lines as JSON arrays, each small enough for a message.
pub(crate) fn messages_of(lines: &[String]) -> Vec<String> {
    let mut messages = Vec::new();
    let mut message = String::new();
    for line in lines {
        if !message.is_empty() && message.len() + line.len() > limits::QUEUE_MESSAGE_BYTES {
            messages.push(format!("[{}]", std::mem::take(&mut message)));
        }
        if !message.is_empty() {
            message.push(',');
        }
        message.push_str(line);
    }
    if !message.is_empty() {
        messages.push(format!("[{message}]"));
    }
    messages
}
