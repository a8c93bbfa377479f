//! The Durable Objects, one kind a file or folder, and how they are called.

pub(crate) mod account;
pub(crate) mod audience;
pub(crate) mod call;
pub(crate) mod cap;
pub(crate) mod directory;
pub(crate) mod experiment;
pub(crate) mod identifier;
mod line;
mod overwrite;
pub(crate) mod profile;
pub(crate) mod relay;
mod sql;
mod tries;
pub(crate) mod workspace;
