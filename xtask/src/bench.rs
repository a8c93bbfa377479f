//! `cargo xtask bench`.

use anyhow::Result;

use crate::run::{command, run};
use crate::step::step;
use crate::{build, paths, setup};

/// Measures in workerd what identity (`identity`), taking events in (`ingest`) or deciding (`decide`) costs, beside Workers that do next to nothing.
pub(crate) fn edge(name: &str, options: &[&str]) -> Result<()> {
    setup::for_build()?;
    build::all()?;
    run(command("node").arg(format!("tests/bench/{name}.mjs")).args(options))
}

/// Measures the tag beside other clients, in Chromium.
pub(crate) fn tag(options: &[&str]) -> Result<()> {
    setup::for_build()?;
    setup::for_bench_beside("tag")?;
    build::tag()?;
    run(command("node")
        .arg("tests/bench/tag/main.mjs")
        .args(options)
        .env("TAG_OUT", paths::tag())
        .env("CHROMIUM", setup::chromium()?))
}

/// Measures what the engine takes to read an event, and for an event, a link and a merge, native and in wasm; or what segments and
/// conditions take there, and decisions in workerd (`segments`).
pub(crate) fn engine(bench: &str, options: &[&str]) -> Result<()> {
    setup::for_build()?;
    if bench == "segments" {
        setup::for_bench_beside(bench)?;
        build::all()?;
    }
    let module = step("the cases (compiling Rust to wasm)", wasm_cases)?;
    step("native (criterion)", || {
        let mut native = command("cargo");
        native.env("SELVEDGE_BENCH", bench).args([
            "bench",
            "--quiet",
            "-p",
            "selvedge-engine-bench",
            "--bench",
            "native",
            "--",
            "--noplot",
        ]);
        if options.contains(&"--quick") {
            native.args(["--warm-up-time", "0.01", "--measurement-time", "0.01", "--sample-size", "10"]);
        }
        run(&mut native)
    })?;
    let criterion = paths::target().join("criterion");
    step("wasm (under Node)", || {
        let script = format!("tests/bench/{bench}.mjs");
        run(command("node").arg(script).arg(module).arg(criterion).args(options))
    })
}

/// Compiled and optimised as the Worker is. Returns the folder of the module.
fn wasm_cases() -> Result<std::path::PathBuf> {
    let out = paths::target().join("engine-bench");
    let wasm = "wasm32-unknown-unknown";
    run(command("cargo")
        .args(["rustc", "--quiet", "-p", "selvedge-engine-bench", "--crate-type", "cdylib"])
        .args(["--release", "--target", wasm]))?;
    let built = paths::target().join(wasm).join("release/selvedge_engine_bench.wasm");
    run(command(setup::wasm_bindgen_bin())
        .arg(built)
        .args(["--target", "nodejs", "--no-typescript", "--out-dir"])
        .arg(&out))?;
    build::shrink(&out.join("selvedge_engine_bench_bg.wasm"))?;
    Ok(out)
}
