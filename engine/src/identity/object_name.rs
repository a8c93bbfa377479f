//! The names of Durable Objects, made in this one place and pinned by a test.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{Identifier, Namespace};
use crate::account::AccountId;
use crate::directory::Shard;
use crate::ids::{ExperimentId, OfferId, ProfileId};
use crate::live::Relay;

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

    /// The same as bytes, without `v1/`.
    pub fn bytes(&self, identifier: &Identifier) -> [u8; 32] {
        self.mac(identifier.namespace.as_str(), &identifier.value)
    }

    /// The name that has these bytes.
    pub fn of_bytes(bytes: &[u8; 32]) -> String {
        format!("v1/{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    fn mac(&self, namespace: &str, value: &str) -> [u8; 32] {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.secret) else {
            return [0; 32]; // HMAC takes keys of any length
        };
        mac.update(namespace.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn hashed(&self, namespace: &str, value: &str) -> String {
        Self::of_bytes(&self.mac(namespace, value))
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

    /// Who counts what an experiment learns from.
    pub fn experiment(experiment: &ExperimentId) -> String {
        format!("v1/experiment/{experiment}")
    }

    /// Who imports the audiences of a namespace.
    pub fn audiences(namespace: &Namespace) -> String {
        format!("v1/audiences/{}", namespace.as_str())
    }

    /// Who tells open pages that a config was published.
    pub fn relay(relay: Relay) -> String {
        format!("v1/relay/{relay}")
    }

    /// Who tells consoles what is happening.
    pub fn live() -> &'static str {
        "v1/live"
    }

    /// A shard of the directory.
    pub fn directory(shard: Shard) -> String {
        format!("v1/directory/{shard}")
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountId, Identifier, ObjectNames, Relay, Shard};

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
        assert_eq!(ObjectNames::experiment(&"hero".into()), "v1/experiment/hero");
        assert_eq!(ObjectNames::audiences(&id.namespace), "v1/audiences/email");
        assert_eq!(ObjectNames::of_bytes(&names.bytes(&id)), names.identifier(&id));
        assert_eq!(ObjectNames::relay(Relay::drawn(3)), "v1/relay/3");
        assert_eq!(ObjectNames::live(), "v1/live");
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
