//! Which transitions were taken, and where in each an object has crashed.

use std::collections::{BTreeMap, BTreeSet};

use crate::expected::Expected;
use crate::run::{CrashPoint, Run};

/// Where a transition is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Before its writes are durable: the input is lost.
    BeforeWrite,
    /// After that, before anything is sent.
    BeforeSending,
    /// Between two of the things that it sends.
    WhileSending,
    /// After the last of them: only what was in memory is lost.
    AfterSending,
}

impl Cut {
    pub(crate) const ALL: [Self; 4] =
        [Self::BeforeWrite, Self::BeforeSending, Self::WhileSending, Self::AfterSending];

    /// Point 0 is before the writes; point `n + 1` after those and the first `n` of what is sent.
    pub(crate) fn of(point: usize, sends: usize) -> Self {
        match point {
            0 => Self::BeforeWrite,
            1 => Self::BeforeSending,
            _ if point <= sends => Self::WhileSending,
            _ => Self::AfterSending,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BeforeWrite => "before write",
            Self::BeforeSending => "before sending",
            Self::WhileSending => "while sending",
            Self::AfterSending => "after sending",
        }
    }
}

/// A transition in one schedule, or in many.
#[derive(Debug, Clone)]
struct Cells<P> {
    /// How often it was taken.
    times: u64,
    /// By [`Cut`]: how often it was cut off there, and where it could first have been, if it could.
    cuts: [(u64, Option<P>); 4],
}

impl<P> Default for Cells<P> {
    fn default() -> Self {
        Self { times: 0, cuts: [const { (0, None) }; 4] }
    }
}

/// The transitions of one schedule.
#[derive(Debug, Clone, Default)]
pub(crate) struct Transitions(BTreeMap<String, Cells<(u64, usize)>>);

impl Transitions {
    /// How often so far.
    pub(crate) fn times(&self, transition: &str) -> u64 {
        self.0.get(transition).map_or(0, |cells| cells.times)
    }

    /// It was taken, could have crashed at points `0..points`, and has, or not.
    pub(crate) fn hit(&mut self, transition: &str, crash: Option<usize>, points: usize, sends: usize) {
        if !self.0.contains_key(transition) {
            self.0.insert(transition.to_owned(), Cells::default());
        }
        let Some(cells) = self.0.get_mut(transition) else { return };
        cells.times += 1;
        for point in 0..points {
            let Some((hit, first)) = cells.cuts.get_mut(Cut::of(point, sends) as usize) else { continue };
            *hit += u64::from(crash == Some(point));
            first.get_or_insert((cells.times, point));
        }
    }
}

/// The transitions of many schedules.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coverage(BTreeMap<String, Cells<(Run, CrashPoint)>>);

impl Coverage {
    /// One schedule more.
    pub(crate) fn add(&mut self, run: &Run, taken: &Transitions) {
        for (transition, more) in &taken.0 {
            if !self.0.contains_key(transition) {
                self.0.insert(transition.clone(), Cells::default());
            }
            let Some(cells) = self.0.get_mut(transition) else { continue };
            cells.times += more.times;
            for ((hit, first), (more, possible)) in cells.cuts.iter_mut().zip(&more.cuts) {
                *hit += more;
                let Some((nth, point)) = *possible else { continue };
                if first.as_ref().is_none_or(|(known, _)| run < known) {
                    let at = CrashPoint { transition: transition.clone(), nth, point };
                    *first = Some((run.clone(), at));
                }
            }
        }
    }

    /// What others have run. Which of them it was doesn't show: the first schedule in which a crash could be is kept.
    pub(crate) fn join(&mut self, other: Self) {
        for (transition, more) in other.0 {
            let cells = self.0.entry(transition).or_default();
            cells.times += more.times;
            for ((hit, first), (more, possible)) in cells.cuts.iter_mut().zip(more.cuts) {
                *hit += more;
                *first = first.take().into_iter().chain(possible).min();
            }
        }
    }

    /// Where something could have crashed and never has: the first schedule, and the point in it.
    pub(crate) fn gaps(&self) -> Vec<(Run, CrashPoint, Cut)> {
        let gaps = self.0.values().flat_map(|cells| cells.cuts.iter().zip(Cut::ALL));
        let gaps = gaps.filter(|((hit, _), _)| *hit == 0);
        gaps.filter_map(|((_, first), cut)| first.clone().map(|(run, at)| (run, at, cut))).collect()
    }

    /// Whether something has crashed there.
    pub(crate) fn has(&self, transition: &str, cut: Cut) -> bool {
        let cells = self.0.get(transition).and_then(|cells| cells.cuts.get(cut as usize));
        cells.is_some_and(|(hit, _)| *hit > 0)
    }

    /// Where something is expected to be cut off and never was.
    pub(crate) fn missed(&self, expected: &Expected) -> Vec<String> {
        let cells = expected.all().flat_map(|(transition, one)| Cut::ALL.map(|cut| (transition, one, cut)));
        let missed = cells.filter(|(transition, one, cut)| one.is_asked(*cut) && !self.has(transition, *cut));
        missed.map(|(transition, _, cut)| format!("never cut off: {transition}, {}", cut.name())).collect()
    }

    /// Where something could be cut off and nobody expected it, and the first schedule in which it could.
    pub(crate) fn unexpected(&self, expected: &Expected) -> Vec<String> {
        let cells = self.0.iter().flat_map(|(transition, cells)| {
            Cut::ALL.into_iter().zip(&cells.cuts).map(move |(cut, (_, first))| (transition, cut, first))
        });
        let known = |transition: &str, cut| expected.of(transition).is_some_and(|one| one.is_cut_off(cut));
        cells
            .filter(|(transition, cut, _)| !known(transition, *cut))
            .filter_map(|(transition, cut, first)| {
                let (run, _) = first.as_ref()?;
                Some(format!("not in transitions.txt: {transition}, {}, first in {run}", cut.name()))
            })
            .collect()
    }

    /// Prints the table: what is expected, and what came up.
    pub(crate) fn print(&self, expected: &Expected) {
        print!("{:<34}{:>12}", "transition", "taken");
        Cut::ALL.iter().for_each(|cut| print!("{:>16}", cut.name()));
        println!();
        let all: BTreeSet<&str> =
            expected.all().map(|(name, _)| name).chain(self.0.keys().map(String::as_str)).collect();
        for transition in all {
            let cells = self.0.get(transition);
            print!("{transition:<34}{:>12}", cells.map_or(0, |cells| cells.times));
            for cut in Cut::ALL {
                let (hit, first) =
                    cells.and_then(|cells| cells.cuts.get(cut as usize).cloned()).unwrap_or_default();
                let can_be =
                    first.is_some() || expected.of(transition).is_some_and(|one| one.is_cut_off(cut));
                print!("{:>16}", if can_be { hit.to_string() } else { "-".into() });
            }
            println!();
        }
    }
}
