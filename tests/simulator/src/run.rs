//! What is run: a schedule by its seed, and where it is made to crash beside the crashes that it has by chance.

use std::fmt;
use std::str::FromStr;

/// One place in one schedule: the `nth` time that a transition is taken in it, at this point of it. A schedule is the same
/// each time up to there, so a crash that is asked for there comes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CrashPoint {
    pub(crate) transition: String,
    /// From 1.
    pub(crate) nth: u64,
    /// See [`Cut::of`](crate::coverage::Cut::of).
    pub(crate) point: usize,
}

impl fmt::Display for CrashPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.transition, self.nth, self.point)
    }
}

impl FromStr for CrashPoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let mut parts = text.rsplitn(3, ':');
            let (point, nth) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            Some(Self { transition: parts.next()?.to_owned(), nth, point })
        };
        read().ok_or_else(|| format!("a crash is written \"live commit:3:1\", not \"{text}\""))
    }
}

/// One schedule. Those with fewer crashes of their own come first.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Run {
    pub(crate) crashes: Vec<CrashPoint>,
    pub(crate) seed: u64,
    /// With bounds that are soon reached, and admins at odds about what is under quarantine.
    pub(crate) extreme: bool,
}

impl Run {
    /// As chance has it.
    pub(crate) fn of(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// The same, and one crash more.
    pub(crate) fn and(&self, crash: CrashPoint) -> Self {
        let mut more = self.clone();
        more.crashes.push(crash);
        more
    }
}

/// The arguments that run it again.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--seed {}{}", self.seed, if self.extreme { " --extreme" } else { "" })?;
        self.crashes.iter().try_for_each(|crash| write!(f, " --crash \"{crash}\""))
    }
}
