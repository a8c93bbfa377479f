//! `cargo xtask load`: what is too large to run with every check.

use anyhow::Result;

use crate::run::{command, run};
use crate::{build, setup};

/// Runs `tests/load/<name>.mjs` against the built Worker.
pub(crate) fn run_one(name: &str, options: &[&str]) -> Result<()> {
    setup::for_build()?;
    build::all()?;
    run(command("node").arg(format!("tests/load/{name}.mjs")).args(options))
}
