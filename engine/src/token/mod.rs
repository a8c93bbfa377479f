//! Signed tokens: the device cookie, the identity token of the site's server, and the tracking token of a decision.

mod decision;
mod device;
mod identity;
mod seal;

pub use decision::{DECISION_VERSION, Decision};
pub use device::{COOKIE_NAME, Device};
pub use identity::{Algorithm, IdentityClaims, IdentityToken, IdentityTokenError, public_key};
pub use seal::SealKey;
