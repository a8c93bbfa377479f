//! The profile object: one per person, named by its random profile id.
//!
//! Storage: see [`store`]. A request that brings events writes them, the state folded from them and what must leave
//! (the outbox) in one transaction; only then does it speak to other objects, to link identifiers and to merge. What is
//! unfinished when an answer leaves, or when the process dies, stands in a table and is finished by the alarm.
//!
//! Invariant: no lock is held across a message. Every step can be repeated.

mod append;
mod describe;
mod link;
mod merge;
pub(crate) mod message;
mod outbox;
mod read;
mod store;
mod timer;

use std::cell::{Cell, RefCell};

use selvedge_engine::identity::ObjectNames;
use selvedge_engine::ids::ProfileId;
use serde::de::DeserializeOwned;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

pub(crate) use self::describe::describe;
use self::message::{Answer, Ask};
use self::store::{Loaded, Store};
use super::call;
use crate::api_error::ApiError;
use crate::bindings;
use crate::usage;

/// Sends a message to a profile object.
pub(crate) async fn ask<A: DeserializeOwned>(
    env: &Env,
    profile: &ProfileId,
    question: &Ask,
) -> std::result::Result<A, ApiError> {
    call::call(env, bindings::PROFILES, ObjectNames::profile(profile), question).await
}

/// See the module.
#[durable_object]
pub struct ProfileObject {
    state: State,
    env: Env,
    store: Store,
    /// What storage holds, while this object is in memory.
    loaded: RefCell<Option<Loaded>>,
    /// When the alarm is set for, if this object set it since it woke.
    alarm_at: Cell<Option<i64>>,
    /// Somebody is linking or merging right now; whoever comes meanwhile leaves it to them.
    linking: Cell<bool>,
    /// Tries in a row after which something was still left to do.
    tries: Cell<u32>,
}

impl DurableObject for ProfileObject {
    fn new(state: State, env: Env) -> Self {
        let store = Store::new(&state);
        Self {
            state,
            env,
            store,
            loaded: RefCell::new(None),
            alarm_at: Cell::new(None),
            linking: Cell::new(false),
            tries: Cell::new(0),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let answer = match call::receive::<Ask>(&mut request).await {
            Ok(question) => self.answer(question).await,
            Err(error) => Err(error),
        };
        if answer.is_err() {
            self.forget();
        }
        call::reply(answer)
    }

    async fn alarm(&self) -> Result<Response> {
        usage::count(|usage| usage.object_calls += 1);
        if let Err(error) = self.run_timers().await {
            // A throwing alarm is tried six times and then given up; ours sets itself again instead.
            worker::console_error!("profile alarm: {error}");
            self.forget();
            self.retry_later().await;
        }
        Response::ok("")
    }
}

impl ProfileObject {
    async fn answer(&self, question: Ask) -> std::result::Result<Answer, ApiError> {
        Ok(match question {
            Ask::Append(append) => Answer::Appended(self.append(append).await?),
            Ask::Read(read) => self.read(&read).await?,
            Ask::Propose { to, from } => Answer::Proposed(self.answer_proposal(&to, &from).await?),
            Ask::Surrender { to, trigger } => self.surrender_when_asked(&to, &trigger).await?,
            Ask::Stage { younger, rows } => self.stage(&younger, &rows)?,
            Ask::Commit(commit) => self.commit(&commit).await?,
            Ask::Absorb(absorb) => self.absorb(&absorb).await?,
            Ask::Describe => self.describe().await?,
        })
    }

    /// Runs `look` on what storage holds.
    fn with<T>(&self, look: impl FnOnce(&Loaded) -> T) -> std::result::Result<T, ApiError> {
        let mut loaded = self.loaded.borrow_mut();
        if loaded.is_none() {
            *loaded = Some(self.store.load()?);
        }
        match loaded.as_ref() {
            Some(loaded) => Ok(look(loaded)),
            None => Err(ApiError::internal("the profile was not loaded")),
        }
    }

    /// Drops the copy in memory: after an error storage is what counts.
    fn forget(&self) {
        self.loaded.replace(None);
    }

    /// Writes: `change` gets a copy of what is loaded and the store, in one transaction; the copy counts from then on.
    fn change<T>(
        &self,
        change: impl Fn(&mut Loaded, &Store) -> std::result::Result<T, ApiError>,
    ) -> std::result::Result<T, ApiError> {
        let before = self.with(Clone::clone)?;
        let (after, result) = self.store.atomically(|| {
            let mut loaded = before.clone();
            self.store.create(&mut loaded)?;
            let result = change(&mut loaded, &self.store)?;
            Ok((loaded, result))
        })?;
        self.loaded.replace(Some(after));
        Ok(result)
    }
}
