//! Caps for all together, without an object in everybody's path: they are given out in portions.
//!
//! A **lessor** (one for each capped offer) knows what is left. A **tenant** (an isolate) has a portion of it for a while, and
//! spends it by itself: a decision asks nobody. When half of it is spent it asks for the next one, behind the answer, and says
//! what it has spent.
//!
//! Whoever has no portion gives nothing out. So a cap is never passed as long as nothing is given back that was spent. What a
//! tenant does not report by the end of its time it may have spent or not, since isolates die without a word: it counts as
//! unspent, so that a cap is not lost to dead isolates, until so much of it was written off as the cap may be passed by, and as
//! spent from then on.

mod lessor;
mod tenant;

pub use lessor::{Grant, LESSOR_VERSION, Lessor, Report, Used};
pub use tenant::{Ask, Tenant};

use serde::{Deserialize, Serialize};

use super::{Offer, Schedule};
use crate::limits;
use crate::time::UnixMillis;

/// A cap as the lessor goes by it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cap {
    /// On each day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<u64>,
    /// In all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<u64>,
    /// Whose days these are.
    #[serde(default)]
    pub schedule: Schedule,
}

impl Cap {
    /// The cap of an offer, if all together have one.
    pub fn of(offer: &Offer) -> Option<Self> {
        let all = offer.caps.all;
        let schedule = Schedule { zone: offer.schedule.zone.clone(), ..Schedule::default() };
        offer.caps.are_shared().then_some(Self { day: all.day, campaign: all.campaign, schedule })
    }
}

/// By how much a cap may be passed: the greater of one in a hundred, and a hundred.
pub fn overshoot(cap: u64) -> u64 {
    let (part, least) = limits::OVERSHOOT;
    (cap / part).max(least)
}

/// Until when something may be used that was given out `now`.
fn until(now: UnixMillis, cap: &Cap) -> UnixMillis {
    let until = now.plus(limits::LEASE_MS);
    if cap.day.is_some() { until.min(cap.schedule.tomorrow(now)) } else { until }
}
