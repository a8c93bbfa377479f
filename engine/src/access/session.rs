//! Sessions of the console: what a key was exchanged for, in a cookie that scripts can't read.

use serde::{Deserialize, Serialize};

use super::{Key, KeyId, Right, Role};
use crate::time::UnixMillis;
use crate::token::SealKey;

/// The cookie's name.
pub const SESSION_COOKIE: &str = "selvedge_console";

/// How long somebody stays signed in: a working day.
const SESSION_MS: i64 = 12 * 60 * 60 * 1_000;

/// What the cookie says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    v: u8,
    /// The key that it was made with: it is good as long as that is.
    #[serde(rename = "k")]
    pub key: KeyId,
    /// The hash of that key: another deployment key ends its sessions.
    #[serde(rename = "h")]
    pub hash: String,
    /// What it may do.
    #[serde(rename = "r")]
    pub role: Role,
    /// Of that, no more than these.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<Vec<Right>>,
    /// The key's name.
    #[serde(rename = "n")]
    pub name: String,
    /// Until when.
    #[serde(rename = "u")]
    pub until: UnixMillis,
}

impl Session {
    /// A session that begins now.
    pub fn begin(key: KeyId, hash: String, role: Role, name: String, now: UnixMillis) -> Self {
        Self { v: 1, key, hash, role, rights: None, name, until: UnixMillis(now.0 + SESSION_MS) }
    }

    /// The same of a stored key.
    pub fn with(key: &Key, now: UnixMillis) -> Self {
        let session = Self::begin(key.id.clone(), key.hash.clone(), key.role, key.name.clone(), now);
        let until = key.expires_at.map_or(session.until, |end| end.min(session.until));
        Self { rights: key.rights.clone(), until, ..session }
    }

    /// Reads the cookie's value; nothing if it is none of ours, or over.
    pub fn open(value: &str, seal: &SealKey, now: UnixMillis) -> Option<Self> {
        seal.open::<Self>(value).filter(|session| session.v == 1 && now < session.until)
    }

    /// The cookie's value.
    pub fn seal(&self, seal: &SealKey) -> String {
        seal.seal(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Session;
    use crate::access::{KeyId, Role};
    use crate::time::UnixMillis;
    use crate::token::SealKey;

    #[test]
    fn a_session_is_over_after_a_working_day() {
        let seal = SealKey::derive(b"secret", "console-session");
        let session =
            Session::begin(KeyId::deployment(), "h".into(), Role::Admin, "Admin".into(), UnixMillis(5));
        let value = session.seal(&seal);
        assert_eq!(Session::open(&value, &seal, UnixMillis(6)), Some(session));
        assert_eq!(Session::open(&value, &seal, UnixMillis(5 + 12 * 3_600_000)), None);
        assert_eq!(Session::open(&value, &SealKey::derive(b"secret", "device-cookie"), UnixMillis(6)), None);
    }
}
