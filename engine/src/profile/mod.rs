//! A profile's state: a fold of its log.

mod absorb;
mod commerce;
mod log;
mod members;
mod micros;
mod one_trait;
mod state;
mod traits;

pub use absorb::AbsorbError;
pub use commerce::Commerce;
pub use log::Logged;
pub use micros::Micros;
pub use one_trait::Trait;
pub use state::{ConsentSaid, ProfileState, STATE_VERSION, Seen};
pub use traits::Traits;
