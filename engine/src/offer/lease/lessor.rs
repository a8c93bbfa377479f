//! Gives portions of a cap out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Cap, overshoot, until};
use crate::limits;
use crate::time::UnixMillis;

/// The version of a stored [`Lessor`].
pub const LESSOR_VERSION: u8 = 1;

/// What a tenant has spent of a portion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which portion.
    pub lease: u64,
    /// So much of it, and no more will be.
    pub spent: u64,
}

/// A portion, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Names the portion.
    pub lease: u64,
    /// How much; 0 if nothing is left.
    pub portion: u64,
    /// It is to be used before this; if there is none, not to be asked for again before this.
    pub until: UnixMillis,
}

/// A portion that is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Lease {
    portion: u64,
    until: UnixMillis,
    /// The day that it belongs to.
    day: UnixMillis,
}

/// What was spent, on a day or in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Spent {
    /// For certain, or taken for certain.
    spent: u64,
    /// Taken for unspent, though nobody said so.
    written_off: u64,
}

impl Spent {
    /// Somebody's time is over who said nothing.
    fn write_off(&mut self, portion: u64, cap: Option<u64>) {
        let most = cap.map_or(u64::MAX, overshoot);
        let off = portion.min(most.saturating_sub(self.written_off));
        self.written_off = self.written_off.saturating_add(off);
        self.spent = self.spent.saturating_add(portion - off);
    }
}

/// How far a cap is used. Never more than `spent + out + written_off` were given out, and never more than `cap + overshoot`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Used {
    /// The cap.
    pub cap: u64,
    /// Given out for certain, or taken for given out.
    pub spent: u64,
    /// In portions of which nobody has said yet what was given out.
    pub out: u64,
    /// In portions whose time is over and of which nobody has said anything: taken for not given out.
    pub written_off: u64,
    /// By how much the cap may be passed.
    pub overshoot: u64,
}

/// Knows what is left of a cap.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lessor {
    /// [`LESSOR_VERSION`].
    pub v: u8,
    next: u64,
    out: BTreeMap<u64, Lease>,
    campaign: Spent,
    day: UnixMillis,
    today: Spent,
}

impl Lessor {
    /// Nothing was given out yet.
    pub fn new() -> Self {
        Self { v: LESSOR_VERSION, ..Self::default() }
    }

    /// Somebody wants a portion, and says what they have spent of others. Said twice, it counts once: of a portion that is not
    /// out nothing is heard any more.
    pub fn ask(&mut self, cap: &Cap, reports: &[Report], now: UnixMillis) -> Grant {
        self.begin_day(cap, now);
        for report in reports {
            if let Some(lease) = self.out.remove(&report.lease) {
                self.spend(lease, report.spent.min(lease.portion));
            }
        }
        self.write_off(cap, now);
        let left = self.left(cap);
        let portion = (left / limits::LEASE_PART).clamp(1, limits::LEASE_MOST).min(left);
        let until = until(now, cap);
        if portion == 0 {
            return Grant { lease: 0, portion, until };
        }
        self.next += 1;
        // A while longer than the tenant knows of: its clock may be behind, and its word is on its way.
        let grace = until.plus(limits::LEASE_MS / 2);
        self.out.insert(self.next, Lease { portion, until: grace, day: self.day });
        Grant { lease: self.next, portion, until }
    }

    /// How far the cap of all days is used, and that of the day.
    pub fn used(&self, cap: &Cap, now: UnixMillis) -> (Option<Used>, Option<Used>) {
        let today = cap.schedule.day(now);
        let spent_today = if self.day == today { self.today } else { Spent::default() };
        let used = |cap: u64, Spent { spent, written_off }: Spent, of_today: Option<UnixMillis>| Used {
            cap,
            spent,
            out: self.out(of_today),
            written_off,
            overshoot: overshoot(cap),
        };
        let campaign = cap.campaign.map(|cap| used(cap, self.campaign, None));
        (campaign, cap.day.map(|cap| used(cap, spent_today, Some(today))))
    }

    fn begin_day(&mut self, cap: &Cap, now: UnixMillis) {
        let day = cap.schedule.day(now);
        if day > self.day {
            (self.day, self.today) = (day, Spent::default());
        }
    }

    fn spend(&mut self, lease: Lease, spent: u64) {
        self.campaign.spent = self.campaign.spent.saturating_add(spent);
        if lease.day == self.day {
            self.today.spent = self.today.spent.saturating_add(spent);
        }
    }

    fn write_off(&mut self, cap: &Cap, now: UnixMillis) {
        let over: Vec<u64> = self.out.iter().filter(|(_, one)| one.until <= now).map(|(id, _)| *id).collect();
        for id in over {
            let Some(lease) = self.out.remove(&id) else { continue };
            self.campaign.write_off(lease.portion, cap.campaign);
            if lease.day == self.day {
                self.today.write_off(lease.portion, cap.day);
            }
        }
    }

    /// What is out, of this day alone if one is named.
    fn out(&self, day: Option<UnixMillis>) -> u64 {
        let leases = self.out.values().filter(|lease| day.is_none_or(|day| lease.day == day));
        leases.map(|lease| lease.portion).sum()
    }

    fn left(&self, cap: &Cap) -> u64 {
        let left = |cap: Option<u64>, spent: Spent, out: u64| {
            cap.map_or(u64::MAX, |cap| cap.saturating_sub(spent.spent).saturating_sub(out))
        };
        let of_today = left(cap.day, self.today, self.out(Some(self.day)));
        left(cap.campaign, self.campaign, self.out(None)).min(of_today)
    }
}
