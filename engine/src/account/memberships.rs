//! Which accounts a person belongs to, and since when: a fold of the person's log.

use crate::ordered::sort_by;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AccountId, Verb, Word};
use crate::identity::fact::Order;
use crate::limits;

/// Words that follow each other and say the same. Sites say `group` on every page: of all of them the first and the last
/// are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stretch {
    verb: Verb,
    first: Order,
    last: Order,
}

/// A time during which a person belonged to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Which.
    pub account: AccountId,
    /// The first word that says so.
    pub since: Order,
    /// The word that ended it.
    pub until: Option<Order>,
}

/// The stretches of words on each account.
///
/// Invariant: whether the person belongs to an account is what the latest word says, whatever the order of arrival. Since
/// when is told by the words before it; those inside a stretch are not kept. When one arrives that breaks a stretch up,
/// the times are *blurred* until somebody wants to see them: then they are read from the log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Memberships {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    accounts: BTreeMap<AccountId, Vec<Stretch>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    blurred: bool,
}

impl Memberships {
    /// What these words say, in any order.
    pub fn of(mut words: Vec<Word>) -> Self {
        sort_by(&mut words, |a, b| a.order.cmp(&b.order));
        let mut memberships = Self::default();
        words.into_iter().for_each(|word| memberships.join(word));
        memberships.keep();
        memberships
    }

    /// Whether nobody has said anything.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && !self.blurred
    }

    /// Whether the times have to be read from the log before they are shown.
    pub fn is_blurred(&self) -> bool {
        self.blurred
    }

    /// Takes a word in.
    pub fn hear(&mut self, word: Word) {
        self.join(word);
        self.keep();
    }

    /// Takes in what the words of another log say.
    pub fn absorb(&mut self, other: &Self) {
        self.blurred |= other.blurred;
        for (account, stretches) in &other.accounts {
            self.blurred |= join(self.accounts.entry(account.clone()).or_default(), stretches);
        }
        self.keep();
    }

    fn join(&mut self, Word { account, verb, order }: Word) {
        let stretch = Stretch { verb, first: order.clone(), last: order };
        self.blurred |= join(self.accounts.entry(account).or_default(), &[stretch]);
    }

    /// The accounts of which somebody spoke last are kept, and of each its latest stretches. "The k greatest of a set"
    /// does not depend on the order in which the set was gathered; the times of what falls out do.
    fn keep(&mut self) {
        for stretches in self.accounts.values_mut() {
            let over = stretches.len().saturating_sub(limits::MEMBERSHIP_STRETCHES);
            self.blurred |= over > 0;
            stretches.drain(..over);
        }
        let over = self.accounts.len().saturating_sub(limits::ACCOUNTS_PER_PROFILE);
        if over > 0 {
            self.blurred = true;
            let mut spoken_of: Vec<_> = self.accounts.iter().collect();
            sort_by(&mut spoken_of, |(_, a), (_, b)| latest(a).cmp(&latest(b)));
            let falling: Vec<AccountId> =
                spoken_of.into_iter().take(over).map(|(id, _)| id.clone()).collect();
            falling.iter().for_each(|id| drop(self.accounts.remove(id)));
        }
    }

    /// The accounts that the person belongs to, and the latest word that says so.
    pub fn current(&self) -> impl Iterator<Item = (&AccountId, &Order)> {
        let joined = |stretch: &&Stretch| stretch.verb == Verb::Joined;
        self.accounts.iter().filter_map(move |(id, stretches)| {
            stretches.last().filter(joined).map(|stretch| (id, &stretch.last))
        })
    }

    /// Those accounts that a decision reads, the ones last spoken of first.
    pub fn last_spoken_of(&self) -> Vec<AccountId> {
        let mut current: Vec<_> = self.current().collect();
        sort_by(&mut current, |(_, a), (_, b)| b.cmp(a));
        current.into_iter().take(limits::ACCOUNTS_PER_DECISION).map(|(id, _)| id.clone()).collect()
    }

    /// Whether the person belongs to it.
    pub fn is_in(&self, account: &AccountId) -> bool {
        self.current().any(|(id, _)| id == account)
    }

    /// When the person belonged to which account, by account and time. Not to be shown while it is blurred.
    pub fn periods(&self) -> Vec<Period> {
        let mut periods = Vec::new();
        for (account, stretches) in &self.accounts {
            for (n, stretch) in stretches.iter().enumerate().filter(|(_, one)| one.verb == Verb::Joined) {
                let until = stretches.get(n + 1).map(|next| next.first.clone());
                periods.push(Period { account: account.clone(), since: stretch.first.clone(), until });
            }
        }
        periods
    }
}

fn latest(stretches: &[Stretch]) -> Option<&Order> {
    stretches.last().map(|stretch| &stretch.last)
}

/// Puts stretches together; true if one broke another up. The last one of those that come out always has the latest word.
fn join(mine: &mut Vec<Stretch>, more: &[Stretch]) -> bool {
    let mut all = std::mem::take(mine);
    all.extend_from_slice(more);
    sort_by(&mut all, |a, b| a.first.cmp(&b.first));
    let mut broken = false;
    for next in all {
        match mine.last_mut() {
            Some(before) if before.verb == next.verb => before.last = next.last.max(before.last.clone()),
            Some(before) => {
                broken |= next.first < before.last;
                if before.last < next.last {
                    mine.push(next);
                }
            }
            None => mine.push(next),
        }
    }
    broken
}
