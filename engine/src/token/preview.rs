//! The link to a preview: whoever has it sees pages as a draft has them, until it ends.

use serde::{Deserialize, Serialize};

use super::SealKey;
use crate::ids::DraftId;
use crate::time::UnixMillis;

/// Which draft, and until when. It says nothing of who made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    v: u8,
    /// Which.
    #[serde(rename = "d")]
    pub draft: DraftId,
    /// Until when.
    #[serde(rename = "u")]
    pub until: UnixMillis,
}

impl Preview {
    /// Of this draft.
    pub fn new(draft: DraftId, until: UnixMillis) -> Self {
        Self { v: 1, draft, until }
    }

    /// Reads a token; nothing if it is none of ours, or over.
    pub fn open(key: &SealKey, token: &str, now: UnixMillis) -> Option<Self> {
        key.open::<Self>(token).filter(|preview| preview.v == 1 && now < preview.until)
    }

    /// The token.
    pub fn seal(&self, key: &SealKey) -> String {
        key.seal(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Preview, SealKey};
    use crate::time::UnixMillis;

    #[test]
    fn a_preview_ends_and_nobody_makes_one_up() {
        let key = SealKey::derive(b"secret", "preview");
        let preview = Preview::new("abc".into(), UnixMillis(10));
        let token = preview.seal(&key);
        assert_eq!(Preview::open(&key, &token, UnixMillis(9)), Some(preview));
        assert_eq!(Preview::open(&key, &token, UnixMillis(10)), None);
        assert_eq!(Preview::open(&SealKey::derive(b"secret", "decision-token"), &token, UnixMillis(9)), None);
        let longer = Preview::new("abc".into(), UnixMillis(99)).seal(&SealKey::derive(b"guess", "preview"));
        assert_eq!(Preview::open(&key, &longer, UnixMillis(9)), None);
    }
}
