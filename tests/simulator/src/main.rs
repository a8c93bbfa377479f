//! Runs the identity protocol under a scheduler that loses, repeats and reorders everything and crashes every object
//! between any two of its outputs. See the README of this folder.

#[cfg(test)]
mod accounts;
mod coverage;
mod faults;
#[cfg(test)]
mod golden;
mod schedule;
mod world;

use std::process::ExitCode;

use coverage::Coverage;
use selvedge_simulator::sabotage::Sabotage;

const HELP: &str = "\
selvedge-simulator --schedules N [--from SEED]   run N schedules, print what was covered
selvedge-simulator --seed SEED [--trace]         run one again, step by step
selvedge-simulator --sabotage                    put every known bug in and see that it is caught";

/// Schedules in which a bug that was put in must show itself.
const SABOTAGED: u64 = 20_000;

/// Schedules after which no transition may be left that was never cut off where it can be.
const EVERYWHERE: u64 = 100_000;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1)?.parse::<u64>().ok()
    };
    let has = |name: &str| args.iter().any(|arg| arg == name);
    let passed = match (value("--seed"), value("--schedules")) {
        (Some(seed), _) => one(seed, has("--trace")),
        (None, Some(schedules)) => many(value("--from").unwrap_or(0), schedules),
        (None, None) if has("--sabotage") => sabotaged(),
        (None, None) => {
            println!("{HELP}");
            false
        }
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one(seed: u64, trace: bool) -> bool {
    let (world, verdict) = schedule::run(seed, None, trace);
    println!("seed {seed}: {} steps, {} crashes, {} merges", world.steps, world.crashes, world.merges);
    if let Err(error) = &verdict {
        println!("{error}");
    }
    verdict.is_ok()
}

/// What a run of many schedules has seen.
#[derive(Default)]
struct Seen {
    coverage: Coverage,
    failed: Vec<(u64, String)>,
    merges: Vec<u64>,
    crashes: Vec<u64>,
    events: Vec<u64>,
}

fn many(from: u64, schedules: u64) -> bool {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let part = |thread: u64| {
        let mut seen = Seen::default();
        for seed in (from + thread..from + schedules).step_by(usize::try_from(threads).unwrap_or(1)) {
            let (world, verdict) = schedule::run(seed, None, false);
            seen.coverage.add(&world.coverage);
            seen.merges.push(world.merges);
            seen.crashes.push(world.crashes);
            seen.events.push(world.acknowledged.len() as u64);
            if let Err(error) = verdict {
                let line = error.lines().next().unwrap_or_default().to_owned();
                println!("seed {seed} failed: {line}\n  selvedge-simulator --seed {seed} --trace");
                seen.failed.push((seed, line));
                if seen.failed.len() > 10 {
                    break;
                }
            }
        }
        seen
    };
    let parts: Vec<Seen> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || part(thread))).collect();
        running.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let mut all = Seen::default();
    for part in parts {
        all.coverage.add(&part.coverage);
        all.failed.extend(part.failed);
        all.merges.extend(part.merges);
        all.crashes.extend(part.crashes);
        all.events.extend(part.events);
    }
    let complete = all.coverage.print();
    println!(
        "\n{} schedules from seed {from}: median {} events, {} merges, {} crashes; {} failed",
        all.events.len(),
        median(&mut all.events),
        median(&mut all.merges),
        median(&mut all.crashes),
        all.failed.len()
    );
    // A short run can't come everywhere.
    let complete = complete || schedules < EVERYWHERE;
    all.failed.is_empty() && complete && all.events.len() as u64 == schedules
}

fn median(numbers: &mut [u64]) -> u64 {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or(0)
}

/// Every bug must be caught by some law in some schedule.
fn sabotaged() -> bool {
    let mut all = true;
    for sabotage in Sabotage::ALL {
        let caught = (0..SABOTAGED).find_map(|seed| {
            let (_, verdict) = schedule::run(seed, Some(sabotage), false);
            let error = verdict.err()?;
            // Only what the bug has done counts.
            let (_, without) = schedule::run(seed, None, false);
            without.ok().map(|()| (seed, error.lines().next().unwrap_or_default().to_owned()))
        });
        match caught {
            Some((seed, law)) => println!("{sabotage:?}: caught by schedule {seed}: {law}"),
            None => {
                println!("{sabotage:?}: NOT caught in {SABOTAGED} schedules");
                all = false;
            }
        }
    }
    all
}
