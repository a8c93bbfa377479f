//! The decision: placement → offers in schedule → audience → consent → priority → content.

use serde::{Deserialize, Serialize};

use super::{Content, Offer, Placement};
use crate::config::Config;
use crate::consent::MayDecide;
use crate::ids::{OfferId, PlacementId};
use crate::profile::ProfileState;
use crate::segment::{Given, Members};
use crate::time::UnixMillis;

/// The answer for one placement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// The slot.
    pub placement: PlacementId,
    /// The offer that won; none if the default content is shown.
    pub offer: Option<OfferId>,
    /// What to show; none leaves the page's own content.
    pub content: Option<Content>,
    /// `audience`, `everybody`, `default`, `no_consent`, `unbound_device` or `unknown_placement`.
    pub reason: String,
}

/// Decides each placement for this profile `now`. The caller holds the proof that the profile may be used. Of what is given
/// beside the state, nobody is in an audience that depends on what is missing. Only the audiences of these offers are looked at.
pub fn decide(
    state: &ProfileState,
    config: &Config,
    placements: &[PlacementId],
    now: UnixMillis,
    given: Given<'_>,
    _consent: MayDecide,
) -> Vec<Decided> {
    let members = Members::of(state, config, now, given);
    let eligible = |offer: &&Offer| {
        offer.schedule.runs(now) && offer.audience.as_ref().is_none_or(|audience| members.has(audience))
    };
    let one = |placement: &PlacementId| match config.offers_for(placement).find(eligible) {
        Some(offer) => won(placement, offer),
        None => fallback(config, placement, "default"),
    };
    placements.iter().map(one).collect()
}

/// What everybody sees whose profile may not or can not be used: offers without an audience still run, since they say
/// nothing about the person.
pub fn defaults(config: &Config, placements: &[PlacementId], now: UnixMillis, reason: &str) -> Vec<Decided> {
    let for_everybody = |offer: &&Offer| offer.audience.is_none() && offer.schedule.runs(now);
    let one = |placement: &PlacementId| match config.offers_for(placement).find(for_everybody) {
        Some(offer) => won(placement, offer),
        None => fallback(config, placement, reason),
    };
    placements.iter().map(one).collect()
}

fn won(placement: &PlacementId, offer: &Offer) -> Decided {
    let reason = if offer.audience.is_some() { "audience" } else { "everybody" };
    Decided {
        placement: placement.clone(),
        offer: Some(offer.id.clone()),
        content: Some(offer.content.clone()),
        reason: reason.into(),
    }
}

fn fallback(config: &Config, placement: &PlacementId, reason: &str) -> Decided {
    let known: Option<&Placement> = config.placement(placement);
    Decided {
        placement: placement.clone(),
        offer: None,
        content: known.and_then(|placement| placement.default.clone()),
        reason: if known.is_some() { reason.into() } else { "unknown_placement".into() },
    }
}
