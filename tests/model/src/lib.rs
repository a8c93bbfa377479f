//! Every order in which a few profiles can merge, with the engine's own code.
//!
//! The [simulator](../../simulator) plays a hundred thousand random schedules of many clients. This plays *all*
//! schedules of two or three profiles: any message in flight may be the next to arrive, and alarms ring when nothing is
//! on its way for their object. Besides, so many faults may happen at any moment: a message is lost, or arrives twice;
//! an object crashes (its memory is lost, and of what it was about to send any part); an alarm rings too early.
//!
//! What keeps it finite: faults are counted; an alarm rings once until nothing is on its way any more; there are two
//! times of day, one for messages and one for alarms; profile ids come from a fixed list; how often an object has tried
//! does not tell states apart; messages are a multiset.
//!
//! In every state no law of a single object is broken, no acknowledged event is lost, and no identifier is held by two
//! live homes; and from every state, if nothing goes wrong any more, everything comes to rest as the oracle says.
//!
//! | scenario | faults | states |
//! |---|---|---|
//! | two, the older finds the younger | 3 | 570,496 |
//! | two, the younger finds the older | 3 | 226,661 |
//! | two that show a new address at once | 2 | 930,665 |
//! | two, an event arrives meanwhile | 2 | 464,648 |
//! | three in a chain, the middle the oldest | 1 | 1,140,823 |
//! | three in a chain by age | 0 | 15,211 |
//! | three in a chain, the middle the youngest | 0 | 12,910 |
//! | two users with one address | 3 | 7,322 |
//! | two users that show a new address at once | 0 | 767,684 |
//! | an event that must go to the other user | 0 | 176,468 |
//!
//! | two, the older finds the younger, who has three events and is staged one by one | 2 | 87,147 |
//! | two, the younger finds the older and is staged one by one | 2 | 35,553 |
//! | two, an event arrives while the younger is staged one by one | 1 | 11,257 |
//! | three by one event of the oldest | 2, crashes alone | 1,161,534 |
//!
//! In the scenarios with stages some state must be one in which a part has arrived, and each finds [bugs](selvedge_simulator::sabotage)
//! that are put in: staged rows that count, a commit without them, late rows that are lost, a reservation or an entry that is
//! forgotten, a commit that is made twice.
//!
//! What stands in these tables is exhaustive, and nothing else is. Where faults are few, one more is too many states for a check: there
//! the simulator must do. `-- --ignored` begins three by one event with two faults of any kind, the same of the youngest with one, and
//! the chain by age with two crashes: nobody has seen these come to their end, so nothing is claimed of them.

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
