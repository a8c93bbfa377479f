//! Taking events in: one step of the engine, then what it wants sent, then the decision.

use std::rc::Rc;

use selvedge_engine::identity::home::{Note, NoteKind, Taken};
use selvedge_engine::ids::{MessageId, ProfileId};

use super::Inner;
use super::message::{Answer, Append, Appended, Ask, Keep};
use super::store::failed;
use crate::api_error::ApiError;
use crate::config_cache;

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
                trace: None,
                refused: Vec::new(),
                config: config.version(),
            });
        }
        // Whoever comes by carries on what waits for the alarm.
        let waits = self.read(me, |profile, _| Ok(profile.has_work()))? && !self.is_carrying();
        let (items, effects) = self.step(me, &config, |step| {
            if waits {
                step.ring()?;
            }
            if append.items.is_empty() {
                step.refresh()?;
                return Ok(Vec::new());
            }
            step.store
                .expect(append.items.iter().map(|item| &item.logged.event.message_id))
                .map_err(failed)?;
            step.take(&append.items)
        })?;
        self.carry_for_answer(me, &config, effects).await;
        match self.read(me, |profile, _| Ok(profile.home.place.forwards().cloned()))? {
            Some(owner) => self.ask_survivor(owner, append, items).await,
            None => {
                let (decisions, trace) = match &append.decide {
                    Some(wanted) => {
                        let (decisions, trace) =
                            self.decide(me, &config, wanted, append.items.last()).await?;
                        (Some(decisions), trace.map(serde_json::to_value).transpose()?)
                    }
                    None => (None, None),
                };
                let refused = self.refused(me, &append.refusals_of)?;
                // A quarantine that has come of this may be published by now.
                let config = config_cache::known().map_or(0, |config| config.version());
                Ok(Appended { owner: append.profile, items, decisions, trace, refused, config })
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
            let (decisions, trace, refused) = (None, None, Vec::new());
            return Ok(Appended { owner, items, decisions, trace, refused, config });
        }
        let ask = Ask::Append(Append { profile: owner.clone(), items: Vec::new(), ..append });
        match super::ask(&self.env, &owner, &ask).await? {
            Answer::Appended(answer) => Ok(Appended { items, ..answer }),
            _ => Err(ApiError::internal("the profile answered another question")),
        }
    }
}
