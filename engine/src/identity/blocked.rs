//! Values that are never identifiers: what programs send when they have none.

/// Segment's four (`^[0-]*$`, `-1`, `null`, `anonymous`) and PostHog's list, compared without case.
const BLOCKED: [&str; 18] = [
    "-1",
    "null",
    "anonymous",
    "guest",
    "distinctid",
    "distinct_id",
    "id",
    "not_authenticated",
    "email",
    "undefined",
    "true",
    "false",
    "[object object]",
    "nan",
    "none",
    "0",
    "nil",
    "",
];

/// Whether this value names nobody. Blank strings and strings of zeros and dashes count.
pub fn is_blocked(value: &str) -> bool {
    let value = value.trim();
    value.bytes().all(|byte| byte == b'0' || byte == b'-')
        || BLOCKED.iter().any(|blocked| value.eq_ignore_ascii_case(blocked))
}

#[cfg(test)]
mod tests {
    use super::is_blocked;

    #[test]
    fn placeholders_are_nobody() {
        for value in
            ["", "  ", "0", "000-00", "-", "-1", "null", "NULL", "undefined", "[object Object]", "NaN"]
        {
            assert!(is_blocked(value), "{value:?}");
        }
        for value in ["1", "u-0", "anonymous2", "ada@example.com"] {
            assert!(!is_blocked(value), "{value:?}");
        }
    }
}
