//! The identity token: a JWT (HS256) in which the site's server says who its visitor is.

use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, TimeOptions, UntrustedToken};
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::time::UnixMillis;

/// What the site's server vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityClaims {
    /// The user id.
    pub sub: String,
    /// The user's e-mail, if the site has verified it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The accounts that the site knows the user to belong to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// Why a token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityTokenError {
    /// Not a JWT, another algorithm than HS256, or not signed with this source's key.
    #[error("the identity token is not signed with this source's key (JWT, HS256)")]
    Invalid,
    /// It has no `exp`, or that is over.
    #[error("the identity token has expired, or has no `exp`")]
    Expired,
}

/// Checks signature and expiry.
///
/// # Errors
/// [`IdentityTokenError`].
pub fn verify_identity_token(
    token: &str,
    key: &[u8],
    now: UnixMillis,
) -> Result<IdentityClaims, IdentityTokenError> {
    let untrusted = UntrustedToken::new(token).map_err(|_| IdentityTokenError::Invalid)?;
    let verified = Hs256
        .validator::<IdentityClaims>(&Hs256Key::new(key))
        .validate(&untrusted)
        .map_err(|_| IdentityTokenError::Invalid)?;
    let at = chrono::DateTime::from_timestamp_millis(now.0).ok_or(IdentityTokenError::Expired)?;
    let leeway = chrono::Duration::seconds(limits::TOKEN_LEEWAY_SECONDS);
    let claims = verified.claims();
    claims.validate_expiration(&TimeOptions::new(leeway, || at)).map_err(|_| IdentityTokenError::Expired)?;
    Ok(claims.custom.clone())
}

#[cfg(test)]
mod tests {
    use super::{IdentityTokenError, verify_identity_token};
    use crate::time::UnixMillis;

    /// Made with `node:crypto`, as a site's server would: {"sub":"cust-1","exp":2000000000}, key "shop-secret".
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjdXN0LTEiLCJleHAiOjIwMDAwMDAwMDB9.MQOZpznU-lLTXEKIMDgZNBkCaC6z3Z16vlTsBxaDVmk";

    #[test]
    fn a_token_of_the_sites_server_is_believed_until_it_expires() {
        let before = UnixMillis(1_999_999_000_000);
        let claims = verify_identity_token(TOKEN, b"shop-secret", before).unwrap();
        assert_eq!(claims.sub, "cust-1");
        let after = UnixMillis(2_000_000_100_000);
        assert_eq!(verify_identity_token(TOKEN, b"shop-secret", after), Err(IdentityTokenError::Expired));
        assert_eq!(verify_identity_token(TOKEN, b"other", before), Err(IdentityTokenError::Invalid));
        let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjdXN0LTEifQ.";
        assert_eq!(verify_identity_token(none, b"shop-secret", before), Err(IdentityTokenError::Invalid));
    }
}
