//! The demo's secrets: random, made on the first start, kept in `.selvedge/`, which git does not see.

use std::path::PathBuf;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::paths;

/// Where the admin key is kept.
pub(crate) fn admin_key_file() -> PathBuf {
    paths::demo().join("admin-key")
}

/// The demo's admin key.
pub(crate) fn admin_key() -> Result<String> {
    kept("admin-key")
}

/// Writes the file from which `wrangler dev` takes the secrets of both Workers; returns its path.
pub(crate) fn write_env_file() -> Result<PathBuf> {
    let hash: String =
        Sha256::digest(admin_key()?.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let secrets = [
        ("SELVEDGE_SECRET", kept("deployment-secret")?),
        ("ADMIN_KEY_SHA256", hash),
        ("SHOP_IDENTITY_SECRET", kept("shop-identity-secret")?),
        ("SESSION_SECRET", kept("shop-session-secret")?),
    ];
    let text: String = secrets.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    let file = paths::demo().join("secrets.env");
    write_private(&file, &text)?;
    Ok(file)
}

/// A secret from its file; made if it is not there.
fn kept(name: &str) -> Result<String> {
    let file = paths::demo().join(name);
    if let Ok(text) = std::fs::read_to_string(&file)
        && !text.trim().is_empty()
    {
        return Ok(text.trim().to_owned());
    }
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::create_dir_all(paths::demo())?;
    write_private(&file, &format!("{secret}\n"))?;
    Ok(secret)
}

/// Only the owner may read it.
fn write_private(file: &std::path::Path, text: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let mut open = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)
        .with_context(|| file.display().to_string())?;
    open.write_all(text.as_bytes())?;
    Ok(())
}
