//! Lines of bounded length: a file without line ends must not end up in memory.

use std::io::{self, BufRead, Read};

use crate::event::MAX_EVENT_BYTES;

/// What stands before and behind an event on its line (indentation, `\r\n`) and does not count as the event.
const SLACK: usize = 1024;

/// Reads lines and counts them.
pub(crate) struct Lines<R> {
    input: R,
    /// Number of the line last returned, from 1.
    pub(crate) number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, number: 0 }
    }

    /// Puts the next line into `line`, without the spaces around it; `false` at the end of the input.
    ///
    /// Of a line too long to be an event only the beginning is kept, which is still longer than
    /// [`MAX_EVENT_BYTES`]; the rest is passed over.
    ///
    /// # Errors
    /// Whatever reading or decompressing the input fails with.
    pub(crate) fn next_into(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        let most = MAX_EVENT_BYTES + SLACK;
        line.clear();
        if (&mut self.input).take(most as u64).read_until(b'\n', line)? == 0 {
            return Ok(false);
        }
        self.number += 1;
        if line.len() == most && line.last() != Some(&b'\n') {
            // Its spaces stay, so that a cut-off line is always over the limit and never mistaken for a shorter one.
            self.input.skip_until(b'\n')?;
            return Ok(true);
        }
        line.truncate(line.trim_ascii_end().len());
        let indent = line.len() - line.trim_ascii_start().len();
        line.drain(..indent);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let (mut lines, mut line, mut found) = (Lines::new(input), Vec::new(), Vec::new());
        while lines.next_into(&mut line).unwrap() {
            found.push((lines.number, line.clone()));
        }
        found
    }

    #[test]
    fn lines_are_numbered_from_one_whatever_their_ends() {
        let expected = vec![(1, b"{}".to_vec()), (2, Vec::new()), (3, b"{\"a\":1}".to_vec())];
        assert_eq!(all(b"{}\r\n\n  {\"a\":1}"), expected);
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_one_is_whole() {
        let mut input = vec![b'x'; 3 * MAX_EVENT_BYTES];
        input.extend_from_slice(b"\n{}\n");
        let found = all(&input);
        assert_eq!(found.len(), 2);
        assert!(found[0].1.len() > MAX_EVENT_BYTES && found[0].1.len() < 2 * MAX_EVENT_BYTES);
        assert_eq!(found[1], (2, b"{}".to_vec()));
    }

    #[test]
    fn a_long_line_of_spaces_is_not_taken_for_a_blank_one() {
        let mut input = vec![b' '; 2 * MAX_EVENT_BYTES];
        input.extend_from_slice(b"{}\n");
        let found = all(&input);
        assert_eq!(found.len(), 1);
        assert!(found[0].1.len() > MAX_EVENT_BYTES);
    }
}
