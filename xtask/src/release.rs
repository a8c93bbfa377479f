//! `cargo xtask release`: keeps this version's built Worker, so that later versions are tested on its data.

use anyhow::Result;

use crate::run::{command, run};
use crate::{build, paths, setup};

/// Packs the Worker into `tests/edge/releases/<version>.tar.gz`.
pub(crate) fn keep() -> Result<()> {
    setup::for_build()?;
    build::all()?;
    let releases = paths::root().join("tests/edge/releases");
    std::fs::create_dir_all(&releases)?;
    let archive = releases.join(format!("{}.tar.gz", env!("CARGO_PKG_VERSION")));
    run(command("tar")
        .args(["--sort=name", "--owner=0", "--group=0", "--mtime=@0", "-czf"])
        .arg(&archive)
        .arg("-C")
        .arg(paths::worker())
        .args(["index.js", "index_bg.wasm"]))?;
    println!("kept {}", archive.display());
    Ok(())
}
