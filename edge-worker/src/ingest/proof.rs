//! Identity tokens: the engine says which of a source's keys a token may be of, and what it claims; here are the secrets, and the
//! platform's word on whether the signature of a public key holds.

use js_sys::futures::JsFuture;
use js_sys::{Array, JSON, Promise, Uint8Array};
use selvedge_engine::config::{Source, SourceKey};
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::{Algorithm, IdentityClaims, IdentityToken, IdentityTokenError, public_key};
use wasm_bindgen::prelude::*;
use worker::Env;

use crate::platform;

/// Why an event's token proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoProof {
    /// None of the source's keys is there.
    #[error("identity_not_configured: this source has no key for identity tokens")]
    NotConfigured,
    /// The token is good, for somebody else.
    #[error("identity_token_invalid: the token names another user")]
    AnotherUser,
    /// The token is not good.
    #[error("identity_token_invalid: {0}")]
    Token(#[from] IdentityTokenError),
}

/// What a token proves that came with an event of this user.
pub(super) async fn claims(
    env: &Env,
    source: &Source,
    token: &str,
    user: Option<&str>,
    now: UnixMillis,
) -> Result<IdentityClaims, NoProof> {
    let token = IdentityToken::read(token, user)?;
    let mut has_keys = false;
    for key in source.identity.keys() {
        let holds = match key {
            SourceKey::Shared { secret, .. } => {
                let Some(secret) = platform::secret(env, secret) else { continue };
                key.may_have_signed(&token) && token.is_signed_with(secret.as_bytes())
            }
            SourceKey::Public { algorithm, pem, .. } => {
                key.may_have_signed(&token) && holds(&token, pem, algorithm).await.unwrap_or(false)
            }
        };
        has_keys = true;
        if holds {
            let claims = token.claims(now)?;
            let is_same = user.is_none_or(|user| user == claims.sub);
            return if is_same { Ok(claims) } else { Err(NoProof::AnotherUser) };
        }
    }
    Err(if has_keys { IdentityTokenError::Invalid.into() } else { NoProof::NotConfigured })
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &Uint8Array,
        algorithm: &JsValue,
        extractable: bool,
        uses: &Array,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn verify(
        algorithm: &JsValue,
        key: &JsValue,
        signature: &Uint8Array,
        signed: &Uint8Array,
    ) -> Result<Promise, JsValue>;
}

/// Whether a token's signature is this key's. What the platform can't make a key of holds nothing.
async fn holds(token: &IdentityToken<'_>, pem: &str, algorithm: Algorithm) -> Option<bool> {
    let (signed, signature) = token.signature()?;
    let der = public_key(pem, algorithm).ok()?;
    let algorithm = JSON::parse(algorithm.in_web_crypto()?).ok()?;
    let uses = Array::of1(&"verify".into());
    let key = import_key("spki", &Uint8Array::from(der.as_slice()), &algorithm, false, &uses).ok()?;
    let key = JsFuture::from(key).await.ok()?;
    let said = verify(&algorithm, &key, &Uint8Array::from(signature), &Uint8Array::from(signed)).ok()?;
    JsFuture::from(said).await.ok()?.as_bool()
}
