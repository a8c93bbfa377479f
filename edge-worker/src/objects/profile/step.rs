//! One step of the engine's state machine: what is in memory, one transaction, and what is to be sent after it.

use selvedge_engine::config::Config;
use selvedge_engine::identity::home::{Bounds, Effect, Profile, Step, Stepped};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use selvedge_engine::profile::STATE_VERSION;
use selvedge_engine::time::UnixMillis;

use super::tables::Tables;
use super::{Inner, upgrade};
use crate::api_error::ApiError;
use crate::platform::{self, Secrets};

/// What storage holds, read once: after an error it is read anew.
pub(super) struct Memory {
    profile: Profile,
    /// The tables are there.
    created: bool,
}

/// What comes of a step.
struct Done<T> {
    said: T,
    effects: Vec<Effect>,
    created: bool,
    wrote: bool,
}

impl Inner {
    /// Gives the engine one input. What it writes is durable before anything that it wants sent is returned, and the
    /// alarm is set to carry on if that does not happen.
    pub(super) fn step<T>(
        &self,
        me: &ProfileId,
        config: &Config,
        input: impl FnOnce(&mut Step<'_, Tables<'_>>) -> Stepped<T>,
    ) -> Result<(T, Vec<Effect>), ApiError> {
        let now = platform::now();
        let Done { said, mut effects, wrote, .. } = self.transact(me, config, now, input)?;
        // Whatever was written may have to leave, or be news for the directory.
        let mut wake = wrote.then(|| now.plus(limits::OUTBOX_DELAY_MS));
        effects.retain(|effect| match effect {
            Effect::Wake { at } => {
                wake = Some(wake.map_or(*at, |wake| wake.min(*at)));
                false
            }
            Effect::Tell { .. }
            | Effect::Ask { .. }
            | Effect::Quarantine { .. }
            | Effect::Overwrite { .. } => true,
        });
        if let Some(at) = wake {
            self.schedule(at)?;
        }
        Ok((said, effects))
    }

    fn transact<T>(
        &self,
        me: &ProfileId,
        config: &Config,
        now: UnixMillis,
        input: impl FnOnce(&mut Step<'_, Tables<'_>>) -> Stepped<T>,
    ) -> Result<Done<T>, ApiError> {
        let mut memory = match self.memory.take() {
            Some(memory) => memory,
            None => self.load(me)?,
        };
        let mut input = Some(input);
        let secrets = Secrets::of(&self.env)?;
        let done = self.sql.atomically(|| {
            let input = input.take().ok_or_else(|| ApiError::internal("the transaction ran twice"))?;
            let mut tables = Tables::new(&self.sql, me.clone(), memory.created);
            let mut no_id = None;
            let mut new_id = || {
                platform::new_profile_id().unwrap_or_else(|error| {
                    no_id = Some(error);
                    ProfileId::from_random([0; 16])
                })
            };
            let mut step = Step {
                profile: &mut memory.profile,
                store: &mut tables,
                config,
                now,
                chunk: limits::MERGE_CHUNK_EVENTS,
                bounds: Bounds::default(),
                number: &|id| secrets.names.number(id),
                new_id: &mut new_id,
                effects: Vec::new(),
            };
            if step.profile.folded.state.v != STATE_VERSION {
                step.refresh()?;
            }
            let said = input(&mut step)?;
            let effects = std::mem::take(&mut step.effects);
            if let Some(error) = no_id {
                return Err(error);
            }
            if !tables.erased.is_empty() {
                tables.name_erased(&Secrets::of(&self.env)?.names)?;
            }
            let Profile { home, folded, .. } = &mut memory.profile;
            let wrote = tables.finish(home, folded)?;
            Ok(Done { said, effects, created: tables.created, wrote })
        })?;
        memory.created = done.created;
        self.memory.replace(Some(memory));
        Ok(done)
    }

    /// Looks at what is in memory, and at the tables.
    pub(super) fn read<T>(
        &self,
        me: &ProfileId,
        look: impl FnOnce(&Profile, &Tables<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        if self.memory.borrow().is_none() {
            self.memory.replace(Some(self.load(me)?));
        }
        let memory = self.memory.borrow();
        let memory = memory.as_ref().ok_or_else(|| ApiError::internal("the profile was not loaded"))?;
        look(&memory.profile, &Tables::new(&self.sql, me.clone(), memory.created))
    }

    /// Who lives here, by what this object itself knows.
    pub(super) fn owner(&self) -> Result<Option<ProfileId>, ApiError> {
        if let Some(memory) = self.memory.borrow().as_ref().filter(|memory| memory.created) {
            return Ok(Some(memory.profile.home.me.clone()));
        }
        if upgrade::tables_are_there(&self.sql)? { Tables::owner(&self.sql) } else { Ok(None) }
    }

    fn load(&self, me: &ProfileId) -> Result<Memory, ApiError> {
        let created = upgrade::tables_are_there(&self.sql)?;
        let profile = Tables::new(&self.sql, me.clone(), created).load()?;
        Ok(Memory { profile, created })
    }
}
