//! What the simulator shares with the [model](../../model): a profile object's storage in memory, the bugs that can be
//! put into it, and what must hold at rest.

pub mod laws;
pub mod meant;
pub mod sabotage;
pub mod store;
mod unarchived;
