//! `selvedge-simulator [--schedules N] [--seed S] [--trace]`: see the README of this folder.

mod coverage;
mod faults;
mod schedule;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1)?.parse::<u64>().ok()
    };
    if let Some(seed) = value("--seed") {
        let (world, verdict) = schedule::run(seed, args.iter().any(|arg| arg == "--trace"));
        println!("seed {seed}: {} steps, {} crashes, {} merges", world.steps, world.crashes, world.merges);
        if let Err(error) = verdict {
            println!("{error}");
            return ExitCode::FAILURE;
        }
        return ExitCode::SUCCESS;
    }
    let schedules = value("--schedules").unwrap_or(100_000);
    let mut failed = 0;
    let mut coverage = coverage::Coverage::default();
    for seed in 0..schedules {
        let (world, verdict) = schedule::run(seed, false);
        coverage.add(&world.coverage);
        if let Err(error) = verdict {
            failed += 1;
            println!("seed {seed}: {}", error.lines().next().unwrap_or_default());
            if failed > 20 {
                break;
            }
        }
    }
    println!("{schedules} schedules, {failed} failed");
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
