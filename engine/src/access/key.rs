//! Keys of people and programs that use the API of admins.
//!
//! A key is sealed under the deployment secret, so that one which is none of ours is known without asking anybody. It is
//! shown once; what is kept is its hash.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Right, Role};
use crate::time::UnixMillis;
use crate::token::SealKey;

/// The version of a stored [`Key`].
pub const KEY_VERSION: u8 = 2;

/// The version of a key's text: those that people have stay good.
const TEXT_VERSION: u8 = 1;

/// How long `last_used_at` may lag behind: a write for each request would be one too many.
const USE_NOTED_MS: i64 = 60_000;

/// Before each key, so that a scanner of source code knows it.
const PREFIX: &str = "selvedge_";

/// Names a key. Nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(pub String);

impl KeyId {
    /// The key that the deployment's own secret names.
    pub fn deployment() -> Self {
        Self("deployment".into())
    }

    /// Whether it is that one.
    pub fn is_deployment(&self) -> bool {
        self.0 == "deployment"
    }

    /// Nobody's: whoever comes through Cloudflare Access has none.
    pub fn of_access() -> Self {
        Self("access".into())
    }

    /// Made of random bytes, which the caller provides.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(hex(&bytes))
    }
}

/// What a key's text says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyText {
    v: u8,
    /// Which key.
    pub id: KeyId,
    /// What nobody can guess, even who knows the deployment secret.
    secret: String,
}

impl KeyText {
    /// A new key's text: to be shown once.
    pub fn seal(id: &KeyId, secret: [u8; 16], seal: &SealKey) -> String {
        let text = Self { v: TEXT_VERSION, id: id.clone(), secret: hex(&secret) };
        format!("{PREFIX}{}", seal.seal(&text))
    }

    /// Reads a text; nothing if it is none of ours.
    pub fn open(text: &str, seal: &SealKey) -> Option<Self> {
        seal.open::<Self>(text.strip_prefix(PREFIX)?).filter(|text| text.v == TEXT_VERSION)
    }
}

/// A key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// Names it.
    pub id: KeyId,
    /// Who or what has it, in the words of whoever made it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Of that, no more than these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<Vec<Right>>,
    /// From when on it is good for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMillis>,
    /// SHA-256 of its text, hex.
    pub hash: String,
    /// When it was made.
    pub created_at: UnixMillis,
    /// By whom.
    pub created_by: String,
    /// When it was last used, to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<UnixMillis>,
    /// When it was taken back: it is good for nothing since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<UnixMillis>,
}

impl Key {
    /// The hash under which a text is kept.
    pub fn hash(text: &str) -> String {
        hex(&Sha256::digest(text.as_bytes()))
    }

    /// Whether a text of this hash opens anything now.
    pub fn is_opened_by(&self, hash: &str, now: UnixMillis) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end) && self.hash == hash
    }

    /// What is wrong with the bounds of a key that is to be made.
    ///
    /// # Errors
    /// What would be right.
    pub fn check(&self, now: UnixMillis) -> Result<(), String> {
        if let Some(over) = self.rights.iter().flatten().find(|right| !self.role.may(**right)) {
            let (role, needs) = (self.role.code(), over.needs().code());
            return Err(format!("`{}` needs the role {needs}, and this key's is {role}", over.code()));
        }
        if self.rights.as_ref().is_some_and(Vec::is_empty) {
            return Err("`rights` names what the key may do; without it, all that its role may".into());
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err("`expiresAt` is to come".into());
        }
        Ok(())
    }

    /// Whether this use is to be written down.
    pub fn notes_use(&self, now: UnixMillis) -> bool {
        self.last_used_at.is_none_or(|last| now.since(last) >= USE_NOTED_MS)
    }
}

/// The role of the deployment's own key, if this is its text. Hashes are compared, so the time it takes says nothing about
/// the key.
pub fn deployment(text: &str, stored_hash: &str) -> Option<Role> {
    Key::hash(text).eq_ignore_ascii_case(stored_hash.trim()).then_some(Role::Admin)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Key, KeyId, KeyText, deployment};
    use crate::access::{Right, Role};
    use crate::time::UnixMillis;
    use crate::token::SealKey;

    #[test]
    fn only_a_key_of_ours_is_read() {
        let seal = SealKey::derive(b"secret", "admin-key");
        let id = KeyId::from_random([7; 16]);
        let text = KeyText::seal(&id, [9; 16], &seal);
        assert_eq!(KeyText::open(&text, &seal).map(|text| text.id), Some(id));
        assert!(KeyText::open(&text, &SealKey::derive(b"secret", "console-session")).is_none());
        let cut: [String; 2] = [text.chars().skip(1).collect(), text.chars().take(text.len() - 1).collect()];
        for bad in ["", "selvedge_", "selvedge_a.b"].into_iter().chain(cut.iter().map(String::as_str)) {
            assert!(KeyText::open(bad, &seal).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_key_that_was_taken_back_opens_nothing() {
        let key = Key {
            id: KeyId::from_random([1; 16]),
            name: "CI".into(),
            role: Role::Viewer,
            rights: None,
            expires_at: None,
            hash: Key::hash("text"),
            created_at: UnixMillis(0),
            created_by: "deployment".into(),
            last_used_at: None,
            revoked_at: None,
        };
        let opens = |key: &Key, text, now| key.is_opened_by(&Key::hash(text), UnixMillis(now));
        assert!(opens(&key, "text", i64::MAX) && !opens(&key, "other", 0));
        assert!(!opens(&Key { revoked_at: Some(UnixMillis(1)), ..key.clone() }, "text", 0));
        let ends = Key { expires_at: Some(UnixMillis(5)), ..key.clone() };
        assert!(opens(&ends, "text", 4) && !opens(&ends, "text", 5));
        assert!(ends.check(UnixMillis(4)).is_ok() && ends.check(UnixMillis(5)).is_err());
        let only =
            |rights: &[Right]| Key { rights: Some(rights.to_vec()), ..key.clone() }.check(UnixMillis(0));
        assert!(only(&[Right::ReadHealth]).is_ok());
        assert!(only(&[]).is_err() && only(&[Right::ReadHealth, Right::Erase]).is_err());
        let used = Key { last_used_at: Some(UnixMillis(1_000)), ..key.clone() };
        assert!(key.notes_use(UnixMillis(0)));
        assert!(!used.notes_use(UnixMillis(60_999)) && used.notes_use(UnixMillis(61_000)));
    }

    #[test]
    fn the_deployments_key_is_an_admins() {
        assert_eq!(deployment("key", &format!(" {} \n", Key::hash("key").to_uppercase())), Some(Role::Admin));
        assert_eq!(deployment("other", &Key::hash("key")), None);
    }
}
