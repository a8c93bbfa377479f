//! The profile object: one per person, named by its random profile id.
//!
//! What it does is decided by the engine's state machine, [`home`](selvedge_engine::identity::home). Here an input
//! becomes one step of that machine in one transaction ([`step`]), and then what it wants sent is carried ([`carry`]).
//! What is unfinished when an answer leaves, or when the process dies, stands in storage and is carried on by the alarm.

mod accounts;
mod append;
mod carry;
mod counted;
mod decide;
mod decree;
mod describe;
mod log;
pub(crate) mod message;
mod outbox;
mod read;
mod schema;
mod step;
mod store;
mod tables;
mod timer;
mod trial;
mod unarchive;
mod upgrade;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use selvedge_engine::identity::ObjectNames;
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use self::counted::Counted;
pub(crate) use self::describe::{catch_up, describe};
use self::message::{Answer, Append, Appended, Ask};
use self::step::Memory;
use super::call;
use super::line::Place;
use super::sql::Sql;
use super::tries::Tries;
use crate::api_error::ApiError;
use crate::{bindings, config_cache, usage};

/// Sends a message to a profile object.
pub(crate) async fn ask(
    env: &Env,
    profile: &ProfileId,
    question: &Ask,
) -> std::result::Result<Answer, ApiError> {
    call::call(env, bindings::PROFILES, ObjectNames::profile(profile), question).await
}

/// Asks a profile wherever it lives by now, and says which one answered. If it has moved more often than anybody is followed, the answer is
/// where to.
pub(crate) async fn ask_wherever(
    env: &Env,
    mut profile: ProfileId,
    question: &dyn Fn(ProfileId) -> Ask,
) -> std::result::Result<(ProfileId, Answer), ApiError> {
    for _ in 0..limits::REDIRECTS_ALONE {
        match ask(env, &profile, &question(profile.clone())).await? {
            Answer::Moved { to } => profile = to,
            answer => return Ok((profile, answer)),
        }
    }
    let answer = ask(env, &profile, &question(profile.clone())).await?;
    Ok((profile, answer))
}

/// Hands a profile what a request has for it, and hears of its config.
///
/// # Errors
/// 429 if too many are there already.
pub(crate) async fn append(env: &Env, append: Append) -> std::result::Result<Appended, ApiError> {
    let profile = append.profile.clone();
    let _place = Place::take(ObjectNames::profile(&profile))?;
    match ask(env, &profile, &Ask::Append(append)).await? {
        Answer::Appended(appended) => {
            config_cache::heard_of(appended.config);
            Ok(appended)
        }
        _ => Err(ApiError::internal("the profile answered another question")),
    }
}

/// See the module.
#[durable_object(alarm)]
pub struct ProfileObject {
    /// Shared with what goes on after an answer has left.
    inner: Rc<Inner>,
}

struct Inner {
    state: State,
    env: Env,
    sql: Sql,
    /// What storage holds, while this object is in memory.
    memory: RefCell<Option<Memory>>,
    /// When the alarm is set for, if this object set it since it woke.
    alarm_at: Cell<Option<i64>>,
    /// So many carry messages of this object right now.
    carriers: Cell<u32>,
    /// Tries in a row after which the Queue had not taken everything.
    tries: Tries,
    /// So many calls are here and not answered.
    in_line: Cell<u32>,
    /// Times in a row that the alarm left unfinished work to whoever was carrying it.
    left_alone: Cell<u32>,
    /// Times in a row that the archive had not let go of who was erased here.
    looked: Cell<u32>,
}

impl DurableObject for ProfileObject {
    fn new(state: State, env: Env) -> Self {
        let sql = Sql::new(&state);
        let inner = Inner {
            state,
            env,
            sql,
            memory: RefCell::new(None),
            alarm_at: Cell::new(None),
            carriers: Cell::new(0),
            tries: Tries::default(),
            in_line: Cell::new(0),
            left_alone: Cell::new(0),
            looked: Cell::new(0),
        };
        Self { inner: Rc::new(inner) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let _here = Counted::new(&self.inner.in_line);
        let answer = match call::receive::<Ask>(&mut request).await {
            // Events are sent again; what profiles and admins have to say is not kept waiting by them.
            Ok(Ask::Append(_)) if self.inner.in_line.get() > limits::CALLS_IN_LINE => {
                Err(ApiError::flooded())
            }
            Ok(question) => self.inner.answer(question).await,
            Err(error) => Err(error),
        };
        call::reply(answer)
    }

    async fn alarm(&self) -> Result<Response> {
        usage::count(|usage| usage.object_calls += 1);
        // A throwing alarm is tried six times and then given up; ours sets itself again instead.
        self.inner.run_timers().await;
        Response::ok("")
    }
}

impl Inner {
    async fn answer(self: &Rc<Self>, question: Ask) -> std::result::Result<Answer, ApiError> {
        Ok(match question {
            Ask::Append(append) => Answer::Appended(self.append(append).await?),
            Ask::Keep(keep) => Answer::Kept { items: self.keep(keep).await? },
            Ask::Read(read) => self.show(&read).await?,
            Ask::Tell { message } => Answer::Told { messages: self.hear(&message).await? },
            Ask::Describe => self.describe().await?,
            Ask::CatchUp { config, anew } => self.catch_up(config, anew).await?,
            Ask::Facts { profile } => self.facts(&profile).await?,
            Ask::Fold { profile, config, parts } => self.fold(&profile, config, &parts).await?,
            Ask::Try { profile, config, segments } => self.try_out(&profile, config, segments).await?,
            Ask::Anew { profile, config } => self.anew(&profile, config).await?,
            Ask::Part { profile, edge, order, split } => {
                self.part(&profile, &edge, &order, split.as_ref()).await?
            }
            Ask::Join { profile, with, current, retired, order } => {
                self.join(&profile, &with, &current, &retired, &order).await?
            }
            Ask::Refused { profile, keys } => self.refused_values(&profile, &keys)?,
            Ask::Forget { profile, word, suppress } => self.forget(&profile, &word, suppress).await?,
        })
    }
}
