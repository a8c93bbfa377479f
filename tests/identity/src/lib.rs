//! Who is who, case by case.
//!
//! A case is one JSON file in `cases/`: what arrives, and who it must come to be. The files are the contract; this crate
//! reads them, turns their steps into facts with the engine's own decoding, and compares an outcome with what a case
//! expects. Whatever claims to resolve identity (the resolver, a simulator, a running edge) can be held against them.

mod actual;
mod case;
mod compare;
mod erased;
mod expected;
mod load;
mod resolved;
mod step;
mod taken;

pub use actual::Actual;
pub use case::{Case, r0};
pub use compare::{compare, compare_accounts, compare_intake};
pub use expected::{Erased, Expected, Membership, NotIdentifier, Profile, Refused};
pub use load::{LoadError, Loaded, cases, load_all, load_one};
pub use resolved::{accounts, folded, memberships, people};
pub use step::{Erasure, Sent, Step};
pub use taken::Taken;
