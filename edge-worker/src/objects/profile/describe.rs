//! What the directory is told about this profile: a row, with what waits for the Queue, when something listable changed, or at once
//! where the directory asks.

use std::collections::BTreeSet;
use std::rc::Rc;

use selvedge_engine::config::Config;
use selvedge_engine::directory::{Refused, Row, Standing, newest_refusals, numbers};
use selvedge_engine::exposure::participations;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::home::{Anew, Note, Place, Profile};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use selvedge_engine::profile::Listed;
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};
use worker::Env;

use super::Inner;
use super::message::{Answer, Ask};
use super::schema::kind;
use crate::api_error::ApiError;
use crate::{audiences, config_cache, platform};

/// The version of a stored [`Told`].
pub(super) const TOLD_VERSION: u8 = 1;

/// The row that the Queue took last.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Told {
    /// Its revision.
    pub(super) revision: u64,
    /// [`Row::digest`].
    digest: String,
}

/// Asks a profile for its row; none if nobody lives there.
pub(crate) async fn describe(profile: &ProfileId, env: &Env) -> Result<Option<Row>, ApiError> {
    described(super::ask(env, profile, &Ask::Describe).await?)
}

/// Has a profile become what the config of this version says, resolved `anew` if an admin wants that, and asks for its row; none
/// if nobody lives there.
pub(crate) async fn catch_up(
    profile: &ProfileId,
    config: u64,
    anew: bool,
    env: &Env,
) -> Result<Option<Row>, ApiError> {
    described(super::ask(env, profile, &Ask::CatchUp { config, anew }).await?)
}

fn described(answer: Answer) -> Result<Option<Row>, ApiError> {
    match answer {
        Answer::Described { row } => Ok(Some(*row)),
        Answer::NotFound => Ok(None),
        _ => Err(ApiError::internal("the profile answered another question")),
    }
}

impl Inner {
    /// To [`Ask::Describe`]. The revision is that of the last row told: what has changed since is told with the next one.
    pub(super) async fn describe(&self) -> Result<Answer, ApiError> {
        let Some(me) = self.owner()? else { return Ok(Answer::NotFound) };
        let config = config_cache::current(&self.env, 0).await?;
        self.step(&me, &config, |step| step.refresh())?;
        self.wake_to_expire(&me, &config)?;
        Ok(answer(self.told(&me, &config)?))
    }

    /// A config that retains less reaches whoever sleeps, too.
    fn wake_to_expire(&self, me: &ProfileId, config: &Config) -> Result<(), ApiError> {
        match self.read(me, |profile, _| Ok(profile.expires_at(config)))? {
            Some(at) => self.schedule(at.max(platform::now().plus(limits::OUTBOX_DELAY_MS))),
            None => Ok(()),
        }
    }

    /// The row as of the last revision told.
    fn told(&self, me: &ProfileId, config: &Config) -> Result<Option<Row>, ApiError> {
        self.read(me, |profile, tables| {
            // A profile of a release that told nothing yet has a first revision all the same.
            let listable = tables.listable()?;
            let revision = listable.told.as_ref().map_or(1, |told| told.revision);
            Ok(row(profile, listable, revision, config))
        })
    }

    /// To [`Ask::CatchUp`]. What is new is told by the answer, and not once more by the Queue; whoever asks again because the
    /// answer was lost is told the same.
    pub(super) async fn catch_up(self: &Rc<Self>, wanted: u64, anew: bool) -> Result<Answer, ApiError> {
        let Some(me) = self.owner()? else { return Ok(Answer::NotFound) };
        let config = config_cache::current(&self.env, wanted).await?;
        if config.version() < wanted {
            return Err(ApiError::unavailable("config_not_ready", "the config is on its way"));
        }
        self.step(&me, &config, |step| step.catch_up())?;
        self.wake_to_expire(&me, &config)?;
        if anew {
            self.look_anew(&me, &config).await?;
        }
        self.look_at_lists(&me, &config).await?;
        // Later than any row that is on its way to the Queue.
        if let Some((row, told)) = self.news(&me, &config, platform::now().plus(1))? {
            self.read(&me, |_, tables| tables.put_told(&told))?;
            return Ok(answer(Some(row)));
        }
        Ok(answer(self.told(&me, &config)?))
    }

    /// Everything connected is resolved by these rules; what can be done at once is done when this returns.
    pub(super) async fn look_anew(
        self: &Rc<Self>,
        me: &ProfileId,
        config: &Rc<Config>,
    ) -> Result<(), ApiError> {
        let (anew, effects) = self.step(me, config, |step| step.look_anew())?;
        self.carry_for_answer(me, config, effects).await;
        match anew {
            Anew::Moving => Err(ApiError::busy()),
            Anew::Begun | Anew::Needless => Ok(()),
        }
    }

    /// To [`Ask::Refused`].
    pub(super) fn refused_values(&self, me: &ProfileId, keys: &BTreeSet<String>) -> Result<Answer, ApiError> {
        if let Some(elsewhere) = self.elsewhere(me)? {
            return Ok(elsewhere);
        }
        let notes = self.read(me, |_, tables| tables.listable())?.refusals;
        let named = notes.into_iter().filter_map(|note| {
            let id = Identifier::stored(&note.id)?;
            let key = refused(note)?.key;
            keys.contains(&key).then_some((key, id.value))
        });
        Ok(Answer::Refused { values: named.collect() })
    }

    /// Who entered and left a segment by an import.
    async fn look_at_lists(&self, me: &ProfileId, config: &Config) -> Result<(), ApiError> {
        let known: Option<Listed> = self.read(me, |_, tables| tables.one(kind::LISTED, ""))?;
        let lists = config.listed_audiences();
        if known.is_none() && lists.is_empty() {
            return Ok(());
        }
        let imported = !config.document().generations.is_empty();
        let audiences = if imported && !lists.is_empty() {
            let ids = self.read(me, |profile, _| Ok(profile.held.keys().cloned().collect()))?;
            let found = audiences::of(&self.env, config, &lists, ids).await;
            Some(found.ok_or_else(|| ApiError::unavailable("shard_not_ready", "a list can't be read yet"))?)
        } else {
            None
        };
        let mut listed = known.unwrap_or_default();
        self.step(me, config, |step| step.look_at_lists(&mut listed, audiences))?;
        Ok(())
    }

    /// The row that tells the directory what it does not know yet, and what to remember once it is told.
    pub(super) fn news(
        &self,
        me: &ProfileId,
        config: &Config,
        now: UnixMillis,
    ) -> Result<Option<(Row, Told)>, ApiError> {
        self.read(me, |profile, tables| {
            let mut listable = tables.listable()?;
            let told = listable.told.take().unwrap_or_default();
            // The clock keeps revisions growing also when the last one was sent and then forgotten in a crash.
            let revision = u64::try_from(now.0).unwrap_or_default().max(told.revision + 1);
            let Some(row) = row(profile, listable, revision, config) else { return Ok(None) };
            let digest = row.digest();
            if digest == told.digest {
                return Ok(None);
            }
            Ok(Some((row, Told { revision, digest })))
        })
    }
}

/// What a row shows beside what is in memory.
#[derive(Default)]
pub(super) struct Listable {
    pub(super) told: Option<Told>,
    pub(super) listed: Listed,
    pub(super) refusals: Vec<Note>,
    pub(super) late_conflicts: u32,
}

fn answer(row: Option<Row>) -> Answer {
    row.map_or(Answer::NotFound, |row| Answer::Described { row: Box::new(row) })
}

fn row(profile: &Profile, listable: Listable, revision: u64, config: &Config) -> Option<Row> {
    let home = &profile.home;
    let me = home.me.clone();
    match &home.place {
        Place::None => return None,
        Place::Forwarding { to } => {
            return Some(Row::empty(me, revision, Standing::Forwarding { to: to.clone() }));
        }
        Place::Erased { .. } => return Some(Row::empty(me, revision, Standing::Erased)),
        Place::Live | Place::Surrendering { .. } => {}
    }
    let refusals: Vec<Refused> = listable.refusals.into_iter().filter_map(refused).collect();
    let state = &profile.folded.state;
    Some(Row {
        created_at: Some(home.created_at),
        last_seen: state.last_seen,
        events: state.events,
        identifiers: u32::try_from(profile.held.len()).unwrap_or(u32::MAX),
        segments: state.segments.keys().chain(listable.listed.segments()).cloned().collect(),
        numbers: numbers(state, config.numbers()),
        refusal_count: (refusals.len() as u64).saturating_add(home.refusals.beyond),
        refusals: newest_refusals(refusals),
        late_conflicts: listable
            .late_conflicts
            .saturating_add(u32::try_from(home.late_conflicts.beyond).unwrap_or(u32::MAX)),
        experiments: participations(state, config),
        ..Row::empty(me, revision, Standing::Live)
    })
}

/// As the directory lists it: with the strongest of its reasons.
fn refused(note: Note) -> Option<Refused> {
    Some(Refused::new(&Identifier::stored(&note.id)?, note.reasons.into_iter().next()?, note.order))
}
