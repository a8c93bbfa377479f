//! How many checks and tests passed, read off what test runners print last.

use std::ops::AddAssign;

/// Passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The sum of all `test result:` lines of cargo test.
pub(crate) fn cargo_test(output: &str) -> Tally {
    let mut tally = Tally::default();
    for line in output.lines().filter(|line| line.starts_with("test result:")) {
        tally.passed += number_before(line, " passed");
        tally.failed += number_before(line, " failed");
    }
    tally
}

/// `ℹ pass N` and `ℹ fail N` of Node's test runner; cancelled tests have failed.
pub(crate) fn node_test(output: &str) -> Tally {
    let number = |name: &str| {
        let line = output.lines().rev().find(|line| line.contains(&format!(" {name} ")));
        line.and_then(|line| line.split_whitespace().last()?.parse().ok()).unwrap_or(0)
    };
    Tally { passed: number("pass"), failed: number("fail") + number("cancelled") }
}

fn number_before(line: &str, word: &str) -> usize {
    let before = line.split(word).next().unwrap_or_default();
    before.split_whitespace().last().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Tally, cargo_test, node_test};

    #[test]
    fn the_last_words_of_test_runners_are_understood() {
        let cargo = "test result: ok. 32 passed; 0 failed; 0 ignored\nx\ntest result: FAILED. 1 passed; 2 failed; 0 ignored";
        assert_eq!(cargo_test(cargo), Tally { passed: 33, failed: 2 });
        let node = "✔ a\nℹ tests 4\nℹ suites 1\nℹ pass 3\nℹ fail 1\nℹ cancelled 0\nℹ duration_ms 12";
        assert_eq!(node_test(node), Tally { passed: 3, failed: 1 });
    }
}
