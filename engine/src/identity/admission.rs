//! Whether an event belongs to a profile, and which of its identifiers the profile may link.

use serde::{Deserialize, Serialize};

use super::extract::Carried;
use super::{Identifier, IdentityRules, Namespace, Trust, Violation};
use crate::time::UnixMillis;

/// A profile's identifier: linked, or about to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// What it is.
    #[serde(flatten)]
    pub id: Identifier,
    /// Its first event here.
    pub first_seen: UnixMillis,
}

/// What a profile does with one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It is this profile's.
    Mine {
        /// Verified identifiers that the profile does not hold yet and may claim.
        link: Vec<Identifier>,
        /// Identifiers that break a rule with those it holds: demoted from this event, recorded.
        refused: Vec<(Identifier, Violation)>,
        /// Identifiers that are only claimed: kept as pending edges.
        claimed: Vec<Identifier>,
    },
    /// It is someone else's: nothing on it belongs here, or its strongest identifier can't.
    NotMine,
}

/// Decides whether an event is this profile's. `granted` says that the identifier object of the event's
/// `granted`th identifier named this profile as its owner.
///
/// Identifiers are admitted from the strongest namespace down; one that breaks a rule with those admitted is demoted,
/// weaker ones are still tried. An event whose *strongest* verified identifier can't be here belongs to whom that
/// identifier names.
pub fn admit(
    ids: &[Carried],
    held: &[Held],
    granted: Option<&Identifier>,
    rules: &IdentityRules,
    at: UnixMillis,
) -> Admission {
    let holds = |id: &Identifier| held.iter().any(|h| h.id == *id) || granted == Some(id);
    // Anyone may append under an anonymous id; what else is only claimed brings an event nowhere.
    let counts = |carried: &&Carried| {
        carried.trust == Trust::Verified || carried.id.namespace.as_str() == Namespace::ANONYMOUS_ID
    };
    if !ids.iter().filter(counts).any(|carried| holds(&carried.id)) {
        return Admission::NotMine;
    }
    let mut set: Vec<(&Identifier, UnixMillis)> = held.iter().map(|h| (&h.id, h.first_seen)).collect();
    if let Some(id) = granted {
        set.push((id, at));
    }
    let (mut link, mut refused, mut claimed) = (Vec::new(), Vec::new(), Vec::new());
    let mut strongest = true;
    for carried in ids {
        if carried.trust == Trust::Claimed {
            if !holds(&carried.id) {
                claimed.push(carried.id.clone());
            }
            continue;
        }
        if holds(&carried.id) {
            strongest = false;
            if granted == Some(&carried.id) && !held.iter().any(|h| h.id == carried.id) {
                link.push(carried.id.clone());
            }
            continue;
        }
        set.push((&carried.id, at));
        match rules.check_first(&set) {
            Ok(()) => link.push(carried.id.clone()),
            Err(_) if strongest => return Admission::NotMine,
            Err(violation) => {
                set.pop();
                refused.push((carried.id.clone(), violation));
            }
        }
        strongest = false;
    }
    Admission::Mine { link, refused, claimed }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Held, admit};
    use crate::identity::extract::Carried;
    use crate::identity::{Identifier, IdentityRules, Trust};
    use crate::time::UnixMillis;

    const AT: UnixMillis = UnixMillis(0);

    fn id(text: &str) -> Identifier {
        Identifier::parse(text).unwrap()
    }

    fn carried(ids: &[&str], trust: Trust) -> Vec<Carried> {
        ids.iter().map(|text| Carried { id: id(text), trust }).collect()
    }

    fn held(ids: &[&str]) -> Vec<Held> {
        ids.iter().map(|text| Held { id: id(text), first_seen: AT }).collect()
    }

    fn admitted(ids: &[&str], holds: &[&str]) -> Admission {
        admit(&carried(ids, Trust::Verified), &held(holds), None, &IdentityRules::default(), AT)
    }

    #[test]
    fn a_login_is_linked_to_the_anonymous_profile() {
        let got = admitted(&["user_id:1", "anonymous_id:A"], &["anonymous_id:A"]);
        assert_eq!(got, Admission::Mine { link: vec![id("user_id:1")], refused: vec![], claimed: vec![] });
    }

    #[test]
    fn another_login_on_the_same_device_is_someone_else() {
        let got = admitted(&["user_id:2", "anonymous_id:A"], &["user_id:1", "anonymous_id:A"]);
        assert_eq!(got, Admission::NotMine);
    }

    #[test]
    fn a_weaker_identifier_over_its_limit_is_demoted_and_said() {
        let holds =
            ["user_id:1", "email:a@x.de", "email:b@x.de", "email:c@x.de", "email:d@x.de", "email:e@x.de"];
        let Admission::Mine { link, refused, .. } =
            admitted(&["user_id:1", "email:f@x.de", "anonymous_id:Z"], &holds)
        else {
            panic!("it is the profile's event");
        };
        assert_eq!(link, vec![id("anonymous_id:Z")]);
        assert_eq!(refused.first().unwrap().1.code(), "limit:email");
    }

    #[test]
    fn a_claimed_user_id_is_kept_as_a_pending_edge_only() {
        let mut ids = carried(&["user_id:1"], Trust::Claimed);
        ids.extend(carried(&["anonymous_id:A"], Trust::Verified));
        let got = admit(&ids, &held(&["anonymous_id:A"]), None, &IdentityRules::default(), AT);
        assert_eq!(got, Admission::Mine { link: vec![], refused: vec![], claimed: vec![id("user_id:1")] });
    }

    #[test]
    fn a_claim_alone_brings_an_event_nowhere_but_an_anonymous_id_may_append() {
        let holds = held(&["user_id:1", "anonymous_id:A"]);
        let admitted =
            |ids: &[&str]| admit(&carried(ids, Trust::Claimed), &holds, None, &IdentityRules::default(), AT);
        assert_eq!(admitted(&["user_id:1", "anonymous_id:B"]), Admission::NotMine);
        assert!(matches!(admitted(&["anonymous_id:A"]), Admission::Mine { .. }));
    }

    #[test]
    fn a_stranger_is_not_mine() {
        assert_eq!(admitted(&["anonymous_id:B"], &["anonymous_id:A"]), Admission::NotMine);
    }
}
