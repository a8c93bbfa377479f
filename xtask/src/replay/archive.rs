//! Where the archive is read from: a folder with a copy of the bucket, or an edge that has it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use serde_json::Value;

use super::lines::Line;
use crate::admin::Admin;

/// What every file of lines ends with.
const SUFFIX: &str = ".ndjson.gz";

/// See the module.
pub(super) enum Archive {
    Folder(PathBuf),
    Edge(Box<Admin>),
}

impl Archive {
    pub(super) fn of(from: &str) -> Result<Self> {
        if from.starts_with("http://") || from.starts_with("https://") {
            return Ok(Self::Edge(Box::new(Admin::of(Some(from))?)));
        }
        let folder = PathBuf::from(from);
        if !folder.is_dir() {
            bail!("{from} is neither a folder nor the address of an edge");
        }
        Ok(Self::Folder(folder))
    }

    /// The files below `archive` or `words`, in the order of their names.
    pub(super) fn files(&self, of: &str) -> Result<Vec<String>> {
        let mut files = Vec::new();
        match self {
            Self::Folder(folder) => below(folder, of, &mut files)?,
            Self::Edge(edge) => {
                let mut cursor: Option<String> = None;
                loop {
                    let mut query = vec![("of", of), ("limit", "500")];
                    query.extend(cursor.iter().map(|cursor| ("cursor", cursor.as_str())));
                    let page = edge.get("/v1/archive", &query)?;
                    let listed = page.get("files").and_then(Value::as_array).into_iter().flatten();
                    let names = listed.filter_map(|manifest| manifest.get("file")?.as_str());
                    files.extend(names.map(str::to_owned));
                    cursor = page.get("next").and_then(Value::as_str).map(str::to_owned);
                    if cursor.is_none() {
                        break;
                    }
                }
            }
        }
        files.sort();
        Ok(files)
    }

    /// The lines of these files, each once, in the order in which they came.
    pub(super) fn lines(&self, files: &[String]) -> Result<Vec<Line>> {
        let mut lines: BTreeMap<String, Line> = BTreeMap::new();
        for file in files {
            for text in self.read(file).with_context(|| file.clone())?.lines() {
                let line = Line::read(text).with_context(|| file.clone())?;
                lines.insert(line.id.clone(), line);
            }
        }
        let mut lines: Vec<Line> = lines.into_values().collect();
        lines.sort_by(|a, b| (&a.at, &a.id).cmp(&(&b.at, &b.id)));
        Ok(lines)
    }

    fn read(&self, file: &str) -> Result<String> {
        let packed = match self {
            Self::Folder(folder) => std::fs::read(folder.join(file))?,
            Self::Edge(edge) => edge.bytes("/v1/archive/file", &[("name", file)])?,
        };
        let mut text = String::new();
        GzDecoder::new(packed.as_slice()).read_to_string(&mut text)?;
        Ok(text)
    }
}

fn below(root: &Path, of: &str, files: &mut Vec<String>) -> Result<()> {
    let folder = root.join(of);
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{of}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            below(root, &name, files)?;
        } else if name.ends_with(SUFFIX) {
            files.push(name);
        }
    }
    Ok(())
}
