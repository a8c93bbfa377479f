//! What the simulator shares with the [model](../../model): a profile object's storage in memory, and what must hold
//! at rest.

pub mod laws;
pub mod store;
