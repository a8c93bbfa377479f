//! Who an event is about, and how people are joined.
//!
//! Two kinds of object share the work. The *identifier object* holds the [`entry`]: who owns this identifier. The
//! *profile object* holds the [`home`]: whether this profile lives here or has moved on. Both are plain functions
//! from a state and an input to a new state and an answer; the Worker stores the one and carries the other.

mod blocked;
pub mod crowd;
pub mod delivery;
pub mod dry_run;
pub mod entry;
pub mod extract;
pub mod fact;
pub mod home;
mod identifier;
pub mod meet;
mod object_name;
pub mod resolve;
mod rules;

pub use blocked::is_blocked;
pub use identifier::{Identifier, Namespace, Refusal, Trust};
pub use object_name::ObjectNames;
pub use rules::{
    Dated, IdentifierKind, IdentityRules, Limit, NamespaceRule, Normalise, QuarantineRule, SharedDevice,
    Violation,
};
