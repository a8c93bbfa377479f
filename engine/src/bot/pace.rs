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
    /// Takes note of events of this anonymousId, which is only looked at as far as an id goes. Whether one was too many.
    pub fn is_too_quick(
        &mut self,
        source: &SourceId,
        anonymous_id: &str,
        events: u32,
        now: UnixMillis,
    ) -> bool {
        let mut device = format!("{source} ");
        device.extend(anonymous_id.chars().take(limits::PACE_ID_CHARS));
        let mut bucket: Bucket = self.devices.get(&device);
        let mut wait = 0;
        for _ in 0..events {
            wait = bucket.wait(limits::PERSONS_PACE, now);
            if wait > limits::BOT_SECONDS {
                break;
            }
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
        let mut one = |id: &str, at: i64| pace.is_too_quick(&shop, id, 1, UnixMillis(at));
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

    #[test]
    fn events_that_come_together_are_as_many_that_come_alone() {
        let (shop, mut alone, mut together) = (SourceId::from("shop"), Pace::default(), Pace::default());
        let long = "x".repeat(30_000);
        for batch in 1..200 {
            let at = UnixMillis(batch * 100);
            let one = (0..60).filter(|_| alone.is_too_quick(&shop, &long, 1, at)).count() > 0;
            assert_eq!(together.is_too_quick(&shop, &long, 60, at), one, "{batch}");
        }
        assert!(format!("{together:?}").len() < 1_000, "the length of an id costs no memory");
    }
}
