//! Lines as they are sent on: unchanged, and only as far understood as their order needs.

use anyhow::{Context, Result};
use serde_json::Value;

/// The edge takes 500 kB at a time.
const BODY_BYTES: usize = 400_000;
/// It asks a few objects for each line, and the platform lets one request ask a thousand.
const BODY_LINES: usize = 200;

/// A line of the archive.
pub(super) struct Line {
    pub(super) id: String,
    /// When it was received, or said.
    pub(super) at: String,
    text: String,
    erasure: bool,
}

impl Line {
    pub(super) fn read(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)?;
        let field = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            id: field("id").context("a line without an id")?,
            at: field("receivedAt").or_else(|| field("timestamp")).context("a line without a time")?,
            erasure: value.pointer("/said/erased").is_some(),
            text: text.to_owned(),
        })
    }

    /// It says that somebody was erased.
    pub(super) fn is_erasure(&self) -> bool {
        self.erasure
    }
}

/// Request bodies with these lines, in order.
pub(super) fn bodies(lines: &[Line]) -> Vec<String> {
    let mut bodies = Vec::new();
    let (mut body, mut count) = (String::new(), 0);
    for line in lines {
        if count > 0 && (count == BODY_LINES || body.len() + line.text.len() >= BODY_BYTES) {
            bodies.push(std::mem::take(&mut body));
            count = 0;
        }
        body.push_str(&line.text);
        body.push('\n');
        count += 1;
    }
    if count > 0 {
        bodies.push(body);
    }
    bodies
}

#[cfg(test)]
mod tests {
    use super::{BODY_BYTES, BODY_LINES, Line, bodies};

    #[test]
    fn every_line_is_in_one_body_and_no_body_is_too_large() {
        let line = |n: usize| Line {
            id: n.to_string(),
            at: String::new(),
            text: format!("{n}-{}", "x".repeat(n % 40_000)),
            erasure: false,
        };
        let lines: Vec<Line> = (0..3_000).map(line).collect();
        let bodies = bodies(&lines);
        assert!(bodies.iter().all(|body| body.len() <= BODY_BYTES && body.lines().count() <= BODY_LINES));
        let sent: Vec<&str> = bodies.iter().flat_map(|body| body.lines()).collect();
        assert_eq!(sent, lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>());
    }
}
