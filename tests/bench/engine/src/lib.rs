//! What the engine takes to read an event, and for an event, a link and a merge. The cases are the same native (`benches/native.rs`, with
//! criterion) and in wasm ([`wasm`], under Node); `cargo xtask bench engine` runs both and prints one table.

mod cases;
mod conditions;
mod event;
mod parsing;
mod segments;
mod store;
#[cfg(target_family = "wasm")]
pub mod wasm;
mod world;

pub use cases::{CASES, Case, Rounds};
pub use conditions::{Asked, suite};
pub use parsing::Body;
