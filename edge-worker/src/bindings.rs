//! The names of everything in `wrangler.toml`, one constant each.

/// Durable Objects: one per person.
pub(crate) const PROFILES: &str = "PROFILES";
/// Durable Objects: one per identifier.
pub(crate) const IDENTIFIERS: &str = "IDENTIFIERS";
/// Durable Objects: one per account.
pub(crate) const ACCOUNTS: &str = "ACCOUNTS";
/// Durable Object: the config's single writer.
pub(crate) const WORKSPACE: &str = "WORKSPACE";
/// Durable Objects: the shards of the directory.
pub(crate) const DIRECTORY: &str = "DIRECTORY";
/// Durable Objects: one per offer that all together may see only so often.
pub(crate) const CAPS: &str = "CAPS";
/// Durable Objects: one per experiment.
pub(crate) const EXPERIMENTS: &str = "EXPERIMENTS";
/// Durable Objects: one per namespace that has imported audiences.
pub(crate) const AUDIENCES: &str = "AUDIENCES";
/// Durable Objects: who tells open pages and consoles what is new.
pub(crate) const RELAYS: &str = "RELAYS";
/// KV: published configs, which one is current, drafts that are previewed, and the shards of imported audiences.
pub(crate) const CONFIG: &str = "CONFIG";
/// R2: the archive, and what audiences are imported from.
pub(crate) const ARCHIVE: &str = "ARCHIVE";
/// Queue: what leaves the profiles.
pub(crate) const OUTBOX: &str = "OUTBOX";
/// Static assets: the tag and the console.
pub(crate) const ASSETS: &str = "ASSETS";
/// Secret: names of objects, cookies and tokens hang on it. Changing it loses every profile.
pub(crate) const DEPLOYMENT_SECRET: &str = "SELVEDGE_SECRET";
/// Variable: the team whose Cloudflare Access stands before the console, if one does: `acme`, of `acme.cloudflareaccess.com`.
pub(crate) const ACCESS_TEAM: &str = "ACCESS_TEAM";
/// Variable: the audience tag of its application.
pub(crate) const ACCESS_AUDIENCE: &str = "ACCESS_AUDIENCE";
/// Variable: who of those that it lets in is more than a viewer.
pub(crate) const ACCESS_ROLES: &str = "ACCESS_ROLES";
/// Secret: SHA-256 (hex) of the bootstrap admin key.
pub(crate) const ADMIN_KEY_SHA256: &str = "ADMIN_KEY_SHA256";
