//! `cargo xtask directory rebuild`: step by step through the admin API, which keeps all state in its cursor.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::secrets;

/// Tries of one step, and the wait before the first repetition, which doubles: together over a minute, longer than a
/// deploy takes.
const TRIES: u32 = 7;
const FIRST_WAIT: Duration = Duration::from_secs(1);

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
    let url = url.unwrap_or("http://127.0.0.1:8787").trim_end_matches('/');
    let key = secrets::admin_key_for_command()?;
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut cursor = cursor.map(str::to_owned);
    let mut sum = Sum::default();
    loop {
        let answer = step(&agent, url, &key, cursor.as_deref()).with_context(|| match &cursor {
            Some(cursor) => format!("to go on: cargo xtask directory rebuild {url} '{cursor}'"),
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

/// One step; what may pass by itself is tried again.
fn step(agent: &ureq::Agent, url: &str, key: &str, cursor: Option<&str>) -> Result<Value> {
    let mut wait = FIRST_WAIT;
    let mut tries = 1;
    loop {
        let mut request = agent
            .post(format!("{url}/v1/directory/rebuild"))
            .header("authorization", format!("Bearer {key}"));
        if let Some(cursor) = cursor {
            request = request.query("cursor", cursor);
        }
        let failed = match request.send_empty() {
            Ok(mut response) => {
                let status = response.status();
                let text = response.body_mut().read_to_string()?;
                if status.is_success() {
                    return Ok(serde_json::from_str(&text)?);
                }
                let answer: Value = serde_json::from_str(&text).unwrap_or_default();
                let message = answer.get("message").and_then(Value::as_str).unwrap_or(&text);
                let failed = anyhow::anyhow!("{status}: {message}");
                if status.is_client_error() {
                    return Err(failed);
                }
                failed
            }
            Err(error) => anyhow::Error::new(error).context("the edge can't be reached"),
        };
        if tries == TRIES {
            bail!(failed);
        }
        std::thread::sleep(wait);
        wait *= 2;
        tries += 1;
    }
}
