//! What an object can take, by the engine's own types: what is new there has to be named here, and what is named here has to
//! come up (see [`expected`](crate::expected)).

use selvedge_engine::identity::entry::{Ask, Entry, Owner};
use selvedge_engine::identity::home::{Body, Phase, Place};

/// An enum of which all values are known, each with its name.
macro_rules! named {
    ($(#[$about:meta])* $kind:ident { $($value:ident => $name:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum $kind { $($value),* }

        impl $kind {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$value),*];

            /// As the table calls it.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$value => $name),* }
            }
        }
    };
}

pub(crate) use named;

named! {
    /// What an identifier object is asked.
    Asked {
        Lookup => "lookup",
        Who => "who",
        Shown => "shown",
        Claim => "claim",
        Move => "move",
        Free => "free",
        Erase => "erase",
        Told => "told",
        OnDevice => "on device",
        Release => "release",
        Bury => "bury",
        Suppress => "suppress",
    }
}

named! {
    /// What a profile object takes.
    Input {
        Take => "take",
        Receive => "receive",
        Alarm => "alarm",
        Read => "read",
        EraseByHand => "erase",
        Unmerge => "unmerge",
        MergeByHand => "merge by hand",
        LookAnew => "look anew",
        LookedUp => "looked up",
        WhoAnswered => "who answered",
        ShownAnswered => "shown answered",
        ClaimAnswered => "claim answered",
        MoveAnswered => "move answered",
        FreeAnswered => "free answered",
        EraseAnswered => "erase answered",
        ToldAnswered => "told answered",
        OnDeviceAnswered => "on device answered",
        ReleaseAnswered => "release answered",
        BuryAnswered => "bury answered",
        SuppressAnswered => "suppress answered",
        Propose => "propose",
        Moved => "moved",
        Later => "later",
        Refused => "refused",
        Survive => "survive",
        Surrender => "surrender",
        Declined => "declined",
        Coming => "coming",
        Stage => "stage",
        Staged => "staged",
        Commit => "commit",
        Committed => "committed",
        NoRoom => "no room",
        Abort => "abort",
        Forget => "forget",
        Forgetting => "forgetting",
        Erased => "erased",
        Dropped => "dropped",
        ForgetNames => "forget names",
        NamesForgotten => "names forgotten",
        Overwritten => "overwritten",
        Absorb => "absorb",
        Absorbed => "absorbed",
        Yours => "yours",
        Mistaken => "mistaken",
        Give => "give",
        Given => "given",
        Full => "full",
        Redirect => "redirect",
        Deliver => "deliver",
        Taken => "taken",
        Describe => "describe",
        Described => "described",
        Rearrange => "rearrange",
    }
}

named! {
    /// Where a profile object is; one that is surrendering, how far it has come.
    Where {
        None => "none",
        Live => "live",
        Staging => "staging",
        Absorbing => "absorbing",
        Aborting => "aborting",
        Forwarding => "forwarding",
        Erased => "erased",
    }
}

impl Where {
    pub(crate) fn of(place: &Place) -> Self {
        match place {
            Place::None => Self::None,
            Place::Live => Self::Live,
            Place::Surrendering { phase: Phase::Staging { .. }, .. } => Self::Staging,
            Place::Surrendering { phase: Phase::Absorbing, .. } => Self::Absorbing,
            Place::Surrendering { phase: Phase::Aborting { .. }, .. } => Self::Aborting,
            Place::Forwarding { .. } => Self::Forwarding,
            Place::Erased { .. } => Self::Erased,
        }
    }
}

named! {
    /// How an identifier object stands.
    Stands {
        Fresh => "fresh",
        Owned => "owned",
        Freed => "freed",
        Erased => "erased",
        Quarantined => "quarantined",
    }
}

impl Stands {
    pub(crate) fn of(entry: &Entry) -> Self {
        match &entry.owner {
            _ if entry.quarantined.is_some() => Self::Quarantined,
            Owner::Fresh => Self::Fresh,
            Owner::Owned { .. } => Self::Owned,
            Owner::Freed { .. } => Self::Freed,
            Owner::Erased { .. } => Self::Erased,
        }
    }
}

impl Asked {
    pub(crate) fn of(ask: &Ask) -> Self {
        match ask {
            Ask::Lookup => Self::Lookup,
            Ask::Who { .. } => Self::Who,
            Ask::Shown { .. } => Self::Shown,
            Ask::Claim { .. } => Self::Claim,
            Ask::Move { .. } => Self::Move,
            Ask::Free { .. } => Self::Free,
            Ask::Erase { told: false, .. } => Self::Erase,
            Ask::Erase { told: true, .. } => Self::Told,
            Ask::OnDevice { .. } => Self::OnDevice,
            Ask::Release => Self::Release,
            Ask::Bury { .. } => Self::Bury,
            Ask::Suppress(_) => Self::Suppress,
        }
    }
}

impl Input {
    fn answered(ask: &Ask) -> Self {
        match ask {
            Ask::Lookup => Self::LookedUp,
            Ask::Who { .. } => Self::WhoAnswered,
            Ask::Shown { .. } => Self::ShownAnswered,
            Ask::Claim { .. } => Self::ClaimAnswered,
            Ask::Move { .. } => Self::MoveAnswered,
            Ask::Free { .. } => Self::FreeAnswered,
            Ask::Erase { told: false, .. } => Self::EraseAnswered,
            Ask::Erase { told: true, .. } => Self::ToldAnswered,
            Ask::OnDevice { .. } => Self::OnDeviceAnswered,
            Ask::Release => Self::ReleaseAnswered,
            Ask::Bury { .. } => Self::BuryAnswered,
            Ask::Suppress(_) => Self::SuppressAnswered,
        }
    }

    /// A message.
    pub(crate) fn of(body: &Body) -> Self {
        match body {
            Body::Entry { ask, .. } => Self::answered(ask),
            Body::Propose(_) => Self::Propose,
            Body::Moved { .. } => Self::Moved,
            Body::Later { .. } => Self::Later,
            Body::Refused { .. } => Self::Refused,
            Body::Survive { .. } => Self::Survive,
            Body::Surrender { .. } => Self::Surrender,
            Body::Declined { .. } => Self::Declined,
            Body::Coming { .. } => Self::Coming,
            Body::Stage { .. } => Self::Stage,
            Body::Staged { .. } => Self::Staged,
            Body::Commit { .. } => Self::Commit,
            Body::Committed { .. } => Self::Committed,
            Body::NoRoom { .. } => Self::NoRoom,
            Body::Abort { .. } => Self::Abort,
            Body::Forget { .. } => Self::Forget,
            Body::Forgetting => Self::Forgetting,
            Body::Erased { .. } => Self::Erased,
            Body::Dropped { .. } => Self::Dropped,
            Body::ForgetNames { .. } => Self::ForgetNames,
            Body::NamesForgotten => Self::NamesForgotten,
            Body::Overwritten { .. } => Self::Overwritten,
            Body::Absorb { .. } => Self::Absorb,
            Body::Absorbed { .. } => Self::Absorbed,
            Body::Yours { .. } => Self::Yours,
            Body::Mistaken { .. } => Self::Mistaken,
            Body::Give(_) => Self::Give,
            Body::Given { .. } => Self::Given,
            Body::Full { .. } => Self::Full,
            Body::Redirect { .. } => Self::Redirect,
            Body::Deliver(_) => Self::Deliver,
            Body::Taken { .. } => Self::Taken,
            Body::Describe { .. } => Self::Describe,
            Body::Described { .. } => Self::Described,
            Body::Rearrange(_) => Self::Rearrange,
        }
    }
}
