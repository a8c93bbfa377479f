//! What a person allowed, and the proofs that code must hold before it stores, decides or sends.
//!
//! Invariant: a proof can only be made here, from a [`Consent`] that allows the purpose. What is not said is denied.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The purposes that can be allowed. `necessary` needs no consent and is therefore not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Consent {
    /// Events may be stored.
    pub analytics: bool,
    /// Decisions may use the profile.
    pub personalisation: bool,
    /// Data may be used for advertising.
    pub advertising: bool,
    /// Data may be sold or shared with others (the purpose that GPC objects to).
    pub sale_or_share: bool,
}

/// What a request says about consent, beside the source's default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals<'a> {
    /// `Sec-GPC: 1` was sent.
    pub gpc: bool,
    /// `context.consent.categoryPreferences` of the event, if it has one.
    pub preferences: Option<&'a Map<String, Value>>,
}

impl Consent {
    /// The consent in force for an event: its own preferences if it carries any (a missing purpose is then denied,
    /// as Segment specifies), else the source's default; GPC always takes sale, sharing and advertising away.
    pub fn in_force(default: Self, signals: Signals<'_>) -> Self {
        let mut consent = match signals.preferences {
            None => default,
            Some(said) => {
                let allows = |purpose: &str| said.get(purpose).and_then(Value::as_bool).unwrap_or(false);
                Self {
                    analytics: allows("analytics"),
                    personalisation: allows("personalisation"),
                    advertising: allows("advertising"),
                    sale_or_share: allows("sale_or_share"),
                }
            }
        };
        if signals.gpc {
            consent.advertising = false;
            consent.sale_or_share = false;
        }
        consent
    }

    /// The proof that events may be stored, if they may.
    pub fn may_store(self) -> Option<MayStore> {
        self.analytics.then_some(MayStore(()))
    }

    /// The proof that decisions may use the profile, if they may.
    pub fn may_decide(self) -> Option<MayDecide> {
        self.personalisation.then_some(MayDecide(()))
    }

    /// The proof that an event may leave for our own archive, which analytics covers. Destinations of others will
    /// ask for more.
    pub fn may_archive(self) -> Option<MaySend> {
        self.analytics.then_some(MaySend(()))
    }
}

/// Held by code that stores a person's events.
#[derive(Debug, Clone, Copy)]
pub struct MayStore(());

/// Held by code that decides with a person's profile.
#[derive(Debug, Clone, Copy)]
pub struct MayDecide(());

/// Held by code that sends a person's events out of the profile.
#[derive(Debug, Clone, Copy)]
pub struct MaySend(());

#[cfg(test)]
mod tests {
    use super::{Consent, Signals};
    use serde_json::json;

    const ALL: Consent =
        Consent { analytics: true, personalisation: true, advertising: true, sale_or_share: true };

    #[test]
    fn nothing_said_is_denied() {
        let nobody = Consent::in_force(Consent::default(), Signals::default());
        assert!(
            nobody.may_store().is_none() && nobody.may_decide().is_none() && nobody.may_archive().is_none()
        );
    }

    #[test]
    fn a_missing_purpose_in_preferences_is_denied() {
        let said = json!({"analytics": true});
        let consent = Consent::in_force(ALL, Signals { gpc: false, preferences: said.as_object() });
        assert!(consent.may_store().is_some());
        assert!(consent.may_decide().is_none());
    }

    #[test]
    fn gpc_wins_over_an_explicit_yes_to_sale() {
        let said = json!({"analytics": true, "sale_or_share": true, "advertising": true});
        let consent = Consent::in_force(ALL, Signals { gpc: true, preferences: said.as_object() });
        assert!(consent.analytics && !consent.sale_or_share && !consent.advertising);
    }
}
