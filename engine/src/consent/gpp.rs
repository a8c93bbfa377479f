//! The Global Privacy Platform's string: a header that names sections, and the sections. Those of the United States say what
//! somebody has opted out of; section 2 is a TC string.
//! <https://github.com/InteractiveAdvertisingBureau/Global-Privacy-Platform>

use super::bits::{Bits, are_bits};
use super::{Word, tcf};

/// What begins each GPP string: the type and the version of its header.
const HEADER: (u32, u32) = (3, 1);
/// A TC string.
const TCF_EU: u32 = 2;
/// The older US Privacy string, `1YNN`.
const US_PRIVACY: u32 = 6;
const US_NATIONAL: u32 = 7;
/// Sections that one string can have: twice as many as there are. A few bits of a header could name thousands.
const SECTIONS: usize = 64;

/// The core segments of the American sections, from US National (7) on: after a version of six bits, values of two bits each.
/// `N` a notice (2: it was not given), `S` an opt-out of sale, `H` of sharing, `T` of targeted advertising (1: opted out),
/// `C` a parent's consent to data of a child (1: not given); the others say nothing of our purposes.
const CORES: [&str; 21] = [
    "NNNN..SHT................CCC....", // 7 US National, version 2
    "NN.SH.........CC....",             // 8 California
    "NNNST........C...",                // 9 Virginia
    "NNNST.......C...",                 // 10 Colorado
    "NNN.ST........C...",               // 11 Utah
    "NNNST........CCC...",              // 12 Connecticut
    "NNNST........CCC....",             // 13 Florida
    "NNNST........CCC....",             // 14 Montana
    "NNNST...........CCC....",          // 15 Oregon
    "NNNST........C....",               // 16 Texas
    "NNNST.........CCCCC....",          // 17 Delaware
    "NNN.ST........C...",               // 18 Iowa
    "NNNST........C....",               // 19 Nebraska
    "NNNST........CCC....",             // 20 New Hampshire
    "NNNST..........CCCCC....",         // 21 New Jersey
    "NNNST........C....",               // 22 Tennessee
    "NNNST........C....",               // 23 Minnesota
    "..NNNST.",                         // 24 Maryland
    "..NNNSTC.",                        // 25 Indiana
    "..NNNSTC.",                        // 26 Kentucky
    "..NNNSTC.",                        // 27 Rhode Island
];
/// US National before there were sixteen kinds of sensitive data and three of children. Its version is not told by its
/// number, which libraries wrote for both, but by its length.
const US_NATIONAL_V1: &str = "NNNN..SHT............CC....";
const US_NATIONAL_V1_BITS: usize = 66;

/// What a string says.
pub(super) fn word(text: &str) -> Word {
    // A TC string where a GPP string belongs: the framework's own library takes it, too.
    if text.starts_with('C') {
        return tcf::word(text);
    }
    read(text).unwrap_or(Word::NO)
}

fn read(text: &str) -> Option<Word> {
    if !text.split(['~', '.']).all(are_bits) {
        return None;
    }
    let mut parts = text.split('~');
    let ids = ids(parts.next()?)?;
    let sections: Vec<&str> = parts.take(SECTIONS + 1).collect();
    if ids.len() != sections.len() {
        return None;
    }
    ids.iter().zip(sections).try_fold(Word::default(), |word, (id, section)| {
        Some(word.and(match *id {
            TCF_EU => tcf::word(section),
            US_PRIVACY => us_privacy(section)?,
            id => match core(id, section) {
                Some(core) => american(core, section)?,
                // A section that is newer than this: what it takes away is not known.
                None => Word::NOT_WITH_OTHERS,
            },
        }))
    })
}

/// The ids of the sections that follow, in their order.
fn ids(header: &str) -> Option<Vec<u32>> {
    let mut bits = Bits::of(header);
    if (bits.take(6)?, bits.take(6)?) != HEADER {
        return None;
    }
    let mut ids = Vec::new();
    let mut last = 0_u32;
    for _ in 0..bits.take(12)? {
        let is_range = bits.take(1)? == 1;
        let first = last.checked_add(bits.take_fibonacci()?)?;
        last = if is_range { first.checked_add(bits.take_fibonacci()?)? } else { first };
        if ids.len() + (last - first) as usize >= SECTIONS {
            return None;
        }
        ids.extend(first..=last);
    }
    Some(ids)
}

fn core(id: u32, section: &str) -> Option<&'static str> {
    let segment = section.split('.').next().unwrap_or_default();
    if id == US_NATIONAL && Bits::of(segment).len() <= US_NATIONAL_V1_BITS {
        return Some(US_NATIONAL_V1);
    }
    CORES.get(id.checked_sub(US_NATIONAL)? as usize).copied()
}

fn american(core: &str, section: &str) -> Option<Word> {
    let mut segments = section.split('.');
    let mut bits = Bits::of(segments.next()?);
    bits.skip(6);
    let mut word = Word::default();
    for field in core.bytes() {
        let value = bits.take(2)?;
        // 3 stands for nothing, and counts as what would be refused.
        let objects = match field {
            b'N' => value >= 2,
            b'S' | b'H' | b'T' | b'C' => value == 1 || value == 3,
            _ => false,
        };
        if objects {
            word = word.and(match field {
                b'S' => Word { sale_or_share: Some(false), ..Word::default() },
                b'T' => Word { advertising: Some(false), ..Word::default() },
                _ => Word::NOT_WITH_OTHERS,
            });
        }
    }
    // A segment of type 1 says that the browser sends Global Privacy Control. The sections without one have sensitive data
    // there, which counts as an objection at worst.
    for segment in segments {
        let mut bits = Bits::of(segment);
        if (bits.take(2)?, bits.take(1)?) == (1, 1) {
            word = word.and(Word::NOT_WITH_OTHERS);
        }
    }
    Some(word)
}

/// Version 1; notice given, opted out of sale, and covered by the LSPA: each yes, no, or not applicable.
fn us_privacy(text: &str) -> Option<Word> {
    let [b'1', notice, opted_out, _] = text.as_bytes() else { return None };
    let known = |letter: &u8| matches!(letter.to_ascii_uppercase(), b'Y' | b'N' | b'-');
    if !text.bytes().skip(1).all(|letter| known(&letter)) {
        return None;
    }
    let objects = notice.eq_ignore_ascii_case(&b'N') || opted_out.eq_ignore_ascii_case(&b'Y');
    Some(if objects { Word::NOT_WITH_OTHERS } else { Word::default() })
}
