//! The report as text for people.

use std::fmt::{Display, Write};

use indicatif::{HumanCount, HumanFloatCount};

use crate::report::Report;

/// The counts as a table, then what went wrong, one line each.
pub(crate) fn render(report: &Report) -> String {
    let mut text = counts(report);
    list(&mut text, "rejected events", report.rejected, &report.rejected_first, |event| {
        format!("{}  {}  {}", event.message_id, event.code, event.message)
    });
    list(&mut text, "invalid lines", report.invalid, &report.invalid_lines, |line| {
        format!("{}  {}", line.at, line.reason)
    });
    list(&mut text, "failed batches", report.failed_batches, &report.failures, |batch| {
        format!("{}  {} events  {}  {}", batch.at, batch.events, batch.code, batch.message)
    });
    for input in &report.unreadable {
        line(&mut text, &format!("not read to the end: {}  {}", input.at, input.reason));
    }
    if report.interrupted {
        line(&mut text, "interrupted: replay the same files to go on, what has arrived counts once");
    }
    text.trim_end().to_owned()
}

fn counts(report: &Report) -> String {
    let mut rows = vec![
        ("sent".to_owned(), HumanCount(report.sent).to_string()),
        ("accepted".to_owned(), HumanCount(report.accepted).to_string()),
        ("duplicate".to_owned(), HumanCount(report.duplicate).to_string()),
        ("rejected".to_owned(), HumanCount(report.rejected).to_string()),
    ];
    rows.extend(
        report
            .rejected_by_code
            .iter()
            .map(|(code, n)| (format!("  {}", printable(code)), HumanCount(*n).to_string())),
    );
    if report.bot > 0 {
        rows.push(("bot".to_owned(), HumanCount(report.bot).to_string()));
    }
    rows.push(("invalid".to_owned(), HumanCount(report.invalid).to_string()));
    rows.push(("failed".to_owned(), HumanCount(report.failed).to_string()));
    if report.unanswered() > 0 {
        rows.push(("unanswered".to_owned(), HumanCount(report.unanswered()).to_string()));
    }
    rows.push(("retries".to_owned(), HumanCount(report.retries).to_string()));
    rows.push(("seconds".to_owned(), format!("{:.1}", report.elapsed.as_secs_f64())));
    rows.push(("events/s".to_owned(), HumanFloatCount(report.events_per_second().round()).to_string()));
    aligned(&rows)
}

fn aligned(rows: &[(String, impl Display)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    rows.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:<width$}  {value:>12}");
        text
    })
}

fn list<T>(text: &mut String, what: &str, total: u64, shown: &[T], show: impl Fn(&T) -> String) {
    if shown.is_empty() {
        return;
    }
    line(text, &format!("\n{what} ({}):", HumanCount(total)));
    for item in shown {
        line(text, &format!("  {}", printable(&show(item))));
    }
    if total > shown.len() as u64 {
        line(text, &format!("  … and {} more", HumanCount(total - shown.len() as u64)));
    }
}

fn line(text: &mut String, content: &str) {
    text.push_str(content);
    text.push('\n');
}

/// Names and messages come from files and from the network: they must not move the cursor.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
