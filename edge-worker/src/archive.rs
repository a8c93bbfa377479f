//! The Queue's consumer: what left the profiles becomes lines in the archive.
//!
//! One NDJSON file per source and hour of receipt and batch, named by the hash of its content, so that a batch that is
//! delivered twice overwrites its own file.

use std::collections::BTreeMap;

use selvedge_engine::time::UnixMillis;
use serde_json::Value;
use sha2::{Digest, Sha256};
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder};

use crate::api_error::ApiError;
use crate::{bindings, usage};

/// Seconds before a batch that could not be written comes again: an outage of R2 is not over at once.
const RETRY_SECONDS: u32 = 10;

/// Writes a batch. If that fails all of it comes again a little later; a message that can't be read goes to the dead
/// letters alone, after its retries.
pub(crate) async fn consume(batch: &MessageBatch<Value>, env: &Env) {
    let mut readable = Vec::new();
    let mut events: Vec<Value> = Vec::new();
    for message in batch.raw_iter() {
        let text = message.body().as_string().unwrap_or_default();
        match serde_json::from_str::<Vec<Value>>(&text) {
            Ok(read) => {
                events.extend(read);
                readable.push(message);
            }
            Err(error) => {
                worker::console_error!("archive: message {} is not a list of events: {error}", message.id());
                message.retry();
            }
        }
    }
    match write(&events, env).await {
        Ok(()) => readable.iter().for_each(MessageExt::ack),
        Err(error) => {
            worker::console_error!("archive: {error}");
            let later = QueueRetryOptionsBuilder::new().with_delay_seconds(RETRY_SECONDS).build();
            readable.iter().for_each(|message| message.retry_with_options(&later));
        }
    }
}

async fn write(events: &[Value], env: &Env) -> Result<(), ApiError> {
    let bucket = env.bucket(bindings::ARCHIVE)?;
    for (partition, lines) in partitions(events) {
        let content = lines.join("\n") + "\n";
        let digest = Sha256::digest(content.as_bytes());
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        usage::count(|usage| usage.archive_writes += 1);
        bucket.put(format!("archive/{partition}/{name}.ndjson"), content.into_bytes()).execute().await?;
    }
    Ok(())
}

/// Lines by `source=…/hour=…`.
fn partitions(events: &[Value]) -> BTreeMap<String, Vec<String>> {
    let mut partitions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in events {
        let text = |field: &str| event.get(field).and_then(Value::as_str).unwrap_or("unknown");
        let hour = UnixMillis::parse(text("receivedAt")).map_or_else(|| "unknown".into(), UnixMillis::hour);
        let partition = format!("source={}/hour={hour}", text("source"));
        partitions.entry(partition).or_default().push(event.to_string());
    }
    partitions
}
