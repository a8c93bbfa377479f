//! The current config, in this isolate's memory.
//!
//! A published config is an immutable blob in KV (key = version and hash); only the pointer `current` moves. An isolate
//! reads it when it is cold, when its copy is old, and when a request or a profile object has seen a newer one. Where KV lags behind
//! that, its [relay](relay) knows. The last good config keeps serving whatever fails.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use selvedge_engine::config::{Config, Document};
use selvedge_engine::live::Relay;
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};
use worker::Env;

use crate::api_error::ApiError;
use crate::objects::{relay, workspace};
use crate::{bindings, platform, usage};

/// How old a copy may grow before the pointer is read again.
const FRESH_MS: i64 = 30_000;
/// The least time between two looks that callers can force by claiming to have seen a version that is not there.
const FORCED_MS: i64 = 1_000;
const CURRENT: &str = "current";

/// Which config is current.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pointer {
    /// Counts publications.
    pub(crate) version: u64,
    /// Of the document.
    pub(crate) hash: String,
}

impl Pointer {
    fn key(&self) -> String {
        format!("config/{}-{}", self.version, self.hash)
    }
}

struct Cached {
    config: Rc<Config>,
    looked_at: UnixMillis,
}

thread_local! {
    static CACHE: RefCell<Option<Cached>> = const { RefCell::new(None) };
    /// The newest version that a profile object goes by which this isolate has spoken to.
    static HEARD_OF: Cell<u64> = const { Cell::new(0) };
    /// When a version was last looked for that somebody claims to have seen, and was not there.
    static IN_VAIN: Cell<UnixMillis> = const { Cell::new(UnixMillis(0)) };
    /// Whom this isolate asks.
    static RELAY: Cell<Option<Relay>> = const { Cell::new(None) };
    /// When a config was last asked for that knows some key.
    static ASKED_AT: Cell<UnixMillis> = const { Cell::new(UnixMillis(0)) };
}

/// A profile object goes by this version. Whoever sends events of a hot identifier speaks to one object, so a quarantine
/// reaches every isolate that it matters to with the next request.
pub(crate) fn heard_of(version: u64) {
    HEARD_OF.set(HEARD_OF.get().max(version));
}

/// The current config: at least version `wanted` if that exists.
///
/// # Errors
/// 503 when nothing is in memory and KV can't be read.
pub(crate) async fn current(env: &Env, wanted: u64) -> Result<Rc<Config>, ApiError> {
    let now = platform::now();
    let wanted = wanted.max(HEARD_OF.get());
    let cached =
        CACHE.with_borrow(|cache| cache.as_ref().map(|c| (Rc::clone(&c.config), now.since(c.looked_at))));
    let Some((config, age)) = cached else { return refresh(env, wanted, now).await };
    let behind = config.version() < wanted && now.since(IN_VAIN.get()) >= FORCED_MS;
    if age < FRESH_MS && !behind {
        return Ok(config);
    }
    let looked = refresh(env, wanted, now).await;
    if looked.as_ref().map_or(0, |found| found.version()) < wanted {
        IN_VAIN.set(now);
    }
    match looked {
        Ok(newer) => Ok(newer),
        Err(error) => {
            worker::console_error!("config: keeping version {}: {error}", config.version());
            Ok(config)
        }
    }
}

/// The newest config there is, for a key that the known one lacks: KV may lag behind.
/// Wrong keys make that happen once a second at most.
///
/// # Errors
/// 503 when it can't be asked.
pub(crate) async fn newest(env: &Env, known: Rc<Config>) -> Result<Rc<Config>, ApiError> {
    let now = platform::now();
    if now.since(ASKED_AT.get()) < FORCED_MS {
        return Ok(known);
    }
    let newest = refresh(env, known.version() + 1, now).await?;
    ASKED_AT.set(now);
    Ok(newest)
}

/// The config in memory, if there is one: however old it is.
pub(crate) fn known() -> Option<Rc<Config>> {
    CACHE.with_borrow(|cache| cache.as_ref().map(|cached| Rc::clone(&cached.config)))
}

async fn refresh(env: &Env, wanted: u64, now: UnixMillis) -> Result<Rc<Config>, ApiError> {
    let kv = env.kv(bindings::CONFIG)?;
    usage::count(|usage| usage.kv_reads += 1);
    let mut pointer: Option<Pointer> = kv.get(CURRENT).json().await.map_err(worker::Error::from)?;
    if pointer.as_ref().map_or(0, |p| p.version) < wanted
        && let Some(newer) = told(env, wanted).await?
    {
        pointer = Some(newer);
    }
    let config = match (pointer, known()) {
        (None, held) => held.unwrap_or_else(|| Rc::new(Config::new(0, Document::default()))),
        (Some(pointer), Some(held)) if held.version() >= pointer.version => held,
        (Some(pointer), _) => {
            usage::count(|usage| usage.kv_reads += 1);
            let blob = kv.get(&pointer.key()).text().await.map_err(worker::Error::from)?;
            let blob =
                blob.ok_or_else(|| ApiError::unavailable("config_not_ready", "the config is on its way"))?;
            let config = Rc::new(Config::new(pointer.version, Document::read(&blob)?));
            for segment in config.program().beyond() {
                // A newer version has published it: what depends on that holds for nobody here, and somebody should know.
                worker::console_error!(
                    "config {}: segment `{segment}` asks for something that this version does not know",
                    pointer.version
                );
            }
            config
        }
    };
    CACHE.with_borrow_mut(|cache| *cache = Some(Cached { config: Rc::clone(&config), looked_at: now }));
    Ok(config)
}

/// The newest version that this isolate's relay knows. If the relay can't be reached, the workspace says it.
async fn told(env: &Env, wanted: u64) -> Result<Option<Pointer>, ApiError> {
    match relay::newest(env, my_relay()?, wanted).await {
        Ok(pointer) => Ok(pointer),
        Err(error) => {
            worker::console_error!("relay: {error}");
            workspace::pointer(env).await
        }
    }
}

fn my_relay() -> Result<Relay, ApiError> {
    if let Some(relay) = RELAY.get() {
        return Ok(relay);
    }
    let relay = any_relay()?;
    RELAY.set(Some(relay));
    Ok(relay)
}

/// One of the relays, whichever.
pub(crate) fn any_relay() -> Result<Relay, ApiError> {
    let [first, ..] = platform::random()?;
    Ok(Relay::drawn(first))
}

/// Says which version is current; its blob is there.
pub(crate) async fn point(env: &Env, pointer: &Pointer) -> Result<(), ApiError> {
    let current = serde_json::to_string(pointer)?;
    let put = env.kv(bindings::CONFIG)?.put(CURRENT, current).map_err(worker::Error::from)?;
    Ok(put.execute().await.map_err(worker::Error::from)?)
}

/// Makes a config current: blob first, then pointer, then this isolate.
pub(crate) async fn publish(env: &Env, pointer: &Pointer, document: Document) -> Result<(), ApiError> {
    let kv = env.kv(bindings::CONFIG)?;
    usage::count(|usage| usage.kv_writes += 2);
    let blob = serde_json::to_string(&document)?;
    kv.put(&pointer.key(), blob)
        .map_err(worker::Error::from)?
        .execute()
        .await
        .map_err(worker::Error::from)?;
    point(env, pointer).await?;
    let config = Rc::new(Config::new(pointer.version, document));
    let looked_at = platform::now();
    CACHE.with_borrow_mut(|cache| *cache = Some(Cached { config, looked_at }));
    Ok(())
}
