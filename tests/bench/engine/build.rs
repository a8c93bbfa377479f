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
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let package = packages.iter().find(|package| package["name"] == "growthbook-rust");
    let package = package
        .and_then(|package| package["manifest_path"].as_str())
        .ok_or("growthbook-rust is not there")?;
    let suite = PathBuf::from(package).with_file_name("tests/cases/cases.json");
    fs::copy(suite, PathBuf::from(env::var("OUT_DIR")?).join("cases.json"))?;
    Ok(())
}
