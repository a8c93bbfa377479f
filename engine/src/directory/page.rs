//! Refusals across all profiles, newest first, in pages.

use serde::{Deserialize, Serialize};

use super::Refused;
use crate::identity::Namespace;
use crate::ids::ProfileId;
use crate::time::UnixMillis;

/// A refused link, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRefusal {
    /// The profile that was not given the identifier.
    pub profile: ProfileId,
    /// The refusal.
    pub refused: Refused,
}

/// A place in the list: the refusals after it are older, or of a smaller profile id or key at the same instant. So a
/// page neither leaves out nor repeats one, whatever is added meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RefusalCursor {
    /// When it happened.
    pub at: UnixMillis,
    /// To whom.
    pub profile: ProfileId,
    /// [`Refused::key`].
    pub key: String,
}

impl RefusalCursor {
    /// The place of this refusal.
    pub fn of(listed: &ListedRefusal) -> Self {
        Self { at: listed.refused.at, profile: listed.profile.clone(), key: listed.refused.key.clone() }
    }

    /// Reads what `to_string` wrote; `None` if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, rest) = text.split_once(':')?;
        let (profile, key) = rest.split_once(':')?;
        let is_key = key.len() == 16 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        let at = UnixMillis(at.parse().ok()?);
        is_key.then_some(Self { at, profile: ProfileId::parse(profile)?, key: key.to_owned() })
    }
}

impl std::fmt::Display for RefusalCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.at.0, self.profile, self.key)
    }
}

/// Which refusals are asked for. What is not said does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RefusalFilter {
    /// With this reason.
    pub reason: Option<String>,
    /// Of an identifier of this namespace.
    pub namespace: Option<Namespace>,
    /// At this instant or later.
    pub since: Option<UnixMillis>,
}

/// A page, and where the next one begins if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Newest first.
    pub refusals: Vec<ListedRefusal>,
    /// The place of the last one, if more follow.
    pub next: Option<RefusalCursor>,
}

/// One page out of what every shard has to offer. Each must have been asked for one more than `limit`: otherwise nobody
/// can say whether something follows.
pub fn newest_first(offered: impl IntoIterator<Item = ListedRefusal>, limit: usize) -> Page {
    let mut refusals: Vec<ListedRefusal> = offered.into_iter().collect();
    refusals.sort_by_cached_key(|listed| std::cmp::Reverse(RefusalCursor::of(listed)));
    let more = refusals.len() > limit;
    refusals.truncate(limit);
    let next = refusals.last().filter(|_| more).map(RefusalCursor::of);
    Page { refusals, next }
}

#[cfg(test)]
mod tests {
    use super::{ListedRefusal, RefusalCursor, newest_first};
    use crate::directory::Refused;
    use crate::identity::Identifier;
    use crate::ids::{MessageId, ProfileId};
    use crate::time::UnixMillis;

    fn listed(profile: u8, value: &str, at: i64) -> ListedRefusal {
        let id = Identifier::stored(&format!("user_id:{value}")).unwrap();
        let order = (UnixMillis(at), MessageId(format!("m-{value}")));
        let refused = Refused::new(&id, "unique:user_id".into(), order);
        ListedRefusal { profile: ProfileId::from_random([profile; 16]), refused }
    }

    #[test]
    fn a_cursor_reads_back_and_names_no_identifier() {
        let cursor = RefusalCursor::of(&listed(3, "ada", -5));
        assert_eq!(RefusalCursor::parse(&cursor.to_string()), Some(cursor.clone()));
        assert!(!cursor.to_string().contains("ada"));
        for wrong in ["", "x", "1:2", &cursor.to_string().replace("-5", "?"), &format!("{cursor}0")] {
            assert_eq!(RefusalCursor::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn pages_leave_nothing_out_and_repeat_nothing_also_within_one_instant() {
        let all: Vec<ListedRefusal> =
            (0..40u8).map(|n| listed(n % 7, &format!("v{n}"), i64::from(n / 10))).collect();
        for limit in [1, 3, 40, 50] {
            let mut paged: Vec<ListedRefusal> = Vec::new();
            let mut after: Option<RefusalCursor> = None;
            loop {
                let rest =
                    all.iter().filter(|one| after.as_ref().is_none_or(|at| RefusalCursor::of(one) < *at));
                let page = newest_first(rest.cloned(), limit);
                paged.extend(page.refusals);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(paged.len(), all.len());
            assert!(paged.is_sorted_by(|a, b| RefusalCursor::of(a) > RefusalCursor::of(b)));
        }
    }
}
