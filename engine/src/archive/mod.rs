//! The archive: what leaves the profiles for good, as lines that a profile can be rebuilt from.
//!
//! A [`Line`] is an event as it stands in the log. A [`Word`] is a fact that no event says: an admin's word, an erasure,
//! a release from quarantine. A [`BotLine`] is an event that no profile has, a [`ChangeLine`] one that nobody sent. All have an `id`: the Queue may bring one twice, and then all copies have the same.
//! What stands there of somebody who was [`Erased`] goes.

mod bot_line;
mod change_line;
mod erased;
mod file;
mod iso;
mod line;
mod mark;
mod record;
mod sweep;
mod word;

pub use bot_line::{BOT_LINE_VERSION, BotLine};
pub use change_line::{CHANGE_LINE_VERSION, ChangeLine};
pub use erased::{ERASED_VERSION, Erased, Left, Unarchived, left};
pub use file::{Folder, Manifest, People};
pub use line::{LINE_VERSION, Line};
pub use mark::Mark;
pub use record::Record;
pub use sweep::{Dated, Fate, SWEEP_VERSION, Sweep};
pub use word::{Said, WORD_VERSION, Word};

fn is_none(number: &u64) -> bool {
    *number == 0
}
