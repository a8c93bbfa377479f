//! The objects and the Workers between them, in one process, where every message arrives at once and in order.

use std::collections::{BTreeMap, VecDeque};

use selvedge_engine::config::Config;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::crowd::number;
use selvedge_engine::identity::delivery::Next;
use selvedge_engine::identity::entry::{self, Ask, Entry};
use selvedge_engine::identity::home::{
    Body, Bounds, Effect, Home, Item, Message, Place, Profile, Step, StoreError, Taken,
};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;

use crate::store::Rows;

/// A profile object.
#[derive(Debug, Clone)]
struct Object {
    profile: Profile,
    rows: Rows,
}

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct World {
    objects: BTreeMap<ProfileId, Object>,
    entries: BTreeMap<Identifier, Entry>,
    now: UnixMillis,
    ids: u64,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { objects: BTreeMap::new(), entries: BTreeMap::new(), now: UnixMillis(0), ids: 0 }
    }

    /// A copy that shares nothing.
    pub(crate) fn apart(&self) -> Self {
        let mut world = self.clone();
        for object in world.objects.values_mut() {
            object.rows = object.rows.apart();
        }
        world
    }

    /// Hands an event over as a Worker does, and carries what follows until nothing is left. Returns where it was taken.
    pub(crate) fn send(
        &mut self,
        config: &Config,
        item: &Item,
        expected: Option<&ProfileId>,
    ) -> Result<Option<ProfileId>, StoreError> {
        self.now = item.logged.event.received_at;
        let expected = expected.map(|profile| (profile.clone(), None));
        let Some(mut delivery) = item.delivery(expected, config.identity()) else { return Ok(None) };
        let mut taken = None;
        loop {
            match delivery.next().clone() {
                Next::LookUp(id) => {
                    let answer = self.ask(config, &id, &Ask::Lookup);
                    delivery.entry_said(&id, &answer);
                }
                Next::AskWhoShows(id, since) => {
                    let answer = self.ask(config, &id, &Ask::Shown { since, by: None });
                    delivery.entry_said(&id, &answer);
                }
                Next::Claim(id, profile) => {
                    let order = (item.logged.event.timestamp, item.logged.event.message_id.clone());
                    let candidate = profile.unwrap_or_else(|| self.new_id());
                    let claim = Ask::Claim { candidate, order, link: false, only_ask: false };
                    let answer = self.ask(config, &id, &claim);
                    delivery.entry_said(&id, &answer);
                }
                Next::Deliver(profile, granted) => {
                    let item = Item { granted, apart_since: delivery.apart_since.clone(), ..item.clone() };
                    let said = self.take(config, &profile, std::slice::from_ref(&item))?;
                    if let Some(said) = said.first() {
                        delivery.profile_said(&profile, said);
                    }
                    taken = Some(profile);
                }
                Next::Done(_) => return Ok(taken),
                Next::GiveUp => return Ok(None),
            }
        }
    }

    /// Events for one profile, and what follows.
    pub(crate) fn take(
        &mut self,
        config: &Config,
        profile: &ProfileId,
        items: &[Item],
    ) -> Result<Vec<Taken>, StoreError> {
        let (said, effects) = self.step(config, profile, |step| step.take(items))?;
        self.carry(config, profile, effects)?;
        Ok(said)
    }

    fn carry(&mut self, config: &Config, from: &ProfileId, effects: Vec<Effect>) -> Result<(), StoreError> {
        let mut waiting: VecDeque<(ProfileId, Effect)> =
            effects.into_iter().map(|effect| (from.clone(), effect)).collect();
        while let Some((from, effect)) = waiting.pop_front() {
            let message = match effect {
                Effect::Tell { message } => *message,
                Effect::Ask { id, ask } => {
                    let answer = self.ask(config, &id, &ask);
                    Message::new(&Home::empty(from.clone()), from, Body::Entry { id, ask, answer })
                }
                Effect::Overwrite { whom } => {
                    Message::new(&Home::empty(from.clone()), from, Body::Overwritten { whom })
                }
                Effect::Wake { .. } | Effect::Quarantine { .. } => continue,
            };
            let to = message.to.clone();
            let ((), effects) = self.step(config, &to, |step| step.hear(&message))?;
            waiting.extend(effects.into_iter().map(|effect| (to.clone(), effect)));
        }
        Ok(())
    }

    fn ask(&mut self, config: &Config, id: &Identifier, ask: &Ask) -> entry::Answer {
        let entry = self.entries.entry(id.clone()).or_default();
        let (changed, answer) = entry::apply(entry, ask, config.identity().quarantine, self.now);
        if let Some(changed) = changed {
            *entry = changed;
        }
        answer
    }

    fn step<T>(
        &mut self,
        config: &Config,
        me: &ProfileId,
        input: impl FnOnce(&mut Step<'_, Rows>) -> Result<T, StoreError>,
    ) -> Result<(T, Vec<Effect>), StoreError> {
        let now = self.now;
        let mut ids = self.ids;
        let object = self.objects.entry(me.clone()).or_insert_with(|| {
            let rows = Rows::default();
            Object { profile: rows.load(me), rows }
        });
        let mut step = Step {
            profile: &mut object.profile,
            store: &mut object.rows,
            config,
            now,
            chunk: limits::MERGE_CHUNK_EVENTS,
            bounds: Bounds::default(),
            number: &|id| number(&id.to_string()),
            new_id: &mut || next_id(&mut ids),
            effects: Vec::new(),
        };
        let said = input(&mut step)?;
        let effects = step.effects;
        object.rows.finish(&mut object.profile.folded)?;
        self.ids = ids;
        Ok((said, effects))
    }

    fn new_id(&mut self) -> ProfileId {
        next_id(&mut self.ids)
    }

    /// As if these events had never come to this profile, whose state was this.
    pub(crate) fn forget(&mut self, me: &ProfileId, items: &[Item], was: &Profile) {
        if let Some(object) = self.objects.get_mut(me) {
            object.rows.forget(items.iter().map(|item| &item.logged.event.message_id));
            object.profile.clone_from(was);
        }
    }

    pub(crate) fn profile(&self, me: &ProfileId) -> Option<&Profile> {
        self.objects.get(me).map(|object| &object.profile)
    }

    /// Everybody who lives, with identifiers and events.
    pub(crate) fn people(&self) -> Vec<(usize, usize)> {
        let live = self.objects.values().filter(|object| object.profile.home.place == Place::Live);
        live.map(|object| (object.profile.held.len(), object.rows.events())).collect()
    }
}

fn next_id(ids: &mut u64) -> ProfileId {
    *ids += 1;
    ProfileId::from_random(u128::from(*ids).to_be_bytes())
}
