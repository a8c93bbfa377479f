//! `cargo xtask bench`.

use anyhow::Result;

use crate::run::{command, run};
use crate::{build, setup};

/// Measures what identity costs in workerd, beside a Worker that does next to nothing.
pub(crate) fn identity(options: &[&str]) -> Result<()> {
    setup::for_build()?;
    build::all()?;
    run(command("node").arg("tests/bench/identity.mjs").args(options))
}
