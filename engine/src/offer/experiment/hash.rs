//! Where somebody stands between 0 and 1.

/// FNV-1a over UTF-16, as JavaScript counts characters.
fn fnv(text: &str) -> u32 {
    text.encode_utf16().fold(0x811c_9dc5, |hash, unit| (hash ^ u32::from(unit)).wrapping_mul(0x0100_0193))
}

/// The place of `value` under `seed`: of a thousand places in version 1, of ten thousand and without bias in version 2. None
/// of another version.
pub fn hash(seed: &str, value: &str, version: u32) -> Option<f64> {
    match version {
        1 => Some(f64::from(fnv(&format!("{value}{seed}")) % 1_000) / 1_000.0),
        2 => Some(f64::from(fnv(&fnv(&format!("{seed}{value}")).to_string()) % 10_000) / 10_000.0),
        _ => None,
    }
}
