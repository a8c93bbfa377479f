//! Makes decisions once more, from what an edge has said of them and by the engine alone.
//!
//! Usage: `decide_again CONFIG < traces`. CONFIG is a file with what `GET /v1/config` answers. A line of the input is the `why` of an
//! answer of `POST /v1/decide` or `POST /v1/preview`; it gives a line `{"decisions": […], "why": {…}}`.

use std::error::Error;
use std::io::{self, BufRead, Write};

use selvedge_engine::config::{Config, Files, read_files};
use selvedge_engine::offer::Trace;
use serde::Deserialize;
use serde_json::json;

/// What is published.
#[derive(Deserialize)]
struct Published {
    version: u64,
    files: Files,
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: decide_again CONFIG < traces")?;
    let Published { version, files } = serde_json::from_slice(&std::fs::read(path)?)?;
    let document = read_files(&files).map_err(|errors| format!("the config is not valid: {errors:?}"))?;
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let trace: Trace = serde_json::from_str(&line?)?;
        if trace.config != version {
            return Err(format!("decided under version {}, and this is {version}", trace.config).into());
        }
        let mut document = document.clone();
        document.thresholds.clone_from(&trace.thresholds);
        let (decisions, why) = trace.again(&Config::new(version, document));
        writeln!(out, "{}", json!({ "decisions": decisions.decided, "why": why }))?;
    }
    Ok(())
}
