//! Identifiers: a namespace and a value, normalised so that equal people compare equal.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use super::fact::Order;
use super::{Normalise, is_blocked};
use crate::ids::ProfileId;
use crate::limits;

/// The kind of an identifier: `user_id`, `email`, `phone`, `anonymous_id`, or one of the site's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Namespace(String);

impl Namespace {
    /// The login id.
    pub const USER_ID: &'static str = "user_id";
    /// E-mail.
    pub const EMAIL: &'static str = "email";
    /// Phone, E.164.
    pub const PHONE: &'static str = "phone";
    /// A device's random id.
    pub const ANONYMOUS_ID: &'static str = "anonymous_id";

    /// An account's id: names nobody, and stands only in remarks on values that are no accounts.
    pub const GROUP_ID: &'static str = "group_id";

    /// The profile of a device that several people use. No client can write it.
    pub const SHARED_DEVICE: &'static str = "_shared_device";
    /// What a device did before somebody logged in, where that is kept apart. No client can write it.
    pub const BEFORE_LOGIN: &'static str = "_before_login";
    /// An event, where only its number is kept. Nothing is ever stored under it.
    const EVENT: &'static str = "_event";
    /// A profile, likewise.
    const PROFILE: &'static str = "_profile";

    /// Reads a namespace: lower-case letters, digits, `_` and `.`, starting with a letter.
    pub fn parse(text: &str) -> Option<Self> {
        let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
        let rest =
            text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'.');
        (starts && rest && text.len() <= limits::NAMESPACE_CHARS).then(|| Self(text.to_owned()))
    }

    /// The namespace as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether only Selvedge itself writes it.
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with('_')
    }

    fn stored(text: &str) -> Option<Self> {
        let reserved = matches!(text, Self::SHARED_DEVICE | Self::BEFORE_LOGIN);
        if reserved { Some(Self(text.to_owned())) } else { Self::parse(text) }
    }
}

impl TryFrom<String> for Namespace {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::stored(&text)
            .ok_or("a namespace is lower-case letters, digits, `_` and `.`, starting with a letter")
    }
}

impl From<Namespace> for String {
    fn from(namespace: Namespace) -> Self {
        namespace.0
    }
}

/// Why a value is no identifier, or an identifier was not linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The value names nobody (`null`, `0`, …).
    Blocked,
    /// Over [`limits::IDENTIFIER_CHARS`].
    TooLong,
    /// A control character, or not of the form that the namespace asks for.
    Malformed,
    /// The profile would hold more of this namespace than its limit.
    Limit,
    /// The profiles hold different values of a unique namespace.
    Unique,
    /// Nothing but a device connects the two, and several people use it.
    SharedDevice,
    /// Somebody took a link between these people back: they are never joined again.
    NeverMerge,
    /// An alias names two people that both exist.
    Alias,
    /// It gathered too many devices too fast and is under quarantine.
    Quarantined,
    /// The person it named was erased.
    Erased,
    /// Over [`limits::IDENTIFIERS_PER_EVENT`].
    TooMany,
    /// An alias of which not both names are proven.
    Unproven,
    /// An alias from a name to itself.
    SameName,
    /// An alias without a `userId`, or with something stronger than that on it.
    NoNewName,
    /// A link from another site brought it that does not count: over, for another site, or none of ours.
    Handover,
}

impl Refusal {
    /// Whether an event asks for a link in vain, and not whether a value names nobody.
    pub fn is_of_link(self) -> bool {
        matches!(self, Self::TooMany | Self::Unproven | Self::SameName | Self::NoNewName)
    }

    /// The snake_case code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::Limit => "limit",
            Self::Unique => "unique",
            Self::SharedDevice => "shared_device",
            Self::NeverMerge => "never_merge",
            Self::Alias => "alias",
            Self::Quarantined => "quarantined",
            Self::Erased => "erased",
            Self::TooMany => "too_many",
            Self::Unproven => "unproven",
            Self::SameName => "same_name",
            Self::NoNewName => "no_new_name",
            Self::Handover => "handover",
        }
    }
}

/// A (namespace, value) pair, normalised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// Its kind.
    pub namespace: Namespace,
    /// Its normalised value.
    pub value: String,
}

impl Identifier {
    /// Normalises a value: NFC and trimmed; e-mail lower-cased; phone to `+` and digits.
    ///
    /// # Errors
    /// The [`Refusal`] when the value can't be an identifier.
    pub fn new(namespace: &str, value: &str) -> Result<Self, Refusal> {
        let namespace = Namespace::parse(namespace).ok_or(Refusal::Malformed)?;
        let normalise = match namespace.as_str() {
            Namespace::EMAIL => Normalise::Email,
            Namespace::PHONE => Normalise::Phone,
            _ => Normalise::Exact,
        };
        Self::normalised(namespace, value, normalise)
    }

    /// Normalises a value in the way asked for.
    ///
    /// # Errors
    /// As [`Identifier::new`].
    pub fn normalised(namespace: Namespace, value: &str, normalise: Normalise) -> Result<Self, Refusal> {
        if value.len() > limits::IDENTIFIER_CHARS * 4 {
            return Err(Refusal::TooLong);
        }
        let value: String = value.trim().nfc().collect();
        if is_blocked(&value) {
            return Err(Refusal::Blocked);
        }
        if value.chars().count() > limits::IDENTIFIER_CHARS {
            return Err(Refusal::TooLong);
        }
        if value.chars().any(is_no_text) {
            return Err(Refusal::Malformed);
        }
        let value = match normalise {
            Normalise::Exact => value,
            Normalise::Lowercase => value.to_lowercase(),
            Normalise::Email => email(&value).ok_or(Refusal::Malformed)?,
            Normalise::Phone => phone(&value).ok_or(Refusal::Malformed)?,
        };
        Ok(Self { namespace, value })
    }

    /// Reads what [`Display`](std::fmt::Display) wrote: normalised already, the namespace perhaps a reserved one.
    pub fn stored(text: &str) -> Option<Self> {
        let (namespace, value) = text.split_once(':')?;
        Some(Self { namespace: Namespace::stored(namespace)?, value: value.to_owned() })
    }

    /// The name of the profile that a shared device has of its own.
    #[must_use]
    pub fn shared_device(&self) -> Self {
        Self { namespace: Namespace(Namespace::SHARED_DEVICE.to_owned()), value: self.to_string() }
    }

    /// The name under which what this device did before a login is kept apart.
    #[must_use]
    pub fn before_login(&self) -> Self {
        Self { namespace: Namespace(Namespace::BEFORE_LOGIN.to_owned()), value: self.to_string() }
    }

    /// What stands for an event where only its number is kept.
    pub fn of_event((at, message): &Order) -> Self {
        Self { namespace: Namespace(Namespace::EVENT.to_owned()), value: format!("{}/{message}", at.0) }
    }

    /// What stands for a profile where only its number is kept.
    pub fn of_profile(profile: &ProfileId) -> Self {
        Self { namespace: Namespace(Namespace::PROFILE.to_owned()), value: profile.to_string() }
    }

    /// As whom an event of release 0.1.0 came, or one of a bot's from before that was said: by its login, or by its device.
    pub fn named_in(body: &Map<String, Value>) -> Option<Self> {
        let fields = [("userId", Namespace::USER_ID), ("anonymousId", Namespace::ANONYMOUS_ID)];
        fields.iter().find_map(|(field, namespace)| {
            let text = match body.get(*field)? {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Self::new(namespace, &text).ok()
        })
    }

    /// Reads `namespace:value`, as API paths write it.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] without a colon; otherwise as [`Identifier::new`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let (namespace, value) = text.split_once(':').ok_or(Refusal::Malformed)?;
        Self::new(namespace, value)
    }
}

impl std::fmt::Display for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.namespace.as_str(), self.value)
    }
}

/// Characters that no system gives out in ids, but broken programs send: controls, invisible joiners, private use and
/// pictographs.
fn is_no_text(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffd}')
        || matches!(c, '\u{2600}'..='\u{27bf}' | '\u{fe00}'..='\u{fe0f}' | '\u{e000}'..='\u{f8ff}')
        || matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{e0000}'..='\u{10ffff}')
}

fn email(value: &str) -> Option<String> {
    let value = value.to_lowercase();
    let (local, domain) = value.rsplit_once('@')?;
    (!local.is_empty() && !domain.is_empty() && !value.contains(char::is_whitespace)).then_some(value)
}

/// E.164 from what people type. A number without its country can't be told apart and is no identifier.
fn phone(value: &str) -> Option<String> {
    let value = value.strip_prefix("00").map_or_else(|| value.to_owned(), |rest| format!("+{rest}"));
    let rest = value.strip_prefix('+')?;
    let formatting = |c: char| matches!(c, ' ' | '-' | '.' | '(' | ')' | '/');
    let digits: String = rest.chars().filter(|c| !formatting(*c)).collect();
    ((7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| format!("+{digits}"))
}

/// How sure we are that an identifier on an event is really the sender's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// A browser says so. Kept, counted, never joined, never used in a decision.
    Claimed,
    /// Proven: a signed token, the device cookie, or a source whose claims the site vouches for.
    Verified,
}

#[cfg(test)]
mod tests {
    use super::{Identifier, Refusal};

    #[test]
    fn emails_and_phones_compare_equal_however_they_are_typed() {
        assert_eq!(Identifier::new("email", " User@X.COM "), Identifier::new("email", "user@x.com"));
        assert_eq!(Identifier::new("phone", "0049 (30) 123-4567"), Identifier::new("phone", "+49301234567"));
        assert_ne!(Identifier::new("user_id", "Abc"), Identifier::new("user_id", "abc"));
    }

    #[test]
    fn what_is_no_identifier_says_why() {
        assert_eq!(Identifier::new("user_id", "null"), Err(Refusal::Blocked));
        assert_eq!(Identifier::new("user_id", "a\0b"), Err(Refusal::Malformed));
        assert_eq!(Identifier::new("user_id", &"x".repeat(501)), Err(Refusal::TooLong));
        assert_eq!(Identifier::new("email", "nobody"), Err(Refusal::Malformed));
        assert_eq!(Identifier::new("phone", "030 1234567"), Err(Refusal::Malformed));
        assert_eq!(Identifier::new("User Id", "1"), Err(Refusal::Malformed));
    }
}
