//! What the user sees while it runs: a bar on a terminal, a plain line now and then elsewhere. All on standard error.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanFloatCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::pipeline::Note;
use crate::report::Report;
use crate::source::Source;

/// Between two plain lines, and between two complaints about the same trouble.
const EVERY: Duration = Duration::from_secs(5);
/// A shorter hiccup is not worth a line.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// The display, by bytes of the input: their number is known without reading the files twice.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    size: Option<u64>,
    read: Vec<Arc<AtomicU64>>,
    started: Instant,
    last_line: Instant,
    last_trouble: Option<Instant>,
    away_since: Option<Instant>,
}

impl Progress {
    /// Sized by the sources; without a total (standard input) it only counts.
    pub(crate) fn over(sources: &[Source]) -> Self {
        let size = sources.iter().map(|source| source.size).sum::<Option<u64>>();
        let now = Instant::now();
        Self {
            bar: std::io::stderr().is_terminal().then(|| bar(size)),
            size,
            read: sources.iter().map(|source| Arc::clone(&source.read)).collect(),
            started: now,
            last_line: now,
            last_trouble: None,
            away_since: None,
        }
    }

    /// Tells at once when the edge goes away and when it is back.
    pub(crate) fn hear(&mut self, note: &Note) {
        match note {
            Note::Retrying { reason } => {
                self.away_since.get_or_insert_with(Instant::now);
                if self.last_trouble.is_none_or(|last| last.elapsed() > EVERY) {
                    self.last_trouble = Some(Instant::now());
                    self.say(&format!("retrying: {reason}"));
                }
            }
            Note::Answered(_) => {
                let away = self.away_since.take().map(|since| since.elapsed());
                if let Some(away) = away.filter(|away| *away > WORTH_TELLING) {
                    self.last_trouble = None;
                    self.say(&format!("answered again after {:.1} s", away.as_secs_f64()));
                }
            }
            _ => {}
        }
    }

    /// Brings the display up to date.
    pub(crate) fn show(&mut self, report: &Report) {
        let read: u64 = self.read.iter().map(|read| read.load(Ordering::Relaxed)).sum();
        if let Some(bar) = &self.bar {
            bar.set_position(read);
            bar.set_message(self.status(report));
        } else if self.last_line.elapsed() >= EVERY {
            self.last_line = Instant::now();
            let percent =
                self.size.map(|size| format!("{} % read, ", read.saturating_mul(100) / size.max(1)));
            self.say(&format!("{}{}", percent.unwrap_or_default(), self.status(report)));
        }
    }

    /// Takes the bar away, so that the report stands alone.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn status(&self, report: &Report) -> String {
        let answered = report.answered();
        let rate = answered as f64 / self.started.elapsed().as_secs_f64().max(0.001);
        let mut status = format!("{} events, {}/s", HumanCount(answered), HumanFloatCount(rate.round()));
        for (count, word) in [
            (report.duplicate, "duplicate"),
            (report.rejected, "rejected"),
            (report.bot, "bot"),
            (report.invalid, "invalid"),
            (report.failed, "failed"),
        ] {
            if count > 0 {
                status += &format!(", {} {word}", HumanCount(count));
            }
        }
        status
    }

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => {
                let _ = writeln!(std::io::stderr(), "{line}");
            }
        }
    }
}

fn bar(size: Option<u64>) -> ProgressBar {
    let (template, fallback) = match size {
        Some(_) => ("{bar:30} {percent:>3} %  {msg}", ProgressStyle::default_bar()),
        None => ("{spinner} {msg}", ProgressStyle::default_spinner()),
    };
    let style = ProgressStyle::with_template(template).unwrap_or(fallback);
    ProgressBar::with_draw_target(size, ProgressDrawTarget::stderr()).with_style(style)
}
