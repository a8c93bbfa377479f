//! What the Selvedge browser tag decides.
//!
//! A machine without I/O: it sees numbers (times, sizes, statuses, random numbers, what the visitor chose) and answers
//! with numbers (which events to send, to drop or to keep, and when). The texts of events, the DOM, storage and the network
//! are [js/tag](../../js/tag): it carries and does not think.
//!
//! Invariant: no text crosses. A text costs a copy, an encoder on either side and an allocator, all of them paid by every
//! visitor; a number costs nothing. So nothing here allocates, and the module imports nothing: it can't be called back
//! into while it decides.

#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
mod abi;
pub mod consent;
pub mod duplicate;
pub mod engagement;
pub mod identity;
pub mod limits;
pub mod queue;
pub mod retry;
pub mod sender;
pub mod session;
