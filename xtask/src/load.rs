//! `cargo xtask load`: what is too large to run with every check.

use anyhow::Result;

use crate::run::{command, run};
use crate::{build, setup};

/// Runs `tests/load/<name>.mjs` against the built Worker.
pub(crate) fn run_one(name: &str, options: &[&str]) -> Result<()> {
    setup::for_build()?;
    build::all()?;
    // For what is loaded by one of our own commands.
    let xtask = std::env::current_exe()?;
    run(command("node").env("XTASK", xtask).arg(format!("tests/load/{name}.mjs")).args(options))
}

/// Runs `tests/load/faults.mjs` with what it sends by and what it compares with.
pub(crate) fn faults(options: &[&str]) -> Result<()> {
    let tools = ["-p", "selvedge-replay", "-p", "selvedge-identity-cases", "--bins"];
    run(command("cargo").args(["build", "--quiet", "--release"]).args(tools))?;
    run_one("faults", options)
}
