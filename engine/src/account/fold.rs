//! What an account has become: the fold of what it was told, and the totals of its members' newest rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AccountId, AccountRules, Member, Op, Report, Total};
use crate::limits;
use crate::profile::Traits;
use crate::time::UnixMillis;

/// The version of a stored [`Account`]. The traits of another one are folded anew from what it was told.
pub const ACCOUNT_VERSION: u8 = 1;

/// An account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// [`ACCOUNT_VERSION`].
    pub v: u8,
    /// Which.
    pub id: AccountId,
    /// The fingerprint of the rules that its traits were folded under.
    pub trait_rules: String,
    /// Events that have told something.
    pub events: u64,
    /// Time of the earliest of them.
    pub first_seen: Option<UnixMillis>,
    /// Time of the latest of them.
    pub last_seen: Option<UnixMillis>,
    /// Its traits.
    pub traits: Traits,
    /// Members now.
    pub members: u64,
    /// Profiles whose rows are kept, also of those who have left.
    pub rows: u64,
    /// It has no room for the rows of more profiles: see [`limits::ACCOUNT_MEMBERS`].
    #[serde(default)]
    pub full: bool,
    /// What its members add, by key.
    pub totals: BTreeMap<String, Total>,
}

impl Account {
    /// An account that nobody has spoken of.
    pub fn empty(id: AccountId) -> Self {
        Self {
            v: ACCOUNT_VERSION,
            id,
            trait_rules: String::new(),
            events: 0,
            first_seen: None,
            last_seen: None,
            traits: Traits::default(),
            members: 0,
            rows: 0,
            full: false,
            totals: BTreeMap::new(),
        }
    }

    /// Whether its traits are what these rules make of what it was told. If not, they are to be folded anew.
    pub fn is_folded_under(&self, rules: &AccountRules) -> bool {
        self.v == ACCOUNT_VERSION && (self.events == 0 || self.trait_rules == rules.traits.fingerprint())
    }

    /// Forgets what was folded of what it was told, not its members.
    #[must_use]
    pub fn without_traits(self) -> Self {
        let Self { id, members, rows, full, totals, .. } = self;
        Self { members, rows, full, totals, ..Self::empty(id) }
    }

    /// Takes in what an event tells. The caller guarantees that its messageId was not taken in before.
    pub fn hear(&mut self, told: &Report, rules: &AccountRules) {
        let (at, by) = (told.order.0, &told.order.1);
        if self.events == 0 {
            self.trait_rules = rules.traits.fingerprint();
        }
        self.events = self.events.saturating_add(1);
        self.first_seen = Some(self.first_seen.map_or(at, |first| first.min(at)));
        self.last_seen = Some(self.last_seen.map_or(at, |last| last.max(at)));
        self.traits.set(&told.traits, (at, by), &rules.traits, limits::TRAITS);
    }

    /// Takes a member's row in, in the place of the one that is kept. False if it is to be left as it is: the row says
    /// nothing newer, or there is no room for one more profile.
    pub fn admit(&mut self, kept: Option<&Member>, new: &Member) -> bool {
        if kept.is_some_and(|kept| kept.revision >= new.revision) {
            return false;
        }
        if kept.is_none() {
            if self.rows >= limits::ACCOUNT_MEMBERS {
                self.full = true;
                return false;
            }
            self.rows = self.rows.saturating_add(1);
        }
        if let Some(old) = kept.filter(|old| old.by.is_some()) {
            self.members = self.members.saturating_sub(1);
            for (key, share) in &old.shares {
                let total = self.totals.entry(key.clone()).or_default();
                total.take_away(*share);
                if total.count == 0 {
                    self.totals.remove(key);
                }
            }
        }
        if new.by.is_some() {
            self.members = self.members.saturating_add(1);
            for (key, share) in &new.shares {
                self.totals.entry(key.clone()).or_default().add(*share);
            }
        }
        true
    }

    /// Its aggregates, beside the number of members. `extreme` looks up the least or the greatest share under a key.
    ///
    /// # Errors
    /// That of `extreme`.
    pub fn computed<E>(
        &self,
        rules: &AccountRules,
        mut extreme: impl FnMut(&str, Op) -> Result<Option<f64>, E>,
    ) -> Result<Value, E> {
        let mut computed = Map::new();
        computed.insert("members".into(), self.members.into());
        for (name, aggregate) in &rules.aggregates {
            let key = aggregate.key();
            let total = self.totals.get(&key).copied().unwrap_or_default();
            let value = match aggregate.op {
                Op::Count => total.count.into(),
                Op::Sum => total.sum.to_json(),
                // Over nobody there is no mean, no least and no greatest.
                _ if total.count == 0 => Value::Null,
                Op::Avg => mean(total).into(),
                op @ (Op::Min | Op::Max) => extreme(&key, op)?.into(),
            };
            computed.insert(name.clone(), value);
        }
        Ok(Value::Object(computed))
    }

    /// What conditions on `account` are matched against: its traits, `id` and `computed`.
    pub fn for_conditions(&self, computed: Value) -> Value {
        let mut account = self.traits.values();
        account.insert("id".into(), self.id.as_str().into());
        account.insert("computed".into(), computed);
        Value::Object(account)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a mean is shown to people; nobody has that many members")]
fn mean(total: Total) -> f64 {
    total.sum.units() / total.count as f64
}
