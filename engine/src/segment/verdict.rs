//! What comes of a condition, where some of it may be beyond this version.

/// Yes, no, or neither: an edge that meets an operator of a newer one can't tell, and what depends on it never holds, also
/// not turned round by a `not`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It does not hold.
    No,
    /// It holds.
    Yes,
    /// It depends on something that this version does not know, or was not given.
    Unknown,
    /// It can't be made sense of: the whole condition never holds, whatever else is in it.
    Broken,
}

impl Verdict {
    /// Whether it holds.
    pub fn holds(self) -> bool {
        self == Self::Yes
    }

    /// The other way round.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Yes => Self::No,
            neither => neither,
        }
    }

    /// Whether all hold: one that does not decides, whatever others are unknown.
    pub fn all(each: impl IntoIterator<Item = Self>) -> Self {
        Self::until(Self::No, each)
    }

    /// Whether one holds: that decides, whatever others are unknown.
    pub fn any(each: impl IntoIterator<Item = Self>) -> Self {
        Self::until(Self::Yes, each)
    }

    fn until(decides: Self, each: impl IntoIterator<Item = Self>) -> Self {
        let mut so_far = decides.turned();
        for verdict in each {
            match verdict {
                Self::Broken => return Self::Broken,
                Self::Unknown => so_far = Self::Unknown,
                decided if decided == decides => return decides,
                _ => {}
            }
        }
        so_far
    }
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}
