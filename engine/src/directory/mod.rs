//! The directory: what can be said about all profiles, without asking each of them.
//!
//! Nothing can enumerate objects, so every profile tells the directory a [`Row`] when something listable about it has
//! changed. Rows are kept in a few [`Shard`]s by profile id. What a shard does with what it hears ([`Heard`]) is
//! decided here, so that messages may come twice, late, or in another order than they were sent:
//!
//! - a row replaces one of an older revision, never one of a newer;
//! - an event that was heard of alone only moves `last_seen`, and only by more than an hour, so that steady traffic
//!   costs no writes.
//!
//! What is to be known of all is told by a sample where asking everybody would cost too much: ids are random, so that the first
//! few profiles of each shard are one. Nothing is kept for it: whoever is erased or merged away is not among them any more.

mod course;
mod estimate;
mod heard;
mod history;
mod number;
mod page;
mod rebuild;
mod row;
mod shard;
mod totals;
mod walk;

pub use course::{COURSE_VERSION, Course};
pub use estimate::Estimate;
pub use heard::{Change, Heard, by_shard, change, gather};
pub use history::{Day, Marks, history, members};
pub use number::{Number, Numbers, numbers};
pub use page::{ListedRefusal, Page, RefusalCursor, RefusalFilter, newest_first};
pub use rebuild::{RebuildCursor, RebuildStep};
pub use row::{ROW_VERSION, Refused, Row, Standing, newest_refusals};
pub use shard::Shard;
pub use totals::Totals;
pub use walk::{Moved, WALK_VERSION, Walk, WalkProgress};
