//! The Queue's consumer: what left the profiles becomes lines in the archive.
//!
//! One NDJSON file per source and hour of receipt and batch, named by the hash of its content, so that a batch that is
//! delivered twice overwrites its own file.

use std::collections::BTreeMap;

use selvedge_engine::time::UnixMillis;
use serde_json::Value;
use sha2::{Digest, Sha256};
use worker::{Env, MessageBatch};

use crate::api_error::ApiError;
use crate::{bindings, usage};

/// Writes a batch; if that fails, the whole batch comes again.
pub(crate) async fn consume(batch: &MessageBatch<Value>, env: &Env) {
    let messages: Vec<String> = batch.raw_iter().filter_map(|message| message.body().as_string()).collect();
    match write(&messages, env).await {
        Ok(()) => batch.ack_all(),
        Err(error) => {
            worker::console_error!("archive: {error}");
            batch.retry_all();
        }
    }
}

async fn write(messages: &[String], env: &Env) -> Result<(), ApiError> {
    let bucket = env.bucket(bindings::ARCHIVE)?;
    for (partition, lines) in partitions(messages)? {
        let content = lines.join("\n") + "\n";
        let digest = Sha256::digest(content.as_bytes());
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        usage::count(|usage| usage.archive_writes += 1);
        bucket.put(format!("archive/{partition}/{name}.ndjson"), content.into_bytes()).execute().await?;
    }
    Ok(())
}

/// Lines by `source=…/hour=…`.
fn partitions(messages: &[String]) -> Result<BTreeMap<String, Vec<String>>, ApiError> {
    let mut partitions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for message in messages {
        let events: Vec<Value> = serde_json::from_str(message)?;
        for event in events {
            let text = |field: &str| event.get(field).and_then(Value::as_str).unwrap_or("unknown");
            let hour =
                UnixMillis::parse(text("receivedAt")).map_or_else(|| "unknown".into(), UnixMillis::hour);
            let partition = format!("source={}/hour={hour}", text("source"));
            partitions.entry(partition).or_default().push(event.to_string());
        }
    }
    Ok(partitions)
}
