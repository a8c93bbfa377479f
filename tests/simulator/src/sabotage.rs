//! Protocol bugs, put in on purpose: each must be caught by a law. They sit at the seams between the machine and what
//! carries it, so that the engine itself has no code for them.

/// One bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// A reservation is not written: after a crash the room is given to others.
    SkipTheReservation,
    /// What a step says leaves before its writes are durable.
    AckBeforeWrite,
    /// Rows of a profile that is moving in count before the commit.
    FoldStagedRows,
    /// An entry obeys whoever asks it to move, of whatever epoch.
    DropTheEpochCheck,
    /// Whether a commit was made already is not looked up.
    CommitTwice,
    /// A messageId that is in the log already is logged again, under another name.
    ForgetDuplicates,
    /// What was logged while moving out is not marked.
    LoseLateRows,
    /// What is to be linked is kept in memory only.
    ForgetLinks,
    /// Entries that still name one who moved in are kept in memory only.
    ForgetToRepoint,
    /// A commit does not make the staged rows visible.
    CommitWithoutRows,
    /// Identifiers that leave are kept in memory only.
    ForgetHandedIdentifiers,
    /// A gift is kept in memory only.
    LoseGifts,
    /// Who moved in with what is given away is led to the receiver before that has it.
    RedirectEarly,
    /// An inbox is kept in memory only.
    LoseTheInbox,
    /// An event leaves the inbox when it is sent, not when its owner has it.
    EmptyTheInboxEarly,
    /// That something is to be resolved anew is kept in memory only.
    ForgetToResolve,
    /// What admins have said is kept in memory only.
    ForgetWords,
    /// An entry gives itself to everyone who claims it.
    GiveEntriesAway,
    /// An entry that somebody new has does not say that whom it named before was erased.
    ForgetErasures,
    /// An entry says nothing of those who may have an event with a name that others read it without.
    AskNobodyWhoShows,
    /// An entry does not remember who has an event that only claims its device.
    ForgetUnprovenClaims,
    /// What a ledger is to forget stays in it.
    KeepNames,
    /// An entry does not remember that its device was one of several people.
    ForgetSharedDevices,
    /// No alarm is ever set.
    NeverWake,
    /// A release from quarantine takes the identifier away from whoever has it.
    ReleaseTheOwner,
    /// A release from quarantine does not reach the entry.
    IgnoreReleases,
    /// What is told of a quarantine is published, though it was let go meanwhile.
    PublishOldQuarantines,
    /// A published change of the rules has everybody looked at anew.
    ResolveAtPublication,
    /// A line of the archive has a messageId of its own when it is replayed.
    ReplayDoubles,
    /// A replay does not say who was erased.
    ReplayTheErased,
    /// A replay does not say what admins have said.
    ReplayWithoutWords,
    /// Rules are applied, and only every other profile is asked.
    ApplyToSome,
    /// What nothing proves is read as if it were proven.
    BelieveClaims,
    /// A value that names nobody is read as a name.
    AdmitAnything,
}

impl Sabotage {
    /// All of them.
    pub const ALL: [Self; 34] = [
        Self::SkipTheReservation,
        Self::AckBeforeWrite,
        Self::FoldStagedRows,
        Self::DropTheEpochCheck,
        Self::CommitTwice,
        Self::ForgetDuplicates,
        Self::LoseLateRows,
        Self::ForgetLinks,
        Self::ForgetToRepoint,
        Self::CommitWithoutRows,
        Self::ForgetHandedIdentifiers,
        Self::LoseGifts,
        Self::RedirectEarly,
        Self::LoseTheInbox,
        Self::EmptyTheInboxEarly,
        Self::ForgetToResolve,
        Self::ForgetWords,
        Self::GiveEntriesAway,
        Self::ForgetErasures,
        Self::AskNobodyWhoShows,
        Self::ForgetUnprovenClaims,
        Self::KeepNames,
        Self::ForgetSharedDevices,
        Self::NeverWake,
        Self::ReleaseTheOwner,
        Self::IgnoreReleases,
        Self::PublishOldQuarantines,
        Self::ResolveAtPublication,
        Self::ReplayDoubles,
        Self::ReplayTheErased,
        Self::ReplayWithoutWords,
        Self::ApplyToSome,
        Self::BelieveClaims,
        Self::AdmitAnything,
    ];

    /// The first schedule to look for it in: what comes up once in tens of thousands is looked for where it does.
    pub fn shows_from(self) -> u64 {
        match self {
            Self::AskNobodyWhoShows => 1_244,
            Self::KeepNames => 3_389,
            Self::ForgetSharedDevices => 7_118,
            Self::RedirectEarly => 21_096,
            _ => 0,
        }
    }
}
