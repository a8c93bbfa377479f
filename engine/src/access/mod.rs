//! Who may do what: roles and their rights, the keys and sessions that carry a role, and which requests a session may make.

mod act;
mod assertion;
mod key;
mod origin;
mod role;
mod session;

pub use act::{ACT_VERSION, Act};
pub use assertion::{ASSERTION_HEADER, Admitted, Application, Assertion, AssertionError, SigningKey};
pub use key::{KEY_VERSION, Key, KeyId, KeyText, deployment};
pub use origin::{Caller, may_listen, may_use_session};
pub use role::{Right, Role};
pub use session::{SESSION_COOKIE, Session};
