//! Building the tag, the console and the Worker, if their sources changed.

use std::path::Path;

use anyhow::Result;

use crate::run::{command, run};
use crate::step::step;
use crate::{fingerprint, paths, setup};

const TAG: [&str; 5] = ["collector", "js/tag", "js/package-lock.json", "Cargo.lock", "Cargo.toml"];
const CONSOLE: [&str; 12] = [
    "engine",
    "js/console/engine",
    "js/console/src",
    "js/console/index.html",
    "js/console/build.mjs",
    "js/console/package.json",
    "js/console/tsconfig.json",
    "js/console/vite.config.ts",
    "js/package-lock.json",
    "docs/openapi.yaml",
    "Cargo.lock",
    "Cargo.toml",
];
const WORKER: [&str; 9] = [
    "engine",
    "edge-worker/src",
    "edge-worker/Cargo.toml",
    "edge-worker/wrangler.toml",
    "js/worker-glue.mjs",
    "xtask/wasm-bindgen",
    "xtask/src/build.rs",
    "Cargo.lock",
    "Cargo.toml",
];

/// The tag, the console, then the Worker.
pub(crate) fn all() -> Result<()> {
    tag()?;
    edge()
}

/// What else the edge is made of, with the tag there.
pub(crate) fn edge() -> Result<()> {
    console()?;
    worker()
}

/// The tag alone.
pub(crate) fn tag() -> Result<()> {
    fingerprint::unless_built("tag", &TAG, &paths::tag().join("tag.js"), || {
        step("the tag (compiling Rust to wasm)", || {
            run(command("node").arg("js/tag/build.mjs").env("TAG_OUT", paths::tag()))
        })
    })
}

/// The console, into the folder that the Worker serves.
fn console() -> Result<()> {
    fingerprint::unless_built("console", &CONSOLE, &paths::tag().join("console/index.html"), || {
        step("the console (compiling Rust to wasm, TypeScript, Vite)", || {
            run(command("node")
                .arg("js/console/build.mjs")
                .env("TAG_OUT", paths::tag())
                .env("WASM_BINDGEN_BIN", setup::wasm_bindgen_bin()))
        })
    })
}

fn worker() -> Result<()> {
    fingerprint::unless_built("worker", &WORKER, &paths::worker().join("index.js"), || {
        step("the Worker (compiling Rust to wasm)", || {
            run(command(setup::worker_build_bin())
                .arg("--release")
                .current_dir(paths::root().join("edge-worker"))
                .env("WASM_BINDGEN_BIN", setup::wasm_bindgen_bin())
                .env("WASM_OPT_BIN", paths::npm_bin().join("wasm-opt"))
                .env("ESBUILD_BIN", paths::npm_bin().join("esbuild")))?;
            run(command("node")
                .arg("js/worker-glue.mjs")
                .arg(paths::worker().join("index.js"))
                .arg(paths::root().join("edge-worker/wrangler.toml")))?;
            shrink(&paths::worker().join("index_bg.wasm"))
        })
    })
}

/// worker-build keeps the names of functions, which are a tenth of what is uploaded. What `-Os` makes compresses better than what `-O2`
/// and `-Oz` do.
pub(crate) fn shrink(wasm: &Path) -> Result<()> {
    let wasm_opt = paths::npm_bin().join("wasm-opt");
    run(command(wasm_opt)
        .args(["-Os", "--strip-debug", "--strip-producers", "--strip-target-features"])
        .arg(wasm)
        .arg("-o")
        .arg(wasm))
}
