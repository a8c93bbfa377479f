//! A payload and its HMAC-SHA-256, as `base64url(json).base64url(mac)`. Readable by who holds it, made only by us.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::Key;
use hmac::{Hmac, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// A key for one purpose, derived from the deployment secret so that a token of one kind never passes for another.
#[derive(Clone)]
pub struct SealKey(Hmac<Sha256>);

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(…)")
    }
}

impl SealKey {
    /// The key for `purpose`.
    pub fn derive(secret: &[u8], purpose: &str) -> Self {
        let mut key = Key::<Hmac<Sha256>>::default();
        key.iter_mut().zip(mac(secret, purpose.as_bytes())).for_each(|(to, byte)| *to = byte);
        // A shorter key is one with zeros behind it. It is worked into the state once, not with each token.
        Self(Mac::new(&key))
    }

    /// Signs a payload.
    pub fn seal<T: Serialize>(&self, payload: &T) -> String {
        let json = serde_json::to_vec(payload).unwrap_or_default();
        let body = URL_SAFE_NO_PAD.encode(json);
        let tag = URL_SAFE_NO_PAD.encode(self.0.clone().chain_update(&body).finalize().into_bytes());
        format!("{body}.{tag}")
    }

    /// The payload, if the signature is ours. Compares in constant time.
    pub fn open<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let (body, tag) = token.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        self.0.clone().chain_update(body).verify_slice(&tag).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
    }
}

fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(text);
            mac.finalize().into_bytes().into()
        }
        Err(_) => [0; 32], // HMAC takes keys of any length
    }
}
