//! The identity token: a site's server says who its visitor is. A JWT (HS256, ES256 or RS256), or the HMAC of a user id alone.
//!
//! Each key is good for one algorithm, so what a token's header says can't make a public key a secret. Whether the signature of
//! a public key holds, the platform is asked: its code for that is in no Worker.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jwt_compact::{TimeOptions, UntrustedToken};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::Sha256;

use crate::limits;
use crate::time::UnixMillis;

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// A JWT under a shared secret.
    #[serde(rename = "HS256")]
    Hs256,
    /// A JWT under a key pair on the curve P-256.
    #[serde(rename = "ES256")]
    Es256,
    /// A JWT under an RSA key pair.
    #[serde(rename = "RS256")]
    Rs256,
    /// The HMAC-SHA-256 of the user id under a shared secret, in hex. It says no more than that, and for good.
    #[serde(rename = "HMAC")]
    Hmac,
}

impl Algorithm {
    /// Whether it is signed and checked with the same secret.
    pub fn is_shared(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hmac)
    }

    /// As the Web Cryptography API has it, to import a key and to verify; nothing for those that need none.
    pub fn in_web_crypto(self) -> Option<&'static str> {
        match self {
            Self::Es256 => Some(r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#),
            Self::Rs256 => Some(r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#),
            Self::Hs256 | Self::Hmac => None,
        }
    }

    /// Its name in a JWT's header.
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Hs256 => Some("HS256"),
            Self::Es256 => Some("ES256"),
            Self::Rs256 => Some("RS256"),
            Self::Hmac => None,
        }
    }
}

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
    /// Neither a JWT nor an HMAC, or not signed with a key of this source's.
    #[error("the identity token is not signed with a key of this source")]
    Invalid,
    /// It has no `exp`, or that is over.
    #[error("the identity token has expired, or has no `exp`")]
    Expired,
    /// Its `nbf` is to come.
    #[error("the identity token is not valid yet")]
    Early,
}

/// A token whose signature nobody has looked at.
pub struct IdentityToken<'a> {
    /// The user whom the event names.
    user: Option<&'a str>,
    form: Form<'a>,
}

enum Form<'a> {
    Jwt { token: Box<UntrustedToken<'a>>, signed: &'a str },
    Hmac(Vec<u8>),
}

impl<'a> IdentityToken<'a> {
    /// Reads a token that came with an event of this user.
    ///
    /// # Errors
    /// [`IdentityTokenError::Invalid`] if it is none.
    pub fn read(text: &'a str, user: Option<&'a str>) -> Result<Self, IdentityTokenError> {
        let form = match text.rsplit_once('.') {
            None => Form::Hmac(of_hex(text).ok_or(IdentityTokenError::Invalid)?),
            Some((signed, _)) => {
                let token = UntrustedToken::new(text).map_err(|_| IdentityTokenError::Invalid)?;
                Form::Jwt { token: Box::new(token), signed }
            }
        };
        Ok(Self { user, form })
    }

    /// Whether it may be signed with a key of this name and algorithm. A token that names its key (`kid`) is held against no
    /// other that has a name.
    pub fn may_be_of(&self, id: Option<&str>, algorithm: Algorithm) -> bool {
        match &self.form {
            Form::Hmac(_) => algorithm == Algorithm::Hmac,
            Form::Jwt { token, .. } => {
                let named = token.header().key_id.as_deref();
                algorithm.name() == Some(token.algorithm())
                    && (id.is_none() || named.is_none() || id == named)
            }
        }
    }

    /// Whether it is signed with this secret.
    pub fn is_signed_with(&self, secret: &[u8]) -> bool {
        let (signed, signature) = match &self.form {
            Form::Hmac(signature) => (self.user.unwrap_or_default(), signature.as_slice()),
            Form::Jwt { token, signed } => (*signed, token.signature_bytes()),
        };
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret) else { return false };
        // In constant time.
        mac.chain_update(signed).verify_slice(signature).is_ok()
    }

    /// What was signed, and the signature: for whoever can tell whether a public key's holds.
    pub fn signature(&self) -> Option<(&[u8], &[u8])> {
        match &self.form {
            Form::Hmac(_) => None,
            Form::Jwt { token, signed } => Some((signed.as_bytes(), token.signature_bytes())),
        }
    }

    /// What it claims, for a caller who has found that it is signed with a key of the source's.
    ///
    /// # Errors
    /// [`IdentityTokenError`] if it does not count now.
    pub fn claims(&self, now: UnixMillis) -> Result<IdentityClaims, IdentityTokenError> {
        let Form::Jwt { token, .. } = &self.form else {
            let sub = self.user.ok_or(IdentityTokenError::Invalid)?.to_owned();
            return Ok(IdentityClaims { sub, email: None, groups: Vec::new() });
        };
        let claims = token
            .deserialize_claims_unchecked::<IdentityClaims>()
            .map_err(|_| IdentityTokenError::Invalid)?;
        let at = chrono::DateTime::from_timestamp_millis(now.0).ok_or(IdentityTokenError::Expired)?;
        let options = TimeOptions::new(chrono::Duration::seconds(limits::TOKEN_LEEWAY_SECONDS), || at);
        claims.validate_expiration(&options).map_err(|_| IdentityTokenError::Expired)?;
        if claims.not_before.is_some() {
            claims.validate_maturity(&options).map_err(|_| IdentityTokenError::Early)?;
        }
        Ok(claims.custom)
    }
}

/// The 32 bytes of an HMAC-SHA-256.
fn of_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.bytes().all(|letter| letter.is_ascii_hexdigit()) {
        return None;
    }
    text.as_bytes().chunks(2).map(|two| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok()).collect()
}

/// The object identifier of the curve P-256, and that of RSA, as a key's DER has them.
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
/// Bytes of the shortest RSA key that is good for anything: 2048 bits, and what stands around them.
const RSA_BYTES: usize = 270;

/// The DER (SPKI) of a public key that is written as PEM.
///
/// # Errors
/// What is wrong with it, and what would be right.
pub fn public_key(pem: &str, algorithm: Algorithm) -> Result<Vec<u8>, &'static str> {
    if pem.contains("PRIVATE KEY") {
        return Err(
            "this is the private key: it belongs to the site's server alone; write the public one here",
        );
    }
    let text = pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----");
    let text = text.and_then(|text| text.trim_end().strip_suffix("-----END PUBLIC KEY-----"));
    let text: String = text.unwrap_or_default().chars().filter(|letter| !letter.is_whitespace()).collect();
    let der = STANDARD.decode(&text).unwrap_or_default();
    let has = |id: &[u8]| der.windows(id.len()).take(32).any(|window| window == id);
    match algorithm {
        _ if der.is_empty() => Err("write the public key as PEM: `-----BEGIN PUBLIC KEY-----` …"),
        Algorithm::Es256 if !has(P256) => Err("ES256 needs a key on the curve P-256"),
        Algorithm::Rs256 if !has(RSA) || der.len() < RSA_BYTES => {
            Err("RS256 needs an RSA key of 2048 bits or more")
        }
        _ => Ok(der),
    }
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, IdentityClaims, IdentityToken, IdentityTokenError};
    use crate::time::UnixMillis;

    /// Made with `node:crypto`, as a site's server would: {"sub":"cust-1","exp":2000000000}, key "shop-secret".
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjdXN0LTEiLCJleHAiOjIwMDAwMDAwMDB9.MQOZpznU-lLTXEKIMDgZNBkCaC6z3Z16vlTsBxaDVmk";
    /// Likewise: HMAC-SHA-256 of "cust-1".
    const HMAC: &str = "1f68515ffc1415edff75f21546011b65904c10ebc4a3ba157e8261ac6b3a9921";
    const BEFORE: UnixMillis = UnixMillis(1_999_999_000_000);

    fn verify(
        text: &str,
        user: Option<&str>,
        secret: &[u8],
        now: UnixMillis,
    ) -> Result<IdentityClaims, IdentityTokenError> {
        let token = IdentityToken::read(text, user)?;
        let shared = [Algorithm::Hs256, Algorithm::Hmac].iter().any(|one| token.may_be_of(None, *one));
        if shared && token.is_signed_with(secret) {
            token.claims(now)
        } else {
            Err(IdentityTokenError::Invalid)
        }
    }

    #[test]
    fn a_token_of_the_sites_server_is_believed_until_it_expires() {
        assert_eq!(
            verify(TOKEN, None, b"shop-secret", BEFORE).map(|claims| claims.sub).as_deref(),
            Ok("cust-1")
        );
        let after = UnixMillis(2_000_000_100_000);
        assert_eq!(verify(TOKEN, None, b"shop-secret", after), Err(IdentityTokenError::Expired));
        assert_eq!(verify(TOKEN, None, b"other", BEFORE), Err(IdentityTokenError::Invalid));
        let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjdXN0LTEifQ.";
        assert_eq!(verify(none, None, b"shop-secret", BEFORE), Err(IdentityTokenError::Invalid));
    }

    #[test]
    fn the_hmac_of_a_user_id_proves_that_user_and_no_other() {
        let proves =
            |user: Option<&str>, secret: &[u8]| verify(HMAC, user, secret, BEFORE).map(|claims| claims.sub);
        assert_eq!(proves(Some("cust-1"), b"shop-secret").as_deref(), Ok("cust-1"));
        for (user, secret) in
            [(Some("cust-2"), &b"shop-secret"[..]), (None, b"shop-secret"), (Some("cust-1"), b"other")]
        {
            assert_eq!(proves(user, secret), Err(IdentityTokenError::Invalid));
        }
        for bad in
            ["", HMAC.trim_start_matches('1'), &format!("{HMAC}0"), &HMAC.replace('a', "g"), &"+".repeat(64)]
        {
            assert!(IdentityToken::read(bad, Some("cust-1")).is_err(), "{bad}");
        }
        // A JWT is no HMAC, and the other way round.
        let read = |text| IdentityToken::read(text, Some("cust-1")).unwrap();
        assert!(
            !read(TOKEN).may_be_of(None, Algorithm::Hmac) && !read(HMAC).may_be_of(None, Algorithm::Hs256)
        );
    }

    #[test]
    fn a_token_that_names_its_key_is_held_against_that_or_one_without_a_name() {
        // {"alg":"HS256","kid":"b"} and {"alg":"ES256"}, each with {"sub":"cust-1"}.
        let named =
            IdentityToken::read("eyJhbGciOiJIUzI1NiIsImtpZCI6ImIifQ.eyJzdWIiOiJjdXN0LTEifQ.AAAA", None)
                .unwrap();
        let may = |id, algorithm| named.may_be_of(id, algorithm);
        assert!(may(Some("b"), Algorithm::Hs256) && may(None, Algorithm::Hs256));
        assert!(!may(Some("a"), Algorithm::Hs256));
        for other in [Algorithm::Es256, Algorithm::Rs256, Algorithm::Hmac] {
            assert!(!may(Some("b"), other), "{other:?}");
        }
        let unnamed = IdentityToken::read("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjdXN0LTEifQ.AAAA", None).unwrap();
        assert!(
            unnamed.may_be_of(Some("a"), Algorithm::Es256) && !unnamed.may_be_of(Some("a"), Algorithm::Hs256)
        );
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
            let claims = verify(token, None, b"shop-secret", BEFORE).unwrap();
            assert_eq!(
                (claims.sub.as_str(), claims.groups),
                ("cust-1", groups.iter().map(ToString::to_string).collect())
            );
        }
    }
}
