//! What must hold: at every moment, and when everything has come to rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use selvedge_engine::archive::Line;
use selvedge_engine::config::Config;
use selvedge_engine::identity::entry::{Entry, Owner};
use selvedge_engine::identity::fact::{Edge, Fact, Says};
use selvedge_engine::identity::home::{Bounds, How, Ledger, Note, NoteKind, Place};
use selvedge_engine::identity::meet::{HeldIds, HeldState, active};
use selvedge_engine::identity::resolve::{Person, resolve};
use selvedge_engine::identity::{Identifier, IdentifierKind, IdentityRules, SharedDevice};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::profile::{Logged, ProfileState};
use selvedge_engine::time::UnixMillis;

use crate::meant::{AllMeant, as_meant};
use crate::store::Tables;
use crate::unarchived::theirs_alone_goes;

/// When somebody was erased of whom nothing here ever was: before anything happened.
pub const LONG_AGO: UnixMillis = UnixMillis(-1_000_000_000_000);

/// Something is wrong; what.
pub type Verdict = Result<(), String>;

/// Everything, as far as the laws look.
#[derive(Debug)]
pub struct Scene<'a> {
    /// What is durable in each profile object.
    pub objects: BTreeMap<&'a ProfileId, &'a Tables>,
    /// Every identifier object.
    pub entries: BTreeMap<&'a Identifier, &'a Entry>,
    /// Every event that a client was told is stored.
    pub acknowledged: &'a BTreeSet<MessageId>,
    /// Every profile id ever given out.
    pub issued: &'a BTreeSet<ProfileId>,
    /// Who was to be erased.
    pub forgotten: &'a BTreeSet<ProfileId>,
    /// What clients meant to say.
    pub meant: &'a AllMeant,
    /// Names of which an admin has said, or tried to, that they are one person's.
    pub joined: &'a [(Identifier, Identifier)],
    /// What admins have said and were told is taken.
    pub words: &'a BTreeSet<Fact>,
    /// How much one re-resolution looks at.
    pub bounds: Bounds,
    /// What was ever published as under quarantine.
    pub quarantined: &'a BTreeSet<Identifier>,
    /// Names that some Workers read nothing of: here, or where the archive was written.
    pub dropped: &'a BTreeSet<Identifier>,
    /// What still is.
    pub published: &'a [Identifier],
    /// What an admin has let go, and when that was asked for the last time.
    pub released: &'a BTreeMap<Identifier, UnixMillis>,
    /// Names were kept out for a while.
    pub kept_out: bool,
    /// The config that all go by.
    pub config: &'a Config,
    /// All that has left for the archive.
    pub lines: &'a BTreeMap<String, Line>,
    /// Rules that were published before, if these are others.
    pub rules_before: &'a [IdentityRules],
    /// The present ones were applied to everybody since.
    pub applied: bool,
}

impl Scene<'_> {
    /// All rules that anything here may have been decided by.
    fn rules(&self) -> impl Iterator<Item = &IdentityRules> {
        self.rules_before.iter().chain([self.config.identity()])
    }
}

/// At every moment: nobody lives with two who can't be one, and what is shown is the fold of what counts.
///
/// # Errors
/// Who does, and with what.
pub fn always(who: &ProfileId, tables: &Tables, rules: &IdentityRules) -> Verdict {
    if tables.home.as_ref().is_none_or(|home| home.place != Place::Live) {
        return Ok(());
    }
    for (namespace, rule) in rules.namespaces.iter().filter(|(_, rule)| rule.unique) {
        let same = active(&tables.held).filter(|(id, _)| id.namespace == *namespace).count();
        if rule.unique && same > 1 {
            return Err(format!("{} holds {same} of {}", short(who), namespace.as_str()));
        }
    }
    let (counted, visible) = (tables.folded.state.events, tables.visible().count() as u64);
    if counted != visible {
        return Err(format!("{} has {visible} events and has folded {counted}", short(who)));
    }
    Ok(())
}

/// A profile, as far as the laws look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    /// What it shows.
    pub events: BTreeSet<MessageId>,
    ids: BTreeSet<(Identifier, String)>,
    refused: BTreeSet<(String, MessageId)>,
}

/// At rest.
///
/// # Errors
/// What is wrong.
pub fn at_rest(scene: &Scene<'_>) -> Verdict {
    inboxes_are_empty(scene)?;
    nothing_is_lost_or_doubled(scene)?;
    everybody_is_found(scene)?;
    entries_name_holders(scene)?;
    states_are_folds(scene)?;
    as_meant(scene)?;
    quarantines_are_told(scene)?;
    // The facts of those who were erased are gone: what became of the others can't be told from what is left. And whom an
    // identifier joined before it came under quarantine depends on what came first.
    no_word_is_lost(scene)?;
    late_conflicts_have_a_reason(scene)?;
    if scene.forgotten.is_empty() && scene.quarantined.is_empty() && !scene.kept_out {
        // A change of the rules rearranges nobody: until it is applied, some go by those of before.
        let same = scene.rules_before.is_empty() || scene.applied;
        return if same { as_the_oracle_says(scene) } else { Ok(()) };
    }
    nothing_comes_back(scene)?;
    nothing_stays(scene)?;
    nobody_else_names_them(scene)?;
    shared_devices_stay_so(scene)?;
    theirs_alone_goes(scene)?;
    all_are_erased(scene)
}

fn live<'a>(scene: &Scene<'a>) -> impl Iterator<Item = (&'a ProfileId, &'a Tables)> {
    let lives = |tables: &Tables| tables.home.as_ref().is_some_and(|home| home.place == Place::Live);
    scene.objects.iter().map(|(who, tables)| (*who, *tables)).filter(move |(_, tables)| lives(tables))
}

/// What was kept for others has reached them.
fn inboxes_are_empty(scene: &Scene<'_>) -> Verdict {
    let waits = |(who, tables): (&&ProfileId, &&Tables)| {
        tables.inbox.keys().next().map(|id| format!("{id} waits in the inbox of {}", short(who)))
    };
    scene.objects.iter().find_map(waits).map_or(Ok(()), Err)
}

fn nothing_is_lost_or_doubled(scene: &Scene<'_>) -> Verdict {
    let mut where_is: BTreeMap<&MessageId, Vec<&ProfileId>> = BTreeMap::new();
    for (who, tables) in live(scene) {
        for row in tables.visible() {
            where_is.entry(&row.event.message_id).or_default().push(who);
        }
    }
    for id in scene.acknowledged {
        match where_is.get(id).map_or(0, Vec::len) {
            1 => {}
            0 if !scene.forgotten.is_empty() => {}
            0 => return Err(format!("{id} was acknowledged and is lost")),
            // Nobody looks through the events of one who has more than are resolved.
            _ if where_is.get(id).is_some_and(|all| all.iter().any(|who| is_too_big(scene, who))) => {}
            n => {
                return Err(format!(
                    "{id} is in {n} profiles: {:?}",
                    where_is.get(id).map(|all| all.iter().map(|id| short(id)).collect::<Vec<_>>())
                ));
            }
        }
    }
    Ok(())
}

fn is_too_big(scene: &Scene<'_>, who: &ProfileId) -> bool {
    scene.objects.get(who).is_some_and(|tables| tables.visible().count() > scene.bounds.events)
}

/// Every id ever issued leads to one live profile, or to "erased", or nobody ever came.
fn everybody_is_found(scene: &Scene<'_>) -> Verdict {
    for id in scene.issued {
        let mut at = id.clone();
        for hop in 0..=scene.issued.len() {
            let place =
                scene.objects.get(&at).and_then(|tables| tables.home.as_ref()).map(|home| &home.place);
            match place {
                None | Some(Place::None | Place::Live | Place::Erased { .. }) => break,
                Some(Place::Forwarding { to }) => at = to.clone(),
                Some(Place::Surrendering { .. }) => {
                    return Err(format!("{} surrenders for ever", short(&at)));
                }
            }
            if hop == scene.issued.len() {
                return Err(format!("{} leads in a circle", short(id)));
            }
        }
    }
    Ok(())
}

fn entries_name_holders(scene: &Scene<'_>) -> Verdict {
    let mut holders: BTreeMap<&Identifier, &ProfileId> = BTreeMap::new();
    for (who, tables) in live(scene) {
        for id in tables.held.keys() {
            if let Some(other) = holders.insert(id, who) {
                return Err(format!("{id} is held by {} and {}", short(who), short(other)));
            }
        }
    }
    for (id, who) in &holders {
        let owner = scene.entries.get(*id).and_then(|entry| entry.owner.profile());
        if owner != Some(*who) {
            return Err(format!(
                "{id} is held by {}, but its entry names {:?}",
                short(who),
                owner.map(short)
            ));
        }
    }
    Ok(())
}

/// What an entry has under quarantine is published, and nothing else; and what an admin has let go is free, unless it has
/// gathered too many since.
fn quarantines_are_told(scene: &Scene<'_>) -> Verdict {
    let since = |id: &Identifier| scene.entries.get(id).and_then(|entry| entry.quarantined);
    for id in scene.entries.keys().filter(|id| since(id).is_some()) {
        if !scene.published.contains(id) {
            return Err(format!("{id} is under quarantine and nobody says so"));
        }
    }
    // Of somebody who was erased it stays, as long as it names nobody.
    let erased = |id: &Identifier| {
        scene.entries.get(id).is_some_and(|entry| matches!(entry.owner, Owner::Erased { .. }))
    };
    if let Some(id) = scene.published.iter().find(|id| since(id).is_none() && !erased(id)) {
        return Err(format!("{id} is published as under quarantine and is free"));
    }
    let kept = scene.released.iter().find(|(id, at)| since(id).is_some_and(|since| since < **at));
    kept.map_or(Ok(()), |(id, _)| Err(format!("{id} was let go and is under quarantine as before")))
}

/// What names an erased person names nobody who lives.
fn nothing_comes_back(scene: &Scene<'_>) -> Verdict {
    for (id, entry) in &scene.entries {
        let Some(at) = entry.erased_at() else { continue };
        let gone = matches!(entry.owner, Owner::Erased { .. });
        // Somebody new may have it since; for what was before that it names nobody.
        if let Some((who, held)) = live(scene).find_map(|(who, tables)| Some((who, tables.held.get(*id)?)))
            && (gone || held.first_seen <= at)
        {
            return Err(format!("{id} was erased and is held by {} since {}", short(who), held.first_seen.0));
        }
        let about = |row: &Logged| {
            let says = Fact::of(row).map(|fact| fact.says);
            // An event with a name under quarantine is about whom its other names say.
            scene.quarantined.is_empty()
                && row.event.timestamp <= at
                && matches!(says, Some(Says::Seen { ids, .. }) if ids.first() == Some(*id))
        };
        // What a device did before a login, or after a second one, is about somebody else. So may be all that one did
        // which goes with every login: it stays with whose it was, and goes where they go.
        let is = |kind| scene.config.identity().kind(&id.namespace) == kind;
        let goes = is(IdentifierKind::Device)
            && scene.rules().any(|rules| rules.shared_device == SharedDevice::LastLogin);
        let apart = |held: &HeldIds| {
            goes || held.contains_key(&id.before_login()) || held.contains_key(&id.shared_device())
        };
        // An address that goes from one to the next may have been somebody else's before it was the erased person's: what
        // happened then is about them, and nothing was refused on it.
        let unique =
            |rules: &IdentityRules| rules.namespaces.get(&id.namespace).is_some_and(|rule| rule.unique);
        let passed_on = is(IdentifierKind::Known) && scene.rules().any(unique);
        let was_theirs = |tables: &Tables, row: &Logged| {
            let refused = |note: &Note| {
                note.kind == NoteKind::Refused
                    && note.id == id.to_string()
                    && note.order.1 == row.event.message_id
            };
            passed_on && !tables.notes.iter().any(refused)
        };
        for (who, tables) in live(scene).filter(|(_, tables)| !apart(&tables.held)) {
            if let Some(row) = tables.visible().find(|row| about(row) && !was_theirs(tables, row)) {
                return Err(format!(
                    "{} is about {id}, who was erased, and is at {}",
                    row.event.message_id,
                    short(who)
                ));
            }
        }
    }
    Ok(())
}

/// Where somebody was erased nothing says who that was.
fn nothing_stays(scene: &Scene<'_>) -> Verdict {
    for (who, tables) in &scene.objects {
        let Some(home) = tables.home.as_ref().filter(|home| matches!(home.place, Place::Erased { .. }))
        else {
            continue;
        };
        let told = tables.ledger.values().all(|entry| *entry == entry.clone().without_identifiers());
        let rows = tables.log.len() + tables.notes.len() + tables.late.len() + tables.reservations.len();
        let names = tables.held.len() + tables.handed.len() + tables.links.len() + tables.repoints.len();
        let words = home.decrees.len() + usize::from(home.telling.is_some());
        if rows + names + words + tables.outgoing.len() > 0 || !told {
            return Err(format!("{} was erased and keeps something of who that was", short(who)));
        }
    }
    Ok(())
}

/// A name of somebody who was erased stands nowhere but on events of whoever else has shown it, and in what an admin has said
/// of it since.
fn nobody_else_names_them(scene: &Scene<'_>) -> Verdict {
    for (id, entry) in &scene.entries {
        let Owner::Erased { at, .. } = &entry.owner else { continue };
        if *at == LONG_AGO {
            // Nothing here is about them.
            continue;
        }
        for (who, tables) in &scene.objects {
            if let Some((what, _)) = kept(tables, *at).find(|(_, names)| names.contains(id)) {
                return Err(format!("{id} was erased and stands in {what} of {}", short(who)));
            }
        }
    }
    Ok(())
}

/// What a device does alone after a second login is not anybody's, also when whoever had the device was erased; unless it was too
/// much to be rearranged.
fn shared_devices_stay_so(scene: &Scene<'_>) -> Verdict {
    let isolate = scene.rules().all(|rules| rules.shared_device == SharedDevice::Isolate);
    if !isolate || !scene.quarantined.is_empty() {
        return Ok(());
    }
    let left = left_to_admins(scene);
    for (id, entry) in scene.entries.iter().filter(|(id, _)| !left.contains(*id)) {
        let (Some(since), Some(erased)) = (entry.shared, entry.erased) else { continue };
        let alone = |row: &Logged| {
            let at = row.event.timestamp;
            let ids = Fact::of(row).map(|fact| names(&fact));
            at > since && at > erased && ids.is_some_and(|ids| ids.len() == 1 && ids.contains(*id))
        };
        for (who, tables) in live(scene).filter(|(_, tables)| !tables.held.contains_key(&id.shared_device()))
        {
            if let Some(row) = tables.visible().find(|row| alone(row)) {
                return Err(format!(
                    "{} of {id} alone, which is shared, is at {}",
                    row.event.message_id,
                    short(who)
                ));
            }
        }
    }
    Ok(())
}

/// The names in what a profile keeps beside its events, what it holds and its remarks; of admins' words up to this time.
fn kept(tables: &Tables, at: UnixMillis) -> impl Iterator<Item = (&'static str, BTreeSet<Identifier>)> {
    let ledger = tables.ledger.values().flat_map(|entry| match entry {
        Ledger::Merged { came, linked, gone, .. } => {
            [came, linked, gone].into_iter().flatten().cloned().collect()
        }
        Ledger::Given { came: ids, .. } | Ledger::Gave { went: ids, .. } => ids.clone(),
        Ledger::Declined { .. } => Vec::new(),
    });
    let links = tables.links.values().filter_map(|link| match &link.how {
        How::Remember { id } | How::Again { id } => Some(id.clone()),
        _ => link.id().cloned(),
    });
    [
        ("the ledger", ledger.collect()),
        ("what was handed over", tables.handed.keys().cloned().collect()),
        ("the words", decrees(tables).filter(|word| word.order.0 <= at).flat_map(names).collect()),
        ("the links", links.collect()),
    ]
    .into_iter()
}

/// Who was to be erased is.
fn all_are_erased(scene: &Scene<'_>) -> Verdict {
    for id in scene.forgotten {
        let mut at = id;
        for _ in 0..=scene.issued.len() {
            match scene.objects.get(at).and_then(|tables| tables.home.as_ref()).map(|home| &home.place) {
                Some(Place::Forwarding { to }) => at = to,
                Some(Place::Live) => {
                    return Err(format!("{} was to be erased and lives at {}", short(id), short(at)));
                }
                _ => break,
            }
        }
    }
    Ok(())
}

fn states_are_folds(scene: &Scene<'_>) -> Verdict {
    for (who, tables) in live(scene) {
        let mut state = ProfileState::empty();
        for row in tables.visible() {
            if let Some(consent) = row.stored_under().may_store() {
                state.apply(row, scene.config, consent);
            }
        }
        state.remember_segments(&tables.folded.state);
        // Since when somebody belongs to an account is read from the log where it is blurred; whether they do is folded.
        let accounts = &tables.folded.state.accounts;
        let blurred = accounts.is_blurred() || state.accounts.is_blurred();
        if blurred && state.accounts.current().eq(accounts.current()) {
            state.accounts = accounts.clone();
        }
        if state != tables.folded.state {
            return Err(format!("the state of {} is not the fold of its log", short(who)));
        }
    }
    Ok(())
}

/// What an admin has said is known for good, unless whoever it was about is forgotten.
fn no_word_is_lost(scene: &Scene<'_>) -> Verdict {
    let known = |word: &Fact| live(scene).any(|(_, tables)| decrees(tables).any(|known| known == word));
    let lost = scene.words.iter().find(|word| scene.forgotten.is_empty() && !known(word));
    lost.map_or(Ok(()), |word| Err(format!("nobody knows any more that {}", line(word))))
}

fn decrees(tables: &Tables) -> impl Iterator<Item = &Fact> {
    tables.home.iter().flat_map(|home| &home.decrees)
}

fn has_late_conflict(tables: &Tables) -> bool {
    tables.notes.iter().any(|note| note.kind == NoteKind::LateConflict)
}

/// Nothing is left to an admin that is within the bounds.
fn late_conflicts_have_a_reason(scene: &Scene<'_>) -> Verdict {
    // A schedule has far less than the bounds that the Worker has.
    if scene.bounds != Bounds::default() {
        return Ok(());
    }
    let left = live(scene).find(|(_, tables)| has_late_conflict(tables));
    left.map_or(Ok(()), |(who, _)| Err(format!("{} has a late_conflict within the bounds", short(who))))
}

/// All that is connected with somebody who has a `late_conflict`: it was too much to be rearranged, and may be otherwise
/// than the oracle says.
fn left_to_admins(scene: &Scene<'_>) -> BTreeSet<Identifier> {
    let mut left = BTreeSet::new();
    let mut groups: Vec<BTreeSet<Identifier>> = Vec::new();
    for (_, tables) in live(scene) {
        let mut group: BTreeSet<Identifier> = tables.held.keys().cloned().collect();
        group.extend(tables.visible().filter_map(|row| Fact::of(row)).flat_map(|fact| names(&fact)));
        let devices = group.iter().filter(|id| id.namespace.is_reserved());
        let devices: Vec<Identifier> = devices.filter_map(|id| Identifier::stored(&id.value)).collect();
        group.extend(devices);
        if has_late_conflict(tables) {
            left.extend(group.clone());
        }
        groups.push(group);
        groups.extend(decrees(tables).map(names));
    }
    loop {
        let before = left.len();
        for group in groups.iter().filter(|group| !group.is_disjoint(&left)).cloned().collect::<Vec<_>>() {
            left.extend(group);
        }
        if left.len() == before {
            return left;
        }
    }
}

/// Everything that a fact speaks of.
fn names(fact: &Fact) -> BTreeSet<Identifier> {
    match &fact.says {
        Says::Seen { ids, previous } => ids.iter().chain(previous).cloned().collect(),
        Says::Together { current, retired } => [current, retired].into_iter().cloned().collect(),
        Says::Apart(Edge { left, right }) => left.iter().chain(right).cloned().collect(),
    }
}

/// What all who live know, each admin's word once; events as the rules of now read them, the strongest name first.
fn known(scene: &Scene<'_>) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    let read = |row: &Arc<Logged>| {
        let mut fact = Fact::of(row)?;
        if let Says::Seen { ids, .. } = &mut fact.says {
            ids.sort_by_key(|id| scene.config.identity().priority(&id.namespace));
        }
        Some(fact)
    };
    for (_, tables) in live(scene) {
        facts.extend(tables.visible().filter_map(read));
        for decree in decrees(tables) {
            if !facts.contains(decree) {
                facts.push(decree.clone());
            }
        }
    }
    facts
}

/// The same in their order, to be read.
pub fn facts(scene: &Scene<'_>) -> String {
    let mut facts = known(scene);
    facts.sort_by(|a, b| a.order.cmp(&b.order));
    let should: Vec<String> = people(&facts, scene).iter().map(shape_line).collect();
    let facts: Vec<String> = facts.iter().map(line).collect();
    format!("facts:\n{}\nshould be:\n{}", facts.join("\n"), should.join("\n"))
}

/// What admins have said, as far as it is known to anybody.
pub fn words(scene: &Scene<'_>) -> BTreeSet<Fact> {
    live(scene).flat_map(|(_, tables)| decrees(tables).cloned()).collect()
}

/// Everybody who lives, and where.
pub fn shapes<'a>(scene: &Scene<'a>) -> Vec<(Shape, &'a Tables)> {
    let shape = |tables: &Tables| Shape {
        events: tables.visible().map(|row| row.event.message_id.clone()).collect(),
        ids: tables.held.iter().map(|(id, held)| (id.clone(), name(held.state))).collect(),
        refused: tables
            .notes
            .iter()
            .filter(|note| note.kind == NoteKind::Refused)
            .map(|note| (note.id.clone(), note.order.1.clone()))
            .collect(),
    };
    let shapes = live(scene).map(|(_, tables)| (shape(tables), tables));
    // A home may be left with nobody in it.
    let mut shapes: Vec<(Shape, &Tables)> =
        shapes.filter(|(shape, _)| !shape.events.is_empty() || !shape.ids.is_empty()).collect();
    shapes.sort_by(|(one, _), (other, _)| one.cmp(other));
    shapes
}

/// Two sets of people, where they differ.
pub fn difference<'a>(
    is: impl Iterator<Item = &'a Shape>,
    should: impl Iterator<Item = &'a Shape>,
) -> Option<String> {
    let (is, should): (Vec<&Shape>, Vec<&Shape>) = (is.collect(), should.collect());
    let lines = |of: &[&Shape], other: &[&Shape]| {
        of.iter()
            .filter(|shape| !other.contains(shape))
            .map(|shape| shape_line(shape))
            .collect::<Vec<_>>()
            .join("\n")
    };
    (is != should).then(|| format!("is:\n{}\nshould be:\n{}", lines(&is, &should), lines(&should, &is)))
}

/// What the resolver makes of them.
fn people(facts: &[Fact], scene: &Scene<'_>) -> Vec<Shape> {
    let people = resolve(facts, scene.config.identity()).people.into_iter();
    let shape = |person: Person| Shape {
        events: person.events.into_iter().collect(),
        ids: person.ids.into_iter().map(|(id, held)| (id, name(held.state))).collect(),
        refused: person.refused.into_iter().map(|link| (link.id.to_string(), link.order.1)).collect(),
    };
    people.map(shape).collect()
}

fn as_the_oracle_says(scene: &Scene<'_>) -> Verdict {
    let facts = known(scene);
    let mut is: Vec<Shape> = shapes(scene).into_iter().map(|(shape, _)| shape).collect();
    let mut should = people(&facts, scene);
    should.sort();
    if is == should {
        return Ok(());
    }
    let left = left_to_admins(scene);
    let said: BTreeMap<&MessageId, BTreeSet<Identifier>> =
        facts.iter().map(|fact| (&fact.order.1, names(fact))).collect();
    let resolved = |shape: &Shape| {
        shape.ids.iter().all(|(id, _)| !left.contains(id))
            && shape.events.iter().filter_map(|event| said.get(event)).all(|ids| ids.is_disjoint(&left))
    };
    is.retain(resolved);
    should.retain(resolved);
    if is == should {
        return Ok(());
    }
    let shapes = |shapes: &[Shape]| shapes.iter().map(shape_line).collect::<Vec<_>>().join("\n");
    let held: Vec<String> = live(scene)
        .flat_map(|(who, tables)| {
            tables.held.iter().map(move |(id, held)| {
                format!(
                    "  {} {id} {} {} {:?} shared {:?}",
                    short(who),
                    held.first_seen.0,
                    held.by,
                    held.state,
                    held.shared
                )
            })
        })
        .collect();
    Err(format!(
        "not as the oracle says\n{}\nis:\n{}\nheld:\n{}\nrules: {}",
        self::facts(scene),
        shapes(&is),
        held.join("\n"),
        serde_json::to_string(scene.config.identity()).unwrap_or_default(),
    ))
}

fn name(state: HeldState) -> String {
    format!("{state:?}")
}

fn line(fact: &Fact) -> String {
    let all = |ids: &[Identifier]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let says = match &fact.says {
        Says::Seen { ids, previous } => {
            let previous = previous.as_ref().map(|id| format!(" was {id}")).unwrap_or_default();
            all(ids) + &previous
        }
        Says::Together { current, retired } => format!("{current} is {retired}"),
        Says::Apart(Edge { left, right }) => format!("{} is not {}", all(left), all(right)),
    };
    format!("  {} {} {says}", fact.order.0.0, fact.order.1)
}

fn shape_line(shape: &Shape) -> String {
    let events: Vec<&str> = shape.events.iter().map(MessageId::as_str).collect();
    let ids: Vec<String> = shape.ids.iter().map(|(id, state)| format!("{id}({state})")).collect();
    let refused: Vec<String> = shape.refused.iter().map(|(id, by)| format!("{id} by {by}")).collect();
    format!("  [{}] {{{}}} refused {{{}}}", events.join(" "), ids.join(" "), refused.join(", "))
}

/// Names a profile briefly.
pub fn short(id: &ProfileId) -> String {
    let text = id.as_str();
    let tail = text.get(28..).unwrap_or(text);
    format!("p{tail}")
}
