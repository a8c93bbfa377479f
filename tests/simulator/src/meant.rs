//! What clients meant to say, and what must come of it, by nothing but a union-find over names: no value that names nobody is one,
//! whoever is one person was shown to be, a name that is only claimed joins nobody and is counted, and once it is proven it does join.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_engine::identity::fact::Says;
use selvedge_engine::identity::home::{Bounds, Place};
use selvedge_engine::identity::{Identifier, IdentifierKind};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::profile::Logged;

use crate::laws::{Scene, Verdict, short, words};
use crate::store::Tables;

/// Values that name nobody anywhere.
pub const NOBODY: [&str; 11] = [
    "null",
    "undefined",
    "0",
    "-1",
    "000-00",
    "[object Object]",
    "NaN",
    "Anonymous",
    " none ",
    "   ",
    "u1\u{0}",
];

/// Values that name nobody in a workspace whose rules say so.
pub const NOBODY_HERE: [&str; 2] = ["test", "u9"];

/// What one event was meant to say.
#[derive(Debug, Clone, Default)]
pub struct Meant {
    /// Names that are proven.
    pub proven: BTreeSet<Identifier>,
    /// Names that are not.
    pub claimed: BTreeSet<Identifier>,
    /// The older name of the login among the proven ones, if both are.
    pub renamed: Option<Identifier>,
}

impl Meant {
    /// Of an event on which everything is proven.
    pub fn of(logged: &Logged) -> Self {
        let proven = logged.ids.iter().map(|carried| carried.id.clone()).collect();
        Self { proven, renamed: logged.previous.clone(), ..Self::default() }
    }

    /// The names that it counts for: where nothing is proven the device that it says it came from.
    fn counts(&self) -> impl Iterator<Item = &Identifier> {
        let device = |id: &&Identifier| self.proven.is_empty() && is_device(id);
        self.proven.iter().chain(&self.renamed).chain(self.claimed.iter().filter(device))
    }
}

fn is_device(id: &Identifier) -> bool {
    id.namespace.as_str() == "anonymous_id"
}

/// By messageId.
pub type AllMeant = BTreeMap<MessageId, Meant>;

/// Whether a name was only claimed by one event, and is proven by another.
pub fn is_promoted(meant: &AllMeant) -> bool {
    let proven: BTreeSet<&Identifier> = meant.values().flat_map(|one| &one.proven).collect();
    meant.values().flat_map(|one| &one.claimed).any(|id| proven.contains(id))
}

/// Who is one, by names alone.
#[derive(Default)]
struct UnionFind(BTreeMap<Identifier, Identifier>);

impl UnionFind {
    fn find(&self, id: &Identifier) -> Identifier {
        let mut at = id;
        while let Some(next) = self.0.get(at).filter(|next| *next != at) {
            at = next;
        }
        at.clone()
    }

    fn join<'a>(&mut self, ids: impl Iterator<Item = &'a Identifier>) {
        let mut first: Option<Identifier> = None;
        for id in ids {
            self.0.entry(id.clone()).or_insert_with(|| id.clone());
            let root = self.find(id);
            let into = first.get_or_insert_with(|| root.clone());
            self.0.insert(root, into.clone());
        }
    }
}

/// At rest.
///
/// # Errors
/// What is wrong.
pub(crate) fn as_meant(scene: &Scene<'_>) -> Verdict {
    if scene.meant.is_empty() {
        return Ok(());
    }
    nobody_is_named(scene)?;
    // What was read without the one name that was proven is about the device that is claimed.
    if scene.dropped.is_empty() {
        who_is_one_was_shown_to_be(scene)?;
    }
    claims_are_counted(scene)?;
    if is_plain(scene) { who_was_shown_to_be_one_is(scene) } else { Ok(()) }
}

fn live<'a>(scene: &Scene<'a>) -> impl Iterator<Item = (&'a ProfileId, &'a Tables)> {
    let lives = |tables: &Tables| tables.home.as_ref().is_some_and(|home| home.place == Place::Live);
    scene.objects.iter().map(|(who, tables)| (*who, *tables)).filter(move |(_, tables)| lives(tables))
}

/// No value that names nobody is an identifier of anybody, or was ever asked for.
fn nobody_is_named(scene: &Scene<'_>) -> Verdict {
    let held = scene.objects.values().flat_map(|tables| tables.held.keys().chain(tables.handed.keys()));
    let here =
        |value: &str| scene.config.identity().namespaces.values().any(|rule| rule.blocked.contains(value));
    for id in scene.entries.keys().copied().chain(held) {
        let value = own(id).value;
        let is = |nobody: &&str| value.trim().eq_ignore_ascii_case(nobody.trim());
        if NOBODY.iter().any(is) || NOBODY_HERE.contains(&value.as_str()) && here(&value) {
            return Err(format!("{id} names nobody and is an identifier"));
        }
    }
    Ok(())
}

/// What a device did apart is about the device.
fn own(id: &Identifier) -> Identifier {
    let device = Identifier::stored(&id.value).filter(|_| id.namespace.is_reserved());
    device.unwrap_or_else(|| id.clone())
}

/// Everybody is within what is connected by proven names and by admins: rules only part what is connected.
fn who_is_one_was_shown_to_be(scene: &Scene<'_>) -> Verdict {
    let mut shown = UnionFind::default();
    scene.meant.values().for_each(|one| shown.join(one.counts()));
    scene.joined.iter().for_each(|(one, other)| shown.join([own(one), own(other)].iter()));
    for (who, tables) in live(scene) {
        let rows = tables.visible().filter_map(|row| scene.meant.get(&row.event.message_id));
        let rows = rows.filter_map(|one| one.counts().next()).cloned();
        let all: BTreeSet<Identifier> = tables.held.keys().map(own).chain(rows).collect();
        if let Some(id) = all.iter().find(|id| !shown.0.contains_key(*id)) {
            return Err(format!("{id} of {} was never shown", short(who)));
        }
        let roots: BTreeSet<Identifier> = all.iter().map(|id| shown.find(id)).collect();
        if roots.len() > 1 {
            return Err(format!("nothing shows that these of {} are one: {roots:?}", short(who)));
        }
    }
    Ok(())
}

/// What is only claimed is told, with how many events did.
fn claims_are_counted(scene: &Scene<'_>) -> Verdict {
    // Of what is under quarantine some Workers read nothing.
    if !scene.dropped.is_empty() {
        return Ok(());
    }
    for (who, tables) in live(scene) {
        let mut should: BTreeMap<String, u64> = BTreeMap::new();
        let rows = tables.visible().filter_map(|row| scene.meant.get(&row.event.message_id));
        rows.flat_map(|one| &one.claimed).for_each(|id| *should.entry(id.to_string()).or_default() += 1);
        let is = tables.folded.state.claims.iter().map(|(id, claimed)| (id.clone(), claimed.events));
        let is: BTreeMap<String, u64> = is.collect();
        if is != should {
            return Err(format!("{} tells of claims {is:?}, not {should:?}", short(who)));
        }
    }
    Ok(())
}

/// Whether nothing but names decides who is who: no limit, nothing unique, no device or login among the names, nobody parted, erased
/// or under quarantine.
pub fn is_plain(scene: &Scene<'_>) -> bool {
    let rules = scene.config.identity();
    let free = |(namespace, rule): (_, &selvedge_engine::identity::NamespaceRule)| {
        !rule.unique && rule.limit.is_none() && rules.kind(namespace) == IdentifierKind::Record
    };
    let parted = || words(scene).iter().any(|word| matches!(word.says, Says::Apart(_)));
    !scene.meant.is_empty()
        && rules.namespaces.iter().all(free)
        && scene.rules_before.is_empty()
        && scene.forgotten.is_empty()
        && scene.dropped.is_empty()
        && !scene.kept_out
        && scene.bounds == Bounds::default()
        && scene.meant.values().all(|one| one.renamed.is_none())
        && !parted()
}

/// There, everybody is exactly what is connected.
fn who_was_shown_to_be_one_is(scene: &Scene<'_>) -> Verdict {
    let mut shown = UnionFind::default();
    let taken = scene.meant.iter().filter(|(id, _)| scene.acknowledged.contains(*id));
    taken.clone().for_each(|(_, one)| shown.join(one.counts()));
    for word in words(scene) {
        if let Says::Together { current, retired } = word.says {
            shown.join([current, retired].iter());
        }
    }
    let mut should: BTreeMap<Identifier, (BTreeSet<&Identifier>, BTreeSet<&MessageId>)> = BTreeMap::new();
    for id in shown.0.keys() {
        should.entry(shown.find(id)).or_default().0.insert(id);
    }
    for (event, one) in taken {
        let root = one.counts().next().map(|id| shown.find(id));
        root.and_then(|root| should.get_mut(&root)).into_iter().for_each(|(_, all)| {
            all.insert(event);
        });
    }
    let should: BTreeSet<_> = should.into_values().collect();
    let person = |(_, tables): (_, &'_ Tables)| {
        let events = tables.visible().map(|row| row.event.message_id.clone());
        (tables.held.keys().cloned().collect::<BTreeSet<_>>(), events.collect::<BTreeSet<_>>())
    };
    let is: BTreeSet<_> =
        live(scene).map(person).filter(|(ids, events)| ids.len() + events.len() > 0).collect();
    let same = is.len() == should.len()
        && is.iter().all(|(ids, events)| should.contains(&(ids.iter().collect(), events.iter().collect())));
    if same { Ok(()) } else { Err(format!("not what is connected\nis:\n{is:?}\nshould be:\n{should:?}")) }
}
