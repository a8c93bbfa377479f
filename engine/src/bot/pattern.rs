//! One pattern of the list: a text with a little around it, or, seldom, a real regular expression.
//!
//! The list is written for JavaScript, which knows what must not stand before or after a match (`(?<!…)`, `(?!…)`); the
//! regular expressions here don't. Patterns have such words only at their ends, so they are looked at by hand.

use regex_lite::Regex;

/// A pattern, taken apart.
#[derive(Debug)]
pub(super) struct Pattern {
    /// `^` before a text: only at the start.
    at_start: bool,
    /// `\b` before it, and after it.
    edges: [bool; 2],
    /// None of these ends where it starts.
    not_before: Vec<String>,
    /// None of these starts where it ends.
    not_after: Vec<String>,
    core: Core,
}

/// What is looked for.
#[derive(Debug)]
pub(super) enum Core {
    /// This text.
    Text(String),
    /// What this matches.
    Regex(Regex),
}

impl Pattern {
    /// Reads a pattern of JavaScript's; `None` if it has what is not known here.
    pub(super) fn read(source: &str) -> Option<Self> {
        let (source, not_before) = match source.strip_prefix("(?<!").and_then(|rest| rest.split_once(')')) {
            Some((before, rest)) => (rest, alternatives(before)),
            None => (source, Vec::new()),
        };
        let (source, not_after) = match source.split_once("(?!") {
            Some((rest, after)) => (rest, alternatives(after.strip_suffix(')')?)),
            None => (source, Vec::new()),
        };
        if let Some(pattern) = Self::text(source) {
            return Some(Self { not_before, not_after, ..pattern });
        }
        // JavaScript takes a dash behind `\w` or `\d` for a dash.
        let regex = Regex::new(&source.replace("\\w-", "\\w\\-").replace("\\d-", "\\d\\-")).ok()?;
        Some(Self { at_start: false, edges: [false; 2], not_before, not_after, core: Core::Regex(regex) })
    }

    /// A pattern that is a text, between edges.
    fn text(source: &str) -> Option<Self> {
        let (source, at_start) = source.strip_prefix('^').map_or((source, false), |rest| (rest, true));
        let (source, before) = source.strip_prefix("\\b").map_or((source, false), |rest| (rest, true));
        let (source, after) = source.strip_suffix("\\b").map_or((source, false), |rest| (rest, true));
        let mut text = String::new();
        let mut letters = source.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => text.push(letters.next().filter(char::is_ascii_punctuation)?),
                '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '$' | '^' => return None,
                plain => text.push(plain),
            }
        }
        let core = Core::Text(text);
        Some(Self { at_start, edges: [before, after], not_before: vec![], not_after: vec![], core })
    }

    /// The text that it looks for anywhere, if it is one.
    pub(super) fn anywhere(&self) -> Option<&str> {
        match &self.core {
            Core::Text(text) if !self.at_start => Some(text),
            _ => None,
        }
    }

    /// Whether it is found in this text.
    pub(super) fn is_in(&self, agent: &str) -> bool {
        match &self.core {
            Core::Text(text) if self.at_start => {
                agent.starts_with(text.as_str()) && self.fits(agent, 0, text.len())
            }
            Core::Text(text) => {
                agent.match_indices(text.as_str()).any(|(at, _)| self.fits(agent, at, at + text.len()))
            }
            Core::Regex(regex) => {
                regex.find_iter(agent).any(|found| self.fits(agent, found.start(), found.end()))
            }
        }
    }

    /// Whether what stands around a match allows it.
    pub(super) fn fits(&self, agent: &str, start: usize, end: usize) -> bool {
        let (before, after) = (agent.get(..start).unwrap_or_default(), agent.get(end..).unwrap_or_default());
        let [edge_before, edge_after] = self.edges;
        (!edge_before || is_edge(agent, start))
            && (!edge_after || is_edge(agent, end))
            && !self.not_before.iter().any(|text| before.ends_with(text.as_str()))
            && !self.not_after.iter().any(|text| after.starts_with(text.as_str()))
    }
}

/// `a|b` or `(?:a|b)`.
fn alternatives(source: &str) -> Vec<String> {
    let inner = source.strip_prefix("(?:").and_then(|rest| rest.strip_suffix(')')).unwrap_or(source);
    inner.split('|').map(str::to_owned).collect()
}

/// Whether a word begins or ends here.
fn is_edge(text: &str, at: usize) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let bytes = text.as_bytes();
    is_word(at.checked_sub(1).and_then(|before| bytes.get(before))) != is_word(bytes.get(at))
}
