//! A profile's state: a fold of its log.

mod commerce;
mod log;
mod state;
mod traits;

pub use commerce::Commerce;
pub use log::Logged;
pub use state::{ConsentSaid, ProfileState, STATE_VERSION, Seen};
pub use traits::{Trait, Traits};
