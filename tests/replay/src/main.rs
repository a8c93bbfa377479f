//! `selvedge-replay`: streams files of Segment events to a running edge and accounts for every one of them.
//!
//! One thread reads, checks and batches lines; `--concurrency` threads post the batches; the main thread
//! owns the report and the terminal. The parts only talk through channels.
//!
//! Invariant: every line of the input ends in exactly one column of the report.

mod args;
mod batch;
mod event;
mod lines;
mod pace;
mod pipeline;
mod position;
mod progress;
mod report;
mod retry;
mod send;
mod source;
mod table;

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::args::Args;
use crate::pipeline::Note;
use crate::progress::Progress;
use crate::report::Report;
use crate::source::Source;

/// Nothing of what was asked could be started: a file that is not there, a signal handler that can't be set.
const EXIT_NOT_STARTED: u8 = 2;
/// What a shell expects of a program ended by Ctrl-C (128 + SIGINT).
const EXIT_INTERRUPTED: u8 = 130;

const TICK: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(report) => {
            print(&args, &report);
            exit_code(&report)
        }
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "selvedge-replay: {message}");
            ExitCode::from(EXIT_NOT_STARTED)
        }
    }
}

fn run(args: &Args) -> Result<Report, String> {
    // Everything is opened before anything is sent: a mistyped name must not leave half a replay behind.
    let sources = args.files.iter().map(|file| Source::open(file)).collect::<Result<Vec<_>, _>>()?;
    let progress = Progress::over(&sources);
    let (notes, inbox) = crossbeam_channel::unbounded();
    let interrupt = notes.clone();
    ctrlc::set_handler(move || {
        let _ = interrupt.send(Note::Interrupted);
    })
    .map_err(|error| format!("can't listen for Ctrl-C: {error}"))?;

    let started = Instant::now();
    pipeline::start(args, sources, notes)?;
    let mut report = collect(&inbox, progress);
    report.elapsed = started.elapsed();
    Ok(report)
}

/// Takes notes until the pipeline says it is finished or the user has had enough.
fn collect(inbox: &Receiver<Note>, mut progress: Progress) -> Report {
    let mut report = Report::default();
    loop {
        match inbox.recv_timeout(TICK) {
            Ok(Note::Finished) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(Note::Interrupted) => {
                report.interrupted = true;
                break;
            }
            Ok(note) => {
                progress.hear(&note);
                report.take(note);
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        progress.show(&report);
    }
    progress.clear();
    report
}

fn print(args: &Args, report: &Report) {
    let text = if args.json { report.json() } else { table::render(report) };
    // A closed pipe (`| head`) is no reason to fail: the exit status still tells.
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn exit_code(report: &Report) -> ExitCode {
    if report.interrupted {
        ExitCode::from(EXIT_INTERRUPTED)
    } else if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
