//! `cargo verify`: the set-up, the build, every check, one summary line.
//!
//! Checks that only compute run beside the others, which mostly wait: for browsers, alarms and queues. Those that need the tag alone run while
//! the rest is built.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};

use crate::checks::{ALL, Check, Needs};
use crate::count::Tally;
use crate::shell::Shell;
use crate::{build, setup};

/// What came of a check.
struct Done {
    name: &'static str,
    tally: Tally,
    seconds: f32,
    /// Why it failed; empty if it did not.
    failures: String,
}

/// Runs the named checks, or all.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    for name in names {
        if !ALL.iter().any(|check| check.name == *name) {
            bail!("there is no check `{name}`; `cargo xtask check` lists them");
        }
    }
    setup::for_build()?;
    setup::for_tests()?;
    let wanted = |needs: Needs| -> Vec<&Check> {
        let is_named = |check: &&Check| names.is_empty() || names.contains(&check.name);
        ALL.iter().filter(|check| check.needs == needs).filter(is_named).collect()
    };
    let [beside, of_tag, of_edge] = [Needs::Nothing, Needs::Tag, Needs::Edge].map(wanted);
    // What is beside nothing is shown as it comes.
    let alone = of_tag.is_empty() && of_edge.is_empty();
    let is_over = AtomicBool::new(false);
    let mut done = thread::scope(|scope| {
        let beside = scope.spawn(|| {
            let checks = beside.iter().take_while(|_| !is_over.load(Ordering::Relaxed));
            checks.map(|check| one(check, !alone)).collect::<Vec<Done>>()
        });
        let built = if alone { Ok(Vec::new()) } else { built(&of_tag, &of_edge) };
        // Nobody waits for more of them than for the one that runs.
        is_over.store(built.is_err(), Ordering::Relaxed);
        let rest = beside.join().map_err(|_| anyhow!("a check broke"))?;
        built.map(|done| done.into_iter().chain(rest).collect::<Vec<Done>>())
    })?;
    done.sort_by_key(|done| ALL.iter().position(|check| check.name == done.name));
    report(&done)
}

/// Builds what these checks need, and runs them.
fn built(of_tag: &[&Check], of_edge: &[&Check]) -> Result<Vec<Done>> {
    build::tag()?;
    thread::scope(|scope| {
        let edge = scope.spawn(|| if of_edge.is_empty() { Ok(()) } else { build::edge() });
        let mut done: Vec<Done> = of_tag.iter().map(|check| one(check, false)).collect();
        edge.join().map_err(|_| anyhow!("the build broke"))??;
        done.extend(of_edge.iter().map(|check| one(check, false)));
        Ok(done)
    })
}

/// What failed, a line for each check, and the sum.
fn report(done: &[Done]) -> Result<()> {
    for Done { name, failures, .. } in done.iter().filter(|done| done.tally.failed > 0) {
        println!("\n▸ what failed in {name}:\n{failures}");
    }
    let mut total = Tally::default();
    println!();
    for Done { name, tally, seconds, .. } in done {
        println!("  {name:<14}{:>5} passed{:>5} failed{seconds:>6.0} s", tally.passed, tally.failed);
        total += *tally;
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed > 0 { std::process::exit(1) } else { Ok(()) }
}

fn one(check: &Check, beside: bool) -> Done {
    let begun = Instant::now();
    if !beside {
        eprintln!("\n▸ {}: {}", check.name, check.about);
    }
    let shell = if beside { Shell::beside() } else { Shell::default() };
    let outcome = (check.run)(&shell);
    if beside {
        println!("\n▸ {}: {} (beside the others)\n{}", check.name, check.about, shell.kept());
    }
    let mut failures = shell.failures();
    let tally = outcome.unwrap_or_else(|error| {
        failures.push_str(&format!("{error:#}\n"));
        Tally { passed: 0, failed: 1 }
    });
    Done { name: check.name, tally, seconds: begun.elapsed().as_secs_f32(), failures }
}

/// Names and purposes of all checks.
pub(crate) fn list() -> Result<()> {
    for check in &ALL {
        println!("{:<14}{}", check.name, check.about);
    }
    Ok(())
}
