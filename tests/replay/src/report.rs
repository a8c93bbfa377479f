//! What became of every event.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::pipeline::Note;
use crate::send::{Answer, ItemResult};

/// Rejected events shown one by one; the counts by code cover the rest.
const REJECTED_SHOWN: usize = 10;
/// Invalid lines and failed batches listed one by one, enough to fix a file by; the totals cover the rest.
const PROBLEMS_LISTED: usize = 100;

/// The account of a replay.
///
/// Law: `sent = accepted + duplicate + rejected + bot + failed`, plus `unanswered` while it runs or after Ctrl-C.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) sent: u64,
    pub(crate) accepted: u64,
    pub(crate) duplicate: u64,
    pub(crate) rejected: u64,
    /// Of visitors who are no people, by what the events say of their browsers.
    pub(crate) bot: u64,
    pub(crate) rejected_by_code: BTreeMap<String, u64>,
    pub(crate) rejected_first: Vec<Rejected>,
    pub(crate) invalid: u64,
    pub(crate) invalid_lines: Vec<Problem>,
    pub(crate) failed: u64,
    pub(crate) failed_batches: u64,
    pub(crate) failures: Vec<Failure>,
    pub(crate) unreadable: Vec<Problem>,
    pub(crate) retries: u64,
    pub(crate) interrupted: bool,
    pub(crate) elapsed: Duration,
}

/// An event the edge has refused.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rejected {
    pub(crate) message_id: String,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// A batch whose events did not arrive, as far as the replay can know.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    /// The lines it was made of.
    pub(crate) at: String,
    pub(crate) events: u64,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// A place in the input that is wrong.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    /// `file:line`.
    pub(crate) at: String,
    pub(crate) reason: String,
}

/// The report as `--json` prints it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    sent: u64,
    accepted: u64,
    duplicate: u64,
    rejected: u64,
    bot: u64,
    rejected_by_code: &'a BTreeMap<String, u64>,
    rejected_first: &'a [Rejected],
    invalid: u64,
    invalid_lines: &'a [Problem],
    failed: u64,
    failures: &'a [Failure],
    unreadable: &'a [Problem],
    unanswered: u64,
    retries: u64,
    interrupted: bool,
    seconds: f64,
    events_per_second: f64,
}

impl Report {
    /// Enters one thing that happened.
    pub(crate) fn take(&mut self, note: Note) {
        match note {
            Note::Sent { events } => self.sent += events,
            Note::Answered(answer) => self.take_answer(answer),
            Note::Failed(failure) => {
                self.failed += failure.events;
                self.failed_batches += 1;
                push_up_to(PROBLEMS_LISTED, &mut self.failures, failure);
            }
            Note::Retrying { .. } => self.retries += 1,
            Note::Invalid { at, why } => {
                self.invalid += 1;
                let problem = Problem { at: at.to_string(), reason: why.to_string() };
                push_up_to(PROBLEMS_LISTED, &mut self.invalid_lines, problem);
            }
            Note::Unreadable { after, reason } => {
                self.unreadable.push(Problem { at: after.to_string(), reason })
            }
            Note::Finished | Note::Interrupted => {}
        }
    }

    fn take_answer(&mut self, answer: Answer) {
        self.accepted += answer.accepted;
        self.duplicate += answer.duplicate;
        self.rejected += answer.rejected;
        self.bot += answer.bot;
        let mut unnamed = answer.rejected;
        for item in answer.results.into_iter().filter(|item| item.outcome == "rejected") {
            unnamed = unnamed.saturating_sub(1);
            self.take_rejected(item);
        }
        if unnamed > 0 {
            *self.rejected_by_code.entry("unknown".to_owned()).or_default() += unnamed;
        }
    }

    fn take_rejected(&mut self, item: ItemResult) {
        let code = item.code.unwrap_or_else(|| "unknown".to_owned());
        *self.rejected_by_code.entry(code.clone()).or_default() += 1;
        let message_id = item.message_id.unwrap_or_default();
        let rejected = Rejected { message_id, code, message: item.message.unwrap_or_default() };
        push_up_to(REJECTED_SHOWN, &mut self.rejected_first, rejected);
    }

    /// Events with an outcome from the edge.
    pub(crate) fn answered(&self) -> u64 {
        self.accepted + self.duplicate + self.rejected + self.bot
    }

    /// Events under way. After Ctrl-C nobody knows whether they arrived; a second replay settles it.
    pub(crate) fn unanswered(&self) -> u64 {
        self.sent.saturating_sub(self.answered() + self.failed)
    }

    pub(crate) fn events_per_second(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { self.answered() as f64 / seconds } else { 0.0 }
    }

    /// Whether every line of every input was taken by the edge.
    pub(crate) fn is_clean(&self) -> bool {
        let troubled = self.rejected + self.invalid + self.failed + self.unanswered();
        troubled == 0 && self.unreadable.is_empty() && !self.interrupted
    }

    /// The report as one line of JSON.
    pub(crate) fn json(&self) -> String {
        let summary = Summary {
            sent: self.sent,
            accepted: self.accepted,
            duplicate: self.duplicate,
            rejected: self.rejected,
            bot: self.bot,
            rejected_by_code: &self.rejected_by_code,
            rejected_first: &self.rejected_first,
            invalid: self.invalid,
            invalid_lines: &self.invalid_lines,
            failed: self.failed,
            failures: &self.failures,
            unreadable: &self.unreadable,
            unanswered: self.unanswered(),
            retries: self.retries,
            interrupted: self.interrupted,
            seconds: (self.elapsed.as_secs_f64() * 1_000.0).round() / 1_000.0,
            events_per_second: self.events_per_second().round(),
        };
        serde_json::to_string(&summary).unwrap_or_default()
    }
}

fn push_up_to<T>(most: usize, list: &mut Vec<T>, item: T) {
    if list.len() < most {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(code: &str) -> ItemResult {
        ItemResult { outcome: "rejected".to_owned(), code: Some(code.to_owned()), ..ItemResult::default() }
    }

    #[test]
    fn every_sent_event_is_in_one_column() {
        let mut report = Report::default();
        report.take(Note::Sent { events: 10 });
        assert_eq!(report.unanswered(), 10);
        report.take(Note::Answered(Answer { accepted: 6, duplicate: 3, rejected: 1, ..Answer::default() }));
        assert_eq!((report.unanswered(), report.answered()), (0, 10));
        assert_eq!(report.rejected_by_code.values().sum::<u64>(), 1);
    }

    #[test]
    fn rejections_are_counted_by_code_and_the_first_ten_are_kept() {
        let mut report = Report::default();
        let results =
            (0..15).map(|n| rejected(if n < 12 { "past_retention" } else { "no_user_anon_id" })).collect();
        report.take(Note::Answered(Answer { rejected: 15, results, ..Answer::default() }));
        assert_eq!(report.rejected_by_code["past_retention"], 12);
        assert_eq!(report.rejected_by_code["no_user_anon_id"], 3);
        assert_eq!(report.rejected_first.len(), 10);
        assert!(!report.is_clean());
    }

    #[test]
    fn duplicates_and_retries_alone_are_clean() {
        let mut report = Report::default();
        report.take(Note::Sent { events: 2 });
        report.take(Note::Retrying { reason: "refused".to_owned() });
        report.take(Note::Answered(Answer { accepted: 1, duplicate: 1, ..Answer::default() }));
        assert!(report.is_clean());
    }
}
