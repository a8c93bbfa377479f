//! The cases, native, with criterion.

use std::error::Error;
use std::time::{Duration, Instant};

use criterion::Criterion;
use selvedge_engine_bench::{CASES, Rounds};

fn measure(rounds: &mut dyn Rounds, count: u64) -> Result<Duration, Box<dyn Error>> {
    let mut took = Duration::ZERO;
    for _ in 0..count {
        rounds.prepare();
        let start = Instant::now();
        rounds.run()?;
        took += start.elapsed();
    }
    Ok(took)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    for (n, case) in CASES.iter().enumerate() {
        let mut rounds = case.begin()?;
        rounds.prepare();
        let operations = u32::try_from(rounds.operations())?;
        let mut failure = None;
        // Its name in criterion's folder: the table is printed from there.
        criterion.bench_function(&format!("engine/{n}"), |bencher| {
            bencher.iter_custom(|count| match measure(&mut *rounds, count) {
                Ok(took) => took / operations,
                Err(error) => {
                    failure = Some(error);
                    Duration::from_nanos(1)
                }
            });
        });
        if let Some(error) = failure {
            return Err(error);
        }
    }
    criterion.final_summary();
    Ok(())
}
