//! An admin's word, carried to the engine.

use std::rc::Rc;

use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::fact::{Edge, Order};
use selvedge_engine::identity::home::{Heard, Place, Step, Stepped};
use selvedge_engine::ids::{MessageId, ProfileId};

use super::Inner;
use super::message::Answer;
use super::tables::Tables;
use crate::api_error::ApiError;
use crate::config_cache;

impl Inner {
    /// What a resolution must know of this profile.
    pub(super) async fn facts(self: &Rc<Self>, me: &ProfileId) -> Result<Answer, ApiError> {
        if let Some(elsewhere) = self.elsewhere(me)? {
            return Ok(elsewhere);
        }
        let config = config_cache::current(&self.env, 0).await?;
        let (description, effects) = self.step(me, &config, |step| step.describe())?;
        self.carry(me, &config, effects).await;
        Ok(Answer::Facts { description: Box::new(description) })
    }

    /// What a dry run folds; nothing is changed by it.
    pub(super) async fn fold(
        self: &Rc<Self>,
        me: &ProfileId,
        config: u64,
        parts: &[Vec<MessageId>],
    ) -> Result<Answer, ApiError> {
        if let Some(elsewhere) = self.elsewhere(me)? {
            return Ok(elsewhere);
        }
        let config = config_cache::current(&self.env, config).await?;
        let ((rest, parts), _) = self.step(me, &config, |step| step.fold_parts(parts))?;
        Ok(Answer::Folded { rest: Box::new(rest), parts })
    }

    /// An admin wants these rules applied to what was before.
    pub(super) async fn anew(self: &Rc<Self>, me: &ProfileId, wanted: u64) -> Result<Answer, ApiError> {
        if let Some(elsewhere) = self.elsewhere(me)? {
            return Ok(elsewhere);
        }
        let config = config_cache::current(&self.env, wanted).await?;
        self.look_anew(me, &config).await?;
        Ok(Answer::Heard { taken: true })
    }

    /// Nobody holds an identifier of each side.
    pub(super) async fn part(
        self: &Rc<Self>,
        me: &ProfileId,
        edge: &Edge,
        order: &Order,
        split: Option<&MessageId>,
    ) -> Result<Answer, ApiError> {
        self.decree(me, |step| match split {
            Some(merge) => step.split(edge, order, merge),
            None => step.part(edge, order),
        })
        .await
    }

    /// Two profiles are one person.
    pub(super) async fn join(
        self: &Rc<Self>,
        me: &ProfileId,
        with: &ProfileId,
        current: &Identifier,
        retired: &Identifier,
        order: &Order,
    ) -> Result<Answer, ApiError> {
        self.decree(me, |step| step.join(with, current, retired, order)).await
    }

    /// The person is to be erased.
    pub(super) async fn forget(
        self: &Rc<Self>,
        me: &ProfileId,
        word: &Order,
        suppress: bool,
    ) -> Result<Answer, ApiError> {
        self.decree(me, |step| step.forget(word, suppress).map(|()| Heard::Taken)).await?;
        // From now on no reader of the archive gives it out. If this fails the alarm tells it.
        if let Err(error) = self.tell_archive(me).await {
            worker::console_error!("profile {me}: {error}");
        }
        let receipt = self.read(me, |profile, _| Ok(profile.home.receipt.clone()))?;
        let forgetting = receipt.map(|receipt| Answer::Forgetting { receipt });
        Ok(self.elsewhere(me)?.or(forgetting).unwrap_or(Answer::NotFound))
    }

    /// An admin waits until what can be done at once is done.
    async fn decree(
        self: &Rc<Self>,
        me: &ProfileId,
        word: impl FnOnce(&mut Step<'_, Tables<'_>>) -> Stepped<Heard>,
    ) -> Result<Answer, ApiError> {
        if let Some(elsewhere) = self.elsewhere(me)? {
            return Ok(elsewhere);
        }
        let config = config_cache::current(&self.env, 0).await?;
        let (heard, effects) = self.step(me, &config, word)?;
        self.carry_for_answer(me, &config, effects).await;
        Ok(match heard {
            Heard::Taken | Heard::Busy => Answer::Heard { taken: heard == Heard::Taken },
            Heard::TooMany => Answer::TooManyWords,
        })
    }

    /// The answer where nobody lives.
    pub(super) fn elsewhere(&self, me: &ProfileId) -> Result<Option<Answer>, ApiError> {
        self.read(me, |profile, _| {
            Ok(match &profile.home.place {
                Place::None => Some(Answer::NotFound),
                Place::Forwarding { to } => Some(Answer::Moved { to: to.clone() }),
                Place::Erased { at } => {
                    let done = !profile.has_work() && profile.home.archived.is_none();
                    let receipt = profile.home.receipt.clone();
                    Some(Answer::Erased { at: *at, receipt, done })
                }
                Place::Live | Place::Surrendering { .. } => None,
            })
        })
    }
}
