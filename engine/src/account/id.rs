//! What names an account.

use serde::{Deserialize, Serialize};

use crate::identity::{Identifier, Namespace, Normalise, Refusal};

/// A `groupId`, trimmed and in Unicode NFC; upper and lower case differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(String);

impl AccountId {
    /// Reads a `groupId`. What is no identifier is no account either: everybody who sent `null` would be colleagues.
    ///
    /// # Errors
    /// The [`Refusal`] when the value names nobody, is too long or malformed.
    pub fn new(text: &str) -> Result<Self, Refusal> {
        let namespace = Namespace::parse(Namespace::GROUP_ID).ok_or(Refusal::Malformed)?;
        Ok(Self(Identifier::normalised(namespace, text, Normalise::Exact)?.value))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AccountId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::AccountId;
    use crate::identity::Refusal;

    #[test]
    fn what_is_no_identifier_is_no_account() {
        assert_eq!(AccountId::new(" ACME "), AccountId::new("ACME"));
        assert_ne!(AccountId::new("acme"), AccountId::new("ACME"));
        assert_eq!(AccountId::new(""), Err(Refusal::Blocked));
        assert_eq!(AccountId::new("null"), Err(Refusal::Blocked));
        assert_eq!(AccountId::new(&"g".repeat(501)), Err(Refusal::TooLong));
        assert_eq!(AccountId::new("a\0b"), Err(Refusal::Malformed));
    }
}
