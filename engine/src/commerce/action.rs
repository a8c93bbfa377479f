//! What an event is about, by its name.

use super::order::What;
use crate::event::{Event, Kind};
use crate::profile::Micros;

/// What happened in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Products were looked at.
    Viewed,
    /// Products were put into the cart.
    Added,
    /// Products were taken out of it.
    Removed {
        /// How many, where the event doesn't say; none is all there are.
        unsaid: Option<Micros>,
    },
    /// The cart was looked at, which says what is in it.
    CartViewed,
    /// Something happened to an order.
    Ordered(What),
}

/// Longer names are somebody else's: spares looking at them.
const LONGEST: usize = 40;

impl Action {
    /// What this event is about; nothing if it is none of a shop's, or none that changes anything here.
    ///
    /// Letters' case, spaces and underscores don't matter, as in Segment's own integrations
    /// (<https://github.com/segmentio/analytics-events>): `Product Added`, `product_added` and `productAdded` are one name.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let name = Some(event.name()).filter(|name| event.kind == Kind::Track && name.len() <= LONGEST)?;
        let letters = name.chars().filter(|letter| !matches!(letter, ' ' | '_'));
        let name: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
        Some(match name.as_str() {
            // The specification's name, that of its first version, and GA4's.
            "productviewed" | "viewedproduct" | "viewedproductdetails" | "viewitem" => Self::Viewed,
            "productadded" | "addedproduct" | "addtocart" | "wishlistproductaddedtocart" => Self::Added,
            "productremoved" | "removedproduct" => Self::Removed { unsaid: None },
            // An item of GA4 whose quantity isn't set is one.
            "removefromcart" => Self::Removed { unsaid: Some(Micros::ONE) },
            "cartviewed" | "viewedcart" | "viewcart" => Self::CartViewed,
            "ordercompleted" | "completedorder" | "purchase" => Self::Ordered(What::Completed),
            "orderupdated" | "updatedorder" => Self::Ordered(What::Updated),
            "orderrefunded" | "refundedorder" | "refund" => Self::Ordered(What::Refunded),
            "ordercancelled" | "cancelledorder" | "ordercanceled" | "canceledorder" => {
                Self::Ordered(What::Cancelled)
            }
            _ => return None,
        })
    }
}
