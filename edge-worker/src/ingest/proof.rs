//! Identity tokens: the engine says which of a source's keys a token may be of, and what it claims; here are the secrets, and the
//! platform's word on whether the signature of a public key holds.

use selvedge_engine::config::{Source, SourceKey};
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::{Algorithm, IdentityClaims, IdentityToken, IdentityTokenError, public_key};
use worker::Env;

use crate::platform;
use crate::web_crypto::{self, PublicKey};

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

/// Whether a token's signature is this key's.
async fn holds(token: &IdentityToken<'_>, pem: &str, algorithm: Algorithm) -> Option<bool> {
    let (signed, signature) = token.signature()?;
    let der = public_key(pem, algorithm).ok()?;
    Some(web_crypto::holds(PublicKey::Der(&der), algorithm.in_web_crypto()?, signature, signed).await)
}
