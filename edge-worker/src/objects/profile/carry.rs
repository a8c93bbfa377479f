//! Carrying what the engine wants sent: questions to identifier objects, messages to other profiles.
//!
//! The answer to a call brings what is to be told back, so that a merge is a few calls one after the other, made by one
//! side. A call that fails is a message lost: the alarm sends it again. No lock is held across a call.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::future::select;
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, pin_mut};
use selvedge_engine::config::Config;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::entry;
use selvedge_engine::identity::home::{Body, Effect, Home, Message};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use worker::Delay;

use super::Inner;
use super::counted::Counted;
use super::message::{Answer, Ask};
use super::schema::TABLES;
use crate::api_error::ApiError;
use crate::config_cache;
use crate::objects::overwrite::overwrite;
use crate::objects::{audience, identifier, workspace};
use crate::platform::Secrets;

/// Messages that one input may lead to here before the rest is left to the alarm: as many as a re-resolution takes, below
/// the 1,000 subrequests that an invocation has, and an end to any circle.
const MESSAGES: usize = limits::RESOLVE_IDENTIFIERS + 2 * limits::RESOLVE_PROFILES;

/// After so many messages others get a turn. Where all objects share a process, as on a developer's machine, a long merge
/// is a chain of calls that never lets it listen for requests.
const MESSAGES_IN_A_ROW: usize = 8;

/// Whether what an answer waits for has been carried.
#[derive(Default)]
struct Carried {
    over: Cell<bool>,
    waits: RefCell<Option<Waker>>,
}

impl Carried {
    fn is_over(&self) {
        self.over.set(true);
        if let Some(waker) = self.waits.take() {
            waker.wake();
        }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<()> {
        if self.over.get() {
            return Poll::Ready(());
        }
        self.waits.replace(Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Inner {
    /// Takes a message of another profile. Returns what is to be told back; the rest is carried in the background.
    pub(super) async fn hear(self: &Rc<Self>, message: &Message) -> Result<Vec<Message>, ApiError> {
        let config = config_cache::current(&self.env, 0).await?;
        let (me, sender) = (&message.to, &message.from);
        let ((), effects) = self.step(me, &config, |step| step.hear(message))?;
        let mut back = Vec::new();
        let mut away = Vec::new();
        for effect in effects {
            match effect {
                Effect::Tell { message } if message.to == *sender => back.push(*message),
                effect => away.push(effect),
            }
        }
        self.carry_in_background(me, config, away);
        Ok(back)
    }

    pub(super) fn carry_in_background(
        self: &Rc<Self>,
        me: &ProfileId,
        config: Rc<Config>,
        effects: Vec<Effect>,
    ) {
        if effects.is_empty() {
            return;
        }
        let (inner, me) = (Rc::clone(self), me.clone());
        self.state.wait_until(async move { inner.carry(&me, &config, effects).await });
    }

    /// Carries while the answer can wait for it, and then behind the answer.
    pub(super) async fn carry_for_answer(
        self: &Rc<Self>,
        me: &ProfileId,
        config: &Rc<Config>,
        effects: Vec<Effect>,
    ) {
        if effects.is_empty() {
            return;
        }
        let carried = Rc::new(Carried::default());
        let (inner, me, config, over) = (Rc::clone(self), me.clone(), Rc::clone(config), Rc::clone(&carried));
        // A task of its own from the beginning: what it waits for must wake it, whoever waits for it.
        self.state.wait_until(async move {
            inner.carry(&me, &config, effects).await;
            over.is_over();
        });
        let waited = Delay::from(Duration::from_millis(limits::ANSWER_WAIT_MS));
        pin_mut!(waited);
        select(poll_fn(|context| carried.poll(context)), waited).await;
    }

    /// Whether somebody carries messages of this object right now.
    pub(super) fn is_carrying(&self) -> bool {
        self.carriers.get() > 0
    }

    /// Sends what is to be sent, gives the engine what comes back, and so on until nothing is left.
    pub(super) async fn carry(&self, me: &ProfileId, config: &Config, effects: Vec<Effect>) {
        if effects.is_empty() {
            return;
        }
        let _counted = Counted::new(&self.carriers);
        let mut waiting = VecDeque::from(effects);
        let mut under_way = FuturesUnordered::new();
        let mut taken = 0;
        loop {
            while under_way.len() < limits::CONCURRENT_OBJECTS
                && let Some(effect) = waiting.pop_front()
            {
                under_way.push(self.send(me, config, effect));
            }
            let Some(answers) = under_way.next().await else { return };
            for message in answers {
                taken += 1;
                if taken > MESSAGES {
                    worker::console_error!("profile {me}: the rest is left to the alarm");
                    return;
                }
                if taken % MESSAGES_IN_A_ROW == 0 {
                    Delay::from(Duration::ZERO).await;
                }
                match self.step(me, config, |step| step.hear(&message)) {
                    Ok(((), effects)) => waiting.extend(effects),
                    Err(error) => worker::console_error!("profile {me}: {error}"),
                }
            }
        }
    }

    /// Sends one thing; returns what comes back. Nothing does if it could not be sent.
    async fn send(&self, me: &ProfileId, config: &Config, effect: Effect) -> Vec<Message> {
        let answers = match effect {
            Effect::Ask { id, ask } => self.ask_entry(me, config, id, ask).await,
            Effect::Tell { message } if message.to == *me => Ok(vec![*message]),
            Effect::Tell { message } => self.tell(message).await,
            Effect::Quarantine { id } => {
                self.publish_quarantine(id);
                Ok(Vec::new())
            }
            Effect::Overwrite { whom } => self.overwrite(me, whom).await,
            Effect::Wake { .. } => Ok(Vec::new()),
        };
        answers.unwrap_or_else(|error| {
            worker::console_error!("profile {me}: a message is lost: {error}");
            Vec::new()
        })
    }

    async fn ask_entry(
        &self,
        me: &ProfileId,
        config: &Config,
        id: Identifier,
        ask: entry::Ask,
    ) -> Result<Vec<Message>, ApiError> {
        let secrets = Secrets::of(&self.env)?;
        let answer = identifier::ask(&self.env, &secrets.names, &id, &ask).await?;
        if let entry::Ask::Erase { told: false, .. } = ask {
            // If that fails the entry is asked again.
            self.leave_lists(me, config, &id, &secrets).await?;
        }
        let body = Body::Entry { id, ask, answer };
        Ok(vec![Message::new(&Home::empty(me.clone()), me.clone(), body)])
    }

    /// An identifier that is erased is taken out of the lists that were imported.
    async fn leave_lists(
        &self,
        me: &ProfileId,
        config: &Config,
        id: &Identifier,
        secrets: &Secrets,
    ) -> Result<(), ApiError> {
        let document = config.document();
        let has_lists = document.generations.contains_key(&id.namespace)
            || document.audiences.iter().any(|audience| audience.namespace == id.namespace);
        if !has_lists {
            return Ok(());
        }
        let ask = audience::message::Ask::Forget { name: secrets.names.bytes(id) };
        match audience::ask(&self.env, &id.namespace, ask).await? {
            audience::message::Answer::Forgot { entries } => {
                self.step(me, config, |step| step.lists_forgot(entries))?;
                Ok(())
            }
            _ => Err(ApiError::internal("the list answered another question")),
        }
    }

    /// After accounts have heard, too: what they were told is deleted then.
    async fn overwrite(&self, me: &ProfileId, whom: BTreeSet<ProfileId>) -> Result<Vec<Message>, ApiError> {
        self.tell_accounts(me).await?;
        overwrite(&self.sql, &TABLES).await?;
        let body = Body::Overwritten { whom };
        Ok(vec![Message::new(&Home::empty(me.clone()), me.clone(), body)])
    }

    async fn tell(&self, message: Box<Message>) -> Result<Vec<Message>, ApiError> {
        let to = message.to.clone();
        match super::ask(&self.env, &to, &Ask::Tell { message }).await? {
            Answer::Told { messages } => Ok(messages),
            _ => Err(ApiError::internal("the profile answered another question")),
        }
    }

    /// Nobody waits for that.
    fn publish_quarantine(&self, id: Identifier) {
        let env = self.env.clone();
        self.state.wait_until(async move {
            // Heard at once where it comes from: whoever sends more of it learns the version from the next answer.
            let published = match workspace::ask(&env, &workspace::Ask::Quarantine { id }).await {
                Ok(workspace::Answer::Changed { version, .. }) => config_cache::current(&env, version).await,
                Ok(_) => Err(ApiError::internal("the workspace answered another question")),
                Err(error) => Err(error),
            };
            if let Err(error) = published {
                worker::console_error!("quarantine: {error}");
            }
        });
    }
}
