//! All that has left the profiles, as it would stand in the archive: each line and each word once.

use std::collections::BTreeMap;

use selvedge_engine::archive::{Line, Word};
use selvedge_engine::ids::ProfileId;
use selvedge_simulator::store::Left;

/// Lines and words by their ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Archive {
    pub(crate) lines: BTreeMap<String, Line>,
    pub(crate) words: BTreeMap<String, Word>,
}

impl Archive {
    /// What has left this profile.
    pub(crate) fn take(&mut self, profile: &ProfileId, left: Left) {
        match left {
            Left::Event(item) => {
                let line = Line::of(profile, &item);
                self.lines.insert(line.id.clone(), line);
            }
            Left::Word(fact) => Word::of(&fact).into_iter().for_each(|word| self.add(word)),
            // Identifier objects go by their identifiers here.
            Left::Erased(id, at, suppressed) => self.add(Word::erased(id.to_string(), at, suppressed)),
        }
    }

    /// A word that no profile has said.
    pub(crate) fn add(&mut self, word: Word) {
        self.words.insert(word.id.clone(), word);
    }
}
