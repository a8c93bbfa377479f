//! Publishing config files through the admin API, as any user would.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::secrets;

/// `cargo xtask publish DIR [URL]`.
pub(crate) fn from_command_line(dir: &str, url: Option<&str>) -> Result<()> {
    let key = secrets::admin_key_for_command()?;
    let (version, changed) = publish(Path::new(dir), url.unwrap_or("http://127.0.0.1:8787"), &key)?;
    println!("version {version} is current{}", if changed { "" } else { " (nothing changed)" });
    Ok(())
}

/// Publishes all `.json` files below `dir`; returns the version and whether it is new.
pub(crate) fn publish(dir: &Path, url: &str, admin_key: &str) -> Result<(u64, bool)> {
    let mut files = Map::new();
    read(dir, "", &mut files)?;
    let body = json!({ "files": files }).to_string();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut response = agent
        .put(format!("{}/v1/config", url.trim_end_matches('/')))
        .header("authorization", format!("Bearer {admin_key}"))
        .header("content-type", "application/json")
        .send(body)
        .context("the edge can't be reached")?;
    let answer: Value = serde_json::from_str(&response.body_mut().read_to_string()?)?;
    if !response.status().is_success() {
        bail!("{}", explain(&answer));
    }
    let version = answer.get("version").and_then(Value::as_u64).context("the edge gave no version")?;
    Ok((version, answer.get("changed").and_then(Value::as_bool).unwrap_or(false)))
}

fn explain(answer: &Value) -> String {
    let text =
        |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut lines = vec![text(answer, "message")];
    for error in answer.get("errors").and_then(Value::as_array).into_iter().flatten() {
        lines.push(format!("  {} {}: {}", text(error, "file"), text(error, "path"), text(error, "reason")));
    }
    lines.join("\n")
}

fn read(dir: &Path, prefix: &str, files: &mut Map<String, Value>) -> Result<()> {
    for entry in dir.read_dir().with_context(|| dir.display().to_string())? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{name}/"), files)?;
        } else if name.ends_with(".json") {
            let text = std::fs::read_to_string(entry.path())?;
            let value = serde_json::from_str(&text).with_context(|| format!("{name} is not JSON"))?;
            files.insert(name, value);
        }
    }
    Ok(())
}
