//! Ids are newtypes: a segment's id can't be passed for an offer's.

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// Names one delivery of one event; the log's primary key.
    MessageId
);
text_id!(
    /// Names a source in the config.
    SourceId
);
text_id!(
    /// Names a segment in the config.
    SegmentId
);
text_id!(
    /// Names an imported list of profiles.
    AudienceId
);
text_id!(
    /// Names an offer in the config.
    OfferId
);
text_id!(
    /// Names a config that is not published, and is shown to whoever has the link.
    DraftId
);
text_id!(
    /// Names an experiment.
    ExperimentId
);
text_id!(
    /// Names a variant of an offer.
    VariantId
);
text_id!(
    /// Names one decision: comes back with impressions and clicks.
    DecisionId
);
text_id!(
    /// Names a placement on a page.
    PlacementId
);

/// The random, never reused name of a profile object: 32 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileId(String);

impl ProfileId {
    /// The id made of 16 random bytes, which the caller provides.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads an id; `None` unless it is exactly 32 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 32 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProfileId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a profile id is 32 lower-case hex digits")
    }
}

impl From<ProfileId> for String {
    fn from(id: ProfileId) -> Self {
        id.0
    }
}

impl std::fmt::Display for ProfileId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::ProfileId;

    #[test]
    fn a_profile_id_is_parsed_not_converted() {
        let id = ProfileId::from_random([0xab; 16]);
        assert_eq!(ProfileId::parse(id.as_str()), Some(id));
        for wrong in ["", "AB", "../../etc/passwd", &"g".repeat(32), &"A".repeat(32)] {
            assert_eq!(ProfileId::parse(wrong), None);
        }
    }
}
