//! The API of admins: config, profiles, the directory, usage.

pub(crate) mod accounts;
pub(crate) mod archive;
pub(crate) mod audiences;
pub(crate) mod config;
pub(crate) mod dead_letters;
pub(crate) mod directory;
mod dry_run;
mod erase;
pub(crate) mod identity;
pub(crate) mod key;
pub(crate) mod profiles;
pub(crate) mod quarantine;
mod query;
pub(crate) mod rebuild;
pub(crate) mod refusals;
pub(crate) mod replay;
pub(crate) mod usage;
