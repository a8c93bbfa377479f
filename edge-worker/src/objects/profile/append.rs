//! Taking events in: one step of the engine, then what it wants sent, then the decision.

use std::rc::Rc;

use selvedge_engine::config::Config;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::home::{Note, NoteKind, Profile, Taken};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use selvedge_engine::offer::{Decided, decide, defaults};
use selvedge_engine::segment::{Given, visit};
use selvedge_engine::time::UnixMillis;

use super::Inner;
use super::message::{Answer, Append, Appended, Ask, Decide, Keep};
use crate::api_error::ApiError;
use crate::{config_cache, platform};

impl Inner {
    /// See [`Append`].
    pub(super) async fn append(self: &Rc<Self>, append: Append) -> Result<Appended, ApiError> {
        let config = config_cache::current(&self.env, append.config).await?;
        let me = &append.profile;
        if let Some(to) = self.read(me, |profile, _| Ok(profile.home.place.forwards().cloned()))? {
            let items = append.items.iter().map(|_| Taken::Moved { to: to.clone(), grant: None }).collect();
            return Ok(Appended {
                owner: to,
                items,
                decisions: None,
                refused: Vec::new(),
                config: config.version(),
            });
        }
        // Whoever comes by carries on what waits for the alarm.
        let waits = self.read(me, |profile, _| Ok(profile.has_work()))? && !self.is_carrying();
        let now = platform::now();
        let (items, effects) = self.step(me, &config, |step| {
            if waits {
                step.ring()?;
            }
            if append.items.is_empty() {
                step.refresh()?;
                return Ok(Vec::new());
            }
            step.take(&append.items)
        })?;
        self.carry_for_answer(me, &config, effects).await;
        match self.read(me, |profile, _| Ok(profile.home.place.forwards().cloned()))? {
            Some(owner) => self.ask_survivor(owner, append, items).await,
            None => {
                let decisions = match &append.decide {
                    Some(wanted) => Some(self.decide(me, &config, wanted, now).await?),
                    None => None,
                };
                let refused = self.refused(me, &append.refusals_of)?;
                // A quarantine that has come of this may be published by now.
                let config = config_cache::known().map_or(0, |config| config.version());
                Ok(Appended { owner: append.profile, items, decisions, refused, config })
            }
        }
    }

    /// See [`Keep`].
    pub(super) async fn keep(self: &Rc<Self>, keep: Keep) -> Result<Vec<Taken>, ApiError> {
        let config = config_cache::current(&self.env, keep.config).await?;
        let (taken, effects) = self.step(&keep.profile, &config, |step| step.receive(&keep.items))?;
        self.carry_in_background(&keep.profile, config, effects);
        Ok(taken)
    }

    async fn decide(
        &self,
        me: &ProfileId,
        config: &Config,
        wanted: &Decide,
        now: UnixMillis,
    ) -> Result<Vec<Decided>, ApiError> {
        let (placements, by_whom) = (&wanted.placements, &wanted.asked_by);
        let is_asker = self.read(me, |profile, _| {
            let nobody = profile.held.is_empty() || by_whom.is_empty();
            Ok(nobody || by_whom.iter().any(|id| is_here(profile, id)))
        })?;
        if !is_asker {
            return Ok(defaults(config, placements, now, "unbound_device"));
        }
        let Some(consent) = wanted.consent.may_decide() else {
            return Ok(defaults(config, placements, now, "no_consent"));
        };
        let accounts =
            if config.decides_by_accounts(placements) { self.accounts(me, config).await? } else { None };
        self.read(me, |profile, tables| {
            let state = &profile.folded.state;
            let mut context = wanted.context.clone();
            if let Some(context) = context.as_mut().filter(|_| config.program().reads_visit()) {
                let rows = tables.timeline(None, limits::VISIT_EVENTS)?;
                if let Some(context) = context.as_object_mut() {
                    context.insert("visit".into(), visit(rows.iter().map(|row| &row.event), now));
                }
            }
            let given =
                Given { accounts: accounts.as_deref(), context: context.as_ref(), ..Given::default() };
            Ok(decide(state, config, placements, now, given, consent))
        })
    }

    /// Links of these events that are refused by now.
    fn refused(&self, me: &ProfileId, of: &[MessageId]) -> Result<Vec<Note>, ApiError> {
        if of.is_empty() {
            return Ok(Vec::new());
        }
        let mut notes = self.read(me, |_, tables| tables.notes_of(NoteKind::Refused))?;
        notes.retain(|note| of.contains(&note.order.1));
        Ok(notes)
    }

    /// The profile has just merged into another one, which decides.
    async fn ask_survivor(
        &self,
        owner: ProfileId,
        append: Append,
        items: Vec<Taken>,
    ) -> Result<Appended, ApiError> {
        if append.decide.is_none() && append.refusals_of.is_empty() {
            let config = append.config;
            return Ok(Appended { owner, items, decisions: None, refused: Vec::new(), config });
        }
        let ask = Ask::Append(Append { profile: owner.clone(), items: Vec::new(), ..append });
        match super::ask(&self.env, &owner, &ask).await? {
            Answer::Appended(answer) => Ok(Appended { items, ..answer }),
            _ => Err(ApiError::internal("the profile answered another question")),
        }
    }
}

/// Whether this profile answers for the identifier: its own, or a device that several people use and that has its
/// profile here.
fn is_here(profile: &Profile, id: &Identifier) -> bool {
    profile.held.contains_key(id) || profile.held.contains_key(&id.shared_device())
}
