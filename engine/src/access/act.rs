//! The record of who has asked for what: every change, and every look at people.

use serde::{Deserialize, Serialize};

use super::{KeyId, Right};
use crate::identity::{Identifier, ObjectNames};
use crate::time::UnixMillis;

/// The version of a stored [`Act`].
pub const ACT_VERSION: u8 = 1;

/// Something that somebody who may has asked for. What came of it, the thing itself says: a version, a receipt, a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// When.
    pub at: UnixMillis,
    /// The name of their key.
    pub who: String,
    /// The key.
    pub key: KeyId,
    /// What it took.
    pub right: Right,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, without what names a person.
    pub path: String,
    /// Whom it is about: `id:` and a profile id, or, since the record outlives people, the HMAC of an identifier. Whoever
    /// knows the identifier finds it; nobody reads it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

/// Before the name of a person in a path.
const PEOPLE: &str = "/v1/profiles/";

impl Act {
    /// Whether this is recorded: whatever is not just a look at config, keys or how the edge fares, and is not tried only.
    pub fn counts(method: &str, right: Right, is_trial: bool) -> bool {
        let looks = matches!(method, "GET" | "HEAD");
        let of_nobody =
            matches!(right, Right::ReadConfig | Right::ReadHealth | Right::ReadWriteKeys | Right::ManageKeys);
        !is_trial && !(looks && (of_nobody || right == Right::ReadRecord))
    }

    /// What of a path is recorded, and whom it is about. `decoded`: the same path as it was meant.
    pub fn told(path: &str, decoded: &str, names: &ObjectNames) -> (String, Option<String>) {
        let Some(rest) = path.strip_prefix(PEOPLE) else { return (path.to_owned(), None) };
        let action = rest.split_once('/').map(|(_, action)| format!("/{action}")).unwrap_or_default();
        let name = decoded.strip_prefix(PEOPLE).and_then(|rest| rest.strip_suffix(action.as_str()));
        (format!("{PEOPLE}…{action}"), name.and_then(|name| Self::about(name, names)))
    }

    /// How somebody of this name (`namespace:value`, or `id:` and a profile id) stands in the record.
    pub fn about(name: &str, names: &ObjectNames) -> Option<String> {
        let (namespace, value) = name.split_once(':')?;
        if namespace == "id" {
            return Some(name.to_owned());
        }
        Identifier::new(namespace, value).ok().map(|id| names.identifier(&id))
    }
}

#[cfg(test)]
mod tests {
    use super::{Act, Right};
    use crate::identity::ObjectNames;

    #[test]
    fn changes_and_looks_at_people_count() {
        for right in Right::ALL {
            assert!(Act::counts("POST", right, false) && !Act::counts("PUT", right, true), "{right:?}");
        }
        let looks = Right::ALL.into_iter().filter(|right| Act::counts("GET", *right, false));
        assert_eq!(
            looks.collect::<Vec<_>>(),
            [Right::ReadPeople, Right::Publish, Right::JoinAndPart, Right::Erase, Right::Operate]
        );
    }

    #[test]
    fn no_identifier_stands_in_it_and_whoever_knows_one_finds_it() {
        let names = ObjectNames::new(b"secret");
        let told = |path: &str, decoded: &str| Act::told(path, decoded, &names);
        let (path, about) =
            told("/v1/profiles/email:Ada%40example.com/export", "/v1/profiles/email:Ada@example.com/export");
        assert_eq!(path, "/v1/profiles/…/export");
        assert_eq!(about, Act::about("email:ada@example.com", &names));
        assert!(about.is_some_and(|about| !about.contains("ada")));
        let (path, about) = told("/v1/profiles/user_id:a%2Fb", "/v1/profiles/user_id:a/b");
        assert_eq!((path.as_str(), about), ("/v1/profiles/…", Act::about("user_id:a/b", &names)));
        assert_eq!(told("/v1/profiles/id:x", "/v1/profiles/id:x").1.as_deref(), Some("id:x"));
        assert_eq!(told("/v1/keys/k", "/v1/keys/k"), ("/v1/keys/k".to_owned(), None));
    }
}
