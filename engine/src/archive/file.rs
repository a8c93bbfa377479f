//! Where lines stand, and what is said of each file.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    BOT_LINE_VERSION, BotLine, CHANGE_LINE_VERSION, ChangeLine, LINE_VERSION, Line, Mark, WORD_VERSION, Word,
    iso,
};
use crate::ids::SourceId;
use crate::limits;
use crate::time::UnixMillis;

/// A folder of the archive: files in it are written once and named by the hash of their lines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folder {
    /// Events of a source, by the hour of their receipt.
    Events(SourceId, String),
    /// Words, by the hour in which they were said.
    Words(String),
    /// Events of bots by source and hour of receipt, apart from all others.
    Bots(SourceId, String),
    /// Who entered segments and left them, by the hour in which they did.
    Changes(String),
}

impl Folder {
    /// Where a line stands.
    pub fn of_line(line: &Line) -> Self {
        Self::Events(line.source.clone(), line.received_at.hour())
    }

    /// Where a word stands.
    pub fn of_word(word: &Word) -> Self {
        Self::Words(word.timestamp.hour())
    }

    /// Where a bot's line stands.
    pub fn of_bot(line: &BotLine) -> Self {
        Self::Bots(line.source.clone(), line.received_at.hour())
    }

    /// Where a change of memberships stands.
    pub fn of_change(line: &ChangeLine) -> Self {
        Self::Changes(line.timestamp.hour())
    }

    /// Its name, as all files in it begin.
    pub fn path(&self) -> String {
        match self {
            Self::Events(source, hour) => format!("archive/source={}/hour={hour}/", escaped(source.as_str())),
            Self::Words(hour) => format!("words/hour={hour}/"),
            Self::Bots(source, hour) => format!("bots/source={}/hour={hour}/", escaped(source.as_str())),
            Self::Changes(hour) => format!("segments/hour={hour}/"),
        }
    }

    /// The folder that a file of this or of an older release stands in; `None` if it is no file of ours.
    pub fn of_file(name: &str) -> Option<Self> {
        let hour = |text: &str| Some(text.strip_prefix("hour=")?.to_owned());
        match *name.split('/').collect::<Vec<_>>().as_slice() {
            [kind @ ("archive" | "bots"), source, folder, _] => {
                let source = SourceId(unescaped(source.strip_prefix("source=")?)?);
                let hour = hour(folder)?;
                Some(if kind == "bots" { Self::Bots(source, hour) } else { Self::Events(source, hour) })
            }
            ["words", folder, _] => Some(Self::Words(hour(folder)?)),
            ["segments", folder, _] => Some(Self::Changes(hour(folder)?)),
            _ => None,
        }
    }

    /// The file with these lines. `hash` is of the lines themselves, so that a batch that comes twice overwrites its file.
    pub fn file(&self, hash: &str) -> String {
        format!("{}{hash}.ndjson.gz", self.path())
    }

    /// The version of what stands there.
    pub fn version(&self) -> u8 {
        match self {
            Self::Events(..) => LINE_VERSION,
            Self::Words(_) => WORD_VERSION,
            Self::Bots(..) => BOT_LINE_VERSION,
            Self::Changes(_) => CHANGE_LINE_VERSION,
        }
    }
}

/// As Hive writes values in paths: a source may have any name.
fn escaped(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    value
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// What was [`escaped`].
fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// Who the lines of a file are about, as far as that is kept in mind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People(BTreeSet<Mark>);

impl People {
    /// These as well.
    pub fn add(&mut self, marks: impl IntoIterator<Item = Mark>) {
        self.0.extend(marks);
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Mark> {
        self.0.iter()
    }

    /// As a manifest says it: nothing, if they are too many for that.
    pub fn said(&self) -> Option<Vec<Mark>> {
        (self.0.len() <= limits::MANIFEST_PEOPLE).then(|| self.0.iter().copied().collect())
    }
}

/// What is known of a file without reading it. It stands beside the file, written after it: a file that has one is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Its own version.
    pub v: u8,
    /// The file, from the archive's root.
    pub file: String,
    /// `ndjson.gz`.
    pub format: String,
    /// The version of its lines.
    pub line_version: u8,
    /// So many lines.
    pub lines: u64,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of it, hex.
    pub sha256: String,
    /// The first receipt among its lines; of words, the first that was said.
    #[serde(with = "iso")]
    pub min_received_at: UnixMillis,
    /// The last one.
    #[serde(with = "iso")]
    pub max_received_at: UnixMillis,
    /// Whom its lines are about, by hashes that say nothing to who has not the deployment's secret. Without it, it may be anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<Vec<Mark>>,
}

impl Manifest {
    /// The manifest's version. Version 1 did not say whom a file is about.
    pub const VERSION: u8 = 2;

    /// Where the manifest of a file stands; `None` if there is no such file.
    pub fn of_file(file: &str) -> Option<String> {
        let name = file.strip_suffix(".ndjson.gz")?;
        let is_one =
            ["archive/", "words/", "bots/", "segments/"].iter().any(|folder| name.starts_with(folder));
        is_one.then(|| format!("manifest/{name}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Folder, Manifest};
    use crate::ids::SourceId;

    #[test]
    fn a_file_has_one_manifest() {
        let events = Folder::Events(SourceId::from("shop"), "2026-11-21T22".into()).file("ab");
        let words = Folder::Words("2026-11-21T22".into()).file("ab");
        assert_eq!(events, "archive/source=shop/hour=2026-11-21T22/ab.ndjson.gz");
        assert_eq!(
            Manifest::of_file(&events).as_deref(),
            Some("manifest/archive/source=shop/hour=2026-11-21T22/ab.json")
        );
        assert_eq!(Manifest::of_file(&words).as_deref(), Some("manifest/words/hour=2026-11-21T22/ab.json"));
        let bots = Folder::Bots(SourceId::from("shop"), "2026-11-21T22".into()).file("ab");
        assert_eq!(
            Manifest::of_file(&bots).as_deref(),
            Some("manifest/bots/source=shop/hour=2026-11-21T22/ab.json")
        );
        assert_eq!(Manifest::of_file("manifest/words/hour=2026-11-21T22/ab.json"), None);
        let changes = Folder::Changes("2026-11-21T22".into()).file("ab");
        assert_eq!(
            Manifest::of_file(&changes).as_deref(),
            Some("manifest/segments/hour=2026-11-21T22/ab.json")
        );
        assert_eq!(Folder::of_file(&changes), Some(Folder::Changes("2026-11-21T22".into())));
        let odd = Folder::Events(SourceId::from("a/b=ü"), "2026-11-21T22".into()).file("ab");
        assert_eq!(odd, "archive/source=a%2Fb%3D%C3%BC/hour=2026-11-21T22/ab.ndjson.gz");
        for source in ["shop", "a/b=ü", "100%", "", "a b"] {
            let folder = Folder::Events(SourceId::from(source), "2026-11-21T22".into());
            assert_eq!(Folder::of_file(&folder.file("ab")), Some(folder));
        }
        for none in
            ["archive/x", "archive/source=a/day=1/x", "archive/source=%/hour=1/x", "dead-letters/1", ""]
        {
            assert_eq!(Folder::of_file(none), None, "{none}");
        }
    }
}
