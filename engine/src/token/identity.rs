//! The identity token: a JWT (HS256) in which the site's server says who its visitor is.

use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, TimeOptions, UntrustedToken};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

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
    #[serde(default, deserialize_with = "groups", skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// Sites use `groups` for much else: what is no id is passed over, and never makes a login invalid.
fn groups<'de, D: Deserializer<'de>>(claim: D) -> Result<Vec<String>, D::Error> {
    let id = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Ok(match Value::deserialize(claim)? {
        Value::Array(list) => list.iter().filter_map(id).collect(),
        one => id(&one).into_iter().collect(),
    })
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

    /// As [`TOKEN`], with "groups":["ACME",42,{"id":"x"}], and with "groups":{"admin":true}.
    const GROUPS: [(&str, &[&str]); 2] = [
        (
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjdXN0LTEiLCJleHAiOjIwMDAwMDAwMDAsImdyb3VwcyI6WyJBQ01FIiw0Mix7ImlkIjoieCJ9XX0.rHVyxEiwH3Av5Lqznn1lOgGbJU4JaVoBG5j8J6mbGcg",
            &["ACME", "42"],
        ),
        (
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjdXN0LTEiLCJleHAiOjIwMDAwMDAwMDAsImdyb3VwcyI6eyJhZG1pbiI6dHJ1ZX19.X5cDXg3nPFY40jwGECeDE_yqurDoR_gxc0VIz5RhKRs",
            &[],
        ),
    ];

    #[test]
    fn groups_are_ids_and_whatever_else_a_site_says_there_spoils_no_login() {
        for (token, groups) in GROUPS {
            let claims = verify_identity_token(token, b"shop-secret", UnixMillis(1_999_999_000_000)).unwrap();
            assert_eq!(
                (claims.sub.as_str(), claims.groups),
                ("cust-1", groups.iter().map(ToString::to_string).collect())
            );
        }
    }
}
