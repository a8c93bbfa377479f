//! What an experiment has shown so far, and what can be said about it. See docs/experiments.md.
//!
//! Numbers are looked at every day, and an experiment is stopped when they please. So every interval here is one of a *confidence
//! sequence*: it holds at all looks together, where the usual one holds at a single one that was fixed before.

mod lift;
mod ratio;
mod report;
mod sample;
mod sums;
mod verdict;

pub use lift::Lift;
pub use ratio::{Ratio, ratio};
pub use report::{ArmReport, Counted, Report, Revenue, Unit, of_decisions, of_people};
pub use sample::{Interval, Sample};
pub use sums::{Arms, Sums, shift};
pub use verdict::{Code, Verdict};
