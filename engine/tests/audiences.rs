//! Imported audiences: whatever is imported in whatever order and pieces, everybody is in what a plain set would say, and
//! who enters and leaves is the difference.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in a test, a panic is the failure")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use selvedge_engine::audience::{
    Action, BadRow, Generation, Import, Mode, Name, Part, PartReport, Progress, Row, Shard, Status, TooLarge,
    read_rows,
};
use selvedge_engine::identity::{IdentityRules, Namespace, ObjectNames};
use selvedge_engine::ids::AudienceId;
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;

const AUDIENCES: [&str; 3] = ["vip", "news", "vets"];

/// One import: of which audience, what its rows are, its parts, and how many bits more its shards have.
#[derive(Debug, Clone)]
struct Upload {
    audience: usize,
    mode: Mode,
    parts: Vec<Vec<(u8, bool)>>,
    wider: u8,
}

fn uploads() -> impl Strategy<Value = Vec<Upload>> {
    let rows = || prop::collection::vec((any::<u8>(), prop::bool::weighted(0.7)), 0..60);
    let upload = (0..AUDIENCES.len(), any::<bool>(), prop::collection::vec(rows(), 0..4), 0_u8..2);
    let upload = upload.prop_map(|(audience, whole, parts, wider)| {
        let mode = if whole { Mode::Replace } else { Mode::Delta };
        Upload { audience, mode, parts, wider }
    });
    prop::collection::vec(upload, 1..8)
}

fn name(person: u8) -> Name {
    let names = ObjectNames::new(b"secret");
    names.bytes(&selvedge_engine::identity::Identifier::new("user_id", &format!("u{person}")).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn everybody_is_where_a_plain_set_says(uploads in uploads()) {
        let ids: Vec<AudienceId> = AUDIENCES.into_iter().map(AudienceId::from).collect();
        let known: BTreeSet<AudienceId> = ids.iter().cloned().collect();
        let mut plain: BTreeMap<usize, BTreeSet<u8>> = BTreeMap::new();
        let mut shards: Vec<Vec<u8>> = vec![Shard::default().to_bytes()];
        let mut generation = Generation { number: 0, bits: 0 };
        for upload in uploads {
            let before = plain.get(&upload.audience).cloned().unwrap_or_default();
            let after = plain.entry(upload.audience).or_default();
            if upload.mode == Mode::Replace {
                after.clear();
            }
            let mut parts = Vec::new();
            for rows in &upload.parts {
                let mut part = Part::default();
                for (person, add) in rows {
                    // A whole list removes nobody by name.
                    let add = *add || upload.mode == Mode::Replace;
                    if add { after.insert(*person) } else { after.remove(person) };
                    part.add(name(*person), if add { Action::Add } else { Action::Remove });
                }
                parts.push(part.to_bytes());
            }
            let next = Generation { number: generation.number + 1, bits: generation.bits + upload.wider };
            let import = Import { audience: &ids[upload.audience], mode: upload.mode, known: &known };
            let (mut entered, mut left, mut merged) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
            for n in 0..next.shards() {
                let from = usize::try_from(n >> upload.wider).unwrap();
                let previous = [Shard::read(&shards[from]).unwrap()];
                let rows = parts.iter().flat_map(|part| {
                    let span = Part::span(&part[..Part::INDEX_BYTES], next, n).unwrap();
                    Part::rows(&part[span])
                });
                let (shard, changed) = import.merge(&previous, |name| next.shard_of(name) == n, rows).unwrap();
                for one in changed {
                    if one.entered { entered.insert(one.name) } else { left.insert(one.name) };
                }
                merged.push(shard.to_bytes());
            }
            let names = |people: &mut dyn Iterator<Item = &u8>| people.map(|one| name(*one)).collect::<BTreeSet<_>>();
            prop_assert_eq!(entered, names(&mut after.difference(&before)));
            prop_assert_eq!(left, names(&mut before.difference(after)));
            (shards, generation) = (merged, next);
        }
        for person in 0..=u8::MAX {
            let name = name(person);
            let n = usize::try_from(generation.shard_of(&name)).unwrap();
            let shard = Shard::read(&shards[n]).unwrap();
            let found: BTreeSet<AudienceId> = shard.audiences_of(&name).cloned().collect();
            let wanted = plain.iter().filter(|(_, people)| people.contains(&person));
            let wanted: BTreeSet<AudienceId> = wanted.map(|(audience, _)| ids[*audience].clone()).collect();
            prop_assert_eq!(found, wanted);
        }
        for (audience, people) in &plain {
            let members = shards.iter().map(|shard| Shard::read(shard).unwrap().members(&ids[*audience]));
            prop_assert_eq!(members.sum::<usize>(), people.len());
        }
    }

    #[test]
    fn whatever_is_read_as_a_shard_or_a_file_does_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,200}") {
        if let Ok(shard) = Shard::read(&bytes) {
            prop_assert_eq!(shard.iter().count(), shard.len());
        }
        let _ = Part::span(&bytes, Generation { number: 1, bits: 3 }, 7);
        let namespace = Namespace::parse("email").unwrap();
        let mut rows = 0;
        let _ = read_rows(&text, &namespace, Mode::Delta, &IdentityRules::default(), 1, &mut |_| rows += 1);
        prop_assert!(rows <= text.lines().count() + text.matches('\r').count());
    }
}

fn read(text: &str, mode: Mode, first_line: u64) -> (Vec<(String, Action)>, Vec<BadRow>) {
    let namespace = Namespace::parse("email").unwrap();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    read_rows(text, &namespace, mode, &IdentityRules::default(), first_line, &mut |row| match row {
        Ok(Row { id, action }) => good.push((id.value, action)),
        Err(row) => bad.push(row),
    })
    .unwrap();
    (good, bad)
}

#[test]
fn a_csv_of_a_spreadsheet_is_read_with_the_lines_of_what_is_wrong() {
    let text = "\u{feff}Name;x,Email \r\n\"Lovelace, Ada\",ADA@example.com\r\n\"two\nlines\",grace@example.com\r\n,null\r\n,nobody\r\nlast,\r\n";
    let (good, bad) = read(text, Mode::Replace, 2);
    assert_eq!(
        good,
        [("ada@example.com".to_owned(), Action::Add), ("grace@example.com".to_owned(), Action::Add)]
    );
    let bad: Vec<(u64, &str)> = bad.iter().map(|row| (row.line, row.reason.as_str())).collect();
    assert_eq!(
        bad,
        [(5, "a placeholder, which names nobody"), (6, "not written as `email` is"), (7, "no `email`")]
    );
}

#[test]
fn lines_of_json_are_read_and_a_part_counts_on_from_where_it_begins() {
    let text = "{\"email\":\"ada@example.com\"}\n\n{\"identifier\":\"bob@example.com\",\"action\":\"remove\"}\n[]\n{\"email\":\"cy@example.com\",\"action\":\"drop\"}\n";
    let (good, bad) = read(text, Mode::Delta, 1001);
    assert_eq!(
        good,
        [("ada@example.com".to_owned(), Action::Add), ("bob@example.com".to_owned(), Action::Remove)]
    );
    assert_eq!(bad.iter().map(|row| row.line).collect::<Vec<_>>(), [1004, 1005]);
    let (good, bad) = read(text, Mode::Replace, 1);
    assert_eq!((good.len(), bad.len()), (1, 3), "a whole list has no `remove`");
}

#[test]
fn a_file_that_does_not_say_which_column_it_is_is_refused_with_what_to_do() {
    let namespace = Namespace::parse("email").unwrap();
    let text = "ada@example.com\nbob@example.com\n";
    let refused =
        read_rows(text, &namespace, Mode::Replace, &IdentityRules::default(), 2, &mut |_| {}).unwrap_err();
    assert!(refused.to_string().contains("`email`"), "{refused}");
}

#[test]
fn there_are_as_many_shards_as_identifiers_need() {
    assert_eq!(Generation::bits_for(0), 0);
    assert_eq!(Generation::bits_for(3_500), 0);
    assert_eq!(Generation::bits_for(3_501), 1);
    assert_eq!(Generation { number: 1, bits: Generation::bits_for(1_000_000) }.shards(), 512);
    assert_eq!(Generation::bits_for(u64::MAX), 12);
}

/// So many names that all begin with these bits.
fn alike(many: u32, begin: u8) -> Vec<Name> {
    let one = |n: u32| {
        let mut name = name(0);
        name[0] = begin;
        name[1..5].copy_from_slice(&n.wrapping_mul(0x9e37_79b9).to_be_bytes());
        name
    };
    (0..many).map(one).collect()
}

/// Builds a whole list as the object does: shard by shard, and all of it again with more shards where one is too large. The shards,
/// and how often it began.
fn build(progress: &mut Progress, names: &[Name]) -> (Vec<Shard>, u32) {
    let vip = AudienceId::from("vip");
    let known = BTreeSet::from([vip.clone()]);
    let mut part = Part::default();
    names.iter().for_each(|name| part.add(*name, Action::Add));
    let part = part.to_bytes();
    let report = PartReport { rows: names.len() as u64, ..PartReport::default() };
    progress.commit(1, &[(0, report)], 6, None, 0).unwrap();
    let import = Import { audience: &vip, mode: Mode::Replace, known: &known };
    let (mut shards, mut begun) = (Vec::new(), 1);
    while let Some((generation, n)) = progress.next_shard() {
        let rows = Part::rows(&part[Part::span(&part[..Part::INDEX_BYTES], generation, n).unwrap()]);
        match import.merge(&[], |name| generation.shard_of(name) == n, rows) {
            Ok((shard, changed)) => {
                assert!(shard.to_bytes().len() <= limits::AUDIENCE_SHARD_BYTES);
                progress.built(changed.len() as u64, 0, shard.members(&vip) as u64);
                shards.push(shard);
            }
            Err(TooLarge) => {
                progress.widen(UnixMillis(9));
                shards.clear();
                begun += 1;
            }
        }
    }
    (shards, begun)
}

#[test]
fn no_shard_is_larger_than_one_may_be_and_what_is_too_much_for_it_is_built_again_in_more_of_them() {
    let names = alike(8_500, 0);
    let mut progress = Progress::begin("i".into(), "vip".into(), Mode::Replace, UnixMillis(1));
    let (shards, begun) = build(&mut progress, &names);
    // By their number four would do: it is how their names begin that asks for hundreds.
    let generation = progress.generation.unwrap();
    assert_eq!((generation.number, generation.bits, begun), (7, 9, 8));
    assert_eq!((progress.status, progress.shards_done), (Status::Building, 512));
    assert_eq!((progress.entered, progress.left, progress.members), (8_500, 0, 8_500), "each counts once");
    let found: BTreeSet<Name> =
        shards.iter().flat_map(|shard| shard.iter().map(|(name, _)| name).collect::<Vec<_>>()).collect();
    assert_eq!(found, names.into_iter().collect());
}

#[test]
fn what_is_too_much_for_as_many_shards_as_there_may_be_fails_and_says_so() {
    // Alike in more bits than shards are told apart by.
    let names: Vec<Name> = alike(7_800, 0)
        .into_iter()
        .map(|mut name| {
            name[1] = 0;
            name
        })
        .collect();
    let mut progress = Progress::begin("i".into(), "vip".into(), Mode::Replace, UnixMillis(1));
    let (_, begun) = build(&mut progress, &names);
    assert_eq!(progress.generation.unwrap().bits, limits::AUDIENCE_BITS);
    assert_eq!(begun, 12, "with four shards, and twice as many each time");
    assert_eq!((progress.status, progress.finished_at), (Status::Failed, Some(UnixMillis(9))));
    assert!(progress.error.unwrap().contains("too many audiences"));
}

#[test]
fn a_shard_is_taken_up_to_the_last_byte() {
    let vip = AudienceId::from("vip");
    let known = BTreeSet::from([vip.clone()]);
    let import = Import { audience: &vip, mode: Mode::Delta, known: &known };
    let merged = |many: u32| {
        let rows: Vec<_> = alike(many, 0).into_iter().map(|name| (name, Action::Add)).collect();
        import.merge(&[], |_| true, rows.into_iter()).map(|(shard, _)| shard.to_bytes().len())
    };
    let one = merged(1).unwrap();
    let most = u32::try_from((limits::AUDIENCE_SHARD_BYTES - one) / 34).unwrap() + 1;
    assert!(merged(most).unwrap() > limits::AUDIENCE_SHARD_BYTES - 34);
    assert_eq!(merged(most + 1), Err(TooLarge));
}
