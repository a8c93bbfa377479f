//! How far a rebuild has come: all of it stands in the cursor, so that whoever has one can go on.

use crate::ids::ProfileId;

/// A step of a rebuild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RebuildStep {
    /// Read the archive after this file: who has had events?
    Archive {
        /// The last file that was read.
        after: Option<String>,
    },
    /// Ask the profiles after this one for their rows.
    Profiles {
        /// The last profile that was asked.
        after: Option<ProfileId>,
    },
    /// Put the new rows in the place of the old ones.
    Finish,
}

/// What a rebuild does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildCursor {
    /// Which rebuild: only the one begun last may go on.
    pub generation: u64,
    /// Its next step.
    pub step: RebuildStep,
}

impl RebuildCursor {
    /// Reads what `to_string` wrote; `None` if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let (generation, step) = text.split_once(':')?;
        let (step, after) = step.split_once(':')?;
        let named = Some(after).filter(|after| !after.is_empty());
        let step = match step {
            "archive" => RebuildStep::Archive { after: named.map(str::to_owned) },
            "profiles" => match named {
                None => RebuildStep::Profiles { after: None },
                Some(id) => RebuildStep::Profiles { after: Some(ProfileId::parse(id)?) },
            },
            "finish" if named.is_none() => RebuildStep::Finish,
            _ => return None,
        };
        Some(Self { generation: generation.parse().ok()?, step })
    }
}

impl std::fmt::Display for RebuildCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let generation = self.generation;
        match &self.step {
            RebuildStep::Archive { after } => {
                write!(f, "{generation}:archive:{}", after.as_deref().unwrap_or_default())
            }
            RebuildStep::Profiles { after } => {
                write!(f, "{generation}:profiles:{}", after.as_ref().map_or("", ProfileId::as_str))
            }
            RebuildStep::Finish => write!(f, "{generation}:finish:"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RebuildCursor, RebuildStep};
    use crate::ids::ProfileId;

    #[test]
    fn every_step_reads_back() {
        let file = "archive/source=a:b/hour=2026-11-21T22/00.ndjson".to_owned();
        let steps = [
            RebuildStep::Archive { after: None },
            RebuildStep::Archive { after: Some(file) },
            RebuildStep::Profiles { after: None },
            RebuildStep::Profiles { after: Some(ProfileId::from_random([9; 16])) },
            RebuildStep::Finish,
        ];
        for step in steps {
            let cursor = RebuildCursor { generation: 1_795_304_118_162, step };
            assert_eq!(RebuildCursor::parse(&cursor.to_string()), Some(cursor));
        }
        for wrong in ["", "1", "1:archive", "x:archive:", "1:profiles:abc", "1:finish:x", "1:other:"] {
            assert_eq!(RebuildCursor::parse(wrong), None, "{wrong}");
        }
    }
}
