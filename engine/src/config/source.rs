//! Sources: where events come from, and how far their word is taken.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::mapping::Mapping;
use crate::bot::Bots;
use crate::consent::Consent;
use crate::ids::SourceId;
use crate::limits;
use crate::pressure::SourceLimits;
use crate::token::{Algorithm, IdentityToken, public_key};

/// Whether a source runs in browsers or on the site's servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The tag or an SDK on a page: its key is public.
    Browser,
    /// A server: its key is kept secret.
    Server,
}

/// How identifiers of this source are proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityMode {
    /// Only by a signed identity token or the device cookie.
    #[serde(alias = "required")]
    Signed,
    /// A user id counts without a token, too, but not with one that is not good. Anyone with the write key can then be anyone.
    WhenPresent,
    /// All are taken as proven. Anyone with the write key can then be anyone.
    #[serde(alias = "off")]
    Open,
}

/// A key that identity tokens may be signed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct IdentityKey {
    /// The name by which tokens say which key they are signed with (`kid`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it is good for.
    pub algorithm: Algorithm,
    /// Of HS256 and HMAC: the name of the Worker secret that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Of ES256 and RS256: the public key as PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

/// A key as a token is held against it.
#[derive(Debug, Clone, Copy)]
pub enum SourceKey<'a> {
    /// A secret that the site's server has, too.
    Shared {
        /// Its name in tokens.
        id: Option<&'a str>,
        /// What it is good for.
        algorithm: Algorithm,
        /// The name of the Worker secret.
        secret: &'a str,
    },
    /// The public half of a pair.
    Public {
        /// Its name in tokens.
        id: Option<&'a str>,
        /// What it is good for.
        algorithm: Algorithm,
        /// PEM.
        pem: &'a str,
    },
}

impl SourceKey<'_> {
    /// Whether this token may be signed with it: see [`IdentityToken::may_be_of`].
    pub fn may_have_signed(&self, token: &IdentityToken<'_>) -> bool {
        match *self {
            Self::Shared { id, algorithm, .. } | Self::Public { id, algorithm, .. } => {
                token.may_be_of(id, algorithm)
            }
        }
    }
}

/// A source's identity setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceIdentity {
    /// How identifiers are proven.
    pub mode: IdentityMode,
    /// Name of the Worker secret that holds the key shared with the site's server. The key itself is never in config.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The keys, where one secret for HS256 is not all. Left out when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<IdentityKey>,
}

impl SourceIdentity {
    /// All keys that tokens of the source may be signed with.
    pub fn keys(&self) -> impl Iterator<Item = SourceKey<'_>> {
        let only = self.secret.as_deref();
        let only = only.map(|secret| SourceKey::Shared { id: None, algorithm: Algorithm::Hs256, secret });
        only.into_iter().chain(self.keys.iter().filter_map(|key| {
            let (id, algorithm) = (key.id.as_deref(), key.algorithm);
            if algorithm.is_shared() {
                key.secret.as_deref().map(|secret| SourceKey::Shared { id, algorithm, secret })
            } else {
                key.public_key.as_deref().map(|pem| SourceKey::Public { id, algorithm, pem })
            }
        }))
    }

    /// What is wrong with it, each with its path.
    pub(super) fn check(&self, report: &mut dyn FnMut(String, String)) {
        if self.mode != IdentityMode::Open && self.secret.is_none() && self.keys.is_empty() {
            let reason = "this mode needs a key: `secret`, the name of the Worker secret that holds the key shared with the \
                          site, or `keys`";
            report("secret".into(), reason.into());
        }
        if self.keys.len() > limits::IDENTITY_KEYS {
            let reason = format!("there are {} keys; {} may be", self.keys.len(), limits::IDENTITY_KEYS);
            report("keys".into(), reason);
        }
        let mut ids = BTreeSet::new();
        for (index, key) in self.keys.iter().enumerate() {
            let mut wrong =
                |field: &str, reason: &str| report(format!("keys[{index}].{field}"), reason.into());
            if key.id.as_ref().is_some_and(|id| !ids.insert(id)) {
                wrong("id", "another key has it");
            }
            match (key.algorithm.is_shared(), &key.secret, &key.public_key) {
                (true, Some(_), None) => {}
                (true, ..) => wrong("secret", "name the Worker secret that holds the key, and nothing else"),
                (false, None, Some(pem)) => {
                    if let Err(reason) = public_key(pem, key.algorithm) {
                        wrong("publicKey", reason);
                    }
                }
                (false, ..) => wrong("publicKey", "write the public key as PEM, and no secret"),
            }
        }
    }
}

/// What a browser's signal means, as long as the visitor has made no choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// What the law makes of it: Global Privacy Control takes advertising and sale away, Do Not Track nothing.
    #[default]
    Heed,
    /// A no to everything: nothing is recorded.
    Refuse,
}

impl Signal {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A source's consent setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceConsent {
    /// In force for events that say nothing themselves. What is left out is denied.
    pub default: Consent,
    /// What Global Privacy Control means. Left out when nothing is said, so that a document from before this existed
    /// keeps its hash; as the next.
    #[serde(skip_serializing_if = "Signal::is_default")]
    pub gpc: Signal,
    /// What Do Not Track means.
    #[serde(skip_serializing_if = "Signal::is_default")]
    pub dnt: Signal,
}

impl SourceConsent {
    /// The consent of who has made no choice, in a browser that sends these signals.
    pub fn unless_said(&self, gpc: bool, dnt: bool) -> Consent {
        let refused = [(gpc, self.gpc), (dnt, self.dnt)].contains(&(true, Signal::Refuse));
        if refused { Consent::default() } else { self.default }
    }
}

/// Where events come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Its name for people.
    pub name: String,
    /// The public key that its requests carry.
    pub write_key: String,
    /// Browser or server.
    pub kind: SourceKind,
    /// How identifiers are proven.
    pub identity: SourceIdentity,
    /// Origins (`https://shop.example`) whose pages may send the device cookie across origins.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Only their pages, and those of the edge's own origin, may send. Left out when any may.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub origins_only: bool,
    /// Hosts of the site's other sites, whose visitors are handed over. Left out when there are none; as `bots`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// Consent of events that say nothing.
    #[serde(default)]
    pub consent: SourceConsent,
    /// How much it may send. Left out when nothing is said, so that a document from before this existed keeps its hash.
    #[serde(default, skip_serializing_if = "SourceLimits::is_default")]
    pub limits: SourceLimits,
    /// What becomes of what programs send. Left out when nothing is said; as the next.
    #[serde(default, skip_serializing_if = "Bots::is_default")]
    pub bots: Bots,
    /// What happens on its pages, said as events. Left out when there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mapping: Vec<Mapping>,
}

/// What the tag is told of its source.
#[derive(Debug, Serialize)]
pub struct ForPages<'a> {
    #[serde(skip_serializing_if = "Signal::is_default")]
    gpc: Signal,
    #[serde(skip_serializing_if = "Signal::is_default")]
    dnt: Signal,
    /// Said where nothing may be stored without a word of the visitor.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    mapping: &'a [Mapping],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    domains: &'a [String],
}

impl Source {
    /// Whether everything it claims counts as proven.
    pub fn is_open(&self) -> bool {
        self.identity.mode == IdentityMode::Open
    }

    /// Whether it takes what a page of this origin sends to an edge of that one. A page that does not say where it is, is
    /// nowhere.
    pub fn takes_from(&self, page: Option<&str>, edge: &str) -> bool {
        !self.origins_only || page.is_some_and(|page| page == edge || self.lists(page))
    }

    /// Whether it names this origin.
    pub fn lists(&self, origin: &str) -> bool {
        self.origins.iter().any(|listed| listed == origin)
    }

    /// What the tag is told of it, where this consent is in force for who has said nothing and sends no signal.
    pub fn for_pages(&self, unless_said: Consent) -> ForPages<'_> {
        let consent = (!unless_said.analytics).then_some("required");
        let Self { mapping, domains, .. } = self;
        ForPages { gpc: self.consent.gpc, dnt: self.consent.dnt, consent, mapping, domains }
    }
}
