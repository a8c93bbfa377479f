//! Starting the tool and reading its report.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// How a replay ended.
pub struct Ended {
    pub status: Option<i32>,
    pub report: Value,
    pub errors: String,
}

impl Ended {
    pub fn of(output: &Output) -> Self {
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        assert!(text.trim_end().lines().count() <= 1, "--json prints one line: {text}");
        Self {
            status: output.status.code(),
            report: serde_json::from_str(&text).unwrap_or_default(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The counts in the order of the table: sent, accepted, duplicate, rejected, invalid, failed.
    pub fn counts(&self) -> [u64; 6] {
        ["sent", "accepted", "duplicate", "rejected", "invalid", "failed"]
            .map(|key| self.report[key].as_u64().unwrap())
    }
}

/// The tool, ready to be started, with pauses short enough for a test.
pub fn replay(url: &str, files: &[&Path]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge-replay"));
    command.args(["--url", url, "--write-key", "demo-server", "--json", "--backoff-ms", "5"]).args(files);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn run(command: &mut Command) -> Ended {
    Ended::of(&command.output().unwrap())
}

/// `count` events of one user, with messageIds `{prefix}-{n}`.
pub fn events(prefix: &str, count: usize) -> String {
    (0..count)
        .map(|n| {
            format!(
                "{{\"type\":\"track\",\"event\":\"Seen\",\"userId\":\"u\",\"messageId\":\"{prefix}-{n}\"}}\n"
            )
        })
        .collect()
}

pub fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}
