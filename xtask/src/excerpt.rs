//! What of a runner's output says why it failed: told again at the end, where whoever reads a long log looks first.

/// Lines that are told of one run.
const LINES: usize = 120;

/// Lines from the end, of a command that has no heading over what failed.
const LAST: usize = 40;

/// What Node's and cargo's test runners write over the tests that failed.
const HEADINGS: [&str; 2] = ["✖ failing tests:", "failures:"];

/// See the module.
pub(crate) fn of_failure(output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    let heading = lines.iter().position(|line| HEADINGS.contains(&line.trim()));
    let begin = heading.unwrap_or(lines.len().saturating_sub(LAST));
    let told: Vec<&str> = lines.iter().skip(begin).take(LINES).copied().collect();
    let mut text = told.join("\n");
    let untold = lines.len() - begin - told.len();
    if untold > 0 {
        text.push_str(&format!("\n… and {untold} lines more, further up"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{LAST, LINES, of_failure};

    #[test]
    fn what_failed_is_found_under_its_heading() {
        let node = "✔ a\n✖ b\nℹ fail 1\n\n✖ failing tests:\n\n✖ b (3ms)\n  1 !== 2";
        assert_eq!(of_failure(node), "✖ failing tests:\n\n✖ b (3ms)\n  1 !== 2");
        let cargo = "running 2 tests\n.F\nfailures:\n\n---- b stdout ----\nleft: 1\n\ntest result: FAILED.";
        assert!(of_failure(cargo).starts_with("failures:\n\n---- b"));
    }

    #[test]
    fn without_a_heading_the_last_lines_are_told_and_never_too_many() {
        let numbers = |count: usize| (0..count).map(|line| format!("{line}\n")).collect::<String>();
        assert_eq!(of_failure(&numbers(500)).lines().count(), LAST);
        assert_eq!(of_failure("one"), "one");
        assert_eq!(of_failure(""), "");
        let long = of_failure(&format!("failures:\n{}", numbers(500)));
        assert_eq!(long.lines().count(), LINES + 1);
        assert!(long.ends_with("… and 381 lines more, further up"));
    }
}
