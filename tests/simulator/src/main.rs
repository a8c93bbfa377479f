//! Runs the identity protocol under a scheduler that loses, repeats and reorders everything and crashes every object
//! between any two of its outputs. See the README of this folder.

#[cfg(test)]
mod accounts;
mod admins;
mod archive;
mod coverage;
mod deeds;
mod dwell;
mod expected;
mod faults;
#[cfg(test)]
mod flat;
#[cfg(test)]
mod golden;
mod inputs;
#[cfg(test)]
mod large;
mod many;
mod operator;
mod parted;
mod rebuilt;
mod run;
mod schedule;
mod senders;
#[cfg(test)]
mod stories;
mod world;

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use run::{CrashPoint, Run};
use selvedge_simulator::sabotage::Sabotage;

/// Half of what a schedule takes is asking for memory and giving it back.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HELP: &str = "\
selvedge-simulator --schedules N [--from SEED]             run N schedules, print what was covered
selvedge-simulator --seed SEED [--crash POINT]… [--trace]  run one again, step by step; \"live commit:3:1\" crashes it
                                                           the third time, when the writes and nothing else are done
                                                           --extreme: with bounds that are soon reached, and admins at
                                                           odds about what is under quarantine
selvedge-simulator --sabotage [NAME] [--from SEED]         put every known bug in, or one, and see that it is caught";

/// Schedules in which a bug that was put in must show itself.
const SABOTAGED: u64 = 20_000;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let values = |name: &str| {
        let pairs = args.iter().zip(args.iter().skip(1));
        pairs.filter(|(arg, _)| *arg == name).map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let number = |name: &str| values(name).first().and_then(|value| value.parse::<u64>().ok());
    let has = |name: &str| args.iter().any(|arg| arg == name);
    let extreme = has("--extreme");
    let crashes: Result<Vec<CrashPoint>, String> =
        values("--crash").iter().map(|point| point.parse()).collect();
    let passed = match (number("--seed"), number("--schedules"), crashes) {
        (_, _, Err(error)) => {
            println!("{error}");
            false
        }
        (Some(seed), _, Ok(crashes)) => one(&Run { seed, crashes, extreme }, has("--trace")),
        (None, Some(schedules), _) => many::run(number("--from").unwrap_or(0), schedules, extreme),
        (None, None, _) if has("--sabotage") => {
            sabotaged(values("--sabotage").first().map(String::as_str), number("--from"))
        }
        (None, None, _) => {
            println!("{HELP}");
            false
        }
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one(run: &Run, trace: bool) -> bool {
    let (world, verdict) = schedule::run(run, None, trace);
    println!("{run}: {} steps, {} crashes, {} merges", world.steps, world.crashes, world.merges);
    if let Err(error) = &verdict {
        println!("{error}");
    }
    verdict.is_ok()
}

/// Every bug must be caught by some law in some schedule.
fn sabotaged(only: Option<&str>, from: Option<u64>) -> bool {
    let wanted = |sabotage: &Sabotage| only.is_none_or(|name| format!("{sabotage:?}") == name);
    let bugs: Vec<Sabotage> = Sabotage::ALL.into_iter().filter(wanted).collect();
    let next = AtomicUsize::new(0);
    let missed = || {
        let one = || bugs.get(next.fetch_add(1, Ordering::Relaxed)).copied();
        std::iter::from_fn(one).filter(|bug| !is_caught(*bug, from)).count()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let missed: usize = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(missed)).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or(1)).sum()
    });
    missed == 0 && !bugs.is_empty()
}

/// Says which schedule, and which law, catches it.
fn is_caught(sabotage: Sabotage, from: Option<u64>) -> bool {
    let from = from.unwrap_or_else(|| sabotage.shows_from());
    let caught = (from..from + SABOTAGED).find_map(|seed| {
        let (_, verdict) = schedule::run(&Run::of(seed), Some(sabotage), false);
        let error = verdict.err()?;
        // Only what the bug has done counts.
        let (_, without) = schedule::run(&Run::of(seed), None, false);
        without.ok().map(|()| (seed, error.lines().next().unwrap_or_default().to_owned()))
    });
    match &caught {
        Some((seed, law)) => println!("{sabotage:?}: caught by schedule {seed}: {law}"),
        None => println!("{sabotage:?}: NOT caught in {SABOTAGED} schedules from {from}"),
    }
    caught.is_some()
}
