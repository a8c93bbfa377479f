//! The API of admins: sessions and keys, config, its history and its drafts, profiles, what is happening now, the directory, how the edge fares.

pub(crate) mod access;
pub(crate) mod accounts;
pub(crate) mod archive;
pub(crate) mod audiences;
pub(crate) mod config;
pub(crate) mod dead_letters;
pub(crate) mod directory;
pub(crate) mod drafts;
mod dry_run;
mod erase;
pub(crate) mod experiments;
pub(crate) mod history;
pub(crate) mod identity;
pub(crate) mod intake;
pub(crate) mod keys;
pub(crate) mod live;
pub(crate) mod profiles;
pub(crate) mod quarantine;
mod query;
pub(crate) mod rebuild;
pub(crate) mod refusals;
pub(crate) mod replay;
pub(crate) mod segments;
pub(crate) mod session;
pub(crate) mod usage;
