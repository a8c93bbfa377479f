//! The Selvedge browser tag.
//!
//! It records page views, clicks and calls as events, keeps them in the browser until the edge has them, and shows the
//! offers the edge answers with. `js/tag/loader.js` loads it and hands it the page; everything it decides is decided here.
//!
//! Invariant: nothing may throw into the page. Every call into JavaScript goes through [`bridge`], which catches.
//! Invariant: no state is taken out (see [`held`]) across a call that can run the page's code, because it may call back.
//! Invariant: size is a feature. No `format!`, no float parsing, no sort, no split: JavaScript has them all already.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod answer;
mod api;
mod bridge;
mod click;
mod consent;
mod context;
mod event;
mod held;
mod ids;
mod impression;
mod limits;
pub mod page;
mod page_view;
mod placement;
mod queue;
#[cfg(target_arch = "wasm32")]
mod runtime;
mod signal;
mod storage;
mod tag;
mod transport;

use tag::Tag;
