//! Many schedules by chance, and then, for each place where something could have crashed in one of them and never has, the
//! first of these schedules again with a crash there. Which schedules those are depends on the seeds alone.

use crate::coverage::Coverage;
use crate::run::Run;
use crate::schedule;

/// Failures after which a thread stops.
const ENOUGH: usize = 10;

/// What a run of many schedules has seen.
#[derive(Default)]
struct Seen {
    coverage: Coverage,
    failed: usize,
    merges: Vec<u64>,
    crashes: Vec<u64>,
    events: Vec<u64>,
}

impl Seen {
    fn run(&mut self, run: &Run) {
        let (world, verdict) = schedule::run(run, None, false);
        self.coverage.add(run, &world.transitions);
        self.merges.push(world.merges);
        self.crashes.push(world.crashes);
        self.events.push(world.acknowledged.len() as u64);
        if let Err(error) = verdict {
            let line = error.lines().next().unwrap_or_default();
            println!("failed: {line}\n  selvedge-simulator {run} --trace");
            self.failed += 1;
        }
    }

    fn join(&mut self, other: Self) {
        self.coverage.join(other.coverage);
        self.failed += other.failed;
        self.merges.extend(other.merges);
        self.crashes.extend(other.crashes);
        self.events.extend(other.events);
    }
}

/// Runs these schedules, and those that crash where none of them has; prints what was covered. False if a law is broken.
pub(crate) fn run(from: u64, schedules: u64, extreme: bool) -> bool {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let part = |thread: u64| {
        let mut seen = Seen::default();
        for seed in (from + thread..from + schedules).step_by(usize::try_from(threads).unwrap_or(1)) {
            seen.run(&Run { extreme, ..Run::of(seed) });
            if seen.failed > ENOUGH {
                break;
            }
        }
        seen
    };
    let parts: Vec<Seen> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || part(thread))).collect();
        running.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let mut all = Seen::default();
    parts.into_iter().for_each(|part| all.join(part));
    let done = all.events.len();
    let by_chance = format!(
        "{done} schedules from seed {from}: median {} events, {} merges, {} crashes; {} failed",
        median(&mut all.events),
        median(&mut all.merges),
        median(&mut all.crashes),
        all.failed
    );
    let made = crash_everywhere(&mut all);
    all.coverage.print();
    println!("\n{by_chance}");
    println!("{made} of them again, with a crash where nothing had crashed by chance");
    all.failed == 0 && done as u64 == schedules
}

/// Until there is no place left where something can crash and never has. How many schedules that took.
fn crash_everywhere(all: &mut Seen) -> usize {
    let mut made = 0;
    loop {
        // A crash may lead where nobody has been before.
        let gaps = all.coverage.gaps();
        if gaps.is_empty() || all.failed > ENOUGH {
            return made;
        }
        for (run, at, cut) in gaps {
            if all.coverage.has(&at.transition, cut) {
                continue;
            }
            let again = run.and(at.clone());
            all.run(&again);
            made += 1;
            if !all.coverage.has(&at.transition, cut) {
                println!("failed: it never came there\n  selvedge-simulator {again} --trace");
                all.failed += 1;
                return made;
            }
        }
    }
}

fn median(numbers: &mut [u64]) -> u64 {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or(0)
}
