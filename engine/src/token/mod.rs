//! Signed tokens: the device cookie, the identity token of the site's server, the tracking token of a decision, the
//! link to a preview, and the hand-over to another site.

mod cookie;
mod decision;
mod device;
mod handover;
mod identity;
mod preview;
mod seal;

pub use cookie::cookies;
pub use decision::{DECISION_VERSION, Decision};
pub use device::{COOKIE_NAME, Device};
pub use handover::{Arrival, Handover, NoHandover, host_of, origin_of};
pub use identity::{Algorithm, IdentityClaims, IdentityToken, IdentityTokenError, public_key};
pub use preview::Preview;
pub use seal::SealKey;
