//! Whatever stands on a line of the archive.

use serde_json::Value;

use super::{BotLine, ChangeLine, Dated, Folder, Line, Mark, Word};
use crate::identity::Identifier;
use crate::time::UnixMillis;

/// A line of any of its files.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// Of an event.
    Event(Box<Line>),
    /// A word.
    Word(Box<Word>),
    /// Of a bot's event.
    Bot(Box<BotLine>),
    /// That somebody entered a segment, or left it.
    Change(Box<ChangeLine>),
}

impl Record {
    /// Reads a line. `None` if it is none, or of a version to come.
    pub fn read(text: &str) -> Option<Self> {
        let event = || Line::read(text).map(Box::new).map(Self::Event);
        let word = || Word::read(text).map(Box::new).map(Self::Word);
        let bot = || BotLine::read(text).map(Box::new).map(Self::Bot);
        let change = || ChangeLine::read(text).map(Box::new).map(Self::Change);
        event().or_else(word).or_else(bot).or_else(change)
    }

    /// The same of an element of a message.
    pub fn of(element: &Value) -> Option<Self> {
        Self::read(&element.to_string())
    }

    /// As it is written.
    ///
    /// # Errors
    /// None: its fields are all text.
    pub fn to_text(&self) -> serde_json::Result<String> {
        match self {
            Self::Event(line) => serde_json::to_string(line),
            Self::Word(word) => serde_json::to_string(word),
            Self::Bot(line) => serde_json::to_string(line),
            Self::Change(line) => serde_json::to_string(line),
        }
    }

    /// Where it stands.
    pub fn folder(&self) -> Folder {
        match self {
            Self::Event(line) => Folder::of_line(line),
            Self::Word(word) => Folder::of_word(word),
            Self::Bot(line) => Folder::of_bot(line),
            Self::Change(line) => Folder::of_change(line),
        }
    }

    /// When the edge took it; of a word, when it was said; of a change, when that was.
    pub fn at(&self) -> UnixMillis {
        match self {
            Self::Event(line) => line.received_at,
            Self::Word(word) => word.timestamp,
            Self::Bot(line) => line.received_at,
            Self::Change(line) => line.timestamp,
        }
    }

    /// What it says of how long it is kept; nothing, of a word, or of a change.
    pub fn dated(&self) -> Option<Dated> {
        match self {
            Self::Event(line) => Some(Dated::from(&**line)),
            Self::Word(_) | Self::Change(_) => None,
            Self::Bot(line) => Some(Dated::from(&**line)),
        }
    }

    /// Whom it is about: the name under which an event was filed, all that a word names, or a profile. What an event merely shows beside that
    /// is not whom it is about.
    pub fn names(&self) -> Vec<Identifier> {
        match self {
            Self::Event(line) => line.filed_under().into_iter().collect(),
            Self::Word(word) => word.names().cloned().collect(),
            Self::Bot(line) => line.filed_under().into_iter().collect(),
            Self::Change(line) => vec![line.filed_under()],
        }
    }

    /// The same as a manifest has it.
    pub fn marks(&self, number: &dyn Fn(&Identifier) -> u64) -> Vec<Mark> {
        self.names().iter().map(|id| Mark(number(id))).collect()
    }
}
