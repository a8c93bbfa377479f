//! What is told to whoever listens: that a config was published, and what is happening now.

mod pulse;
mod relay;

pub use pulse::{Came, PULSE_VERSION, Pulse, Seen};
pub use relay::Relay;
