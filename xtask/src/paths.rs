//! Where things are.

use std::path::{Path, PathBuf};

/// The repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Build output.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// Tools that the set-up builds.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// The demo's keys.
pub(crate) fn keys() -> PathBuf {
    root().join(".selvedge")
}

/// The demo's data and logs: beside its keys, or in the folder that `SELVEDGE_DEMO` names.
pub(crate) fn demo() -> PathBuf {
    std::env::var_os("SELVEDGE_DEMO").map_or_else(keys, |folder| root().join(folder))
}

/// Commands of the npm packages.
pub(crate) fn npm_bin() -> PathBuf {
    root().join("js/node_modules/.bin")
}

/// Packages of Python, for a client that the tests drive.
pub(crate) fn python_packages() -> PathBuf {
    tools().join("python")
}

/// The built tag, and the console beside it: what the Worker serves.
pub(crate) fn tag() -> PathBuf {
    target().join("tag")
}

/// The built Worker.
pub(crate) fn worker() -> PathBuf {
    root().join("edge-worker/build")
}

/// Reports and screenshots of the tests.
pub(crate) fn test_output() -> PathBuf {
    target().join("test-output")
}
