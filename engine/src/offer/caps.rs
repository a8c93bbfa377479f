//! How often an offer may be shown.

use serde::{Deserialize, Serialize};

use crate::exposure::Shown;

/// How often one person may see it: sights, as their own log tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PersonCaps {
    /// In one session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<u64>,
    /// On one day of the schedule's zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<u64>,
    /// As long as there is the offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<u64>,
}

/// How often it may be given out to all together: decisions, whether they are seen or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AllCaps {
    /// On one day of the schedule's zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<u64>,
    /// As long as there is the offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<u64>,
}

/// The caps of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Caps {
    /// For each person.
    #[serde(skip_serializing_if = "is_default")]
    pub person: PersonCaps,
    /// For all together.
    #[serde(skip_serializing_if = "is_default")]
    pub all: AllCaps,
}

fn is_default<T: Default + PartialEq>(caps: &T) -> bool {
    *caps == T::default()
}

impl Caps {
    /// Whether there are none.
    pub fn is_none(&self) -> bool {
        is_default(self)
    }

    /// Whether all together may see it only so often.
    pub fn are_shared(&self) -> bool {
        !is_default(&self.all)
    }
}

impl PersonCaps {
    /// Whether there are none.
    pub fn is_none(&self) -> bool {
        is_default(self)
    }

    /// The first cap that is reached.
    pub fn reached(&self, shown: Shown) -> Option<&'static str> {
        let full = |cap: Option<u64>, shown: u64| cap.is_some_and(|cap| shown >= cap);
        let caps = [
            ("caps.person.session", full(self.session, shown.session)),
            ("caps.person.day", full(self.day, shown.day)),
            ("caps.person.campaign", full(self.campaign, shown.campaign)),
        ];
        caps.into_iter().find_map(|(name, full)| full.then_some(name))
    }
}
