//! The one error that leaves the edge: a code, a status, what to do, and when to try again.

use selvedge_engine::access::{Right, Role};
use selvedge_engine::identity::home::StoreError;
use selvedge_engine::limits;
use selvedge_engine::pressure::{Refused, Whose};
use serde_json::{Map, Value};
use worker::{Response, ResponseBuilder};

/// An error answer. Statuses follow the clients' retry contract: 4xx makes them drop the data for ever, so it is used
/// only where a retry can't help; 5xx and 429 make them come back.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) retry_after_seconds: Option<u32>,
}

impl ApiError {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after_seconds: None }
    }

    /// 400: the request can't be understood.
    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request", message)
    }

    /// 401: no source has this key.
    pub(crate) fn invalid_write_key() -> Self {
        let message = "no source has this write key; find the keys in sources.json of the published config";
        Self::new(401, "invalid_write_key", message)
    }

    /// 401: not an admin.
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "send `Authorization: Bearer <admin key>`, or sign in at /console")
    }

    /// 401: what Cloudflare Access is said to have said does not count.
    pub(crate) fn access_refused(message: impl Into<String>) -> Self {
        Self::new(401, "access_refused", message)
    }

    /// 403: somebody, and may not.
    pub(crate) fn forbidden(is: Role, needs: Role) -> Self {
        let (is, needs) = (is.code(), needs.code());
        let message =
            format!("this needs the role {needs}, and yours is {is}; ask an admin for a key of that role");
        Self::new(403, "forbidden", message)
    }

    /// 403: somebody whose key was made for less.
    pub(crate) fn out_of_scope(right: Right) -> Self {
        let message = format!("this needs `{}`, and your key was made for other things", right.code());
        Self::new(403, "out_of_scope", message)
    }

    /// 403: a page that the source does not list.
    pub(crate) fn origin_not_listed() -> Self {
        let message =
            "this is only for pages of this host, and of the origins that the source lists in sources.json";
        Self::new(403, "origin_not_listed", message)
    }

    /// 403: a session, and another page than the console asks.
    pub(crate) fn other_origin() -> Self {
        let message =
            "a session of the console counts only for requests that the console makes; programs send a key";
        Self::new(403, "other_origin", message)
    }

    /// 426: only a WebSocket can be had here.
    pub(crate) fn upgrade_required() -> Self {
        Self::new(426, "upgrade_required", "this path is a WebSocket: ask for it with `Upgrade: websocket`")
    }

    /// 409: somebody else published meanwhile.
    pub(crate) fn config_changed(version: u64) -> Self {
        let message =
            format!("version {version} was published since you began; nothing of yours was published");
        Self::new(409, "config_changed", message)
    }

    /// 404.
    pub(crate) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(404, code, message)
    }

    /// 409: something else has to be finished first.
    pub(crate) fn busy() -> Self {
        let message = "the profile is being merged or moved; try again in a moment";
        Self { retry_after_seconds: Some(1), ..Self::new(409, "profile_busy", message) }
    }

    /// 503: it moves on and on.
    pub(crate) fn moving() -> Self {
        Self::unavailable("moving", "the profile is being merged; try again")
    }

    /// 409: not as things are now.
    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(409, code, message)
    }

    /// 409: more is connected than is rearranged; trying again does not help.
    pub(crate) fn beyond_bounds(message: impl Into<String>) -> Self {
        Self::new(409, "beyond_bounds", message)
    }

    /// 410: the person was erased.
    pub(crate) fn profile_erased() -> Self {
        Self::new(410, "profile_erased", "the person that this named was erased")
    }

    /// 405.
    pub(crate) fn method_not_allowed(allowed: &str) -> Self {
        Self::new(405, "method_not_allowed", format!("this path takes {allowed}"))
    }

    /// 409: a profile has as many words of admins as it may have.
    pub(crate) fn too_many_words(message: impl Into<String>) -> Self {
        Self::new(409, "too_many_words", message)
    }

    /// 409: a step of a rebuild that is not the latest.
    pub(crate) fn rebuild_superseded() -> Self {
        let message = "this rebuild of the directory is over or another one has begun since; begin anew without a cursor";
        Self::new(409, "rebuild_superseded", message)
    }

    /// 400, as from Segment.
    pub(crate) fn payload_too_large(limit: usize) -> Self {
        Self::new(
            400,
            "payload_too_large",
            format!("a request body may have {limit} bytes; send smaller batches"),
        )
    }

    /// 503: so many events of a request could not be stored.
    pub(crate) fn not_durable(events: usize) -> Self {
        let message =
            format!("{events} events could not be stored; send the batch again, with the same messageIds");
        Self::unavailable("not_durable", message)
    }

    /// 429: a source or an address has sent too much.
    pub(crate) fn too_many_requests(refused: Refused) -> Self {
        let whose = match refused.whose {
            Whose::Source => "this source sends",
            Whose::Address => "this address sends",
        };
        let message =
            format!("{whose} more events than its limit in sources.json allows; send them again later");
        Self { retry_after_seconds: Some(refused.seconds), ..Self::new(429, refused.code(), message) }
    }

    /// 429: more requests are with one profile, or one identifier, than it can answer soon.
    pub(crate) fn flooded() -> Self {
        let message = "too many requests at once are about the same profile; send them again in a moment";
        Self { retry_after_seconds: Some(limits::BUSY_SECONDS), ..Self::new(429, "profile_flooded", message) }
    }

    /// 429: this isolate has too much to do.
    pub(crate) fn busy_edge() -> Self {
        let message = "too many large requests at once; send this one again in a moment";
        Self { retry_after_seconds: Some(limits::BUSY_SECONDS), ..Self::new(429, "edge_busy", message) }
    }

    /// Whether it is only a matter of waiting, so that nothing else is to be tried.
    pub(crate) fn is_for_later(&self) -> bool {
        self.status == 429
    }

    /// 503: a secret is missing.
    pub(crate) fn not_configured(secret: &str) -> Self {
        Self::unavailable("not_configured", format!("set the secret: wrangler secret put {secret}"))
    }

    /// 503: try again.
    pub(crate) fn unavailable(code: &'static str, message: impl Into<String>) -> Self {
        Self { retry_after_seconds: Some(1), ..Self::new(503, code, message) }
    }

    /// 500: ours.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "internal", message)
    }

    /// The same, of one of several things that were named.
    pub(crate) fn about(mut self, name: &str) -> Self {
        self.message = format!("{name:?}: {}", self.message);
        self
    }

    /// As Segment's clients read it: `{"success": false, "code", "message"}`.
    pub(crate) fn response(&self) -> worker::Result<Response> {
        self.response_with(Map::new())
    }

    /// The same with more to say.
    pub(crate) fn response_with(&self, mut body: Map<String, Value>) -> worker::Result<Response> {
        body.insert("success".into(), false.into());
        body.insert("code".into(), self.code.into());
        body.insert("message".into(), self.message.as_str().into());
        let mut builder = ResponseBuilder::new().with_status(self.status);
        if let Some(seconds) = self.retry_after_seconds {
            builder = builder.with_header("retry-after", &seconds.to_string())?;
            if self.status == 429 {
                // As Segment's says it: its clients for browsers have looked for this one.
                builder = builder.with_header("x-ratelimit-reset", &seconds.to_string())?;
            }
        }
        builder.with_header("cache-control", "no-store")?.from_json(&Value::Object(body))
    }
}

impl From<worker::Error> for ApiError {
    fn from(error: worker::Error) -> Self {
        Self::unavailable("platform_error", error.to_string())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::unavailable("storage_error", error.to_string())
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error.to_string())
    }
}
