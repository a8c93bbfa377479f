//! The Cloudflare Worker: everything Selvedge *touches*.
//!
//! Invariant: this crate carries, it does not think. What an event means, who owns it and which offer wins is decided
//! in `selvedge-engine`; here are HTTP, storage and messages.

mod admin;
mod api_error;
mod archive;
mod assets;
mod audiences;
mod bindings;
mod body;
mod caps;
mod config_cache;
mod console;
mod consumer;
mod cors;
mod dead_letters;
mod drafts;
mod erasures;
mod fetch;
mod gzip;
mod incoming;
mod ingest;
mod intake;
mod objects;
mod outgoing;
mod platform;
mod posteriors;
mod pulse;
mod route;
mod usage;
mod web_crypto;

use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, MessageBatch, Response, Result, event};

#[wasm_bindgen(module = "/src/microtask.js")]
extern "C" {
    #[wasm_bindgen(js_name = queueWithinV8)]
    fn queue_within_v8();
}

/// Once for an isolate, before anything else.
#[event(start)]
fn start() {
    queue_within_v8();
}

/// Every HTTP request.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> Result<Response> {
    let response = route::respond(incoming::Incoming::new(request), &env).await;
    intake::leave(&env, &context);
    pulse::leave(&env, &context);
    response
}

/// Every batch of what left the profiles, or could not be delivered.
#[event(queue)]
async fn queue(batch: MessageBatch<serde_json::Value>, env: Env, _context: Context) -> Result<()> {
    if dead_letters::come_by(&batch.queue()) {
        dead_letters::consume(&batch, &env).await;
    } else {
        consumer::consume(&batch, &env).await;
    }
    Ok(())
}
