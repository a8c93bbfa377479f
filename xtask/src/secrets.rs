//! The demo's secrets: random, made on the first start, kept in `.selvedge/`, which git does not see.

use std::path::PathBuf;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::paths;

/// Where the admin key is kept.
pub(crate) fn admin_key_file() -> PathBuf {
    paths::keys().join("admin-key")
}

/// The demo's admin key.
pub(crate) fn admin_key() -> Result<String> {
    kept("admin-key")
}

/// The key for commands that speak to an edge: `SELVEDGE_ADMIN_KEY`, else the demo's.
pub(crate) fn admin_key_for_command() -> Result<String> {
    std::env::var("SELVEDGE_ADMIN_KEY").or_else(|_| admin_key())
}

/// Writes the files from which `wrangler dev` takes the secrets of each Worker.
pub(crate) fn write_dev_vars() -> Result<()> {
    let identity = kept("shop-identity-secret")?;
    let hash: String =
        Sha256::digest(admin_key()?.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let edge = [
        ("SELVEDGE_SECRET", kept("deployment-secret")?),
        ("ADMIN_KEY_SHA256", hash),
        ("SHOP_IDENTITY_SECRET", identity.clone()),
    ];
    let shop = [("SESSION_SECRET", kept("shop-session-secret")?), ("SHOP_IDENTITY_SECRET", identity)];
    dev_vars("edge-worker/.dev.vars", &edge)?;
    dev_vars("examples/shop/.dev.vars", &shop)
}

/// Writes only what changes: a demo that runs already starts its Worker anew when the file is written.
fn dev_vars(file: &str, values: &[(&str, String)]) -> Result<()> {
    let text: String = values.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    let file = paths::root().join(file);
    if std::fs::read_to_string(&file).is_ok_and(|old| old == text) {
        return Ok(());
    }
    write_private(&file, &text)
}

/// A secret from its file; made if it is not there.
fn kept(name: &str) -> Result<String> {
    let file = paths::keys().join(name);
    if let Ok(text) = std::fs::read_to_string(&file)
        && !text.trim().is_empty()
    {
        return Ok(text.trim().to_owned());
    }
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::create_dir_all(paths::keys())?;
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
