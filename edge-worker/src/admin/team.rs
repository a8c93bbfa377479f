//! Cloudflare Access before the console: who has come through it, if the deployment says that it is there.

use std::cell::RefCell;
use std::rc::Rc;

use selvedge_engine::access::{ASSERTION_HEADER, Admitted, Application, Assertion, SigningKey};
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::Algorithm;
use worker::Env;

use crate::api_error::ApiError;
use crate::web_crypto::{PublicKey, holds};
use crate::{bindings, fetch, platform};

/// The application's keys.
struct Known {
    keys: Rc<Vec<SigningKey>>,
    /// When these were read; not yet, if nobody has answered.
    at: Option<UnixMillis>,
    /// When they were asked for last.
    tried: UnixMillis,
}

thread_local! {
    static KNOWN: RefCell<Option<Known>> = const { RefCell::new(None) };
}

/// Whoever Access has let in. Nobody, if the deployment has none, or the request did not come through it.
///
/// # Errors
/// 401 for a token that does not count; 503 if its key can't be had, or what the deployment says of Access can't be read.
pub(super) async fn admitted(request: &web_sys::Request, env: &Env) -> Result<Option<Admitted>, ApiError> {
    let Some(team) = platform::secret(env, bindings::ACCESS_TEAM) else { return Ok(None) };
    let Some(text) = request.headers().get(ASSERTION_HEADER).ok().flatten() else { return Ok(None) };
    let said = |name| platform::secret(env, name).unwrap_or_default();
    let application =
        Application::read(&team, &said(bindings::ACCESS_AUDIENCE), &said(bindings::ACCESS_ROLES)).map_err(
            |wrong| ApiError::unavailable("access_not_configured", format!("Cloudflare Access: {wrong}")),
        )?;
    let refused =
        |error: selvedge_engine::access::AssertionError| ApiError::access_refused(error.to_string());
    let assertion = Assertion::read(&text).map_err(refused)?;
    let now = platform::now();
    // Before anybody is asked for keys: what is no word of Access's for us, or is over.
    let admitted = assertion.admits(&application, now).map_err(refused)?;
    let key = key(&application, assertion.key_id(), now).await?;
    let algorithm = Algorithm::Rs256.in_web_crypto().unwrap_or_default();
    let (signed, signature) = assertion.signature();
    match key {
        Some(key) if holds(PublicKey::Jwk(&key.as_jwk()), algorithm, signature, signed).await => {
            Ok(Some(admitted))
        }
        _ => Err(refused(selvedge_engine::access::AssertionError::Invalid)),
    }
}

/// The key of this name. Keys change: one that is not known may be new. But anybody can name one, so they are not asked for with each.
async fn key(application: &Application, name: &str, now: UnixMillis) -> Result<Option<SigningKey>, ApiError> {
    let find = |keys: &[SigningKey]| keys.iter().find(|key| key.kid == name).cloned();
    let known = KNOWN.with_borrow_mut(|known| {
        let known = known.as_mut()?;
        let found = find(&known.keys);
        let is_current = known.at.is_some_and(|at| now.since(at) < limits::ACCESS_KEYS_MS);
        if is_current && found.is_some() || now.since(known.tried) < limits::ACCESS_KEYS_AGAIN_MS {
            return Some((known.at.is_some(), found));
        }
        known.tried = now;
        None
    });
    match known {
        Some((true, found)) => return Ok(found),
        Some((false, _)) => {
            return Err(ApiError::unavailable(
                "not_reached",
                "the keys of Cloudflare Access could not be had a moment ago",
            ));
        }
        None => {}
    }
    let read = read(application).await;
    KNOWN.with_borrow_mut(|known| {
        let (keys, at, done) = match (read, known.take()) {
            (Ok(keys), _) => (Rc::new(keys), Some(now), Ok(())),
            // Those that were good stay so while nobody answers.
            (Err(_), Some(before)) if before.at.is_some() => (before.keys, before.at, Ok(())),
            (Err(error), _) => (Rc::default(), None, Err(error)),
        };
        let found = find(&keys);
        *known = Some(Known { keys, at, tried: now });
        done.map(|()| found)
    })
}

async fn read(application: &Application) -> Result<Vec<SigningKey>, ApiError> {
    let at = application.keys_at().map_err(|why| ApiError::internal(why.to_string()))?;
    let keys = SigningKey::read_all(&fetch::get(&at).await?);
    if keys.is_empty() {
        return Err(ApiError::unavailable("not_reached", format!("{}: no key", at.as_str())));
    }
    Ok(keys)
}
