//! What several events said of the same order, settled.

use super::order::{Order, What};
use crate::profile::Micros;

/// What became of one order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Settled {
    pub(super) cancelled: bool,
    /// What it came to.
    pub(super) gross: Micros,
    /// What of it was given back.
    pub(super) refunded: Micros,
    pub(super) currency: Option<String>,
}

impl Settled {
    /// Of the words on one order, oldest first; nothing if none says that there is one.
    pub(super) fn of(words: &[&Order]) -> Option<Self> {
        let is = |what: What| words.iter().any(|word| word.what == what);
        if !is(What::Completed) {
            return None;
        }
        let statements = words.iter().filter(|word| matches!(word.what, What::Completed | What::Updated));
        let gross = statements.clone().rev().find_map(|word| word.amount).unwrap_or_default();
        let currency = statements.rev().find_map(|word| word.currency.clone());
        let refunds = words.iter().filter(|word| word.what == What::Refunded);
        // Of all that was given back, the whole is the most; so a refund that is reported twice takes no more.
        let parts: Option<Micros> =
            refunds.map(|word| word.amount).try_fold(Micros::default(), |sum, part| Some(sum.plus(part?)));
        let most = gross.max(Micros::default());
        Some(Self {
            cancelled: is(What::Cancelled),
            gross,
            refunded: parts.unwrap_or(most).min(most),
            currency,
        })
    }
}
