//! Whether something must be built again: a hash of all it is made of.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::paths;

/// The hash of all files below these paths (relative to the repository), names and contents.
pub(crate) fn of(sources: &[&str]) -> Result<String> {
    let root = paths::root();
    let mut files = Vec::new();
    for source in sources {
        collect(&root.join(source), &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let content = std::fs::read(&file).with_context(|| file.display().to_string())?;
        hash.update(file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().as_bytes());
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(&content);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let Ok(entries) = path.read_dir() else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if !["node_modules", "target", "build", "test"].iter().any(|skipped| name == *skipped) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

/// Runs `build` unless the last successful one was of the same sources and `output` still exists.
pub(crate) fn unless_built(
    name: &str,
    sources: &[&str],
    output: &Path,
    build: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let stamp = paths::target().join(format!("{name}.stamp"));
    let now = of(sources)?;
    if output.exists() && std::fs::read_to_string(&stamp).is_ok_and(|last| last == now) {
        return Ok(());
    }
    build()?;
    std::fs::create_dir_all(paths::target())?;
    std::fs::write(&stamp, now).with_context(|| stamp.display().to_string())
}
