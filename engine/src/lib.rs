//! Everything Selvedge *knows*: what an event is, who sent it, what a profile becomes, which segments it is in and
//! which offers it should see.
//!
//! Invariant: this crate does no I/O and reads no clock and no random source. Time and randomness are arguments,
//! so every run can be replayed and the same code answers in the Worker, in the console and in a test.

pub mod access;
pub mod account;
pub mod archive;
pub mod audience;
pub mod bot;
pub mod catalogue;
pub mod commerce;
pub mod config;
pub mod consent;
pub mod directory;
pub mod event;
pub mod exposure;
pub mod identity;
pub mod ids;
pub mod limits;
pub mod live;
pub mod offer;
pub mod operation;
pub mod ordered;
pub mod outcome;
pub mod outgoing;
pub mod pressure;
pub mod profile;
pub mod results;
pub mod segment;
pub mod time;
pub mod token;
