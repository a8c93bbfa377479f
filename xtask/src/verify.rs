//! `cargo verify`: the set-up, the build, every check, one summary line.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::checks::{ALL, Check};
use crate::count::Tally;
use crate::{build, setup};

/// Runs the named checks, or all.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    for name in names {
        if !ALL.iter().any(|check| check.name == *name) {
            bail!("there is no check `{name}`; `cargo xtask check` lists them");
        }
    }
    setup::for_build()?;
    setup::for_tests()?;
    build::all()?;
    let wanted = ALL.iter().filter(|check| names.is_empty() || names.contains(&check.name));
    let mut total = Tally::default();
    let mut rows = Vec::new();
    for check in wanted {
        let begun = Instant::now();
        eprintln!("\n▸ {}: {}", check.name, check.about);
        let tally = one(check);
        rows.push(format!(
            "  {:<14}{:>5} passed{:>5} failed{:>6.0} s",
            check.name,
            tally.passed,
            tally.failed,
            begun.elapsed().as_secs_f32()
        ));
        total += tally;
    }
    println!("\n{}\n", rows.join("\n"));
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed > 0 { std::process::exit(1) } else { Ok(()) }
}

fn one(check: &Check) -> Tally {
    (check.run)().unwrap_or_else(|error| {
        println!("{}: {error:#}", check.name);
        Tally { passed: 0, failed: 1 }
    })
}

/// Names and purposes of all checks.
pub(crate) fn list() -> Result<()> {
    for check in &ALL {
        println!("{:<14}{}", check.name, check.about);
    }
    Ok(())
}
