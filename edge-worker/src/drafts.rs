//! Configs that are not published and shown to whoever has the link: immutable blobs in KV, which lets them go when they end.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::rc::Rc;

use lru::LruCache;
use selvedge_engine::config::{Config, Document};
use selvedge_engine::ids::DraftId;
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::Preview;
use worker::Env;

use crate::api_error::ApiError;
use crate::platform::{self, Secrets};
use crate::{bindings, usage};

/// Drafts in this isolate's memory.
const HELD: usize = 4;
/// KV keeps a blob for a minute at least.
const LEAST_SECONDS: i64 = 60;

thread_local! {
    static DRAFTS: RefCell<LruCache<DraftId, Rc<Config>>> = RefCell::new(LruCache::new(NonZeroUsize::new(HELD).unwrap_or(NonZeroUsize::MIN)));
}

fn key(draft: &DraftId) -> String {
    format!("draft/{draft}")
}

/// Keeps a draft until then.
pub(crate) async fn keep(env: &Env, document: &Document, until: UnixMillis) -> Result<DraftId, ApiError> {
    let draft = DraftId(platform::new_profile_id()?.to_string());
    let seconds = (until.since(platform::now()) / 1_000).max(LEAST_SECONDS);
    usage::count(|usage| usage.kv_writes += 1);
    let put = env.kv(bindings::CONFIG)?.put(&key(&draft), serde_json::to_string(document)?);
    let put = put.map_err(worker::Error::from)?.expiration_ttl(seconds.unsigned_abs());
    put.execute().await.map_err(worker::Error::from)?;
    Ok(draft)
}

/// The draft, beside the published version that it is shown in the place of.
///
/// # Errors
/// 404 if it is over, 503 if it can't be read.
pub(crate) async fn of(env: &Env, draft: &DraftId, version: u64) -> Result<Rc<Config>, ApiError> {
    if let Some(held) = DRAFTS.with_borrow_mut(|held| held.get(draft).cloned()) {
        return Ok(held);
    }
    usage::count(|usage| usage.kv_reads += 1);
    let blob = env.kv(bindings::CONFIG)?.get(&key(draft)).text().await.map_err(worker::Error::from)?;
    let config = Rc::new(Config::new(version, Document::read(&blob.ok_or_else(over)?)?));
    DRAFTS.with_borrow_mut(|held| held.put(draft.clone(), Rc::clone(&config)));
    Ok(config)
}

/// The draft that a token names.
///
/// # Errors
/// 404 if it is over, or the token none of ours.
pub(crate) fn named(token: &str, secrets: &Secrets) -> Result<DraftId, ApiError> {
    Preview::open(&secrets.preview, token, platform::now()).map(|preview| preview.draft).ok_or_else(over)
}

fn over() -> ApiError {
    ApiError::not_found("draft_not_found", "this preview has ended; make a new one with POST /v1/drafts")
}
