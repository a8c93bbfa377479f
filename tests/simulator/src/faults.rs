//! How often what goes wrong.

use fastrand::Rng;

/// Rates, in thousandths.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    pub crash: u32,
    pub drop: u32,
    pub duplicate: u32,
    pub alarm_lost: u32,
}

impl Faults {
    /// Everything arrives, nothing crashes.
    pub const NONE: Self = Self { crash: 0, drop: 0, duplicate: 0, alarm_lost: 0 };

    /// Whether anything goes wrong at all.
    pub fn on(self) -> bool {
        self.crash + self.drop + self.duplicate > 0
    }

    /// Before which of so many outputs an object crashes, if it does.
    pub fn crash(self, rng: &mut Rng, outputs: usize) -> Option<usize> {
        (rng.u32(0..1000) < self.crash).then(|| rng.usize(0..outputs))
    }

    /// Rates for one schedule: some are calm, some are wild.
    pub fn random(rng: &mut Rng) -> Self {
        let mut rate = |most| if rng.u32(0..4) == 0 { 0 } else { rng.u32(0..most) };
        Self { crash: 10 + rate(120), drop: rate(150), duplicate: rate(150), alarm_lost: rate(100) }
    }
}
