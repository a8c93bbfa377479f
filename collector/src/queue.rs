//! Which events wait, which are on their way, and which are given up when there is no room.
//!
//! The unit is the *parcel*: events recorded in one task of the page, stored under one key. Its text is JavaScript's.

use crate::limits::{BATCH_EVENTS, BATCH_SIZE, QUEUE_EVENTS, QUEUE_SIZE, REFUSALS, SLOTS};

/// What a parcel's events are worth when there is no room for all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Given up first.
    PageView,
    /// Anything else.
    Event,
    /// Never given up: it is money.
    Order,
}

/// Where a parcel is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    Waiting,
    Away,
}

#[derive(Clone, Copy)]
struct Parcel {
    /// When its first event happened; no two parcels of a page have the same.
    at: f64,
    size: u32,
    events: u32,
    /// How often something between here and the edge has refused a request with it.
    refused: u32,
    kind: Kind,
    place: Place,
}

/// Milliseconds after which no clock of a browser is: what is put off by it comes after all that is not.
const LATER: f64 = 1e13;

impl Parcel {
    /// The least is given up first: the oldest page view, then the oldest of the rest, never an order.
    fn worth(&self) -> f64 {
        match self.kind {
            Kind::PageView => self.at,
            Kind::Event => self.at + LATER,
            Kind::Order => f64::INFINITY,
        }
    }

    /// The least is sent first: the oldest, what was refused after all that was refused less often.
    fn turn(&self) -> f64 {
        if self.refused < REFUSALS { self.at + LATER * f64::from(self.refused) } else { f64::INFINITY }
    }
}

/// True when so many events, of so many bytes in all, go into one parcel, and into one request.
#[must_use]
pub fn fits(events: u32, size: u32) -> bool {
    events <= BATCH_EVENTS && size <= BATCH_SIZE
}

/// The parcels of one tab.
pub struct Queue {
    slots: [Parcel; SLOTS],
    /// Events and bytes of the request that is being filled.
    filling: (u32, u32),
}

impl Default for Queue {
    fn default() -> Self {
        Self::new()
    }
}

impl Queue {
    /// An empty queue. All zeros, so that it takes no room in the module.
    #[must_use]
    pub const fn new() -> Self {
        let nothing =
            Parcel { at: 0.0, size: 0, events: 0, refused: 0, kind: Kind::PageView, place: Place::Nowhere };
        Self { slots: [nothing; SLOTS], filling: (0, 0) }
    }

    /// Takes a parcel in and gives its slot; nothing when every slot is taken, by orders that is: another order is to be offered again
    /// when a parcel has gone, anything else is given up.
    pub fn add(&mut self, at: f64, size: u32, events: u32, kind: Kind) -> Option<usize> {
        let slot = self.slots.iter().position(|parcel| parcel.place == Place::Nowhere)?;
        *self.slots.get_mut(slot)? = Parcel { at, size, events, refused: 0, kind, place: Place::Waiting };
        Some(slot)
    }

    /// Gives up one parcel if there is no room for all: the oldest page views, then the oldest of the rest, never an
    /// order, and nothing that is on its way. To be called until it gives nothing.
    pub fn shed(&mut self) -> Option<usize> {
        let (events, size) = self.total();
        if events <= QUEUE_EVENTS && size <= QUEUE_SIZE {
            return None;
        }
        let slot = self.first(true)?;
        self.gone(slot);
        Some(slot)
    }

    /// Begins to fill a request.
    pub fn fill(&mut self) {
        self.filling = (0, 0);
    }

    /// The next parcel of the request that is being filled, the oldest first; nothing when it is full or none waits. What was refused
    /// comes last, with half as much company each time: if it is one event that a firewall dislikes, it holds up no other.
    pub fn take(&mut self) -> Option<usize> {
        let slot = self.first(false)?;
        let parcel = self.slots.get_mut(slot)?;
        let (events, size) = (self.filling.0 + parcel.events, self.filling.1 + parcel.size);
        if self.filling.0 > 0 && !fits(events << parcel.refused, size) {
            return None;
        }
        self.filling = (events, size);
        parcel.place = Place::Away;
        Some(slot)
    }

    /// The edge has the parcel, or will never take it, or somebody else sends it.
    pub fn gone(&mut self, slot: usize) {
        if let Some(parcel) = self.slots.get_mut(slot) {
            parcel.place = Place::Nowhere;
        }
    }

    /// The parcel was not taken: it waits again. `refused`: by something between here and the edge.
    pub fn back(&mut self, slot: usize, refused: bool) {
        if let Some(parcel) = self.slots.get_mut(slot) {
            parcel.place = Place::Waiting;
            parcel.refused += u32::from(refused);
        }
    }

    /// When the event that goes next happened.
    #[must_use]
    pub fn since(&self) -> Option<f64> {
        self.slots.get(self.first(false)?).map(|parcel| parcel.at)
    }

    /// True when what waits fills a request.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let waiting = self.slots.iter().filter(|parcel| parcel.place == Place::Waiting);
        let (events, size) = waiting.fold((0, 0), |sum, parcel| (sum.0 + parcel.events, sum.1 + parcel.size));
        events >= BATCH_EVENTS || size >= BATCH_SIZE
    }

    /// Events and bytes that wait or are on their way.
    #[must_use]
    pub fn total(&self) -> (u32, u32) {
        let parcels = self.slots.iter().filter(|parcel| parcel.place != Place::Nowhere);
        parcels.fold((0, 0), |sum, parcel| (sum.0 + parcel.events, sum.1 + parcel.size))
    }

    /// Of the parcels that wait the first one to give up, or to send.
    #[inline(never)]
    fn first(&self, gives_up: bool) -> Option<usize> {
        let (mut found, mut least) = (None, f64::INFINITY);
        for (slot, parcel) in self.slots.iter().enumerate() {
            let rank = if gives_up { parcel.worth() } else { parcel.turn() };
            if parcel.place == Place::Waiting && rank < least {
                (found, least) = (Some(slot), rank);
            }
        }
        found
    }
}
