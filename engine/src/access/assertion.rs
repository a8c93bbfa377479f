//! Cloudflare Access, where a deployment has it before its console: what its header `Cf-Access-Jwt-Assertion` says, and what that makes of somebody.
//!
//! Access signs with RSA alone (RS256), and so nothing else is read: a token that says `none`, or that a public key is a secret, is none.
//! Whether a signature holds the platform is asked, as with [identity tokens](crate::token::IdentityToken).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_compact::{TimeOptions, UntrustedToken};
use serde::{Deserialize, Serialize};

use super::Role;
use crate::limits;
use crate::outgoing::{Refused, Target};
use crate::time::UnixMillis;

/// Where Access puts its token.
pub const ASSERTION_HEADER: &str = "cf-access-jwt-assertion";

/// Bytes of the shortest RSA modulus that is good for anything: 2048 bits.
const MODULUS_BYTES: usize = 256;
/// Keys that are looked at: Access has two at a time.
const KEYS: usize = 10;

/// What a deployment says of its Access application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    team: String,
    audience: String,
    roles: Vec<(String, Role)>,
}

/// Somebody whom Access has let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Their address, or the name of a service token.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// A service token: no browser sends it by itself.
    pub is_program: bool,
    /// Until when the token says so.
    pub until: UnixMillis,
}

/// Why a token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// It is no token of the application's.
    #[error("the token of Cloudflare Access is not signed for this deployment")]
    Invalid,
    /// Its time is over, or has not come.
    #[error("the token of Cloudflare Access has expired, or is not valid yet")]
    Expired,
}

impl Application {
    /// Reads what a deployment says: the team (`acme`, of `acme.cloudflareaccess.com`), the application's audience tag, and who is more than a
    /// viewer: `ada@example.com=admin, *@shop.example=editor`. The first that fits counts.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(team: &str, audience: &str, roles: &str) -> Result<Self, String> {
        let team = team.trim().trim_end_matches(".cloudflareaccess.com").to_ascii_lowercase();
        if team.is_empty() || !team.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-') {
            return Err("the team is the first part of `acme.cloudflareaccess.com`".into());
        }
        let audience = audience.trim().to_owned();
        if audience.is_empty() {
            return Err("the audience tag of the Access application is missing".into());
        }
        let listed = roles.split(',').map(str::trim).filter(|one| !one.is_empty());
        let roles =
            listed.map(|one| role(one).ok_or_else(|| format!("`{one}` is not `ada@example.com=admin`")));
        Ok(Self { team, audience, roles: roles.collect::<Result<_, _>>()? })
    }

    /// Where its keys are.
    ///
    /// # Errors
    /// [`Refused`] never, as a team's name is checked.
    pub fn keys_at(&self) -> Result<Target, Refused> {
        Target::parse(&format!("{}/cdn-cgi/access/certs", self.issuer()))
    }

    fn issuer(&self) -> String {
        format!("https://{}.cloudflareaccess.com", self.team)
    }

    fn role_of(&self, name: &str) -> Role {
        let fits = |pattern: &str| match pattern.strip_prefix('*') {
            Some(end) => name.len() > end.len() && name.ends_with(end),
            None => name == pattern,
        };
        self.roles.iter().find(|(pattern, _)| fits(pattern)).map_or(Role::Viewer, |(_, role)| *role)
    }
}

/// `*@shop.example=editor`.
fn role(text: &str) -> Option<(String, Role)> {
    let (name, role) = text.split_once('=')?;
    let name = name.trim().to_lowercase();
    // A star alone, or before no `@`, would let in whoever can choose a name.
    let is_name =
        !name.is_empty() && name.strip_prefix('*').is_none_or(|end| end.len() > 1 && end.starts_with('@'));
    let role = serde_json::from_str(&serde_json::Value::from(role.trim()).to_string()).ok()?;
    is_name.then_some((name, role))
}

/// One of the application's public keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct SigningKey {
    /// Its name.
    pub kid: String,
    kty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    n: String,
    e: String,
}

impl SigningKey {
    /// Those of a key set (RFC 7517) that are RSA keys of a good length.
    pub fn read_all(bytes: &[u8]) -> Vec<Self> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let Ok(Set { keys }) = serde_json::from_slice(bytes) else { return Vec::new() };
        let read = |key: serde_json::Value| {
            serde_json::from_str::<Self>(&key.to_string()).ok().filter(Self::is_good)
        };
        keys.into_iter().take(KEYS).filter_map(read).collect()
    }

    fn is_good(&self) -> bool {
        let is_long = URL_SAFE_NO_PAD.decode(&self.n).is_ok_and(|modulus| modulus.len() >= MODULUS_BYTES);
        self.kty == "RSA" && self.alg.as_deref().is_none_or(|alg| alg == "RS256") && is_long
    }

    /// As the Web Cryptography API imports it.
    pub fn as_jwk(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A token whose signature nobody has looked at.
pub struct Assertion<'a> {
    token: Box<UntrustedToken<'a>>,
    signed: &'a str,
}

#[derive(Clone, Deserialize, Serialize)]
struct Claims {
    iss: String,
    aud: Audience,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    common_name: Option<String>,
    /// `app`: a token of the team's own (`org`) opens no application.
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl<'a> Assertion<'a> {
    /// Reads the header's value.
    ///
    /// # Errors
    /// [`AssertionError::Invalid`] if it is no token that is signed as Access signs, with a key that has a name.
    pub fn read(text: &'a str) -> Result<Self, AssertionError> {
        let (signed, _) = text.rsplit_once('.').ok_or(AssertionError::Invalid)?;
        let token = UntrustedToken::new(text).map_err(|_| AssertionError::Invalid)?;
        if token.algorithm() != "RS256" || token.header().key_id.is_none() {
            return Err(AssertionError::Invalid);
        }
        Ok(Self { token: Box::new(token), signed })
    }

    /// The name of its key.
    pub fn key_id(&self) -> &str {
        self.token.header().key_id.as_deref().unwrap_or_default()
    }

    /// What was signed, and the signature.
    pub fn signature(&self) -> (&[u8], &[u8]) {
        (self.signed.as_bytes(), self.token.signature_bytes())
    }

    /// Who it says this is, for a caller who has found that its signature holds.
    ///
    /// # Errors
    /// [`AssertionError`] if it does not count here and now.
    pub fn admits(&self, application: &Application, now: UnixMillis) -> Result<Admitted, AssertionError> {
        let claims =
            self.token.deserialize_claims_unchecked::<Claims>().map_err(|_| AssertionError::Invalid)?;
        let at = chrono::DateTime::from_timestamp_millis(now.0).ok_or(AssertionError::Expired)?;
        let options = TimeOptions::new(chrono::Duration::seconds(limits::TOKEN_LEEWAY_SECONDS), || at);
        claims.validate_expiration(&options).map_err(|_| AssertionError::Expired)?;
        if claims.not_before.is_some() {
            claims.validate_maturity(&options).map_err(|_| AssertionError::Expired)?;
        }
        let until = claims.expiration.map_or(now, |at| UnixMillis(at.timestamp_millis()));
        let Claims { iss, aud, email, common_name, kind } = claims.custom;
        let is_meant = match &aud {
            Audience::One(one) => *one == application.audience,
            Audience::Many(all) => all.contains(&application.audience),
        };
        if iss != application.issuer() || !is_meant || kind.is_some_and(|kind| kind != "app") {
            return Err(AssertionError::Invalid);
        }
        let said = |text: Option<String>| {
            text.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty())
        };
        let (email, program) = (said(email), said(common_name));
        let is_program = email.is_none();
        let name = email.or(program).ok_or(AssertionError::Invalid)?;
        Ok(Admitted { role: application.role_of(&name), name, is_program, until })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Application, Assertion, AssertionError, SigningKey, URL_SAFE_NO_PAD};
    use crate::access::Role;
    use crate::time::UnixMillis;
    use base64::Engine as _;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn application() -> Application {
        Application::read(
            "acme",
            "tag",
            "ada@example.com=admin, *@shop.example = editor, deploys.access=admin",
        )
        .unwrap()
    }

    fn token(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.AAAA", part(header), part(claims))
    }

    fn claims(more: &Value) -> Value {
        let mut claims = json!({
            "iss": "https://acme.cloudflareaccess.com", "aud": ["other", "tag"], "email": "Ada@example.com", "type": "app", "exp": NOW.0 / 1000 + 60,
            "iat": NOW.0 / 1000 - 60, "nbf": NOW.0 / 1000 - 60, "sub": "x",
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    #[test]
    fn a_token_for_this_application_says_who_it_is() {
        let header = json!({ "alg": "RS256", "kid": "k" });
        let admitted = |more: Value| {
            let text = token(&header, &claims(&more));
            Assertion::read(&text)?.admits(&application(), NOW)
        };
        let ada = admitted(json!({})).unwrap();
        assert_eq!((ada.name.as_str(), ada.role, ada.is_program), ("ada@example.com", Role::Admin, false));
        assert_eq!(ada.until, NOW.plus(60_000));
        let role = |email: &str| admitted(json!({ "email": email })).map(|one| one.role);
        assert_eq!(role("bo@shop.example"), Ok(Role::Editor));
        assert_eq!(role("bo@notshop.example"), Ok(Role::Viewer));
        assert_eq!(role("@shop.example"), Ok(Role::Viewer));
        assert_eq!(role("ada@example.com.evil.example"), Ok(Role::Viewer));
        let program = admitted(json!({ "email": "", "common_name": "deploys.access" })).unwrap();
        assert!(program.is_program && program.role == Role::Admin);
        assert!(admitted(json!({ "aud": "tag" })).is_ok());
        for (wrong, why) in [
            (json!({ "aud": ["other"] }), AssertionError::Invalid),
            (json!({ "aud": [] }), AssertionError::Invalid),
            (json!({ "aud": {} }), AssertionError::Invalid),
            (json!({ "iss": "https://evil.cloudflareaccess.com" }), AssertionError::Invalid),
            (json!({ "type": "org" }), AssertionError::Invalid),
            (json!({ "email": null }), AssertionError::Invalid),
            (json!({ "email": " " }), AssertionError::Invalid),
            (json!({ "exp": NOW.0 / 1000 - 3_600 }), AssertionError::Expired),
            (json!({ "exp": null }), AssertionError::Invalid),
            (json!({ "nbf": NOW.0 / 1000 + 3_600 }), AssertionError::Expired),
        ] {
            assert_eq!(admitted(wrong.clone()), Err(why), "{wrong}");
        }
    }

    #[test]
    fn nothing_but_rsa_with_a_named_key_is_read() {
        for header in [
            json!({ "alg": "none", "kid": "k" }),
            json!({ "alg": "HS256", "kid": "k" }),
            json!({ "alg": "ES256", "kid": "k" }),
            json!({ "alg": "rs256", "kid": "k" }),
            json!({ "alg": "RS256" }),
        ] {
            assert!(Assertion::read(&token(&header, &claims(&json!({})))).is_err(), "{header}");
        }
        for text in ["", ".", "..", "a.b.c", "e30.e30.", "🎉.🎉.🎉"] {
            assert!(Assertion::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_deployment_says_is_read_or_said_to_be_wrong() {
        assert_eq!(
            application().keys_at().unwrap().as_str(),
            "https://acme.cloudflareaccess.com/cdn-cgi/access/certs"
        );
        assert_eq!(Application::read(" Acme.cloudflareaccess.com ", "tag", "").unwrap().team, "acme");
        for (team, audience, roles) in [
            ("", "tag", ""),
            ("acme", " ", ""),
            ("evil.example/", "tag", ""),
            ("a.b", "tag", ""),
            ("acme@evil", "tag", ""),
            ("acme", "tag", "ada"),
            ("acme", "tag", "ada=root"),
            ("acme", "tag", "*=admin"),
            ("acme", "tag", "*.example=admin"),
            ("acme", "tag", "=admin"),
            ("acme", "tag", "*@=admin"),
        ] {
            assert!(Application::read(team, audience, roles).is_err(), "{team} {audience} {roles}");
        }
    }

    #[test]
    fn only_good_keys_of_a_set_are_taken() {
        let modulus = URL_SAFE_NO_PAD.encode([0xAB; 256]);
        let key = |kid: &str, more: Value| {
            let mut key =
                json!({ "kid": kid, "kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB", "n": modulus });
            for (name, value) in more.as_object().unwrap() {
                key[name] = value.clone();
            }
            key
        };
        let set = json!({ "keys": [
            key("good", json!({})), key("ec", json!({ "kty": "EC" })), key("short", json!({ "n": URL_SAFE_NO_PAD.encode([1; 128]) })), key("secret", json!({ "kty": "oct", "k": "AAAA" })),
            key("other", json!({ "alg": "HS256" })), json!(7), key("also", json!({ "alg": null })),
        ], "public_certs": [] });
        let read = SigningKey::read_all(set.to_string().as_bytes());
        assert_eq!(read.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>(), ["good", "also"]);
        assert!(read[0].as_jwk().contains("\"RSA\"") && !read[0].as_jwk().contains("\"d\""));
        assert!(SigningKey::read_all(b"no").is_empty() && SigningKey::read_all(b"{}").is_empty());
    }
}
