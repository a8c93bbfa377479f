//! The laws of the fuzz targets, for random bytes and for good strings that somebody has damaged.

use proptest::prelude::*;
use selvedge_engine::consent::Consent;
use selvedge_fuzz::{SEEDS, allowed, cookie, gpp, tcf, token};

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

/// Laws about what is allowed say nothing of strings that allow nothing: some of these must allow something, and some of what is
/// left when they are damaged, too.
#[test]
fn good_strings_say_yes_and_so_do_some_damaged_ones() {
    for (field, kind) in [("tcf", 'C'), ("gpp", 'D')] {
        let yes = |text: &str| allowed(field, text) != Consent::default();
        let good: Vec<&str> = SEEDS.into_iter().filter(|seed| seed.starts_with(kind) && yes(seed)).collect();
        assert!(!good.is_empty(), "{field}");
        let damaged = |seed: &&str| {
            let bytes = (0..seed.len()).flat_map(|at| (b'0'..=b'z').map(move |byte| (at, byte)));
            let with = |(at, byte)| {
                seed.bytes().enumerate().map(move |(n, was)| if n == at { byte } else { was }).collect()
            };
            let texts = bytes.filter_map(|hit| String::from_utf8(with(hit)).ok());
            texts.filter(|text| text != *seed && yes(text)).count()
        };
        assert!(good.iter().map(damaged).sum::<usize>() > 100, "{field}");
    }
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
