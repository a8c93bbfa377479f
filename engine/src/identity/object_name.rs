//! The names of Durable Objects, made in this one place and pinned by a test.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::Identifier;
use crate::account::AccountId;
use crate::directory::Shard;
use crate::ids::{OfferId, ProfileId};

/// Makes object names. Holds the deployment secret, so that no personal data stands in a name and nobody can find
/// an object by guessing.
#[derive(Clone)]
pub struct ObjectNames {
    secret: Vec<u8>,
}

impl std::fmt::Debug for ObjectNames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ObjectNames(…)")
    }
}

impl ObjectNames {
    /// Names under this deployment secret.
    pub fn new(secret: &[u8]) -> Self {
        Self { secret: secret.to_vec() }
    }

    /// `v1/` and the HMAC-SHA-256 of namespace, a NUL and value, base64url.
    pub fn identifier(&self, identifier: &Identifier) -> String {
        self.hashed(identifier.namespace.as_str(), &identifier.value)
    }

    /// What stays of an identifier where it was forgotten: the beginning of the same, as a number.
    pub fn number(&self, identifier: &Identifier) -> u64 {
        super::crowd::number(&self.identifier(identifier))
    }

    fn hashed(&self, namespace: &str, value: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.secret) else {
            return String::new(); // HMAC takes keys of any length
        };
        mac.update(namespace.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        format!("v1/{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    /// Likewise of an account, under a name that no identifier has.
    pub fn account(&self, account: &AccountId) -> String {
        self.hashed("_account", account.as_str())
    }

    /// The profile's random id.
    pub fn profile(id: &ProfileId) -> &str {
        id.as_str()
    }

    /// The single writer of the config.
    pub fn workspace() -> &'static str {
        "v1/workspace"
    }

    /// Who gives portions of an offer's cap out.
    pub fn cap(offer: &OfferId) -> String {
        format!("v1/cap/{offer}")
    }

    /// A shard of the directory.
    pub fn directory(shard: Shard) -> String {
        format!("v1/directory/{shard}")
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountId, Identifier, ObjectNames, Shard};

    /// Changing a name loses every profile in production: this must never change.
    #[test]
    fn names_are_pinned() {
        let names = ObjectNames::new(b"secret");
        let id = Identifier::new("email", "Ada@Example.com").unwrap();
        assert_eq!(names.identifier(&id), "v1/xHb8fLKhCAnm31-NFirAEGdcFM44neCgiXwcwthsyFk");
        let account = AccountId::new(" ACME ").unwrap();
        assert_eq!(names.account(&account), "v1/ImfsH_2LQFwyaVFDxSrEMueGE8FGNmTquCI8BNRz4sQ");
        assert_eq!(ObjectNames::workspace(), "v1/workspace");
        assert_eq!(ObjectNames::cap(&"free-shipping".into()), "v1/cap/free-shipping");
        let shards: Vec<String> = Shard::all().map(ObjectNames::directory).collect();
        assert_eq!(shards.first().unwrap(), "v1/directory/0");
        assert_eq!(shards.last().unwrap(), "v1/directory/15");
    }

    #[test]
    fn namespace_and_value_can_not_run_into_each_other() {
        let names = ObjectNames::new(b"secret");
        let one = Identifier::new("a", "b.c").unwrap();
        let two = Identifier::new("a.b", "c").unwrap();
        assert_ne!(names.identifier(&one), names.identifier(&two));
    }
}
