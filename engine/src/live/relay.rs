//! Relays: a few objects between the one that publishes and the many that listen.

use crate::limits;

/// One of them, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relay(u8);

impl Relay {
    /// One of them, by a random number.
    pub fn drawn(random: u8) -> Self {
        Self(random % limits::RELAYS)
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..limits::RELAYS).map(Self)
    }
}

impl std::fmt::Display for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Relay;

    #[test]
    fn each_is_drawn_as_often_as_the_others() {
        for relay in Relay::all() {
            let times = (0..=u8::MAX).filter(|random| Relay::drawn(*random) == relay).count();
            assert_eq!(times, 256 / Relay::all().count(), "{relay}");
        }
    }
}
