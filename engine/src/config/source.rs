//! Sources: where events come from, and how far their word is taken.

use serde::{Deserialize, Serialize};

use super::mapping::Mapping;
use crate::consent::Consent;
use crate::ids::SourceId;
use crate::pressure::SourceLimits;

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
    Signed,
    /// All are taken as proven. Anyone with the write key can then be anyone.
    Open,
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
    /// Consent of events that say nothing.
    #[serde(default)]
    pub consent: SourceConsent,
    /// How much it may send. Left out when nothing is said, so that a document from before this existed keeps its hash.
    #[serde(default, skip_serializing_if = "SourceLimits::is_default")]
    pub limits: SourceLimits,
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
}

impl Source {
    /// Whether everything it claims counts as proven.
    pub fn is_open(&self) -> bool {
        self.identity.mode == IdentityMode::Open
    }

    /// What the tag is told of it, where this consent is in force for who has said nothing and sends no signal.
    pub fn for_pages(&self, unless_said: Consent) -> ForPages<'_> {
        let consent = (!unless_said.analytics).then_some("required");
        ForPages { gpc: self.consent.gpc, dnt: self.consent.dnt, consent, mapping: &self.mapping }
    }
}
