//! `cargo xtask replay`: profiles are rebuilt from the archive.
//!
//! Erasures first, so that nobody comes back; then the events, hour by hour in the order of their receipt; then admins'
//! words. All of it can be repeated: what is there already is a duplicate.

mod archive;
mod lines;

use std::collections::BTreeMap;
use std::io::IsTerminal;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use self::archive::Archive;
use self::lines::{Line, bodies};
use crate::admin::Admin;

/// What the requests have come to.
#[derive(Default)]
struct Sum {
    files: u64,
    accepted: u64,
    duplicate: u64,
    rejected: BTreeMap<String, u64>,
}

/// Replays the archive at `from` into the edge at `url`. An error names the hour with which it goes on.
pub(crate) fn run(from: &str, url: Option<&str>, hour: Option<&str>) -> Result<()> {
    let archive = Archive::of(from)?;
    let edge = Admin::of(url)?;
    let mut sum = Sum::default();
    let words = archive.files("words")?;
    let events = archive.files("archive")?;
    if words.is_empty() && events.is_empty() {
        bail!("{from} has no files `archive/source=…/hour=…/….ndjson.gz`");
    }
    let (erased, said): (Vec<Line>, Vec<Line>) =
        archive.lines(&words)?.into_iter().partition(Line::is_erasure);
    sum.send(&edge, &erased)?;
    let mut hours: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in &events {
        let of = file.split('/').find_map(|part| part.strip_prefix("hour=")).unwrap_or_default();
        hours.entry(of).or_default().push(file.clone());
    }
    for (of, files) in hours.range(hour.unwrap_or_default()..) {
        let told = || format!("to go on: cargo xtask replay {from} {} {of}", edge.url());
        sum.send(&edge, &archive.lines(files).with_context(told)?).with_context(told)?;
        sum.files += files.len() as u64;
        sum.show(of);
    }
    // One at a time: each may have to wait for what the one before has set going.
    for word in &said {
        sum.send(&edge, std::slice::from_ref(word))?;
    }
    println!("the archive is replayed: {}", sum.text());
    Ok(())
}

impl Sum {
    fn send(&mut self, edge: &Admin, lines: &[Line]) -> Result<()> {
        for body in bodies(lines) {
            let answer = edge.post("/v1/replay", &[], body.as_bytes())?;
            let number = |field: &str| answer.get(field).and_then(Value::as_u64).unwrap_or(0);
            self.accepted += number("accepted");
            self.duplicate += number("duplicate");
            for result in answer.get("results").and_then(Value::as_array).into_iter().flatten() {
                let code = result.get("code").and_then(Value::as_str).unwrap_or("unknown");
                *self.rejected.entry(code.to_owned()).or_default() += 1;
            }
        }
        Ok(())
    }

    fn show(&self, hour: &str) {
        if std::io::stderr().is_terminal() {
            eprint!("\r{hour}: {}", self.text());
        } else {
            eprintln!("{hour}: {}", self.text());
        }
    }

    fn text(&self) -> String {
        let Self { files, accepted, duplicate, rejected } = self;
        let rejected: String =
            rejected.iter().map(|(code, count)| format!(", {count} rejected ({code})")).collect();
        format!("{files} files, {accepted} taken, {duplicate} there already{rejected}")
    }
}
