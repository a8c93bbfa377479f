//! `state = fold(log, config)`, kept up to date event by event.

use serde::{Deserialize, Serialize};

use super::due::Due;
use super::standing::Cached;
use super::{Claimed, Claims, Logged, Rows, Seen, Sightings, Stale, Traits, Words};
use crate::account::{Memberships, Word};
use crate::commerce::Commerce;
use crate::config::{Config, Earliest, TraitRules};
use crate::consent::{Consent, MayStore};
use crate::event::Kind;
use crate::exposure::Exposures;
use crate::identity::{Namespace, Trust};
use crate::ids::{MessageId, SegmentId};
use crate::limits;
use crate::segment::{ConditionKey, Membership, Tally};
use crate::time::UnixMillis;

/// The version of a stored [`ProfileState`]. Another one is folded anew from the log.
pub const STATE_VERSION: u8 = 9;

/// In place of a fingerprint: events were folded under more than one set of rules. No config has this one.
const MIXED: &str = "mixed";

/// The consent that was in force for an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentSaid {
    /// What was allowed.
    #[serde(flatten)]
    pub consent: Consent,
    /// When.
    pub at: UnixMillis,
    /// With which event.
    pub by: MessageId,
}

/// What a profile has become. Carries exactly what the next event needs, so that the cost of an event does not grow
/// with the length of the timeline.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProfileState {
    /// [`STATE_VERSION`].
    pub v: u8,
    /// The fingerprint of the trait rules that it was folded under; empty if every trait was `newest`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trait_rules: String,
    /// Events folded in.
    pub events: u64,
    /// Time of the earliest event.
    pub first_seen: Option<UnixMillis>,
    /// The earliest event of each rule of retention.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earliest: Earliest,
    /// Time of the latest event.
    pub last_seen: Option<UnixMillis>,
    /// Traits that may be believed.
    pub traits: Traits,
    /// Traits that came with a login nobody proved: shown, never used.
    pub claimed_traits: Traits,
    /// When each proven identifier, as `namespace:value`, was on an event first and last.
    pub seen: Sightings,
    /// Identifiers that were only claimed.
    #[serde(skip_serializing_if = "Claims::is_empty")]
    pub claims: Claims,
    /// The consent in force for the newest event.
    pub consent: Option<ConsentSaid>,
    /// What was said of it, device by device.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub words: Words,
    /// Which accounts the person belongs to.
    #[serde(skip_serializing_if = "Memberships::is_empty")]
    pub accounts: Memberships,
    /// What was done in the shop.
    #[serde(skip_serializing_if = "Commerce::is_empty")]
    pub commerce: Commerce,
    /// What came of decisions.
    #[serde(skip_serializing_if = "Exposures::is_empty")]
    pub exposures: Exposures,
    /// The fingerprint of the event conditions that were counted, and of the rules of retention.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub counted: String,
    /// What each event condition has counted.
    #[serde(skip_serializing_if = "Rows::is_empty")]
    pub tallies: Rows<Tally, ConditionKey>,
    /// Segments it is in.
    pub segments: Rows<Membership, SegmentId>,
    /// The fingerprint of the segments that these were told of.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rules: String,
    /// When they were looked at last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked: Option<UnixMillis>,
    /// When each of them can change with time alone, once somebody has asked.
    #[serde(skip)]
    pub(super) due: Cached<Due>,
    /// Segments to be looked at again because of what was folded since.
    #[serde(skip)]
    pub stale: Stale,
}

impl ProfileState {
    /// A profile without events.
    pub fn empty() -> Self {
        Self { v: STATE_VERSION, stale: Stale::of_nobody(), ..Self::default() }
    }

    /// Takes one new event in. The caller guarantees that its messageId was not folded before (the log's primary key
    /// does that) and holds the proof that it may be stored.
    pub fn apply(&mut self, logged: &Logged, config: &Config, _consent: MayStore) {
        if logged.expired {
            return;
        }
        let event = &logged.event;
        let program = config.program();
        self.note_rules(config);
        self.events = self.events.saturating_add(1);
        self.first_seen = Some(self.first_seen.map_or(event.timestamp, |at| at.min(event.timestamp)));
        self.last_seen = Some(self.last_seen.map_or(event.timestamp, |at| at.max(event.timestamp)));
        // The traits of a group event are the account's.
        if let Some(traits) = event.traits().filter(|_| event.kind != Kind::Group) {
            if logged.is_trusted() {
                let fell = self.traits.set(traits, event.order(), config.traits(), limits::TRAITS);
                for name in traits.keys().chain(&fell) {
                    self.stale.mark(program.reading_trait(name));
                }
            } else {
                let most = limits::CLAIMED_TRAITS;
                drop(self.claimed_traits.set(traits, event.order(), &TraitRules::NONE, most));
            }
        }
        self.stale.mark(program.reading_events());
        if let Some(word) = Word::of(logged) {
            self.accounts.hear(word);
        }
        if self.commerce.apply(event) {
            self.stale.mark(program.reading_commerce());
        }
        self.exposures.apply(logged);
        if let Some(consent) = logged.consent {
            self.hear(ConsentSaid { consent, at: event.timestamp, by: event.message_id.clone() });
        }
        self.words.hear(logged);
        for carried in &logged.ids {
            let id = carried.id.to_string();
            match carried.trust {
                Trust::Verified => {
                    let by = (event.message_id.clone(), event.source.clone());
                    self.seen.see(id, Seen { first: event.timestamp, last: event.timestamp, by });
                }
                Trust::Claimed => {
                    let first = (event.timestamp, event.message_id.clone());
                    self.claims.add(id, Claimed { first, events: 1 });
                }
            }
        }
        if let Some(named) = logged.account.as_ref().filter(|named| named.trust == Trust::Claimed) {
            let id = format!("{}:{}", Namespace::GROUP_ID, named.id);
            self.claims.add(id, Claimed { first: (event.timestamp, event.message_id.clone()), events: 1 });
        }
        self.count(logged, config);
    }

    /// Counts an event for the conditions that speak of it.
    fn count(&mut self, logged: &Logged, config: &Config) {
        config.retention().note(&mut self.earliest, &logged.event);
        let program = config.program();
        for (number, tracker) in program.trackers_on(logged.event.name()) {
            if let Some(one) = tracker.matched(&logged.event) {
                self.tallies.change(tracker.key(), |tally| tracker.insert(tally, one));
                self.stale.mark(program.readers(number));
            }
        }
    }

    /// Whether it is what this version makes of its events under the trait rules and the event conditions of `config`. If not,
    /// it must be folded anew from the log before anything is folded into it or read from it.
    pub fn is_folded_under(&self, config: &Config) -> bool {
        let same = self.trait_rules == config.trait_rules() && self.counted == config.counted();
        self.v == STATE_VERSION && (self.events == 0 || same)
    }

    /// A caller who folds on under other rules must not be told later that all was well.
    fn note_rules(&mut self, config: &Config) {
        let noted = [(&mut self.trait_rules, config.trait_rules()), (&mut self.counted, config.counted())];
        for (mine, rules) in noted {
            if self.events == 0 {
                rules.clone_into(mine);
            } else if mine != rules {
                MIXED.clone_into(mine);
            }
        }
    }

    /// Counts the event conditions of `config` anew, over the whole log.
    pub fn backfill(&mut self, config: &Config, log: impl Iterator<Item = Logged>) {
        self.forget_counts(config);
        log.for_each(|logged| self.count_again(&logged, config));
    }

    /// The event conditions of `config` are to be counted, and nothing has been yet.
    pub(crate) fn forget_counts(&mut self, config: &Config) {
        self.tallies = Rows::default();
        self.earliest.clear();
        if self.events > 0 {
            config.counted().clone_into(&mut self.counted);
        }
    }

    /// After [`ProfileState::forget_counts`], each event of the log.
    pub(crate) fn count_again(&mut self, logged: &Logged, config: &Config) {
        if !logged.expired && logged.stored_under().may_store().is_some() {
            self.count(logged, config);
        }
    }
}
