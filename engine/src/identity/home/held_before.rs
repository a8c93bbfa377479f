//! What a survivor held before a merge, read from its ledger.
//!
//! An entry says only what had changed since the survivor's last merge, so that a ledger grows with what it tells of and
//! not with the square of it: it travels whole with the next merge.

use std::collections::BTreeSet;

use super::super::Identifier;
use super::store::Ledger;
use crate::ids::ProfileId;
use crate::ordered::{gather, sort_by_key};

/// What `older` held before its merge of this number.
pub fn held_before(ledger: &[Ledger], older: &ProfileId, merge: u64) -> BTreeSet<Identifier> {
    let (mut held, of_merge) = fold(ledger, older, merge);
    if let Some(Ledger::Merged { linked, gone, before, .. }) = of_merge {
        step(&mut held, linked, gone, before.as_deref());
    }
    held
}

/// What `older` held after its last merge before this one.
pub(super) fn held_after_last(ledger: &[Ledger], older: &ProfileId, merge: u64) -> BTreeSet<Identifier> {
    fold(ledger, older, merge).0
}

/// Goes through the merges of `older` in the order of their numbers, up to this one.
fn fold<'a>(
    ledger: &'a [Ledger],
    older: &ProfileId,
    merge: u64,
) -> (BTreeSet<Identifier>, Option<&'a Ledger>) {
    let number = |entry: &Ledger| match entry {
        Ledger::Merged { older: of, merge, .. } if of == older => Some(*merge),
        _ => None,
    };
    let mut own: Vec<(u64, &Ledger)> = ledger
        .iter()
        .filter_map(|entry| Some((number(entry)?, entry)))
        .filter(|(n, _)| *n <= merge)
        .collect();
    sort_by_key(&mut own, |(number, _)| *number);
    let of_merge = own.pop_if(|(number, _)| *number == merge).map(|(_, entry)| entry);
    let mut held = BTreeSet::new();
    for (_, entry) in own {
        if let Ledger::Merged { came, linked, gone, before, .. } = entry {
            step(&mut held, linked, gone, before.as_deref());
            held.extend(came.iter().cloned());
        }
    }
    (held, of_merge)
}

fn step(
    held: &mut BTreeSet<Identifier>,
    linked: &[Identifier],
    gone: &[Identifier],
    before: Option<&[Identifier]>,
) {
    if let Some(before) = before {
        *held = gather(before.iter().cloned());
        return;
    }
    held.retain(|id| !gone.contains(id));
    held.extend(linked.iter().cloned());
}

#[cfg(test)]
mod tests {
    use super::super::super::Identifier;
    use super::super::store::Ledger;
    use super::{held_after_last, held_before};
    use crate::ids::{MessageId, ProfileId};
    use crate::time::UnixMillis;

    fn ids(names: &[&str]) -> Vec<Identifier> {
        names.iter().map(|name| Identifier::new("anonymous_id", name).unwrap()).collect()
    }

    fn merged(merge: u64, linked: &[&str], gone: &[&str], came: &[&str]) -> Ledger {
        Ledger::Merged {
            younger: ProfileId::from_random([9; 16]),
            epoch: 1,
            older: ProfileId::from_random([1; 16]),
            merge,
            trigger: (UnixMillis(0), MessageId::from("m")),
            at: UnixMillis(0),
            created_at: UnixMillis(0),
            came: ids(came),
            linked: ids(linked),
            gone: ids(gone),
            before: None,
        }
    }

    #[test]
    fn what_was_held_is_what_was_linked_and_came_less_what_left() {
        let older = ProfileId::from_random([1; 16]);
        let mut whole = merged(2, &[], &[], &["d"]);
        if let Ledger::Merged { before, .. } = &mut whole {
            *before = Some(ids(&["a", "b", "c"]));
        }
        // In any order: a store sorts them as text.
        let ledger = [
            merged(10, &["f"], &["a", "d"], &["g"]),
            merged(7, &["e"], &[], &[]),
            whole,
            merged(1, &["z"], &[], &["y"]),
        ];
        let before = |merge| held_before(&ledger, &older, merge).into_iter().collect::<Vec<_>>();
        assert_eq!(before(1), ids(&["z"]));
        assert_eq!(before(2), ids(&["a", "b", "c"]), "as an older version wrote it");
        assert_eq!(before(7), ids(&["a", "b", "c", "d", "e"]));
        assert_eq!(before(10), ids(&["b", "c", "e", "f"]));
        let after: Vec<_> = held_after_last(&ledger, &older, 11).into_iter().collect();
        assert_eq!(after, ids(&["b", "c", "e", "f", "g"]));
    }
}
