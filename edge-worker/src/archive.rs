//! The archive: events as lines in files that are written once.
//!
//! One NDJSON file per source and hour of receipt and batch, named by the hash of its content, so that a batch that is
//! delivered twice overwrites its own file.

use std::collections::BTreeMap;

use selvedge_engine::time::UnixMillis;
use serde_json::Value;
use sha2::{Digest, Sha256};
use worker::Env;

use crate::api_error::ApiError;
use crate::{bindings, usage};

const PREFIX: &str = "archive/";

/// Writes events.
pub(crate) async fn write(events: impl Iterator<Item = &Value>, env: &Env) -> Result<(), ApiError> {
    let bucket = env.bucket(bindings::ARCHIVE)?;
    for (partition, lines) in partitions(events) {
        let content = lines.join("\n") + "\n";
        let digest = Sha256::digest(content.as_bytes());
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        usage::count(|usage| usage.archive_writes += 1);
        bucket.put(format!("{PREFIX}{partition}/{name}.ndjson"), content.into_bytes()).execute().await?;
    }
    Ok(())
}

/// Lines by `source=…/hour=…`.
fn partitions<'a>(events: impl Iterator<Item = &'a Value>) -> BTreeMap<String, Vec<String>> {
    let mut partitions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in events {
        let text = |field: &str| event.get(field).and_then(Value::as_str).unwrap_or("unknown");
        let hour = UnixMillis::parse(text("receivedAt")).map_or_else(|| "unknown".into(), UnixMillis::hour);
        let partition = format!("source={}/hour={hour}", text("source"));
        partitions.entry(partition).or_default().push(event.to_string());
    }
    partitions
}

/// A file of the archive.
pub(crate) struct File {
    /// Its name.
    pub(crate) name: String,
    /// Its size.
    pub(crate) bytes: u64,
}

/// Up to `limit` files after the one named, in the order of names; fewer only at the end.
pub(crate) async fn list(after: Option<&str>, limit: u32, env: &Env) -> Result<Vec<File>, ApiError> {
    let bucket = env.bucket(bindings::ARCHIVE)?;
    let mut files: Vec<File> = Vec::new();
    loop {
        let room = limit.saturating_sub(u32::try_from(files.len()).unwrap_or(u32::MAX));
        let mut page = bucket.list().prefix(PREFIX).limit(room);
        if let Some(after) = files.last().map(|file| file.name.as_str()).or(after) {
            page = page.start_after(after);
        }
        let page = page.execute().await?;
        files.extend(page.objects().iter().map(|file| File { name: file.key(), bytes: file.size() }));
        // The platform may give less than it was asked for.
        if !page.truncated() || files.len() >= limit as usize {
            return Ok(files);
        }
    }
}

/// The events of a file; none if it is gone. A line that is not JSON is left out.
pub(crate) async fn read(name: &str, env: &Env) -> Result<Vec<Value>, ApiError> {
    let file = env.bucket(bindings::ARCHIVE)?.get(name).execute().await?;
    let Some(body) = file.as_ref().and_then(worker::Object::body) else { return Ok(Vec::new()) };
    let text = body.text().await?;
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}
