//! Whether a text can be a CSS selector. Browsers alone know all of them, and every year they learn more: this finds what
//! no browser reads, and lets pass what a newer one may. (A parser of selectors, with what it knows of pseudo-classes,
//! takes more of the Worker than all of the config.)

use crate::limits;

/// Why no browser can read a selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SelectorError {
    /// Nothing is in it.
    Empty,
    /// It is too long.
    TooLong,
    /// A comma or combinator has nothing on one side of it.
    Incomplete,
    /// This bracket or quote is not closed.
    Open(char),
    /// This bracket closes nothing.
    Unopened(char),
    /// This stands in no selector.
    Foreign(char),
    /// Nothing follows `.`, `#` or `:`.
    Nameless(char),
    /// It names a part of an element.
    PseudoElement,
}

/// What is wrong with it, if something is.
pub(super) fn check(selector: &str) -> Option<SelectorError> {
    if selector.trim().is_empty() {
        return Some(SelectorError::Empty);
    }
    if selector.len() > limits::SELECTOR_BYTES {
        return Some(SelectorError::TooLong);
    }
    read(selector).err()
}

fn read(selector: &str) -> Result<(), SelectorError> {
    // Brackets that are open, and whether something stands where a compound selector has to.
    let mut open: Vec<char> = Vec::new();
    let mut has_compound = false;
    let mut chars = selector.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' => {
                loop {
                    match chars.next() {
                        Some('\\') => drop(chars.next()),
                        Some(next) if next == c => break,
                        Some(_) => {}
                        None => return Err(SelectorError::Open(c)),
                    }
                }
                if open.last() != Some(&'[') && !open.contains(&'(') {
                    return Err(SelectorError::Foreign(c));
                }
            }
            '\\' => {
                chars.next().ok_or(SelectorError::Incomplete)?;
                has_compound = true;
            }
            '(' | '[' => {
                open.push(c);
                has_compound = false;
            }
            ')' | ']' => {
                let opening = if c == ')' { '(' } else { '[' };
                if open.pop() != Some(opening) {
                    return Err(SelectorError::Unopened(c));
                }
                has_compound = true;
            }
            '{' | '}' | ';' | '@' | '<' | '!' | '?' | '%' => return Err(SelectorError::Foreign(c)),
            // In brackets what these mean depends on what the brackets belong to.
            ',' | '>' | '~' if open.is_empty() => {
                if !has_compound {
                    return Err(SelectorError::Incomplete);
                }
                has_compound = false;
            }
            ':' if chars.peek() == Some(&':') => return Err(SelectorError::PseudoElement),
            '.' | '#' | ':' if open.last() != Some(&'[') => {
                let names =
                    |next: &char| next.is_alphanumeric() || "_-\\".contains(*next) || !next.is_ascii();
                if open.is_empty() && !chars.peek().is_some_and(names) {
                    return Err(SelectorError::Nameless(c));
                }
            }
            c if c.is_whitespace() || c == '+' => {}
            _ => has_compound = true,
        }
    }
    match open.pop() {
        Some(bracket) => Err(SelectorError::Open(bracket)),
        None if !has_compound => Err(SelectorError::Incomplete),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{SelectorError, check};

    #[test]
    fn what_browsers_read_is_let_pass() {
        for selector in [
            "a",
            "*",
            ".buy",
            "#buy",
            "a.b#c[d]",
            "[data-x='1,>']",
            "ul > li:nth-child(2n + 1) ~ li",
            "a, b",
            ":is(.a, .b) c",
            "a:not([href^=\"http\"])",
            r".md\:flex",
            "form:has(> input[name=q])",
            "ü-knopf",
            "a + b",
            ":scope > .x",
            "[aria-label=\"say \\\"hi\\\"\"]",
            "svg|a",
        ] {
            assert_eq!(check(selector), None, "{selector}");
        }
    }

    #[test]
    fn what_no_browser_reads_is_refused_with_its_reason() {
        for (selector, error) in [
            (" ", SelectorError::Empty),
            ("a >", SelectorError::Incomplete),
            (", a", SelectorError::Incomplete),
            ("a,, b", SelectorError::Incomplete),
            ("a[href", SelectorError::Open('[')),
            ("a:not(.b", SelectorError::Open('(')),
            ("[a='b]", SelectorError::Open('\'')),
            ("a)", SelectorError::Unopened(')')),
            ("a { color: red }", SelectorError::Foreign('{')),
            ("<a>", SelectorError::Foreign('<')),
            ("a.", SelectorError::Nameless('.')),
            ("# a", SelectorError::Nameless('#')),
            ("a::before", SelectorError::PseudoElement),
            ("'a'", SelectorError::Foreign('\'')),
        ] {
            assert_eq!(check(selector), Some(error), "{selector}");
        }
        assert_eq!(check(&"a".repeat(2_000)), Some(SelectorError::TooLong));
    }
}
