//! Back pressure: how much of what is sent is let in, and when the rest may come.
//!
//! Sans-I/O like everything here: a [`Gate`] is told who sends how many events at what time. The Worker has one in each
//! isolate's memory and asks it before it looks at the events: nobody else has to be asked for that, which is why it
//! counts what this isolate sees and nothing more.

mod address;
mod allowance;
mod bucket;
mod gate;
mod recent;
mod weight;

pub use address::Address;
pub use allowance::{Allowance, SourceLimits};
pub use bucket::Bucket;
pub use gate::{Gate, Refused, Whose};
pub use recent::Recent;
pub use weight::weight;
