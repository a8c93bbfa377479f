//! What the workspace is asked and answers.

use selvedge_engine::access::{Act, Key, KeyId, Right};
use selvedge_engine::archive::{Erased, Mark, Unarchived};
use selvedge_engine::audience::Generation;
use selvedge_engine::config::{Conflict, Difference, FileError, Files, Publication};
use selvedge_engine::directory::Course;
use selvedge_engine::identity::{Identifier, Namespace};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};

use crate::config_cache::Pointer;

/// What the workspace can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Validate; with `dry_run` no more than that. With `base`, only if that is current still.
    Publish {
        files: Files,
        dry_run: bool,
        #[serde(default)]
        base: Option<u64>,
        #[serde(default)]
        who: String,
    },
    /// Publish what an older version had.
    Restore { version: u64, base: Option<u64>, who: String },
    /// What is published?
    Current,
    /// What was, newest first, before this version?
    History { before: Option<u64>, limit: usize },
    /// What was published as this version?
    Version { version: u64 },
    /// No event may name this identifier from now on.
    Quarantine { id: Identifier },
    /// Events may name it again.
    Release { id: Identifier },
    /// What is under quarantine?
    Quarantined,
    /// This generation of imported audiences counts from now on.
    Count { namespace: Namespace, generation: Generation },
    /// Which walk through all profiles was begun last?
    Course,
    /// Begin it once more; with `anew` everybody is also resolved by the identity rules that are published.
    SetOutAgain { anew: bool },
    /// Keep this key.
    Keep { key: Key },
    /// All keys.
    Keys,
    /// Is this key good? Its use is noted.
    Opens { key: KeyId, hash: String },
    /// It is good for nothing any more.
    Revoke { key: KeyId },
    /// The archive is to let go of somebody who was erased: has it?
    Unarchive { profile: ProfileId, erased: Box<Erased> },
    /// Who among these people was erased lately?
    ErasedAmong { marks: Vec<Mark> },
    /// Somebody asks for this.
    Note { act: Act },
    /// What was noted, newest first, before this number; of one person, with one key or of one kind only.
    Acts {
        before: Option<i64>,
        about: Option<String>,
        #[serde(default)]
        key: Option<KeyId>,
        #[serde(default)]
        right: Option<Right>,
        limit: usize,
    },
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// This is the current version now.
    Published {
        pointer: Pointer,
        changed: bool,
        #[serde(default)]
        warnings: Vec<FileError>,
    },
    /// It would be taken.
    Valid {
        hash: String,
        #[serde(default)]
        changes: Vec<Difference>,
        #[serde(default)]
        warnings: Vec<FileError>,
    },
    /// It is wrong.
    Invalid { errors: Vec<FileError> },
    /// Somebody else was first.
    Behind(Box<Behind>),
    /// What is published, if anything is.
    Current { published: Option<Published> },
    /// To [`Ask::History`].
    History { versions: Vec<Past> },
    /// To [`Ask::Quarantine`], [`Ask::Release`] and [`Ask::Count`]: it is published, or being published. Whether this changed anything, and
    /// the version that is current now.
    Changed {
        changed: bool,
        #[serde(default)]
        version: u64,
    },
    /// To [`Ask::Quarantined`].
    Quarantined { ids: Vec<Quarantined> },
    /// To [`Ask::Course`] and [`Ask::SetOutAgain`], if there was one.
    Course { course: Option<Course> },
    /// To [`Ask::Keys`].
    Keys { keys: Vec<Key> },
    /// To [`Ask::Keep`], [`Ask::Opens`] and [`Ask::Revoke`]: the key, if there is one that this is true of.
    Key { key: Option<Key> },
    /// To [`Ask::Unarchive`]: what has gone, once all has.
    Unarchived { what: Option<Unarchived> },
    /// To [`Ask::ErasedAmong`].
    Erased { erased: Vec<Erased> },
    /// To [`Ask::Note`].
    Noted,
    /// To [`Ask::Acts`]: each with its number.
    Acts { acts: Vec<(i64, Act)> },
}

/// An identifier under quarantine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Quarantined {
    pub(crate) id: Identifier,
    /// Since when.
    pub(crate) at: UnixMillis,
}

/// A published version.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Published {
    pub(crate) pointer: Pointer,
    pub(crate) published_at: UnixMillis,
    pub(crate) files: Files,
}

/// A published version without its files.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Past {
    pub(crate) pointer: Pointer,
    pub(crate) published_at: UnixMillis,
    /// How it came to be; none of versions from before that was noted.
    pub(crate) publication: Option<Publication>,
}

/// What was published since the version that somebody began with.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Behind {
    pub(crate) current: Past,
    pub(crate) theirs: Vec<Difference>,
    pub(crate) mine: Vec<Difference>,
    /// Both made one; where they contradict each other, as mine says.
    pub(crate) files: Files,
    pub(crate) conflicts: Vec<Conflict>,
}
