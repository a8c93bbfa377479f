//! Reading the files.

use std::path::{Path, PathBuf};

use crate::Case;

/// A case, and the file that it was read from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The file's name without its ending: `S06-two-users-one-browser`.
    pub name: String,
    /// What it says.
    pub case: Case,
}

/// A file that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct LoadError {
    path: PathBuf,
    why: String,
}

/// Reads all golden cases.
///
/// # Errors
/// As [`load_all`].
pub fn cases() -> Result<Vec<Loaded>, LoadError> {
    load_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases"))
}

/// Reads all cases in a folder, by name.
///
/// # Errors
/// The first file that can't be read, and where in it.
pub fn load_all(folder: &Path) -> Result<Vec<Loaded>, LoadError> {
    let failed = |error: std::io::Error| LoadError { path: folder.to_owned(), why: error.to_string() };
    let entries: Vec<_> =
        std::fs::read_dir(folder).and_then(|entries| entries.collect::<Result<_, _>>()).map_err(failed)?;
    let mut files: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    files.iter().map(|path| load_one(path)).collect()
}

/// Reads one case.
///
/// # Errors
/// Why it can't be read, and where in it.
pub fn load_one(path: &Path) -> Result<Loaded, LoadError> {
    let failed = |why| LoadError { path: path.to_owned(), why };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let mut json = serde_json::Deserializer::from_str(&text);
    let case = serde_path_to_error::deserialize(&mut json).map_err(|error| failed(error.to_string()))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Loaded { name, case })
}
