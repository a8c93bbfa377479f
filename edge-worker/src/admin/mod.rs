//! The API of admins: config, profiles, the directory, usage.

pub(crate) mod config;
pub(crate) mod directory;
mod key;
pub(crate) mod profiles;
mod query;
pub(crate) mod rebuild;
pub(crate) mod refusals;
pub(crate) mod usage;
