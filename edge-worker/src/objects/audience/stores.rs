//! Where what is imported lies: parts and changes in R2, shards in KV. None of it changes once it is written, but for who is erased.

use std::ops::Range;

use selvedge_engine::audience::{Generation, Part, Shard};
use selvedge_engine::identity::Namespace;
use selvedge_engine::limits;
use worker::{Env, Range as Piece};

use crate::api_error::ApiError;
use crate::{archive, bindings, usage};

fn part_name(import: &str, n: u32) -> String {
    format!("audience-imports/{import}/{n}")
}

/// Where it is written who has entered and who has left by a shard.
pub(crate) fn changes_name(import: &str, shard: u32) -> String {
    format!("audience-changes/{import}/{shard:04x}.ndjson")
}

/// Stores a part.
pub(crate) async fn put_part(env: &Env, import: &str, n: u32, part: &Part) -> Result<(), ApiError> {
    env.bucket(bindings::ARCHIVE)?.put(part_name(import, n), part.to_bytes()).execute().await?;
    Ok(())
}

/// The bytes of a part between two places.
pub(crate) async fn part(env: &Env, import: &str, n: u32, span: Range<usize>) -> Result<Vec<u8>, ApiError> {
    if span.is_empty() {
        return Ok(Vec::new());
    }
    let piece = Piece::OffsetWithLength { offset: span.start as u64, length: span.len() as u64 };
    let object = env.bucket(bindings::ARCHIVE)?.get(part_name(import, n)).range(piece).execute().await?;
    let gone = || ApiError::internal(format!("part {n} of import {import} is gone"));
    let body = object.as_ref().and_then(worker::Object::body);
    Ok(body.ok_or_else(gone)?.bytes().await?)
}

/// Removes the parts of an import.
pub(crate) async fn remove_parts(env: &Env, import: &str, parts: &[u32]) -> Result<(), ApiError> {
    let bucket = env.bucket(bindings::ARCHIVE)?;
    for n in parts {
        bucket.delete(part_name(import, *n)).await?;
    }
    Ok(())
}

/// Writes who has entered and who has left.
pub(crate) async fn put_changes(env: &Env, import: &str, shard: u32, lines: String) -> Result<(), ApiError> {
    env.bucket(bindings::ARCHIVE)?.put(changes_name(import, shard), lines.into_bytes()).execute().await?;
    Ok(())
}

/// Who has entered and who has left by a shard, as lines; `None` if that was never written.
pub(crate) async fn changes(env: &Env, import: &str, shard: u32) -> Result<Option<String>, ApiError> {
    let bytes = archive::bytes(&changes_name(import, shard), env).await?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Stores a shard.
pub(crate) async fn put_shard(
    env: &Env,
    namespace: &Namespace,
    generation: Generation,
    n: u32,
    shard: &Shard,
) -> Result<(), ApiError> {
    usage::count(|usage| usage.kv_writes += 1);
    let put = env.kv(bindings::CONFIG)?.put_bytes(&generation.key(namespace, n), &shard.to_bytes());
    Ok(put.map_err(worker::Error::from)?.execute().await.map_err(worker::Error::from)?)
}

/// Reads a shard; `None` if it is not there.
pub(crate) async fn shard(
    env: &Env,
    namespace: &Namespace,
    generation: Generation,
    n: u32,
) -> Result<Option<Shard>, ApiError> {
    usage::count(|usage| usage.kv_reads += 1);
    let get =
        env.kv(bindings::CONFIG)?.get(&generation.key(namespace, n)).cache_ttl(limits::SHARD_CACHED_SECONDS);
    let bytes = get.bytes().await.map_err(worker::Error::from)?;
    let read = |bytes: Vec<u8>| Shard::read(&bytes).map_err(|error| ApiError::internal(error.to_string()));
    bytes.map(read).transpose()
}

/// Removes some shards.
pub(crate) async fn remove_shards(
    env: &Env,
    namespace: &Namespace,
    generation: Generation,
    shards: Range<u32>,
) -> Result<(), ApiError> {
    let kv = env.kv(bindings::CONFIG)?;
    for n in shards {
        kv.delete(&generation.key(namespace, n)).await.map_err(worker::Error::from)?;
    }
    Ok(())
}
