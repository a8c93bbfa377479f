//! `state = fold(log, config)`, kept up to date event by event.

use crate::ordered::gather;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Claimed, Claims, Logged, Seen, Sightings, Traits};
use crate::account::{Memberships, Word};
use crate::commerce::Commerce;
use crate::config::{Config, TraitRules};
use crate::consent::{Consent, MayStore};
use crate::event::Kind;
use crate::exposure::Exposures;
use crate::identity::{Namespace, Trust};
use crate::ids::{MessageId, SegmentId};
use crate::limits;
use crate::segment::{ConditionKey, Membership, Recent, memberships};
use crate::time::UnixMillis;

/// The version of a stored [`ProfileState`]. Another one is folded anew from the log.
pub const STATE_VERSION: u8 = 6;

/// In place of a fingerprint: events were folded under more than one set of trait rules. No config has this one.
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
    /// The newest word on consent.
    pub consent: Option<ConsentSaid>,
    /// Which accounts the person belongs to.
    #[serde(skip_serializing_if = "Memberships::is_empty")]
    pub accounts: Memberships,
    /// What was done in the shop.
    #[serde(skip_serializing_if = "Commerce::is_empty")]
    pub commerce: Commerce,
    /// What came of decisions.
    #[serde(skip_serializing_if = "Exposures::is_empty")]
    pub exposures: Exposures,
    /// The most recent matches of each event condition.
    pub conditions: BTreeMap<ConditionKey, Recent>,
    /// Segments it is in.
    pub segments: BTreeMap<SegmentId, Membership>,
}

impl ProfileState {
    /// A profile without events.
    pub fn empty() -> Self {
        Self { v: STATE_VERSION, ..Self::default() }
    }

    /// Takes one new event in. The caller guarantees that its messageId was not folded before (the log's primary key
    /// does that) and holds the proof that it may be stored.
    pub fn apply(&mut self, logged: &Logged, config: &Config, _consent: MayStore) {
        if logged.expired {
            return;
        }
        let event = &logged.event;
        self.note_trait_rules(config);
        self.events = self.events.saturating_add(1);
        self.first_seen = Some(self.first_seen.map_or(event.timestamp, |at| at.min(event.timestamp)));
        self.last_seen = Some(self.last_seen.map_or(event.timestamp, |at| at.max(event.timestamp)));
        // The traits of a group event are the account's.
        if let Some(traits) = event.traits().filter(|_| event.kind != Kind::Group) {
            if logged.is_trusted() {
                self.traits.set(traits, event.order(), config.traits(), limits::TRAITS);
            } else {
                let most = limits::CLAIMED_TRAITS;
                self.claimed_traits.set(traits, event.order(), &TraitRules::NONE, most);
            }
        }
        if let Some(word) = Word::of(logged) {
            self.accounts.hear(word);
        }
        self.commerce.apply(event);
        self.exposures.apply(logged);
        if let Some(consent) = logged.consent {
            self.hear(ConsentSaid { consent, at: event.timestamp, by: event.message_id.clone() });
        }
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
        for condition in config.conditions_on(event.name()) {
            if condition.performed.counts(event) {
                let recent = self.conditions.entry(condition.key.clone()).or_default();
                recent.insert(event.timestamp, &event.message_id, condition.performed.count.enough());
            }
        }
    }

    /// Whether it is what this version makes of its events under the trait rules of `config`. If not, it must be folded
    /// anew from the log before anything is folded into it or read from it.
    pub fn is_folded_under(&self, config: &Config) -> bool {
        self.v == STATE_VERSION && (self.events == 0 || self.trait_rules == config.trait_rules())
    }

    /// A caller who folds on under other rules must not be told later that all was well.
    fn note_trait_rules(&mut self, config: &Config) {
        if self.events == 0 {
            config.trait_rules().clone_into(&mut self.trait_rules);
        } else if self.trait_rules != config.trait_rules() {
            MIXED.clone_into(&mut self.trait_rules);
        }
    }

    /// The conditions of `config` for which this state holds nothing because they are newer than it is.
    pub fn missing_conditions(&self, config: &Config) -> BTreeSet<ConditionKey> {
        gather(config.condition_keys().filter(|key| !self.conditions.contains_key(*key)).cloned())
    }

    /// To be called before events are folded under `config`: drops conditions that it no longer has. Events folded from
    /// now on are not counted there, so that a condition that comes back must start from the log.
    pub fn drop_stale_conditions(&mut self, config: &Config) {
        self.conditions.retain(|key, _| config.condition_keys().any(|known| known == key));
    }

    /// Fills in conditions that a new config brought, from the whole log, and drops those it no longer has.
    pub fn backfill(&mut self, config: &Config, log: impl Iterator<Item = Logged>) {
        let missing = self.missing_conditions(config);
        self.drop_stale_conditions(config);
        for key in &missing {
            self.conditions.insert(key.clone(), Recent::default());
        }
        for logged in log.filter(|logged| !logged.expired) {
            let event = &logged.event;
            let wanted = config.conditions_on(event.name()).filter(|c| missing.contains(&c.key));
            for condition in wanted.filter(|condition| condition.performed.counts(event)) {
                let recent = self.conditions.entry(condition.key.clone()).or_default();
                recent.insert(event.timestamp, &event.message_id, condition.performed.count.enough());
            }
        }
    }

    /// Brings the memberships up to `now`. `cause` is the event just taken in, if that is why we look.
    pub fn refresh_segments(&mut self, config: &Config, now: UnixMillis, cause: Option<&MessageId>) {
        let holding = memberships(self, config, now);
        self.segments.retain(|id, _| holding.contains(id));
        for id in holding {
            self.segments.entry(id).or_insert_with(|| Membership { since: now, cause: cause.cloned() });
        }
    }

    /// The state of an event condition.
    pub fn recent(&self, key: &ConditionKey) -> Option<&Recent> {
        self.conditions.get(key)
    }
}
