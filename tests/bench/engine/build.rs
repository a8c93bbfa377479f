//! Brings GrowthBook's suite from where cargo has unpacked its package, for conditions to be measured on.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    manifest.push("Cargo.toml");
    let metadata = Command::new(env::var("CARGO")?)
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(manifest)
        .output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout)?;
    let packages = metadata.get("packages").and_then(serde_json::Value::as_array);
    let packages = packages.ok_or("cargo metadata names no packages")?;
    let is_it =
        |package: &&serde_json::Value| package.get("name").is_some_and(|name| name == "growthbook-rust");
    let package = packages.iter().find(is_it).and_then(|package| package.get("manifest_path")?.as_str());
    let package = package.ok_or("growthbook-rust is not there")?;
    let suite = PathBuf::from(package).with_file_name("tests/cases/cases.json");
    fs::copy(suite, PathBuf::from(env::var("OUT_DIR")?).join("cases.json"))?;
    Ok(())
}
