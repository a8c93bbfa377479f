//! The tracking token of a decision: comes back with impressions and clicks and says what they belong to.

use serde::Serialize;

use super::SealKey;
use crate::ids::{OfferId, PlacementId};
use crate::time::UnixMillis;

#[derive(Serialize)]
struct Payload<'a> {
    v: u8,
    o: &'a OfferId,
    p: &'a PlacementId,
    c: u64,
    t: UnixMillis,
}

/// Signs which offer was decided for which placement, under which config version, when.
pub fn decision_token(
    key: &SealKey,
    offer: &OfferId,
    placement: &PlacementId,
    config: u64,
    now: UnixMillis,
) -> String {
    key.seal(&Payload { v: 1, o: offer, p: placement, c: config, t: now })
}
