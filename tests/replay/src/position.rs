//! Where in the input a line stands.

use std::fmt;
use std::sync::Arc;

/// A line of a file, printed as `file:line` so that terminals and editors can jump to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) file: Arc<str>,
    /// Counted from 1.
    pub(crate) line: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
