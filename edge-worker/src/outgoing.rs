//! One message into the Queue.

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
