//! `cargo xtask directory rebuild`: step by step through the admin API, which keeps all state in its cursor.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::admin::Admin;

/// What the steps have done.
#[derive(Default)]
struct Sum {
    files: u64,
    events: u64,
    profiles: u64,
    unanswered: u64,
}

/// Rebuilds the directory; begins anew without a cursor. An error names the cursor with which it goes on.
pub(crate) fn rebuild(url: Option<&str>, cursor: Option<&str>) -> Result<()> {
    let admin = Admin::of(url)?;
    let mut cursor = cursor.map(str::to_owned);
    let mut sum = Sum::default();
    loop {
        let query: Vec<(&str, &str)> = cursor.iter().map(|cursor| ("cursor", cursor.as_str())).collect();
        let answer = admin.post("/v1/directory/rebuild", &query, &[]).with_context(|| match &cursor {
            Some(cursor) => format!("to go on: cargo xtask directory rebuild {} '{cursor}'", admin.url()),
            None => "nothing has begun".into(),
        })?;
        let number = |field: &str| answer.get(field).and_then(Value::as_u64).unwrap_or(0);
        sum.files += number("files");
        sum.events += number("events");
        sum.profiles += number("profiles");
        sum.unanswered += number("unanswered");
        cursor = answer.get("cursor").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            println!("the directory is rebuilt: {}", sum.text());
            return Ok(());
        }
        if std::io::stderr().is_terminal() {
            eprint!("\r{}", sum.text());
        } else {
            eprintln!("{}", sum.text());
        }
    }
}

impl Sum {
    fn text(&self) -> String {
        let Self { files, events, profiles, unanswered } = self;
        let silent =
            if *unanswered > 0 { format!(", {unanswered} of them without an answer") } else { String::new() };
        format!("{events} events in {files} files read, {profiles} profiles asked{silent}")
    }
}
