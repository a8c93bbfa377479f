//! How long events are kept.

use serde::{Deserialize, Serialize};

use crate::ids::ProfileId;
use crate::time::UnixMillis;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// `retention.json`. Without it events are kept for good: what is dropped can't be brought back, and the first thing that
/// many a site sends is its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// So many days after they happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

impl Retention {
    /// Whether events are kept for good.
    pub fn is_for_good(&self) -> bool {
        self.days.is_none()
    }

    /// What happened before this is not kept any more.
    pub fn cut(&self, now: UnixMillis) -> Option<UnixMillis> {
        Some(now.plus(-i64::from(self.days?).saturating_mul(DAY_MS)))
    }

    /// Whether what happened then is not kept any more.
    pub fn is_past(&self, at: UnixMillis, now: UnixMillis) -> bool {
        self.cut(now).is_some_and(|cut| at < cut)
    }

    /// When a profile whose earliest event happened then is to look for what is not kept any more: once a day, and not all
    /// profiles at the same moment.
    pub fn due(&self, earliest: UnixMillis, profile: &ProfileId) -> Option<UnixMillis> {
        let expires = earliest.plus(i64::from(self.days?).saturating_mul(DAY_MS));
        let digits = profile.as_str().get(..8).and_then(|digits| i64::from_str_radix(digits, 16).ok());
        let wait = digits.unwrap_or(0).saturating_sub(expires.0).rem_euclid(DAY_MS);
        // At the moment itself an event is kept still.
        Some(expires.plus(if wait == 0 { DAY_MS } else { wait }))
    }
}
