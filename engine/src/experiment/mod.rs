//! Experiments: which variant somebody is allotted. Hashes and buckets are GrowthBook's, so that an experiment that began there
//! goes on here with everybody where they were; its public suite is the test (`engine/tests/growthbook.rs`).

mod allot;
mod bucket;
mod hash;

pub use allot::{Allotment, Assignments, Experiment, Filter};
pub use bucket::{Namespace, Range, choose, equal_weights, in_namespace, ranges};
pub use hash::hash;
