//! The API of admins: config, profiles, usage.

pub(crate) mod config;
mod key;
pub(crate) mod profiles;
pub(crate) mod usage;
