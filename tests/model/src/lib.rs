//! Every order in which a few profiles can merge, with the engine's own code.
//!
//! The [simulator](../../simulator) plays a hundred thousand random schedules of many clients. This plays *all*
//! schedules of two or three profiles: any message in flight may be the next to arrive, alarms ring when nothing is on
//! its way for their object, and at any moment one message may be lost, one may arrive twice, one object may crash
//! (its memory is lost, and of what it was about to send any part), and one alarm may ring too early.
//!
//! What keeps it finite: the faults are counted; there are two times of day, one for messages and one for alarms;
//! profile ids come from a fixed list; how often an object has tried does not tell states apart; messages are a
//! multiset.

mod flight;
mod kept;
mod object;
mod rest;
mod scenario;
mod state;
mod step;

pub use flight::{Client, Flight, Sender};
pub use kept::Kept;
pub use object::Object;
pub use scenario::{Ending, Scenario, Seen};
pub use state::{Action, State};
pub use step::Merging;
