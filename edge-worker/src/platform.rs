//! The clock, randomness and the deployment's secrets: what the engine takes as arguments.

use std::cell::RefCell;
use std::rc::Rc;

use selvedge_engine::identity::ObjectNames;
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::SealKey;
use worker::Env;

use crate::api_error::ApiError;
use crate::bindings;

/// The platform's clock.
#[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
pub(crate) fn now() -> UnixMillis {
    UnixMillis(js_sys::Date::now() as i64)
}

/// What nobody can guess.
pub(crate) fn random() -> Result<[u8; 16], ApiError> {
    let mut bytes = [0; 16];
    getrandom::getrandom(&mut bytes).map_err(|_| ApiError::internal("no randomness"))?;
    Ok(bytes)
}

/// A new profile id.
pub(crate) fn new_profile_id() -> Result<ProfileId, ApiError> {
    random().map(ProfileId::from_random)
}

/// A messageId for an event whose client gave it none.
pub(crate) fn new_message_id() -> Result<MessageId, ApiError> {
    Ok(MessageId(format!("edge-{}", ProfileId::from_random(random()?))))
}

/// What decisions leave to chance.
pub(crate) fn new_seed() -> Result<[u8; 16], ApiError> {
    random()
}

/// What hangs on the deployment secret.
pub(crate) struct Secrets {
    /// Names of objects.
    pub(crate) names: ObjectNames,
    /// Signs the device cookie.
    pub(crate) device: SealKey,
    /// Signs decisions.
    pub(crate) decision: SealKey,
    /// Signs sessions of the console.
    pub(crate) console: SealKey,
    /// Signs hand-overs to other sites.
    pub(crate) handover: SealKey,
    /// Signs links to previews.
    pub(crate) preview: SealKey,
    /// Signs keys that are made for people and programs.
    pub(crate) keys: SealKey,
}

impl Secrets {
    /// What hangs on the deployment secret, derived once: an isolate never sees another one.
    ///
    /// # Errors
    /// 503 with the command that sets it.
    pub(crate) fn of(env: &Env) -> Result<Rc<Self>, ApiError> {
        if let Some(known) = SECRETS.with_borrow(Clone::clone) {
            return Ok(known);
        }
        let secrets = Rc::new(Self::load(env)?);
        SECRETS.with_borrow_mut(|known| *known = Some(Rc::clone(&secrets)));
        Ok(secrets)
    }

    fn load(env: &Env) -> Result<Self, ApiError> {
        let secret = secret(env, bindings::DEPLOYMENT_SECRET)
            .ok_or_else(|| ApiError::not_configured(bindings::DEPLOYMENT_SECRET))?;
        let secret = secret.as_bytes();
        Ok(Self {
            names: ObjectNames::new(secret),
            device: SealKey::derive(secret, "device-cookie"),
            decision: SealKey::derive(secret, "decision-token"),
            console: SealKey::derive(secret, "console-session"),
            handover: SealKey::derive(secret, "handover"),
            preview: SealKey::derive(secret, "preview"),
            keys: SealKey::derive(secret, "admin-key"),
        })
    }
}

thread_local! {
    static SECRETS: RefCell<Option<Rc<Secrets>>> = const { RefCell::new(None) };
}

/// A Worker secret, if it is set and not empty.
pub(crate) fn secret(env: &Env, name: &str) -> Option<String> {
    env.secret(name)
        .ok()
        .map(|value| value.to_string())
        .filter(|value| !value.is_empty() && value != "undefined")
}
