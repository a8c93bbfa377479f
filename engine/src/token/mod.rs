//! Signed tokens: the device cookie, the identity token of the site's server, the tracking token of a decision, and the
//! link to a preview.

mod cookie;
mod decision;
mod device;
mod identity;
mod preview;
mod seal;

pub use cookie::cookies;
pub use decision::{DECISION_VERSION, Decision};
pub use device::{COOKIE_NAME, Device};
pub use identity::{Algorithm, IdentityClaims, IdentityToken, IdentityTokenError, public_key};
pub use preview::Preview;
pub use seal::SealKey;
