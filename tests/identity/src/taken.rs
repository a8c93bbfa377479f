//! What a case's steps come to at the door: decoded, their identifiers read, as facts.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_engine::consent::{Consent, Signals};
use selvedge_engine::event::{Received, decode_event};
use selvedge_engine::identity::extract::{NoIdentifier, Proof, identifiers};
use selvedge_engine::identity::fact::Fact;
use selvedge_engine::identity::resolve::RefusedLink;
use selvedge_engine::identity::{Identifier, IdentityRules};
use selvedge_engine::ids::{MessageId, SourceId};
use selvedge_engine::outcome::Reason;
use selvedge_engine::profile::Logged;
use selvedge_engine::time::UnixMillis;

use crate::{Case, Erased, NotIdentifier, Sent, Step};

/// The steps of a case, taken in by the engine's own decoding.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// The rows to log, in order of arrival; an event that arrives twice is here twice.
    pub logged: Vec<Logged>,
    /// What they, and the admins, say about identity.
    pub facts: Vec<Fact>,
    /// Events that were not taken: messageId and reason.
    pub rejected: BTreeMap<String, String>,
    /// Values on events that are no identifiers.
    pub not_identifiers: BTreeSet<NotIdentifier>,
    /// Who was erased: nothing above is about them.
    pub erased: Vec<Erased>,
    /// Names that were erased, and until when.
    pub tombstones: BTreeMap<Identifier, UnixMillis>,
    /// Links that were refused because the name had been erased.
    pub refused: Vec<RefusedLink>,
    /// Every row that was ever logged: what it said of an account stays that account's.
    pub ever_logged: Vec<Logged>,
}

impl Taken {
    /// Takes every step of a case.
    pub fn of(case: &Case) -> Self {
        Self::from_steps(&case.steps, &case.rules)
    }

    /// Takes these steps, in this order.
    pub fn from_steps(steps: &[Step], rules: &IdentityRules) -> Self {
        let mut taken = Self::default();
        for (index, step) in steps.iter().enumerate() {
            match step {
                Step::Event(sent) => taken.event(sent, index, rules),
                Step::Said(fact) => taken.facts.push(fact.clone()),
                Step::Erase(erasure) => taken.erase(erasure, rules),
            }
        }
        taken
    }

    /// As the edge does it: decode, read the identifiers, reject what can be filed under none.
    fn event(&mut self, sent: &Sent, index: usize, rules: &IdentityRules) {
        let source = SourceId::from("cases");
        let received = Received {
            source: &source,
            at: sent.received,
            sent_at: None,
            context: None,
            integrations: None,
            shared_bytes: 0,
            kind: None,
        };
        let fallback = MessageId(format!("step-{index}"));
        let event = match decode_event(&sent.event.to_string(), &received, fallback.clone()) {
            Ok(decoded) => decoded.event,
            Err((id, reason)) => return self.reject(&id.unwrap_or(fallback), reason),
        };
        let proof = Proof {
            open: !sent.unsigned,
            anonymous_id: event.anonymous_id().map(str::to_owned),
            ..Proof::default()
        };
        // A source that allows all: what an event itself says of consent counts.
        let all = Consent { analytics: true, personalisation: true, advertising: true, sale_or_share: true };
        let signals = Signals { gpc: false, said: event.consent() };
        let consent = Consent::in_force(all, signals);
        if consent.may_store().is_none() {
            return self.reject(&event.message_id, Reason::ConsentDenied);
        }
        let found = identifiers(&event, rules, &proof);
        let by = &event.message_id;
        self.not_identifiers.extend(found.refused.iter().map(|refused| not_identifier(by, refused)));
        if found.ids.is_empty() {
            return self.reject(by, Reason::NoUserAnonId);
        }
        let mut logged = Logged::new(event, found.ids, consent);
        logged.previous = found.previous;
        logged.account = found.account;
        match Fact::of(&logged) {
            Some(fact) if self.is_about_erased(&fact) => {
                self.reject(&logged.event.message_id, Reason::Erased)
            }
            Some(fact) => {
                let fact = self.without_erased(fact);
                self.facts.push(fact);
                self.ever_logged.push(logged.clone());
                self.logged.push(logged);
            }
            None => self.reject(&logged.event.message_id, Reason::UnprovenUserId),
        }
    }

    fn reject(&mut self, id: &MessageId, reason: Reason) {
        self.rejected.insert(id.to_string(), reason.code().to_owned());
    }
}

fn not_identifier(by: &MessageId, refused: &NoIdentifier) -> NotIdentifier {
    NotIdentifier {
        by: by.to_string(),
        namespace: refused.namespace.as_str().to_owned(),
        value: refused.value.clone(),
        reason: refused.reason.code().to_owned(),
    }
}
