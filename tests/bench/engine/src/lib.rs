//! What the engine takes for an event, a link and a merge. The cases are the same native (`benches/native.rs`, with
//! criterion) and in wasm ([`wasm`], under Node); `cargo xtask bench engine` runs both and prints one table.

mod cases;
mod event;
mod store;
#[cfg(target_family = "wasm")]
pub mod wasm;
mod world;

pub use cases::{CASES, Case, Rounds};
