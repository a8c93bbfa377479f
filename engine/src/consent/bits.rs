//! Bits as the strings of the IAB carry them: base64url without padding, the first bit of a character first. Fields begin
//! and end anywhere in a character, and strings end in the middle of a byte, so no library for bytes reads them.

/// A string, read from its beginning.
pub(super) struct Bits<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: 0 }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.text.len().saturating_mul(6)
    }

    /// The next ones as a number, of 32 at most. None where the string ends before them, or has a character of its own.
    pub(super) fn take(&mut self, count: u32) -> Option<u32> {
        let mut number = 0_u32;
        for _ in 0..count {
            let six = six(*self.text.get(self.at / 6)?)?;
            number = number << 1 | u32::from(six >> (5 - self.at % 6) & 1);
            self.at += 1;
        }
        Some(number)
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }

    /// The next number in Fibonacci coding: the sum of the Fibonacci numbers whose bits are set, ended by a second set bit.
    pub(super) fn take_fibonacci(&mut self) -> Option<u32> {
        let (mut number, mut one, mut next) = (0_u32, 1_u32, 2_u32);
        let mut was_set = false;
        loop {
            let is_set = self.take(1)? == 1;
            if is_set && was_set {
                return Some(number);
            }
            if is_set {
                number = number.checked_add(one)?;
            }
            was_set = is_set;
            (one, next) = (next, one.checked_add(next)?);
        }
    }
}

/// Whether all of it is written so, also what nobody reads: what is damaged in one place says nothing for certain in another.
pub(super) fn are_bits(text: &str) -> bool {
    text.bytes().all(|character| six(character).is_some())
}

fn six(character: u8) -> Option<u8> {
    Some(match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    })
}
