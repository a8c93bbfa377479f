//! Which user agents are no browser's: the patterns of npm `isbot`, which the whole field shares.
//!
//! Most of them are texts. Those that may stand anywhere are kept by their first two letters, so that one walk over a user agent
//! looks for all of them; what has more to it is tried one by one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::LazyLock;

use lru::LruCache;

use super::pattern::Pattern;
use crate::limits;

/// Written by `tests/bots/patterns.mjs`.
const LIST: &str = include_str!("isbot.txt");

static AGENTS: LazyLock<Agents> = LazyLock::new(|| Agents::read(LIST));

/// As many as are seen on a busy day come by again and again, and a look at all patterns takes longer than the rest of an event.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(256).unwrap();

thread_local! {
    /// What was found of those seen lately.
    static LATELY: RefCell<LruCache<String, bool>> = RefCell::new(LruCache::new(REMEMBERED));
}

#[derive(Debug, Default)]
struct Agents {
    /// Texts that may stand anywhere, by how they begin.
    by_start: BTreeMap<[u8; 2], Vec<Pattern>>,
    others: Vec<Pattern>,
}

/// Whether this `User-Agent` is one of a program, or of nobody.
pub fn is_bots(agent: &str) -> bool {
    let end = agent.char_indices().nth(limits::USER_AGENT_CHARS).map_or(agent.len(), |(end, _)| end);
    let agent = agent.get(..end).unwrap_or_default();
    if let Some(known) = LATELY.with_borrow_mut(|lately| lately.get(agent).copied()) {
        return known;
    }
    let is_bots = agent.trim().is_empty() || AGENTS.knows(&agent.to_ascii_lowercase());
    LATELY.with_borrow_mut(|lately| lately.put(agent.to_owned(), is_bots));
    is_bots
}

fn sources(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

impl Agents {
    fn read(list: &str) -> Self {
        let mut agents = Self::default();
        for pattern in sources(list).filter_map(Pattern::read) {
            match pattern.anywhere().map(str::as_bytes) {
                Some([one, two, ..]) => {
                    let start = [*one, *two];
                    agents.by_start.entry(start).or_default().push(pattern);
                }
                _ => agents.others.push(pattern),
            }
        }
        agents
    }

    fn knows(&self, agent: &str) -> bool {
        let starts_here = |at: usize, pattern: &Pattern| {
            let text = pattern.anywhere().unwrap_or_default();
            agent.get(at..).is_some_and(|rest| rest.starts_with(text))
                && pattern.fits(agent, at, at + text.len())
        };
        let pairs = agent.as_bytes().windows(2).enumerate();
        let mut known = pairs.filter_map(|(at, pair)| Some((at, self.by_start.get(pair)?)));
        known.any(|(at, patterns)| patterns.iter().any(|pattern| starts_here(at, pattern)))
            || self.others.iter().any(|pattern| pattern.is_in(agent))
    }
}

#[cfg(test)]
mod tests {
    use super::{LIST, is_bots, sources};
    use crate::bot::pattern::Pattern;

    #[test]
    fn every_pattern_of_the_list_is_understood() {
        let unknown: Vec<_> = sources(LIST).filter(|source| Pattern::read(source).is_none()).collect();
        assert_eq!(unknown, [""; 0]);
        assert!(sources(LIST).count() > 200);
    }

    /// `tests/bots` holds all user agents of several collections against isbot itself; here is one for each form of pattern.
    #[test]
    fn patterns_mean_what_they_mean_in_javascript() {
        const CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
        let with = |end: &str| format!("{CHROME} {end}");
        for bot in [
            "",
            "  ",
            "curl/8.5.0",
            "node",
            "HeadlessChrome",
            "facebookexternalhit/1.1",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            &CHROME.replace("Chrome/", "HeadlessChrome/"),
            &with("bot"),
            &with("java"),
            &with("Monitor"),
            &with("someone@example.com"),
            &with("daum/1"),
            &with("google"),
        ] {
            assert!(is_bots(bot), "{bot}");
        }
        for browser in [
            CHROME,
            &with("Cubot"),
            &with("CUBOT Build"),
            &with("java;"),
            &with("monitoring"),
            &with("googleapp"),
            &with("Google Pixel"),
        ] {
            assert!(!is_bots(browser), "{browser}");
        }
    }

    #[test]
    fn no_length_and_no_letter_is_too_much() {
        assert!(is_bots(&"x".repeat(100_000)), "no browser says 50 letters without a space");
        assert!(!is_bots(&"ä ".repeat(100_000)));
        assert!(is_bots("ä bot"));
    }
}
