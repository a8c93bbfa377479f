//! How quickly one device sends: more than anybody could do is done by a program.

use crate::ids::SourceId;
use crate::limits;
use crate::pressure::{Bucket, Recent};
use crate::time::UnixMillis;

/// What an isolate has seen of devices lately.
///
/// Devices that were not seen for long are forgotten, and start anew. Whoever is over the measure stays there as long as they go on:
/// also what is set aside counts, for some minutes.
#[derive(Debug, Default)]
pub struct Pace {
    devices: Recent,
}

impl Pace {
    /// Takes note of an event of this anonymousId. Whether it was one too many.
    pub fn is_too_quick(&mut self, source: &SourceId, anonymous_id: &str, now: UnixMillis) -> bool {
        let device = format!("{source} {anonymous_id}");
        let mut bucket: Bucket = self.devices.get(&device);
        let wait = bucket.wait(limits::PERSONS_PACE, now);
        if wait <= limits::BOT_SECONDS {
            bucket.take(limits::PERSONS_PACE, 1, now);
        }
        self.devices.put(device, bucket);
        wait > 0
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use crate::ids::SourceId;
    use crate::limits;
    use crate::time::UnixMillis;

    #[test]
    fn a_device_that_does_too_much_is_a_bots_until_it_has_been_quiet() {
        let (shop, mut pace) = (SourceId::from("shop"), Pace::default());
        let mut one = |id: &str, at: i64| pace.is_too_quick(&shop, id, UnixMillis(at));
        let first: Vec<bool> = (0..10_000).map(|n| one("A", n)).collect();
        let taken = first.iter().take_while(|too_quick| !**too_quick).count();
        let burst = usize::try_from(limits::PERSONS_PACE.burst).unwrap();
        assert!((burst..burst + 100).contains(&taken), "{taken}");
        assert!(first[taken..].iter().all(|too_quick| *too_quick), "also what is set aside counts");
        assert!(!one("B", 10_000), "others are others");
        assert!(one("A", 10_000 + 60_000));
        let quiet = 10_000 + 60_000 + (i64::from(limits::BOT_SECONDS) + 2) * 1_000;
        assert!(!one("A", quiet));
    }
}
