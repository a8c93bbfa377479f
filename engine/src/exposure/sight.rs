//! How often an offer was seen.

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::time::UnixMillis;

/// How often an offer was seen and clicked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sight {
    /// Ever.
    seen: u64,
    /// Ever.
    #[serde(skip_serializing_if = "is_none")]
    clicked: u64,
    /// When it was seen, newest first, so many that every cap can be told.
    newest: Vec<UnixMillis>,
}

fn is_none<T: Default + PartialEq>(n: &T) -> bool {
    *n == T::default()
}

/// How often an offer was seen, in the spans that caps have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shown {
    /// In this session.
    pub session: u64,
    /// On this day.
    pub day: u64,
    /// Ever.
    pub campaign: u64,
}

impl Sight {
    pub(super) fn see(&mut self, at: UnixMillis) {
        self.seen = self.seen.saturating_add(1);
        self.keep(at);
    }

    pub(super) fn click(&mut self) {
        self.clicked = self.clicked.saturating_add(1);
    }

    fn keep(&mut self, at: UnixMillis) {
        let place = self.newest.partition_point(|other| *other > at);
        self.newest.insert(place, at);
        self.newest.truncate(limits::CAP_PER_DAY);
    }

    pub(super) fn absorb(&mut self, other: &Self) {
        self.seen = self.seen.saturating_add(other.seen);
        self.clicked = self.clicked.saturating_add(other.clicked);
        other.newest.iter().for_each(|at| self.keep(*at));
    }

    /// So often it was seen, the session and the day having begun then. Of a session and a day no more is told than a cap may
    /// ask for.
    pub fn shown(&self, session: UnixMillis, day: UnixMillis) -> Shown {
        let since = |start: UnixMillis| self.newest.partition_point(|at| *at >= start) as u64;
        Shown { session: since(session), day: since(day), campaign: self.seen }
    }

    /// So often it was clicked.
    pub fn clicked(&self) -> u64 {
        self.clicked
    }
}
