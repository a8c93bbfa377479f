//! The set-up: everything that a machine with Rust, Node and Debian does not have yet.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::run::{command, find, run, succeeds};
use crate::step::step;
use crate::{fingerprint, paths};

/// The Worker's build tool; equal to the `worker` crate's version.
const WORKER_BUILD: &str = "0.8.7";
const CARGO_DENY: &str = "0.20.2";
const PYTHON_PACKAGES: &str = "tests/clients/requirements.txt";

/// What a build needs.
pub(crate) fn for_build() -> Result<()> {
    node()?;
    npm_packages()?;
    wasm_target()?;
    wasm_bindgen()?;
    worker_build()
}

/// What the tests need beside that.
pub(crate) fn for_tests() -> Result<()> {
    chromium().map(|_| ())
}

/// Packages of Python that the tests of other people's clients and of the archive need beside that.
pub(crate) fn for_clients() -> Result<()> {
    python_packages().map(|_| ())
}

/// The packages that a benchmark measures beside: those of the tag, or of segments.
pub(crate) fn for_bench_beside(bench: &str) -> Result<()> {
    let folder = paths::root().join("tests/bench").join(bench);
    let [package, lock] =
        ["package.json", "package-lock.json"].map(|file| format!("tests/bench/{bench}/{file}"));
    let name = format!("{bench}-bench");
    fingerprint::unless_built(&name, &[&package, &lock], &folder.join("node_modules"), || {
        step("npm packages (others, to measure beside)", || npm_install(&folder))
    })
}

/// What the tag's npm build is tested with.
pub(crate) fn for_tag_tests() -> Result<()> {
    let folder = paths::root().join("js/tag/test/frameworks");
    let sources = ["package.json", "package-lock.json"].map(|file| format!("js/tag/test/frameworks/{file}"));
    let sources = sources.each_ref().map(String::as_str);
    fingerprint::unless_built("frameworks", &sources, &folder.join("node_modules"), || {
        step("npm packages (Vite, Next, React, TypeScript, to test the tag with)", || npm_install(&folder))
    })
}

fn node() -> Result<()> {
    if find("node").is_none() || find("npm").is_none() {
        bail!("Node 20 or newer is needed (with npm): https://nodejs.org");
    }
    Ok(())
}

fn npm_packages() -> Result<()> {
    let sources =
        ["js/package.json", "js/package-lock.json", "js/tag/package.json", "js/console/package.json"];
    let node = paths::npm_bin().join("node");
    fingerprint::unless_built("npm", &sources, &node, || {
        step(
            "npm packages (wrangler with workerd, esbuild, binaryen, React and Vite, a Node of its own)",
            || npm_install(&paths::root().join("js")),
        )
    })
}

/// Versions are those of the lock file. Not `npm ci`: it refuses a lock file that lacks optional packages of other
/// platforms, which some registries don't carry.
fn npm_install(folder: &std::path::Path) -> Result<()> {
    run(command("npm")
        .args(["install", "--no-save", "--no-fund", "--no-audit", "--loglevel=error"])
        .current_dir(folder))
}

fn wasm_target() -> Result<()> {
    let sysroot = std::process::Command::new("rustc").args(["--print", "sysroot"]).output()?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    if sysroot.join("lib/rustlib/wasm32-unknown-unknown").exists() {
        return Ok(());
    }
    step("Rust's wasm target", || run(command("rustup").args(["target", "add", "wasm32-unknown-unknown"])))
        .context("rustup is needed: https://rustup.rs")
}

/// The `wasm-bindgen` command that this workspace builds.
pub(crate) fn wasm_bindgen_bin() -> PathBuf {
    paths::target().join("tool/xtask-wasm-bindgen")
}

fn wasm_bindgen() -> Result<()> {
    let sources = ["xtask/wasm-bindgen", "Cargo.lock"];
    fingerprint::unless_built("wasm-bindgen", &sources, &wasm_bindgen_bin(), || {
        step("wasm-bindgen (compiling)", || {
            run(command("cargo").args(["build", "--package", "xtask-wasm-bindgen", "--profile", "tool"]))
        })
    })
}

/// The `worker-build` command.
pub(crate) fn worker_build_bin() -> PathBuf {
    paths::tools().join("bin/worker-build")
}

fn worker_build() -> Result<()> {
    let has = command(worker_build_bin()).arg("--version").output();
    if has.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == WORKER_BUILD) {
        return Ok(());
    }
    // It links OpenSSL, for downloads that we don't let it make.
    if !succeeds(command("pkg-config").args(["--exists", "openssl"])) {
        debian_packages(&["pkg-config", "libssl-dev"])?;
    }
    step("worker-build (compiling)", || cargo_install("worker-build", WORKER_BUILD))
}

fn cargo_install(name: &str, version: &str) -> Result<()> {
    // Unoptimised: it compiles in a third of the time and runs for a second.
    let args = ["install", name, "--version", version, "--locked", "--debug", "--root"];
    run(command("cargo")
        .args(args)
        .arg(paths::tools())
        .env("CARGO_TARGET_DIR", paths::target().join("tool-build")))?;
    // Half a gigabyte that nobody needs again.
    let _ = std::fs::remove_dir_all(paths::target().join("tool-build"));
    Ok(())
}

/// `cargo deny`, for the check of licences, sources and bans.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    let bin = paths::tools().join("bin/cargo-deny");
    if !bin.exists() {
        step("cargo-deny (compiling)", || cargo_install("cargo-deny", CARGO_DENY))?;
    }
    Ok(bin)
}

/// The Python packages that tests use: a client under test, and DuckDB. Python finds them by `PYTHONPATH`.
pub(crate) fn python_packages() -> Result<PathBuf> {
    let packages = paths::python_packages();
    fingerprint::unless_built("python", &[PYTHON_PACKAGES], &packages.join("duckdb"), || {
        if !succeeds(command("python3").args(["-m", "pip", "--version"])) {
            debian_packages(&["python3", "python3-pip"])?;
        }
        step("Python packages (Segment's client, DuckDB)", || {
            // pip replaces nothing in such a folder.
            let _ = std::fs::remove_dir_all(&packages);
            run(command("python3")
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
                .arg("--target")
                .arg(&packages)
                .args(["--requirement", PYTHON_PACKAGES]))
        })
    })?;
    Ok(packages)
}

/// A Chromium to test in: `CHROMIUM`, an installed one, Debian's, or the test tool's own download.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return Ok(path.into());
    }
    let installed = || {
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
            .iter()
            .find_map(|name| find(name))
    };
    if let Some(path) = installed() {
        return Ok(path);
    }
    if debian_packages(&["chromium"]).is_ok()
        && let Some(path) = installed()
    {
        return Ok(path);
    }
    let cache = paths::tools().join("chromium");
    step("Chromium (download)", || {
        run(command("playwright-core")
            .args(["install", "--only-shell", "chromium"])
            .env("PLAYWRIGHT_BROWSERS_PATH", &cache))
    })?;
    find_file(&cache, "headless_shell")
        .context("Chromium was not found after its download; set CHROMIUM to its path")
}

fn find_file(dir: &std::path::Path, name: &str) -> Option<PathBuf> {
    dir.read_dir().ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() { find_file(&path, name) } else { (entry.file_name() == name).then_some(path) }
    })
}

fn debian_packages(names: &[&str]) -> Result<()> {
    let list = names.join(" ");
    if find("apt-get").is_none() || !nix::unistd::Uid::effective().is_root() {
        bail!("install with your system's package manager: {list}");
    }
    step(&format!("Debian packages: {list}"), || {
        let quiet =
            |command: &mut std::process::Command| run(command.env("DEBIAN_FRONTEND", "noninteractive"));
        quiet(command("apt-get").args(["update", "-qq"]))?;
        quiet(
            command("apt-get")
                .args(["install", "-y", "-qq", "--no-install-recommends"])
                .args(names)
                .stdout(std::process::Stdio::null()),
        )
    })
}
