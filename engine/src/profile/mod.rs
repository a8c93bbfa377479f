//! A profile's state: a fold of its log.

mod absorb;
mod claims;
mod computed;
mod due;
mod fold;
mod listed;
mod log;
mod members;
mod micros;
mod one_trait;
mod rows;
mod shown;
mod sightings;
mod standing;
mod state;
mod traits;

pub use absorb::AbsorbError;
pub use claims::{Claimed, Claims};
pub use computed::Asked;
pub use fold::Fold;
pub use listed::{LISTED_VERSION, Listed};
pub use log::{EXPIRED_VERSION, Logged};
pub(crate) use members::member;
pub use micros::Micros;
pub use one_trait::Trait;
pub use rows::Rows;
pub use shown::shown;
pub use sightings::{Seen, Sightings};
pub use standing::{Stale, next_change};
pub use state::{ConsentSaid, ProfileState, STATE_VERSION};
pub use traits::Traits;
