//! Progress: what is being done, and how long it took.

use std::time::Instant;

use anyhow::Result;

/// Runs one step, announced before and timed after.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("▸ {name}");
    let start = Instant::now();
    let outcome = work();
    let seconds = start.elapsed().as_secs_f32();
    match &outcome {
        Ok(_) => eprintln!("  done in {seconds:.0} s"),
        Err(_) => eprintln!("  failed after {seconds:.0} s"),
    }
    outcome
}
