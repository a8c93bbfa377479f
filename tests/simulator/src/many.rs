//! Many schedules by chance, and then, for each place where something could have crashed in one of them and never has, the
//! first of these schedules again with a crash there. Which schedules those are depends on the seeds alone.

use crate::coverage::Coverage;
use crate::deeds::{Deeds, ExpectedDeeds};
use crate::expected::Expected;
use crate::run::Run;
use crate::schedule;
use crate::world::Size;

/// Failures after which a thread stops.
const ENOUGH: usize = 10;

/// What every schedule has at least.
const CLIENTS: usize = 3;
const IDENTIFIERS: usize = 4;
const EVENTS: usize = 12;
/// What half of them have at least.
const MERGES: u64 = 2;
const CRASHES: u64 = 1;
/// So many have some that are rebuilt where everything is to be the same.
const SOME: u64 = 1_000;
/// So many schedules bring every transition that [is asked for](Expected).
const ALL: u64 = 100_000;

/// What a run of many schedules has seen.
#[derive(Default)]
struct Seen {
    coverage: Coverage,
    deeds: Deeds,
    failed: usize,
    merges: Vec<u64>,
    crashes: Vec<u64>,
    events: Vec<u64>,
    identifiers: Vec<u64>,
    /// The most steps from when everything works until all is at rest, and in which schedule.
    rested: (u64, u64),
    compared: u64,
    /// Schedules in which nothing but names decides.
    plain: u64,
    promoted: u64,
    parted: u64,
}

impl Seen {
    fn run(&mut self, run: &Run) {
        let (world, verdict) = schedule::run(run, None, false);
        self.coverage.add(run, &world.transitions);
        self.deeds.join(&world.deeds);
        self.rested = self.rested.max((world.rested, run.seed));
        self.compared += world.compared;
        self.plain += u64::from(world.plain);
        self.promoted += u64::from(world.promoted);
        self.parted += world.parted;
        self.merges.push(world.merges);
        self.crashes.push(world.crashes);
        self.events.push(world.size.events as u64);
        self.identifiers.push(world.size.identifiers as u64);
        let Size { clients, identifiers, events } = world.size;
        let large = clients >= CLIENTS && identifiers >= IDENTIFIERS && events >= EVENTS;
        let small =
            || Err(format!("too small: {clients} clients, {identifiers} identifiers, {events} events"));
        if let Err(error) = verdict.and_then(|()| if large { Ok(()) } else { small() }) {
            let line = error.lines().next().unwrap_or_default();
            println!("failed: {line}\n  selvedge-simulator {run} --trace");
            self.failed += 1;
        }
    }

    fn join(&mut self, other: Self) {
        self.coverage.join(other.coverage);
        self.deeds.join(&other.deeds);
        self.failed += other.failed;
        self.merges.extend(other.merges);
        self.rested = self.rested.max(other.rested);
        self.compared += other.compared;
        self.plain += other.plain;
        self.promoted += other.promoted;
        self.parted += other.parted;
        self.crashes.extend(other.crashes);
        self.events.extend(other.events);
        self.identifiers.extend(other.identifiers);
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
    let (merges, crashes) = (median(&mut all.merges), median(&mut all.crashes));
    let by_chance = format!(
        "{done} schedules from seed {from}: median {} identifiers, {} events, {merges} merges, {crashes} crashes; {} failed",
        median(&mut all.identifiers),
        median(&mut all.events),
        all.failed
    );
    let made = crash_everywhere(&mut all);
    let (expected, deeds) = match Expected::read().and_then(|all| Ok((all, ExpectedDeeds::read()?))) {
        Ok(expected) => expected,
        Err(error) => {
            println!("failed: {error}");
            return false;
        }
    };
    all.coverage.print(&expected);
    println!();
    all.deeds.print();
    println!("\n{by_chance}");
    println!("{made} of them again, with a crash where nothing had crashed by chance");
    let (rested, slowest) = all.rested;
    println!(
        "at rest after at most {rested} steps (seed {slowest}); {} rebuilt and the same in everything",
        all.compared
    );
    println!(
        "{} in which names alone decide; {} in which a claim is proven later; {} joined by hand and parted again",
        all.plain, all.promoted, all.parted
    );
    let mut wrong = all.coverage.unexpected(&expected);
    wrong.extend(deeds.unexpected(&all.deeds));
    if schedules >= ALL && !extreme {
        wrong.extend(all.coverage.missed(&expected));
        wrong.extend(deeds.missed(&all.deeds));
    }
    let some = [
        (all.compared, "no system that was rebuilt was compared in everything"),
        (all.plain, "in no schedule names alone decided who is who"),
        (all.promoted, "in no schedule a name was claimed by one event and proven by another"),
        (all.parted, "nobody was joined by hand and parted again"),
    ];
    let none = some.into_iter().filter(|(times, _)| *times == 0 && schedules >= SOME);
    wrong.extend(none.map(|(_, what)| what.to_owned()));
    if merges < MERGES || crashes < CRASHES {
        wrong.push(format!("half of the schedules are to have {MERGES} merges and {CRASHES} crash at least"));
    }
    wrong.iter().for_each(|wrong| println!("failed: {wrong}"));
    all.failed == 0 && wrong.is_empty() && done as u64 == schedules
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
