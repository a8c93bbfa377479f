//! What a person allowed, and the proofs that code must hold before it stores, decides or sends.
//!
//! Invariant: a proof can only be made here, from a [`Consent`] that allows the purpose. What is not said is denied.
//!
//! Code that reads or keeps somebody's data without a proof does not compile. With one:
//!
//! ```
//! use selvedge_engine::{config::Config, consent::Consent, profile::{Logged, ProfileState}};
//! fn store(state: &mut ProfileState, event: &Logged, config: &Config, consent: Consent) {
//!     if let Some(proof) = consent.may_store() {
//!         state.apply(event, config, proof);
//!     }
//! }
//! ```
//!
//! Without one, with that of another purpose, or with one that somebody makes up, it is an error:
//!
//! ```compile_fail,E0061
//! use selvedge_engine::{config::Config, profile::{Logged, ProfileState}};
//! fn store(state: &mut ProfileState, event: &Logged, config: &Config) {
//!     state.apply(event, config);
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use selvedge_engine::{config::Config, consent::MayDecide, profile::{Logged, ProfileState}};
//! fn store(state: &mut ProfileState, event: &Logged, config: &Config, proof: MayDecide) {
//!     state.apply(event, config, proof);
//! }
//! ```
//!
//! ```compile_fail,E0423
//! let proof = selvedge_engine::consent::MayStore(());
//! ```
//!
//! ```compile_fail,E0599
//! let proof = selvedge_engine::consent::MayDecide::default();
//! ```
//!
//! ```compile_fail,E0277
//! let proof: selvedge_engine::consent::MaySend = serde_json::from_str("null").unwrap();
//! ```

mod bits;
mod google;
mod gpp;
mod place;
mod signals;
mod tcf;
mod withdrawal;

pub use place::{Jurisdiction, Jurisdictions, Place};
pub(crate) use signals::complete;
pub use signals::{Signals, speaks};
pub use withdrawal::{CHOICE, withdrawal};

use serde::{Deserialize, Serialize};

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

impl Consent {
    /// To everything.
    pub const ALL: Self =
        Self { analytics: true, personalisation: true, advertising: true, sale_or_share: true };

    /// What rows of the first release were stored under, which do not say it; without it they were not.
    pub const STORED: Self =
        Self { analytics: true, personalisation: false, advertising: false, sale_or_share: false };

    /// The consent in force for an event: what its signals say, each purpose that none of them speaks of as `unless_said`.
    pub fn in_force(unless_said: Self, signals: Signals<'_>) -> Self {
        signals.word().or(unless_said)
    }

    /// What both allow.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            analytics: self.analytics && other.analytics,
            personalisation: self.personalisation && other.personalisation,
            advertising: self.advertising && other.advertising,
            sale_or_share: self.sale_or_share && other.sale_or_share,
        }
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

/// What signals say of each purpose; nothing of those that they don't speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Word {
    analytics: Option<bool>,
    personalisation: Option<bool>,
    advertising: Option<bool>,
    sale_or_share: Option<bool>,
}

impl Word {
    /// What can't be understood is a no to everything.
    const NO: Self = Self {
        analytics: Some(false),
        personalisation: Some(false),
        advertising: Some(false),
        sale_or_share: Some(false),
    };

    /// An objection to what is done with others.
    const NOT_WITH_OTHERS: Self =
        Self { analytics: None, personalisation: None, advertising: Some(false), sale_or_share: Some(false) };

    /// Both were said: of a yes and a no, the no counts.
    fn and(self, other: Self) -> Self {
        let both = |one: Option<bool>, other: Option<bool>| match (one, other) {
            (Some(one), Some(other)) => Some(one && other),
            (said, None) | (None, said) => said,
        };
        Self {
            analytics: both(self.analytics, other.analytics),
            personalisation: both(self.personalisation, other.personalisation),
            advertising: both(self.advertising, other.advertising),
            sale_or_share: both(self.sale_or_share, other.sale_or_share),
        }
    }

    fn or(self, unless_said: Consent) -> Consent {
        Consent {
            analytics: self.analytics.unwrap_or(unless_said.analytics),
            personalisation: self.personalisation.unwrap_or(unless_said.personalisation),
            advertising: self.advertising.unwrap_or(unless_said.advertising),
            sale_or_share: self.sale_or_share.unwrap_or(unless_said.sale_or_share),
        }
    }
}
