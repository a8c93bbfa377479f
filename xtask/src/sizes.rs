//! `cargo xtask sizes`.

use anyhow::Result;

use crate::run::{command, run};
use crate::{build, setup};

/// Prints the sizes of the tag and the Worker.
pub(crate) fn print() -> Result<()> {
    setup::for_build()?;
    build::all()?;
    run(command("node").arg("tests/sizes/sizes.mjs"))
}
