//! The threads: one reads, many send, all report by notes.

use std::io::{self, BufRead};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender as Channel};

use crate::args::Args;
use crate::batch::{Batch, Batcher};
use crate::event::{self, Invalid};
use crate::lines::Lines;
use crate::pace::Pace;
use crate::position::Position;
use crate::report::Failure;
use crate::retry::{self, Policy};
use crate::send::{Answer, Sender};
use crate::source::Source;

/// Something that happened, told to the main thread.
#[derive(Debug)]
pub(crate) enum Note {
    /// A batch goes out for the first time.
    Sent { events: u64 },
    /// The edge has taken a batch.
    Answered(Answer),
    /// A batch is given up or refused.
    Failed(Failure),
    /// An attempt failed and will be repeated.
    Retrying { reason: String },
    /// A line is no event.
    Invalid { at: Position, why: Invalid },
    /// The rest of an input can't be read (broken gzip, disk error).
    Unreadable { after: Position, reason: String },
    /// Everything was read and every batch has its fate.
    Finished,
    /// Ctrl-C.
    Interrupted,
}

/// Starts the replay in the background. [`Note::Finished`] is the last note.
///
/// Memory is bounded by the channel: at most twice `--concurrency` batches exist at a time.
///
/// # Errors
/// If the system gives no thread.
pub(crate) fn start(args: &Args, sources: Vec<Source>, notes: Channel<Note>) -> Result<(), String> {
    let workers = args.concurrency;
    let policy = Policy { base: args.backoff(), max_wait: args.max_wait() };
    let sender = Sender::new(args);
    let batcher = Batcher::new(&args.write_key, args.batch);
    let pace = Pace::new(args.rate);
    let run = move || {
        let (queue, batches) = crossbeam_channel::bounded(usize::from(workers));
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| send_all(&sender, policy, &batches, &notes));
            }
            read_all(sources, batcher, pace, &queue, &notes);
            drop(queue);
        });
        let _ = notes.send(Note::Finished);
    };
    thread::Builder::new().name("reader".to_owned()).spawn(run).map(drop).map_err(|error| error.to_string())
}

fn send_all(sender: &Sender, policy: Policy, batches: &Receiver<Batch>, notes: &Channel<Note>) {
    for batch in batches {
        let _ = notes.send(Note::Sent { events: batch.events });
        let _ = notes.send(retry::deliver(sender, policy, &batch, notes));
    }
}

fn read_all(
    sources: Vec<Source>,
    mut batcher: Batcher,
    mut pace: Pace,
    queue: &Channel<Batch>,
    notes: &Channel<Note>,
) {
    let mut hand_over = |batch: Batch| {
        thread::sleep(pace.wait(batch.events, Instant::now()));
        let _ = queue.send(batch);
    };
    for source in sources {
        let mut last = Position { file: Arc::clone(&source.name), line: 0 };
        let read = source
            .content()
            .and_then(|content| read_one(content, &mut last, &mut batcher, &mut hand_over, notes));
        if let Err(error) = read {
            let _ = notes.send(Note::Unreadable { after: last, reason: error.to_string() });
        }
    }
    if let Some(batch) = batcher.finish() {
        hand_over(batch);
    }
}

/// Reads one input to its end; `at` follows the lines, so that it tells how far an error lies.
fn read_one(
    content: impl BufRead,
    at: &mut Position,
    batcher: &mut Batcher,
    hand_over: &mut impl FnMut(Batch),
    notes: &Channel<Note>,
) -> io::Result<()> {
    let mut lines = Lines::new(content);
    let mut line = Vec::new();
    while lines.next_into(&mut line)? {
        at.line = lines.number;
        if line.is_empty() {
            continue;
        }
        match event::from_line(&line) {
            Ok(event) => {
                if let Some(batch) = batcher.push(&event, at.clone()) {
                    hand_over(batch);
                }
            }
            Err(why) => {
                let _ = notes.send(Note::Invalid { at: at.clone(), why });
            }
        }
    }
    Ok(())
}
