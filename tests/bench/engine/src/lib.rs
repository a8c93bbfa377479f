//! What the engine takes to read an event, and for an event, a link and a merge; and what segments and conditions take. The cases are the
//! same native (`benches/native.rs`, with criterion) and in wasm ([`wasm`], under Node); `cargo xtask bench engine` and `cargo xtask bench
//! segments` run both and print one table.

mod cases;
mod conditions;
mod event;
mod parsing;
mod segments;
mod store;
#[cfg(target_family = "wasm")]
pub mod wasm;
mod world;

pub use cases::{Case, Rounds, cases};
pub use conditions::{Asked, suite};
pub use parsing::Body;
