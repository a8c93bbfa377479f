//! Numbers about all rows, kept along with them: nobody counts millions of rows for one answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Row, Standing};

/// Sums over rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Totals {
    /// Profiles at home.
    pub live: u64,
    /// Profiles that have merged into another.
    pub forwarding: u64,
    /// Profiles that were erased.
    pub erased: u64,
    /// Events, as of each profile's last row.
    pub events: u64,
    /// Refused links.
    pub refusals: u64,
    /// Late claims that wait for an admin.
    pub late_conflicts: u64,
    /// Listed refusals by reason.
    pub reasons: BTreeMap<String, u64>,
}

impl Totals {
    /// Takes a row in, with its refusals.
    pub fn add(&mut self, row: &Row) {
        self.shift(row, u64::saturating_add);
        for refused in &row.refusals {
            let count = self.reasons.entry(refused.reason.clone()).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Takes a row out that was taken in before.
    pub fn remove(&mut self, row: &Row) {
        self.shift(row, u64::saturating_sub);
        for refused in &row.refusals {
            if let Some(count) = self.reasons.get_mut(&refused.reason) {
                *count = count.saturating_sub(1);
            }
        }
        self.reasons.retain(|_, count| *count > 0);
    }

    /// Adds those of another shard.
    pub fn join(&mut self, other: &Self) {
        let sums = [
            (&mut self.live, other.live),
            (&mut self.forwarding, other.forwarding),
            (&mut self.erased, other.erased),
            (&mut self.events, other.events),
            (&mut self.refusals, other.refusals),
            (&mut self.late_conflicts, other.late_conflicts),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
        for (reason, more) in &other.reasons {
            let count = self.reasons.entry(reason.clone()).or_default();
            *count = count.saturating_add(*more);
        }
    }

    fn shift(&mut self, row: &Row, by: fn(u64, u64) -> u64) {
        let standing = match row.home {
            Standing::Live => &mut self.live,
            Standing::Forwarding { .. } => &mut self.forwarding,
            Standing::Erased => &mut self.erased,
        };
        *standing = by(*standing, 1);
        self.events = by(self.events, row.events);
        self.refusals = by(self.refusals, row.refusal_count);
        self.late_conflicts = by(self.late_conflicts, u64::from(row.late_conflicts));
    }
}

#[cfg(test)]
mod tests {
    use super::Totals;
    use crate::directory::{Refused, Row, Standing};
    use crate::identity::Identifier;
    use crate::ids::{MessageId, ProfileId};
    use crate::time::UnixMillis;

    fn row(n: u8, events: u64, reasons: &[&str]) -> Row {
        let id = Identifier::stored("email:a@x.de").unwrap();
        let order = (UnixMillis(0), MessageId("m".into()));
        let refused = |reason: &&str| Refused::new(&id, (*reason).into(), order.clone());
        let refusals: Vec<Refused> = reasons.iter().map(refused).collect();
        let refusal_count = refusals.len() as u64;
        let row = Row::empty(ProfileId::from_random([n; 16]), 1, Standing::Live);
        Row { events, refusals, refusal_count, ..row }
    }

    #[test]
    fn what_is_taken_out_leaves_no_trace() {
        let mut totals = Totals::default();
        totals.add(&row(1, 5, &["limit:email"]));
        let before = totals.clone();
        totals.add(&row(2, 7, &["limit:email", "unique:user_id"]));
        assert_eq!((totals.live, totals.events, totals.refusals), (2, 12, 3));
        assert_eq!(totals.reasons.get("limit:email"), Some(&2));
        totals.remove(&row(2, 7, &["limit:email", "unique:user_id"]));
        assert_eq!(totals, before);
    }

    #[test]
    fn shards_add_up() {
        let (mut one, mut two, mut both) = (Totals::default(), Totals::default(), Totals::default());
        for (totals, row) in [(&mut one, row(1, 5, &["a", "b"])), (&mut two, row(2, 1, &["b"]))] {
            totals.add(&row);
            both.add(&row);
        }
        one.join(&two);
        assert_eq!(one, both);
    }
}
