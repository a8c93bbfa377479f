//! Objects, clients and the network between them, all moved by one seeded scheduler.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fastrand::Rng;
use selvedge_engine::config::{Config, Document};
use selvedge_engine::identity::crowd::number;
use selvedge_engine::identity::delivery::{Delivered, Delivery, Next};
use selvedge_engine::identity::entry::{Answer, Ask, Entry, Owner, apply};
use selvedge_engine::identity::extract::NoIdentifier;
use selvedge_engine::identity::fact::{Fact, Says};
use selvedge_engine::identity::home::{
    Body, Bounds, Effect, Home, Item, Ledger, Link, Message, Profile, Step, Taken,
};
use selvedge_engine::identity::meet::HeldState;
use selvedge_engine::identity::{Identifier, IdentityRules, Refusal, Violation};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::time::UnixMillis;
use selvedge_simulator::laws::{self, Scene, Verdict, short};
use selvedge_simulator::meant::AllMeant;
use selvedge_simulator::sabotage::Sabotage;
use selvedge_simulator::store::Tables;

use crate::archive::Archive;
use crate::coverage::Transitions;
use crate::deeds::{Deed, Deeds};
use crate::dwell::Dwell;
use crate::faults::{Faults, Focus, Stragglers};
use crate::inputs::{Asked, Input, Stands, Where};
use crate::operator::Operator;
use crate::run::CrashPoint;

/// A profile object: what is durable, what is in memory, and its alarm.
#[derive(Debug, Default)]
pub(crate) struct Object {
    pub(crate) tables: Tables,
    pub(crate) memory: Option<Box<Profile>>,
    pub(crate) alarm: Option<i64>,
    /// Its clock is wrong by so much.
    pub(crate) skew: i64,
}

/// Something on its way.
#[derive(Debug, Clone)]
pub(crate) enum Flight {
    Tell(Box<Message>),
    Ask {
        id: Identifier,
        ask: Ask,
        by: Sender,
    },
    Deliver {
        to: ProfileId,
        item: Box<Item>,
        by: Attempt,
    },
    Keep {
        at: ProfileId,
        item: Box<Item>,
        by: Attempt,
    },
    Kept {
        by: Attempt,
    },
    EntrySaid {
        id: Identifier,
        answer: Answer,
        by: Attempt,
    },
    /// To the operator.
    Obeyed {
        id: Identifier,
        ask: Ask,
    },
    /// To the workspace: this is under quarantine.
    Publish {
        id: Identifier,
    },
    /// To the workspace, from its entry: whether it is.
    Confirmed {
        id: Identifier,
        quarantined: bool,
    },
    ProfileSaid {
        profile: ProfileId,
        taken: Taken,
        by: Attempt,
    },
}

/// Who asked an entry.
#[derive(Debug, Clone)]
pub(crate) enum Sender {
    Profile(ProfileId),
    Client(Attempt),
    Operator,
    Workspace,
}

/// One attempt of a client to deliver one event. Answers to an older attempt are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) client: usize,
    pub(crate) number: u64,
}

/// A client: a Worker's request, as far as identity goes, and the device behind it.
#[derive(Debug, Default)]
pub(crate) struct Client {
    /// What it still has to send, the next one last.
    pub(crate) events: Vec<Item>,
    /// The event on its way.
    pub(crate) sending: Option<Sending>,
    /// What it has sent.
    pub(crate) sent: Vec<Item>,
    pub(crate) attempt: u64,
    /// Where the last event was taken: the device cookie.
    pub(crate) hint: Option<ProfileId>,
}

/// An event on its way.
#[derive(Debug)]
pub(crate) struct Sending {
    /// As the client has it.
    item: Item,
    /// As the Worker reads it, by the config that it has.
    read: Item,
    delivery: Delivery,
}

/// How large a schedule was: by what its clients have sent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    pub(crate) clients: usize,
    pub(crate) identifiers: usize,
    pub(crate) events: usize,
}

impl Size {
    pub(crate) fn of(clients: &[Client]) -> Self {
        let sent = || clients.iter().flat_map(|client| &client.sent).map(|item| &item.logged);
        let ids = sent().flat_map(|logged| logged.ids.iter().map(|carried| &carried.id));
        Self {
            clients: clients.iter().filter(|client| !client.sent.is_empty()).count(),
            identifiers: ids.collect::<BTreeSet<_>>().len(),
            events: sent().map(|logged| &logged.event.message_id).collect::<BTreeSet<_>>().len(),
        }
    }
}

/// Everything.
pub(crate) struct World {
    pub(crate) size: Size,
    pub(crate) rng: Rng,
    pub(crate) now: i64,
    pub(crate) objects: BTreeMap<ProfileId, Object>,
    pub(crate) entries: BTreeMap<Identifier, Entry>,
    pub(crate) network: Vec<Flight>,
    pub(crate) clients: Vec<Client>,
    pub(crate) config: Config,
    pub(crate) faults: Faults,
    pub(crate) focus: Option<Focus>,
    pub(crate) stragglers: Option<Stragglers>,
    pub(crate) dwell: Option<Dwell>,
    /// Where it is made to crash.
    pub(crate) made: Vec<CrashPoint>,
    pub(crate) transitions: Transitions,
    pub(crate) deeds: Deeds,
    /// What clients mean to say.
    pub(crate) meant: AllMeant,
    /// Every event that a client was told is stored.
    pub(crate) acknowledged: BTreeSet<MessageId>,
    /// Every profile id ever given out.
    pub(crate) issued: BTreeSet<ProfileId>,
    /// Who was to be erased: what was acknowledged of them is gone, and rightly so.
    pub(crate) forgotten: BTreeSet<ProfileId>,
    /// Names of which an admin has said, or tried to, that they are one person's.
    pub(crate) joined: Vec<(Identifier, Identifier)>,
    /// What admins have said and were told is taken.
    pub(crate) words: BTreeSet<Fact>,
    /// The names that admins are at odds about.
    pub(crate) disputed: Vec<Identifier>,
    /// What ever came under quarantine.
    pub(crate) quarantined: BTreeSet<Identifier>,
    /// Names that some Workers read nothing of.
    pub(crate) dropped: BTreeSet<Identifier>,
    /// What still is, in the order in which it was published.
    pub(crate) published: Vec<Identifier>,
    /// What the workspace was told is, and asks its entry about.
    pub(crate) confirming: BTreeSet<Identifier>,
    /// What the operator has let go, and when that was asked for the last time.
    pub(crate) released: BTreeMap<Identifier, UnixMillis>,
    /// Names that were kept out for a while, since when.
    pub(crate) kept_out: BTreeMap<Identifier, UnixMillis>,
    /// What the operator has asked of entries and not heard.
    pub(crate) asked: Vec<(Identifier, Ask)>,
    /// All that has left.
    pub(crate) archive: Archive,
    /// Rules that were published before the present ones.
    pub(crate) rules_before: Vec<IdentityRules>,
    /// The present ones were applied to everybody.
    pub(crate) applied: bool,
    /// What holds by all of them.
    strict: IdentityRules,
    pub(crate) operator: Option<Operator>,
    pub(crate) sabotage: Option<Sabotage>,
    /// Events in one message of a merge or a gift: few, so that some take several.
    pub(crate) chunk: usize,
    /// How much one re-resolution looks at.
    pub(crate) bounds: Bounds,
    /// The time from the first event that can be to the last, in milliseconds.
    pub(crate) spread: i64,
    /// The largest message between profiles so far is measured, in bytes.
    pub(crate) measures: bool,
    pub(crate) largest: usize,
    pub(crate) merges: u64,
    pub(crate) crashes: u64,
    pub(crate) steps: u64,
    /// Once nothing goes wrong any more, what was sent last arrives first for so many steps.
    pub(crate) unfair: u64,
    /// The most steps after that until all was at rest.
    pub(crate) rested: u64,
    /// How often a system that was rebuilt was found to be the same in everything.
    pub(crate) compared: u64,
    /// Nothing but names decided who is who.
    pub(crate) plain: bool,
    /// A name was claimed by one event and proven by another.
    pub(crate) promoted: bool,
    /// How often two people were joined, parted again, and the same as before.
    pub(crate) parted: u64,
    pub(crate) trace: bool,
    next_id: u64,
}

impl World {
    pub(crate) fn new(seed: u64, rules: IdentityRules, faults: Faults) -> Self {
        Self {
            size: Size::default(),
            rng: Rng::with_seed(seed),
            now: 1_000_000_000,
            objects: BTreeMap::new(),
            entries: BTreeMap::new(),
            network: Vec::new(),
            clients: Vec::new(),
            strict: rules.clone(),
            config: Config::new(1, Document { identity: rules, ..Document::default() }),
            faults,
            focus: None,
            stragglers: None,
            dwell: None,
            made: Vec::new(),
            transitions: Transitions::default(),
            deeds: Deeds::default(),
            meant: AllMeant::new(),
            acknowledged: BTreeSet::new(),
            issued: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            joined: Vec::new(),
            words: BTreeSet::new(),
            disputed: Vec::new(),
            quarantined: BTreeSet::new(),
            dropped: BTreeSet::new(),
            published: Vec::new(),
            confirming: BTreeSet::new(),
            released: BTreeMap::new(),
            kept_out: BTreeMap::new(),
            asked: Vec::new(),
            archive: Archive::default(),
            rules_before: Vec::new(),
            applied: false,
            operator: None,
            sabotage: None,
            chunk: 1,
            bounds: Bounds::default(),
            spread: 0,
            measures: false,
            largest: 0,
            merges: 0,
            crashes: 0,
            steps: 0,
            unfair: 0,
            rested: 0,
            compared: 0,
            plain: false,
            promoted: false,
            parted: 0,
            trace: false,
            next_id: 0,
        }
    }

    /// What the laws look at.
    pub(crate) fn scene(&self) -> Scene<'_> {
        Scene {
            objects: self.objects.iter().map(|(who, object)| (who, &object.tables)).collect(),
            entries: self.entries.iter().collect(),
            acknowledged: &self.acknowledged,
            issued: &self.issued,
            forgotten: &self.forgotten,
            meant: &self.meant,
            joined: &self.joined,
            words: &self.words,
            bounds: self.bounds,
            quarantined: &self.quarantined,
            dropped: &self.dropped,
            published: &self.published,
            released: &self.released,
            kept_out: !self.kept_out.is_empty(),
            config: &self.config,
            lines: &self.archive.lines,
            rules_before: &self.rules_before,
            applied: self.applied,
        }
    }

    pub(crate) fn new_id(&mut self) -> ProfileId {
        let id = fresh(&mut self.next_id, &mut self.rng);
        self.issued.insert(id.clone());
        id
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.trace {
            println!("{:>6} {}", self.steps, what());
        }
    }

    /// Lets an object take one input, and crashes it between any two of its outputs.
    pub(crate) fn step<T>(
        &mut self,
        who: &ProfileId,
        taken: Input,
        input: impl FnOnce(&mut Step<'_, Tables>) -> T,
        answer: impl FnOnce(T) -> Option<Flight>,
    ) -> Verdict {
        let skew = if self.faults.on() { self.rng.i64(-86_400_000..=86_400_000) } else { 0 };
        let object = self.objects.entry(who.clone()).or_insert_with(|| {
            let tables = Tables { sabotage: self.sabotage, ..Tables::default() };
            Object { tables, skew, ..Object::default() }
        });
        if self.faults.on() && self.rng.u32(0..200) == 0 {
            // Clocks also run backwards.
            object.skew = skew;
        }
        let mut memory = object.memory.take().unwrap_or_else(|| Box::new(object.tables.load(who)));
        let place = Where::of(&memory.home.place).name();
        let mut tables = object.tables.clone();
        let now = UnixMillis(self.now + object.skew);
        let (next_id, rng, issued) = (&mut self.next_id, &mut self.rng, &mut self.issued);
        let mut new_id = || {
            let id = fresh(next_id, rng);
            issued.insert(id.clone());
            id
        };
        let mut step = Step {
            profile: &mut memory,
            store: &mut tables,
            config: &self.config,
            now,
            chunk: self.chunk,
            bounds: self.bounds,
            number: &|id| number(&id.to_string()),
            new_id: &mut new_id,
            effects: Vec::new(),
        };
        let said = input(&mut step);
        let effects = std::mem::take(&mut step.effects);
        // What is in memory must be what storage says. Looked at now and then: it takes as long as the step.
        if self.steps.is_multiple_of(16) && self.sabotage.is_none() {
            let under_way = std::mem::take(&mut memory.under_way);
            let stored = tables.load(who);
            if *memory != stored {
                return Err(format!(
                    "{} at {who}: memory and storage differ\n{memory:#?}\n{stored:#?}",
                    taken.name()
                ));
            }
            memory.under_way = under_way;
        }
        let answer = answer(said);
        // What is said to whoever called is sent after all else.
        let sends = effects.len() + usize::from(answer.is_some());
        let points = sends + 2;
        let crash = match self.focus.as_mut().filter(|focus| focus.kind == taken.name()) {
            Some(focus) => focus.crash(points),
            None => self.faults.crash(&mut self.rng, points),
        };
        let label = format!("{place} {}", taken.name());
        let crash = self.cut_off(&label, crash, points, sends);
        if self.trace {
            let sends: Vec<String> = effects.iter().map(effect_name).collect();
            let held: Vec<String> = memory
                .held
                .iter()
                .map(|(id, held)| format!("{id}@{}{}", held.epoch, state_name(held.state)))
                .collect();
            println!(
                "{:>6} {} {label} -> {} crash {crash:?} | {}{}",
                self.steps,
                short(who),
                sends.join(", "),
                held.join(" "),
                if memory.home.unsettled { " unsettled" } else { "" }
            );
        }
        if crash == Some(0) {
            self.crashes += 1;
            if self.sabotage == Some(Sabotage::AckBeforeWrite)
                && let Some(flight) = answer
            {
                self.network.push(flight);
            }
            return Ok(());
        }
        laws::always(who, &tables, &self.strict)?;
        tables.left.drain(..).for_each(|left| self.archive.take(who, left));
        if let Some(object) = self.objects.get_mut(who) {
            let known = &object.tables.ledger;
            let merged = |(key, entry): &(&String, &Ledger)| {
                matches!(entry, Ledger::Merged { older, .. } if older == who) && !known.contains_key(*key)
            };
            self.merges += tables.ledger.iter().filter(merged).count() as u64;
            object.tables = tables;
            object.memory = crash.is_none().then_some(memory);
        }
        if crash.is_some() {
            self.crashes += 1;
        }
        let sent = crash.map_or(sends, |crash| crash.saturating_sub(1));
        let said_last = answer.filter(|_| sent == sends);
        for effect in effects.into_iter().take(sent) {
            self.carry(who, effect);
        }
        self.network.extend(said_last);
        // Whoever has something left to do is rung: the rest may be lost. Only folding anew leaves the alarm alone.
        let object = self.objects.get(who).filter(|object| object.alarm.is_none());
        let waits = object.and_then(|object| object.memory.as_ref()).is_some_and(|memory| memory.has_work());
        if waits && taken != Input::Read {
            return Err(format!("{} has work and no alarm after {label}", short(who)));
        }
        Ok(())
    }

    /// The same input until it is taken and everything is said: somebody waits for it.
    pub(crate) fn insist<T>(
        &mut self,
        who: &ProfileId,
        taken: Input,
        mut input: impl FnMut(&mut Step<'_, Tables>) -> T,
    ) -> Verdict {
        loop {
            let crashes = self.crashes;
            self.step(who, taken, &mut input, |_| None)?;
            if self.crashes == crashes {
                return Ok(());
            }
        }
    }

    /// Where this transition crashes: by chance, or because it is made to.
    fn cut_off(
        &mut self,
        transition: &str,
        by_chance: Option<usize>,
        points: usize,
        sends: usize,
    ) -> Option<usize> {
        let nth = self.transitions.times(transition) + 1;
        let here = self.made.iter().find(|made| made.nth == nth && made.transition == transition);
        let crash = here.map(|made| made.point).filter(|point| *point < points).or(by_chance);
        self.transitions.hit(transition, crash, points, sends);
        crash
    }

    fn carry(&mut self, who: &ProfileId, effect: Effect) {
        match effect {
            Effect::Tell { message } => {
                if self.sabotage == Some(Sabotage::EmptyTheInboxEarly)
                    && let Body::Deliver(item) = &message.body
                    && let Some(object) = self.objects.get_mut(who)
                {
                    Arc::make_mut(&mut object.tables.inbox).remove(&item.logged.event.message_id);
                }
                if self.sabotage == Some(Sabotage::RedirectEarly) {
                    self.redirect_early(who, &message);
                }
                if self.measures {
                    let bytes = serde_json::to_vec(&message).map_or(0, |json| json.len());
                    self.largest = self.largest.max(bytes);
                }
                self.network.push(Flight::Tell(message));
            }
            Effect::Ask { id, ask } => {
                self.network.push(Flight::Ask { id, ask, by: Sender::Profile(who.clone()) });
            }
            Effect::Wake { at } => {
                if let Some(object) = self.objects.get_mut(who)
                    && self.sabotage != Some(Sabotage::NeverWake)
                {
                    let at = at.0 - object.skew;
                    object.alarm = Some(object.alarm.map_or(at, |set| set.min(at)));
                }
            }
            Effect::Quarantine { id } => self.network.push(Flight::Publish { id }),
            Effect::Overwrite { whom } => {
                let done = Message::new(&Home::empty(who.clone()), who.clone(), Body::Overwritten { whom });
                self.network.push(Flight::Tell(Box::new(done)));
            }
        }
    }

    /// See [`Sabotage::RedirectEarly`].
    fn redirect_early(&mut self, who: &ProfileId, message: &Message) {
        let home = self.objects.get(who).and_then(|object| object.tables.home.as_ref());
        let (Some(home), Body::Give(give)) = (home, &message.body) else { return };
        for entry in give.settlement.iter().flat_map(|settlement| &settlement.ledger) {
            if let Ledger::Merged { younger, epoch, .. } = entry
                && *younger != message.to
            {
                let body = Body::Redirect { to: message.to.clone(), epoch: *epoch };
                self.network.push(Flight::Tell(Box::new(Message::new(home, younger.clone(), body))));
            }
        }
    }

    /// Whoever shows what is under quarantine next is told so, however often the news was lost before.
    pub(crate) fn show_quarantined(&mut self) -> Verdict {
        let under: Vec<(Identifier, Entry)> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.quarantined.is_some())
            .map(|(id, entry)| (id.clone(), entry.clone()))
            .collect();
        for (id, entry) in under {
            let (_, answer) =
                apply(&entry, &Ask::Lookup, self.config.identity().quarantine, UnixMillis(self.now));
            let who = self.new_id();
            let home = selvedge_engine::identity::home::Home::empty(who.clone());
            let message = Message::new(&home, who.clone(), Body::Entry { id, ask: Ask::Lookup, answer });
            self.insist(&who, Input::LookedUp, |step| step.hear(&message))?;
        }
        Ok(())
    }

    /// Something arrives.
    pub(crate) fn arrive(&mut self, flight: Flight) -> Verdict {
        self.steps += 1;
        self.dwell.iter_mut().for_each(|dwell| dwell.sees(&flight));
        match flight {
            Flight::Tell(message) => {
                let taken = Input::of(&message.body);
                let to = message.to.clone();
                self.stragglers.iter_mut().for_each(|stragglers| stragglers.hear(&message));
                self.step(&to, taken, |step| step.hear(&message), |_| None)
            }
            Flight::Ask { id, mut ask, by } => {
                let entry = self.entries.entry(id.clone()).or_default();
                match (&mut ask, self.sabotage) {
                    (Ask::Move { from, epoch, .. }, Some(Sabotage::DropTheEpochCheck)) => {
                        *epoch = entry.owner.epoch();
                        *from = entry.owner.profile().cloned().unwrap_or_else(|| from.clone());
                    }
                    (Ask::Claim { only_ask: false, .. }, Some(Sabotage::GiveEntriesAway)) => {
                        entry.owner = Owner::Freed { epoch: entry.owner.epoch() };
                    }
                    (Ask::Shown { by, .. }, Some(Sabotage::ForgetUnprovenClaims)) => *by = None,
                    (Ask::Release, Some(Sabotage::ReleaseTheOwner)) => {
                        entry.owner = Owner::Freed { epoch: entry.owner.epoch() };
                    }
                    _ => {}
                }
                let rule = self.config.identity().quarantine;
                let stands = Stands::of(entry).name();
                let (changed, mut answer) = apply(entry, &ask, rule, UnixMillis(self.now));
                let ignored = ask == Ask::Release && self.sabotage == Some(Sabotage::IgnoreReleases);
                let changed = changed.filter(|_| !ignored);
                match self.sabotage {
                    Some(Sabotage::ForgetErasures) if answer.owner.profile().is_some() => {
                        answer.erased = None
                    }
                    Some(Sabotage::ForgetSharedDevices) => answer.shared = None,
                    Some(Sabotage::AskNobodyWhoShows) if matches!(ask, Ask::Shown { .. }) => {
                        answer.claimants.clear();
                    }
                    _ => {}
                }
                self.say(|| {
                    let owner = answer.owner.profile().map_or_else(|| "nobody".to_owned(), short);
                    let (epoch, erased) = (answer.owner.epoch(), answer.erased_at());
                    format!("entry {id} {} -> {owner}@{epoch} erased {erased:?}", Asked::of(&ask).name())
                });
                // An identifier object has two outputs: its write, and its answer.
                let crash = self.faults.crash(&mut self.rng, 2);
                let label = format!("{stands} entry {}", Asked::of(&ask).name());
                let crash = self.cut_off(&label, crash, 2, 1);
                if crash == Some(0) {
                    return Ok(());
                }
                if let Some(changed) = changed {
                    // Also where it is let go before anybody could publish it.
                    self.quarantined.extend(changed.quarantined.map(|_| id.clone()));
                    self.entries.insert(id.clone(), changed);
                }
                if crash.is_some() {
                    return Ok(());
                }
                self.network.push(match by {
                    Sender::Client(by) => Flight::EntrySaid { id, answer, by },
                    Sender::Operator => Flight::Obeyed { id, ask },
                    Sender::Workspace => Flight::Confirmed { id, quarantined: answer.quarantined },
                    Sender::Profile(profile) => {
                        let body = Body::Entry { id, ask, answer };
                        let home = selvedge_engine::identity::home::Home::empty(profile.clone());
                        Flight::Tell(Box::new(Message::new(&home, profile, body)))
                    }
                });
                Ok(())
            }
            Flight::Deliver { to, item, by } => {
                self.say(|| {
                    let ids: Vec<String> =
                        item.logged.ids.iter().map(|carried| carried.id.to_string()).collect();
                    let grant =
                        item.granted.as_ref().map(|g| format!("{} {}@{}", g.id, short(&g.profile), g.epoch));
                    let id = &item.logged.event.message_id;
                    format!("client {} gives {id} {ids:?} to {} granted {grant:?}", by.client, short(&to))
                });
                let answered = to.clone();
                self.step(
                    &to,
                    Input::Take,
                    |step| step.take(std::slice::from_ref(&item)),
                    |taken| {
                        let taken = taken.ok()?.into_iter().next()?;
                        Some(Flight::ProfileSaid { profile: answered, taken, by })
                    },
                )
            }
            Flight::Keep { at, item, by } => {
                self.say(|| {
                    let id = &item.logged.event.message_id;
                    format!("client {} leaves {id} with {}", by.client, short(&at))
                });
                self.step(
                    &at,
                    Input::Receive,
                    |step| step.receive(std::slice::from_ref(&item)),
                    |taken| matches!(*taken.ok()?, [Taken::Accepted]).then_some(Flight::Kept { by }),
                )
            }
            Flight::Kept { by } => {
                if self.delivery(by).is_some()
                    && let Some(client) = self.clients.get_mut(by.client)
                    && let Some(Sending { item, .. }) = client.sending.take()
                {
                    self.acknowledged.insert(item.logged.event.message_id.clone());
                    client.sent.push(item);
                }
                Ok(())
            }
            Flight::Obeyed { id, ask } => {
                // Of a release: published last, until then nothing asks for it.
                if ask == Ask::Release {
                    self.published.retain(|one| *one != id);
                    self.confirming.remove(&id);
                }
                self.asked.retain(|asked| *asked != (id.clone(), ask.clone()));
                Ok(())
            }
            Flight::Publish { id } => {
                // It may have been let go since it was heard of: its entry knows.
                if self.sabotage == Some(Sabotage::PublishOldQuarantines) {
                    self.list(id);
                } else {
                    self.confirm(id);
                }
                Ok(())
            }
            Flight::Confirmed { id, quarantined } => {
                // If it is not waited for any more it was let go meanwhile.
                if self.confirming.remove(&id) && quarantined {
                    self.list(id);
                } else if !quarantined {
                    self.published.retain(|one| *one != id);
                }
                Ok(())
            }
            Flight::EntrySaid { id, answer, by } => {
                if let Some(delivery) = self.delivery(by) {
                    delivery.entry_said(&id, &answer);
                    self.proceed(by.client);
                }
                Ok(())
            }
            Flight::ProfileSaid { profile, taken, by } => {
                self.say(|| format!("client {} hears {taken:?}", by.client));
                if let Some(delivery) = self.delivery(by) {
                    delivery.profile_said(&profile, &taken);
                    if let Some(client) = self.clients.get_mut(by.client) {
                        client.hint = Some(profile);
                    }
                    self.proceed(by.client);
                }
                Ok(())
            }
        }
    }

    fn delivery(&mut self, by: Attempt) -> Option<&mut Delivery> {
        let client = self.clients.get_mut(by.client).filter(|client| client.attempt == by.number)?;
        client.sending.as_mut().map(|sending| &mut sending.delivery)
    }

    /// The client does what its delivery says next.
    fn proceed(&mut self, index: usize) {
        let Some(client) = self.clients.get_mut(index) else { return };
        let by = Attempt { client: index, number: client.attempt };
        let Some(Sending { read: item, delivery, .. }) = client.sending.as_ref() else { return };
        let next = delivery.next().clone();
        match next {
            Next::LookUp(id) => {
                self.network.push(Flight::Ask { id, ask: Ask::Lookup, by: Sender::Client(by) });
            }
            Next::AskWhoShows(id, since) => {
                self.network.push(Flight::Ask {
                    id,
                    ask: Ask::Shown { since, by: None },
                    by: Sender::Client(by),
                });
            }
            Next::Claim(id, profile) => {
                let order = (item.logged.event.timestamp, item.logged.event.message_id.clone());
                let candidate = profile.unwrap_or_else(|| self.new_id());
                let ask = Ask::Claim { candidate, order, link: false, only_ask: false };
                self.network.push(Flight::Ask { id, ask, by: Sender::Client(by) });
            }
            Next::Deliver(to, granted) => {
                let apart_since = delivery.apart_since.clone();
                let item = Box::new(Item { granted, apart_since, ..item.clone() });
                self.network.push(Flight::Deliver { to, item, by });
            }
            Next::GiveUp => self.leave(index),
            Next::Done(outcome) => {
                let id = item.logged.event.message_id.clone();
                if matches!(outcome, Delivered::Accepted | Delivered::Duplicate) {
                    self.acknowledged.insert(id);
                }
                if let Some(client) = self.clients.get_mut(index)
                    && let Some(Sending { item, .. }) = client.sending.take()
                {
                    client.sent.push(item);
                }
            }
        }
    }

    /// All answers are lost: what clients have sent, they send again.
    pub(crate) fn send_again(&mut self) {
        for client in &mut self.clients {
            client.events.append(&mut client.sent);
        }
    }

    /// The client's event could not be handed over: somebody is to keep it.
    fn leave(&mut self, index: usize) {
        // A Worker asks a new object; one that is somebody's home must be able to do it too.
        let there: Vec<&ProfileId> = self.objects.keys().collect();
        let somebody = self.rng.choice(there).cloned().filter(|_| self.rng.u32(0..4) == 0);
        let at = somebody.unwrap_or_else(|| self.new_id());
        let Some(client) = self.clients.get(index) else { return };
        let by = Attempt { client: index, number: client.attempt };
        if let Some(Sending { read, .. }) = client.sending.as_ref() {
            self.network.push(Flight::Keep { at, item: Box::new(read.clone()), by });
        }
    }

    /// A client sends its next event, or the same again: it has waited long enough. Its cookie is where the event is
    /// expected, or for whom a login is claimed, or it has none.
    pub(crate) fn send(&mut self, index: usize) {
        let (hinted, cut_off) = (self.rng.bool(), self.rng.u32(0..12) == 0);
        // Workers have many configs at once: each drops what was under quarantine when the one that it has was published.
        let known = if self.published.is_empty() { 0 } else { self.rng.usize(0..=self.published.len()) };
        let dropped: BTreeSet<Identifier> = self.published.iter().take(known).cloned().collect();
        let Some(client) = self.clients.get_mut(index) else { return };
        client.attempt += 1;
        let item = match client.sending.take() {
            Some(Sending { item, .. }) => item,
            None => match client.events.pop() {
                Some(item) => item,
                None => return,
            },
        };
        // What comes from the archive comes without a cookie.
        let hint = client.hint.clone().filter(|_| !item.replayed);
        let expected = hint.clone().filter(|_| hinted).map(|profile| (profile, None));
        let claims_for = hint.filter(|_| client.attempt.is_multiple_of(2));
        let mut read = without(&item, &dropped);
        read.logged.ids.sort_by_key(|carried| self.config.identity().priority(&carried.id.namespace));
        match read.delivery(expected, self.config.identity()) {
            Some(delivery) => {
                let delivery = match claims_for {
                    Some(profile) => delivery.with_hint(profile),
                    None => delivery,
                };
                client.sending = Some(Sending { item, read, delivery });
            }
            // As this Worker reads it, it names nobody.
            None => client.sent.push(item),
        }
        if cut_off { self.leave(index) } else { self.proceed(index) }
    }

    /// Somebody does this with one profile, or with all.
    pub(crate) fn does(&mut self, deed: Deed, with: Option<&ProfileId>) {
        let some = self.objects.iter().filter(|(who, _)| with.is_none_or(|with| with == *who));
        some.for_each(|(_, object)| self.deeds.note(deed, &object.tables));
    }

    /// A new config: another rule for a trait. Who is who must not change by it.
    pub(crate) fn publish(&mut self) {
        self.does(Deed::Publish, None);
        let merge = self.rng.choice(["newest", "oldest", "max", "sum", "union"]).unwrap_or("newest");
        let rules = serde_json::json!({ "n": { "merge": merge } });
        let mut document = self.config.document().clone();
        document.traits = serde_json::from_value(rules).unwrap_or_default();
        self.config = Config::new(self.config.version() + 1, document);
    }

    /// Other rules of who is who: nobody is rearranged by them, and whoever is resolved anew later is so by them.
    pub(crate) fn publish_rules(&mut self, rules: IdentityRules) {
        self.does(Deed::PublishRules, None);
        self.say(|| format!("published: {}", serde_json::to_string(&rules).unwrap_or_default()));
        let before = self.config.identity().clone();
        for (namespace, rule) in &mut self.strict.namespaces {
            let unique =
                |rules: &IdentityRules| rules.namespaces.get(namespace).is_some_and(|rule| rule.unique);
            rule.unique &= unique(&before) && unique(&rules);
        }
        self.rules_before.push(before);
        self.applied = false;
        let document = Document { identity: rules, ..self.config.document().clone() };
        self.config = Config::new(self.config.version() + 1, document);
        if self.sabotage == Some(Sabotage::ResolveAtPublication) {
            for object in self.objects.values_mut() {
                object.memory = None;
                object.tables.home.iter_mut().for_each(|home| Arc::make_mut(home).unsettled = true);
            }
        }
    }

    /// The workspace publishes that it is under quarantine.
    fn list(&mut self, id: Identifier) {
        self.dropped.insert(id.clone());
        if !self.published.contains(&id) {
            self.published.push(id);
        }
    }

    /// The workspace asks whether it is under quarantine.
    pub(crate) fn confirm(&mut self, id: Identifier) {
        self.confirming.insert(id.clone());
        self.network.push(Flight::Ask { id, ask: Ask::Lookup, by: Sender::Workspace });
    }

    /// The operator asks an entry, and asks again until it has heard.
    pub(crate) fn command(&mut self, id: Identifier, ask: Ask) {
        if ask == Ask::Release {
            self.does(Deed::LetGo, None);
            self.released.insert(id.clone(), UnixMillis(self.now));
        }
        if !self.asked.contains(&(id.clone(), ask.clone())) {
            self.asked.push((id.clone(), ask.clone()));
        }
        self.say(|| format!("operator: {} {id}", Asked::of(&ask).name()));
        self.network.push(Flight::Ask { id, ask, by: Sender::Operator });
    }

    /// The alarm of an object rings.
    pub(crate) fn ring(&mut self, who: &ProfileId) -> Verdict {
        self.steps += 1;
        if let Some(object) = self.objects.get_mut(who) {
            object.alarm = None;
        }
        self.step(who, Input::Alarm, |step| step.ring(), |_| None)
    }

    /// Clients with something still to send.
    pub(crate) fn unsent(&self) -> Vec<usize> {
        let done = |client: &Client| client.sending.is_none() && client.events.is_empty();
        self.clients.iter().enumerate().filter(|(_, client)| !done(client)).map(|(index, _)| index).collect()
    }

    /// Whether all clients have sent everything.
    pub(crate) fn all_sent(&self) -> bool {
        self.unsent().is_empty()
    }

    /// An object with something left to do.
    pub(crate) fn is_busy(&self, who: &ProfileId) -> bool {
        self.objects.get(who).is_some_and(|object| object.tables.load(who).has_work())
    }
}

/// The event as it is read where these are no identifiers.
fn without(item: &Item, dropped: &BTreeSet<Identifier>) -> Item {
    let mut read = item.clone();
    let logged = &mut read.logged;
    for id in logged.ids.iter().map(|carried| &carried.id).filter(|id| dropped.contains(id)) {
        let (namespace, value) = (id.namespace.clone(), id.value.clone());
        read.not_identifiers.push(NoIdentifier { namespace, value, reason: Refusal::Quarantined });
    }
    // An alias that has lost a name says nothing of the device that its older name may be.
    let previous = logged.previous.take();
    let whole = logged
        .ids
        .first()
        .map(|carried| &carried.id)
        .into_iter()
        .chain(&previous)
        .all(|id| !dropped.contains(id));
    let stays =
        |id: &Identifier| !dropped.contains(id) && (whole || !Says::may_be_device(id, previous.as_ref()));
    logged.ids.retain(|carried| stays(&carried.id));
    logged.previous = previous.filter(|id| !dropped.contains(id));
    read
}

fn fresh(next: &mut u64, rng: &mut Rng) -> ProfileId {
    *next += 1;
    let mut bytes = [0; 16];
    rng.fill(&mut bytes[..4]);
    bytes[8..].copy_from_slice(&next.to_be_bytes());
    ProfileId::from_random(bytes)
}

fn state_name(state: HeldState) -> &'static str {
    match state {
        HeldState::Active => "",
        HeldState::Retired => "-",
        HeldState::Released => "~",
    }
}

fn effect_name(effect: &Effect) -> String {
    match effect {
        Effect::Tell { message } => {
            let why = match &message.body {
                Body::Refused { violations, .. } => {
                    format!(" {:?}", violations.iter().map(Violation::code).collect::<Vec<_>>())
                }
                Body::Rearrange(part) => format!(
                    " (keep {:?}, give {:?}, free {:?}, join {:?}, link {:?})",
                    part.keep,
                    part.gives.iter().map(|one| (short(&one.to), &one.events, &one.ids)).collect::<Vec<_>>(),
                    part.frees,
                    part.join.as_ref().map(|(with, order)| (short(with), order)),
                    part.links.iter().map(Link::key).collect::<Vec<_>>(),
                ),
                _ => String::new(),
            };
            format!("{}→{}{why}", Input::of(&message.body).name(), short(&message.to))
        }
        Effect::Ask { id, ask } => format!("{} {id}", Asked::of(ask).name()),
        Effect::Wake { .. } => "wake".into(),
        Effect::Quarantine { id } => format!("quarantine {id}"),
        Effect::Overwrite { .. } => "overwrite".into(),
    }
}
