//! Who asks: the deployment's own key, a key that was made for somebody, the console's session, or whoever has come through Cloudflare Access. What they may do is the
//! engine's table.

use selvedge_engine::access::{
    Admitted, Caller, Key, KeyId, KeyText, Right, Role, SESSION_COOKIE, Session, deployment, may_use_session,
};
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::cookies;
use worker::{Env, Url};

use super::{audit, team};
use crate::api_error::ApiError;
use crate::bindings;
use crate::objects::workspace::{Answer, Ask, ask};
use crate::platform::{self, Secrets};

/// Somebody who may do what they ask.
pub(crate) struct Who {
    /// The name of their key.
    pub(crate) name: String,
    /// Their key.
    pub(crate) key: KeyId,
    /// What they are.
    pub(crate) role: Role,
    /// What their key may do of that, if it is less.
    pub(crate) rights: Option<Vec<Right>>,
    /// Of a session: until when.
    pub(crate) until: Option<UnixMillis>,
}

impl Who {
    /// Whether they may do this.
    pub(crate) fn may(&self, right: Right) -> bool {
        self.role.may(right) && self.rights.as_ref().is_none_or(|rights| rights.contains(&right))
    }
}

/// Whoever asks, if they may do this; that they ask is [noted](audit).
///
/// # Errors
/// 401 for nobody, 403 for somebody who may not, 503 when that can't be known.
pub(crate) async fn admit(request: &web_sys::Request, env: &Env, right: Right) -> Result<Who, ApiError> {
    let who = who(request, env).await?;
    if !who.role.may(right) {
        return Err(ApiError::forbidden(who.role, right.needs()));
    }
    if !who.may(right) {
        return Err(ApiError::out_of_scope(right));
    }
    audit::note(request, env, &who, right).await?;
    Ok(who)
}

/// Whoever asks, whatever they may do.
///
/// # Errors
/// 401, 503.
pub(super) async fn who(request: &web_sys::Request, env: &Env) -> Result<Who, ApiError> {
    let header = |name: &str| request.headers().get(name).ok().flatten();
    if let Some(text) = header("authorization").as_deref().and_then(|said| said.strip_prefix("Bearer ")) {
        return Ok(Who { until: None, ..of_session(opened(text.trim(), env).await?) });
    }
    if let Some(session) = session(request, env).await? {
        return Ok(of_session(session));
    }
    let Admitted { name, role, is_program, until } =
        team::admitted(request, env).await?.ok_or_else(ApiError::unauthorized)?;
    // A browser sends what Access goes by with whatever a page asks, as it does a session.
    if !is_program {
        from_the_console(request)?;
    }
    Ok(Who { name, key: KeyId::of_access(), role, rights: None, until: Some(until) })
}

/// Whose session it is.
pub(super) fn of_session(Session { name, key, role, rights, until, .. }: Session) -> Who {
    Who { name, key, role, rights, until: Some(until) }
}

/// What a key's text opens, as a session that begins now.
///
/// # Errors
/// 401, 503.
pub(super) async fn opened(text: &str, env: &Env) -> Result<Session, ApiError> {
    let now = platform::now();
    let stored = deployment_hash(env)?;
    if let Some(role) = deployment(text, &stored) {
        return Ok(Session::begin(KeyId::deployment(), Key::hash(text), role, "Deployment key".into(), now));
    }
    // One that is none of ours is known without asking anybody: a flood of them reaches no object.
    let secrets = Secrets::of(env)?;
    let id = KeyText::open(text, &secrets.keys).ok_or_else(ApiError::unauthorized)?.id;
    let key = stored_key(id, Key::hash(text), env).await?.ok_or_else(ApiError::unauthorized)?;
    Ok(Session::with(&key, now))
}

/// The session of the console that asks, if there is one and its key is good still.
async fn session(request: &web_sys::Request, env: &Env) -> Result<Option<Session>, ApiError> {
    let header = |name: &str| request.headers().get(name).ok().flatten();
    let said = header("cookie").unwrap_or_default();
    let mut values = cookies(&said, SESSION_COOKIE).peekable();
    if values.peek().is_none() {
        return Ok(None);
    }
    let (secrets, now) = (Secrets::of(env)?, platform::now());
    let Some(mut session) = values.find_map(|value| Session::open(value, &secrets.console, now)) else {
        return Ok(None);
    };
    from_the_console(request)?;
    if session.key.is_deployment() {
        let same = deployment_hash(env)?.trim().eq_ignore_ascii_case(&session.hash);
        return Ok(Some(session).filter(|_| same));
    }
    let Some(key) = stored_key(session.key.clone(), session.hash.clone(), env).await? else {
        return Ok(None);
    };
    (session.role, session.rights) = (key.role, key.rights);
    Ok(Some(session))
}

/// What a browser sends by itself counts only where the console's own page has asked.
fn from_the_console(request: &web_sys::Request) -> Result<(), ApiError> {
    let header = |name: &str| request.headers().get(name).ok().flatten();
    let url = Url::parse(&request.url()).map_err(|error| ApiError::invalid_request(error.to_string()))?;
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let (method, origin, site) = (request.method(), header("origin"), header("sec-fetch-site"));
    let is_socket = header("upgrade").is_some();
    let caller =
        Caller { method: &method, host: &host, origin: origin.as_deref(), site: site.as_deref(), is_socket };
    may_use_session(caller).then_some(()).ok_or_else(ApiError::other_origin)
}

fn deployment_hash(env: &Env) -> Result<String, ApiError> {
    platform::secret(env, bindings::ADMIN_KEY_SHA256)
        .ok_or_else(|| ApiError::not_configured(bindings::ADMIN_KEY_SHA256))
}

async fn stored_key(key: KeyId, hash: String, env: &Env) -> Result<Option<Key>, ApiError> {
    match ask(env, &Ask::Opens { key, hash }).await? {
        Answer::Key { key } => Ok(key),
        _ => Err(ApiError::internal("the workspace answered another question")),
    }
}
