//! The device cookie: what the edge remembers of a browser.

use serde::{Deserialize, Serialize};

use super::SealKey;
use crate::ids::ProfileId;

/// The cookie's name.
pub const COOKIE_NAME: &str = "selvedge_device";

/// What the device cookie says. Only a request that carries one for its own anonymousId gets decisions from a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Version of this payload.
    pub v: u8,
    /// The anonymousId it is bound to.
    #[serde(rename = "a")]
    pub anonymous_id: String,
    /// Where the profile was last found: a hint that the profile object checks.
    #[serde(rename = "p")]
    pub profile: ProfileId,
    /// The user who proved to be here.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

impl Device {
    /// A cookie payload of the current version.
    pub fn new(anonymous_id: String, profile: ProfileId, user_id: Option<String>) -> Self {
        Self { v: 1, anonymous_id, profile, user_id }
    }

    /// Reads the cookie's value.
    pub fn open(key: &SealKey, value: &str) -> Option<Self> {
        key.open::<Self>(value).filter(|device| device.v == 1)
    }

    /// The cookie's value.
    pub fn seal(&self, key: &SealKey) -> String {
        key.seal(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Device, SealKey};
    use crate::ids::ProfileId;

    #[test]
    fn only_our_own_cookie_opens() {
        let key = SealKey::derive(b"secret", "device");
        let device = Device::new("A".into(), ProfileId::from_random([1; 16]), Some("u".into()));
        let value = device.seal(&key);
        assert_eq!(Device::open(&key, &value), Some(device));
        assert_eq!(Device::open(&SealKey::derive(b"secret", "decision"), &value), None);
        assert_eq!(Device::open(&SealKey::derive(b"other", "device"), &value), None);
        let forged = format!("x{value}");
        for bad in ["", ".", "a.b", forged.as_str()] {
            assert_eq!(Device::open(&key, bad), None);
        }
    }
}
