//! How much memory a request takes while it is worked on.

/// What a request takes whatever its body: its headers, its messages to objects, its decisions.
const REQUEST: usize = 8_192;
/// The text itself, once as it came and once in the messages to the profiles.
const TEXT: usize = 4;
/// A value or a field, read: 32 bytes and its part of a list or a map that grows, twice.
const VALUE: usize = 64;

/// About so many bytes. Values are counted by what stands between them, which is quick, and too much where a text has
/// commas in it.
pub fn weight(body: &str) -> usize {
    let values = body.bytes().filter(|byte| matches!(byte, b',' | b'{' | b'[')).count();
    REQUEST + body.len() * TEXT + values * VALUE
}

#[cfg(test)]
mod tests {
    use super::weight;
    use crate::limits;

    #[test]
    fn any_body_that_may_be_sent_has_room_alone() {
        assert!(weight(&",".repeat(limits::BATCH_BYTES)) <= limits::MEMORY_UNDER_WAY);
    }
}
