//! What the log holds.

use serde::{Deserialize, Serialize};

use crate::account::Named;
use crate::consent::{Consent, MayStore};
use crate::event::Event;
use crate::identity::extract::Carried;
use crate::identity::{Identifier, Trust};
use crate::token::Decision;

/// The version of a log row.
pub(crate) const LOG_VERSION: u8 = 1;
/// The version of a row of which only who was seen is left.
pub const EXPIRED_VERSION: u8 = 2;

/// One row of the log: an event, and what was proven about its sender when it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logged {
    /// Row version.
    pub v: u8,
    /// The event.
    pub event: Event,
    /// Its identifiers, strongest first.
    pub ids: Vec<Carried>,
    /// Of an alias whose both names are proven: the older one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Identifier>,
    /// The account that it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Named>,
    /// The decision that it came of: it carried its token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The consent in force when it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// It is older than what is retained: what it said is gone, and it is no part of the fold. That its identifiers were
    /// seen together then is left, because who is who rests on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expired: bool,
}

impl Logged {
    /// A row of the current version.
    pub fn new(event: Event, ids: Vec<Carried>, consent: Consent) -> Self {
        Self {
            v: LOG_VERSION,
            event,
            ids,
            previous: None,
            account: None,
            decision: None,
            consent: Some(consent),
            expired: false,
        }
    }

    /// It came of this decision.
    #[must_use]
    pub fn of_decision(mut self, decision: Option<Decision>) -> Self {
        self.decision = decision;
        self
    }

    /// What retention leaves of it.
    #[must_use]
    pub fn into_expired(mut self) -> Self {
        self.v = EXPIRED_VERSION;
        self.event.body.clear();
        self.account = None;
        self.decision = None;
        // That a withdrawal was stored without consent rests on what it said.
        self.consent = self.consent.filter(|consent| consent.analytics);
        self.expired = true;
        self
    }

    /// Whether another event with this one's messageId says the same. When it was received, and so when it happened, may
    /// differ: a client that sends an event again sends it later.
    pub fn is_same(&self, other: &Event) -> bool {
        self.expired || self.event.kind == other.kind && self.event.body == other.body
    }

    /// The consent under which it was stored.
    pub fn stored_under(&self) -> Consent {
        self.consent.unwrap_or(Consent::STORED)
    }

    /// The proof that it may be stored, as it was before: here, and with whom its profile becomes one.
    pub fn may_stay(&self) -> Option<MayStore> {
        self.stored_under().may_keep(&self.event)
    }

    /// Whether what the event says about the person may be believed: something on it is proven, and it names no login
    /// that is not.
    pub fn is_trusted(&self) -> bool {
        let proven = self.ids.iter().any(|carried| carried.trust == Trust::Verified);
        let claims_login =
            |carried: &Carried| carried.id.namespace.as_str() == "user_id" && carried.trust == Trust::Claimed;
        proven && !self.ids.iter().any(claims_login)
    }
}
