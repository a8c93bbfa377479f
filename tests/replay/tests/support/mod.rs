//! What the tests share: an edge to replay against, and the tool.

mod edge;
mod http;
mod tool;

pub use edge::{Edge, Reply};
pub use tool::{Ended, events, file, replay, run};
