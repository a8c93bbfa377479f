//! The laws of the fuzz targets, for random bytes and for good strings that somebody has damaged.

use proptest::prelude::*;
use selvedge_fuzz::{SEEDS, cookie, gpp, tcf, token};

/// A good string with some bytes changed, put in or cut off.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let hits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 0..5);
    (prop::sample::select(SEEDS.to_vec()), hits).prop_map(|(seed, hits)| {
        let mut bytes = seed.as_bytes().to_vec();
        for (at, byte, how) in hits {
            let at = at.index(bytes.len() + 1);
            match how {
                0 => bytes.insert(at, byte),
                1 => bytes.truncate(at),
                _ => {
                    if let Some(hit) = bytes.get_mut(at) {
                        *hit = byte;
                    }
                }
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_strangers_write(bytes in prop_oneof![damaged(), prop::collection::vec(any::<u8>(), 0..200), "[A-Za-z0-9_~.-]{0,120}".prop_map(String::into_bytes)]) {
        for law in [cookie, token, tcf, gpp] {
            law(&bytes);
        }
    }
}
