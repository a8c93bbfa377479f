//! How often what goes wrong.

use std::collections::BTreeMap;

use fastrand::Rng;
use selvedge_engine::identity::home::{Body, Message};

use crate::inputs::Input;

/// Rates, in thousandths.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Faults {
    pub(crate) crash: u32,
    pub(crate) drop: u32,
    pub(crate) duplicate: u32,
    pub(crate) alarm_lost: u32,
}

impl Faults {
    /// Everything arrives, nothing crashes.
    pub(crate) const NONE: Self = Self { crash: 0, drop: 0, duplicate: 0, alarm_lost: 0 };

    /// Whether anything goes wrong at all.
    pub(crate) fn on(self) -> bool {
        self.crash + self.drop + self.duplicate > 0
    }

    /// Before which of so many outputs an object crashes, if it does.
    pub(crate) fn crash(self, rng: &mut Rng, outputs: usize) -> Option<usize> {
        (rng.u32(0..1000) < self.crash).then(|| rng.usize(0..outputs))
    }

    /// Rates for one schedule: some are calm, some are wild.
    pub(crate) fn random(rng: &mut Rng) -> Self {
        let mut rate = |most| if rng.u32(0..4) == 0 { 0 } else { rng.u32(0..most) };
        Self { crash: 10 + rate(120), drop: rate(150), duplicate: rate(150), alarm_lost: rate(100) }
    }
}

/// Crashes on every message of one kind, a few times, whenever it comes: what is rare must be cut off too.
#[derive(Debug)]
pub(crate) struct Focus {
    pub(crate) kind: &'static str,
    left: u32,
    rng: Rng,
}

impl Focus {
    /// Kinds of messages that come up in few schedules, or when the storm is over.
    const RARE: [&str; 9] =
        ["full", "mistaken", "redirect", "rearrange", "forget", "forgetting", "abort", "give", "given"];

    /// In one schedule of three. It has chances of its own, so that the others stay as they are without it.
    pub(crate) fn of(seed: u64) -> Option<Self> {
        let mut rng = Rng::with_seed(!seed);
        let kind = *rng.choice(&Self::RARE)?;
        (rng.u32(0..3) == 0).then_some(Self { kind, left: 4, rng })
    }

    /// See [`Faults::crash`].
    pub(crate) fn crash(&mut self, outputs: usize) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        Some(self.rng.usize(0..outputs))
    }
}

/// What one profile has told another comes once more, long after: when all else has changed since.
#[derive(Debug)]
pub(crate) struct Stragglers {
    rng: Rng,
    /// By kind, so that what is rare comes as often as the rest.
    heard: BTreeMap<&'static str, Vec<Message>>,
}

impl Stragglers {
    /// Steps from one to the next, on average.
    const PACE: u32 = 20;

    /// In one schedule of four. They have chances of their own, so that the others stay as they are without them.
    pub(crate) fn of(seed: u64) -> Option<Self> {
        let mut rng = Rng::with_seed(seed ^ 0x7374_7261_6767_6c65);
        (rng.u32(0..4) == 0).then(|| Self { rng, heard: BTreeMap::new() })
    }

    pub(crate) fn hear(&mut self, message: &Message) {
        // What an entry answers is no message of its own: who has asked hears it, or nobody.
        if !matches!(message.body, Body::Entry { .. } | Body::Overwritten { .. }) {
            self.heard.entry(Input::of(&message.body).name()).or_default().push(message.clone());
        }
    }

    /// Perhaps one comes.
    pub(crate) fn next(&mut self) -> Option<Message> {
        if self.rng.u32(0..Self::PACE) > 0 {
            return None;
        }
        let kind = self.rng.choice(self.heard.values())?;
        self.rng.choice(kind).cloned()
    }
}
