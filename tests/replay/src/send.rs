//! One attempt: post a body, judge the answer.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use ureq::Agent;
use ureq::http::{Response, StatusCode, Uri};

use crate::args::Args;
use crate::batch::Batch;

/// What the edge says of a batch it has taken (status 2xx).
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Answer {
    pub(crate) accepted: u64,
    pub(crate) duplicate: u64,
    pub(crate) rejected: u64,
    pub(crate) bot: u64,
    pub(crate) results: Vec<ItemResult>,
}

/// What the edge says of a batch it has not taken.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    code: Option<String>,
    message: Option<String>,
}

/// What became of one event; the edge lists them as soon as one was rejected.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ItemResult {
    pub(crate) message_id: Option<String>,
    pub(crate) outcome: String,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
}

/// How one attempt ended.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Every event of the batch has an outcome.
    Taken(Answer),
    /// Nobody knows, or the edge asks for it: the same body again.
    Again { reason: String, retry_after: Option<Duration> },
    /// Trying again can't help.
    Final { code: String, message: String },
}

/// Posts bodies; shared by all sending threads, with a pool of connections.
pub(crate) struct Sender {
    agent: Agent,
    address: String,
    gzip: bool,
}

impl Sender {
    pub(crate) fn new(args: &Args) -> Self {
        let connections = usize::from(args.concurrency);
        let mut config = Agent::config_builder()
            .timeout_global(Some(args.timeout()))
            .http_status_as_error(false)
            // A redirected POST would arrive as a GET.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(connections)
            .max_idle_connections_per_host(connections)
            .user_agent(concat!("selvedge-replay/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&args.url) {
            config = config.proxy(None);
        }
        Self { agent: config.build().into(), address: format!("{}/v1/batch", args.url), gzip: args.gzip }
    }

    /// The bytes to send for a batch; made once, so that every attempt sends the same.
    ///
    /// # Errors
    /// Never for memory, but the compressor's signature allows it.
    pub(crate) fn encode<'a>(&self, batch: &'a Batch) -> io::Result<Cow<'a, [u8]>> {
        if !self.gzip {
            return Ok(Cow::Borrowed(&batch.body));
        }
        let mut encoder = GzEncoder::new(Vec::with_capacity(batch.body.len() / 4), Compression::fast());
        encoder.write_all(&batch.body)?;
        encoder.finish().map(Cow::Owned)
    }

    /// Sends a body of `events` events and waits for the answer.
    pub(crate) fn post(&self, body: &[u8], events: u64) -> Reply {
        let mut request = self.agent.post(&self.address).content_type("application/json");
        if self.gzip {
            request = request.header("content-encoding", "gzip");
        }
        match request.send(body) {
            Ok(mut response) => match response.body_mut().read_to_string() {
                Ok(text) => judge(&response, &text, events),
                Err(error) => no_answer(&error),
            },
            Err(error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_))) => {
                Reply::Final { code: "bad_request".to_owned(), message: error.to_string() }
            }
            Err(error) => no_answer(&error),
        }
    }
}

/// Refused, reset, timed out, cut off in the answer: the events may or may not have arrived.
fn no_answer(error: &ureq::Error) -> Reply {
    Reply::Again { reason: error.to_string(), retry_after: None }
}

fn judge<T>(response: &Response<T>, text: &str, events: u64) -> Reply {
    let status = response.status();
    if status.is_success() {
        return match serde_json::from_str(text) {
            Ok(answer) => taken(answer, events),
            Err(error) => Reply::Final { code: "unreadable_answer".to_owned(), message: error.to_string() },
        };
    }
    // Whatever stands between the edge and us may refuse too, in its own words.
    let refusal: Refusal = serde_json::from_str(text).unwrap_or_default();
    let message = refusal.message.unwrap_or_default();
    if helps_to_retry(status) {
        let reason = format!("{status} {message}").trim_end().to_owned();
        return Reply::Again { reason, retry_after: retry_after(response, SystemTime::now()) };
    }
    Reply::Final { code: refusal.code.unwrap_or_else(|| format!("http_{}", status.as_u16())), message }
}

/// An answer that does not account for every event is no success, whatever its status.
fn taken(answer: Answer, events: u64) -> Reply {
    let counts = [answer.accepted, answer.duplicate, answer.rejected, answer.bot];
    let accounted = counts.into_iter().fold(0, u64::saturating_add);
    if accounted == events {
        return Reply::Taken(answer);
    }
    let message = format!("the answer accounts for {accounted} of {events} events");
    Reply::Final { code: "incomplete_answer".to_owned(), message }
}

fn helps_to_retry(status: StatusCode) -> bool {
    status == StatusCode::REQUEST_TIMEOUT
        || status == StatusCode::TOO_MANY_REQUESTS
        || status.is_server_error()
}

/// Seconds or an HTTP date (RFC 9110, 10.2.3).
fn retry_after<T>(response: &Response<T>, now: SystemTime) -> Option<Duration> {
    let value = response.headers().get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// A proxy of the environment is for the outside world; this machine is reached directly.
fn is_loopback(url: &str) -> bool {
    let uri: Option<Uri> = url.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, header: Option<&str>, text: &str) -> Reply {
        let mut response = Response::builder().status(status);
        if let Some(value) = header {
            response = response.header("retry-after", value);
        }
        judge(&response.body(()).unwrap(), text, 2)
    }

    #[test]
    fn counts_that_add_up_are_a_success() {
        let reply = answer(
            200,
            None,
            r#"{"success":true,"accepted":1,"duplicate":1,"rejected":0,"configVersion":3}"#,
        );
        assert!(matches!(reply, Reply::Taken(Answer { accepted: 1, duplicate: 1, rejected: 0, .. })));
    }

    #[test]
    fn a_success_that_leaves_events_out_is_none() {
        for (text, expected) in [
            (r#"{"success":true,"accepted":1}"#, "incomplete_answer"),
            (r#"{"success":true}"#, "incomplete_answer"),
            ("ok", "unreadable_answer"),
        ] {
            assert!(
                matches!(answer(200, None, text), Reply::Final { code, .. } if code == expected),
                "{text}"
            );
        }
    }

    #[test]
    fn only_408_429_and_5xx_are_sent_again() {
        for status in [408, 429, 500, 502, 503, 504, 520] {
            assert!(matches!(answer(status, None, ""), Reply::Again { retry_after: None, .. }), "{status}");
        }
        for status in [301, 400, 401, 403, 404, 413, 422] {
            let expected = format!("http_{status}");
            assert!(
                matches!(answer(status, None, "no"), Reply::Final { code, .. } if code == expected),
                "{status}"
            );
        }
    }

    #[test]
    fn a_refusal_is_named_by_the_edges_own_code() {
        let reply =
            answer(401, None, r#"{"success":false,"code":"invalid_write_key","message":"unknown key"}"#);
        let Reply::Final { code, message } = reply else { panic!("{reply:?}") };
        assert_eq!((code.as_str(), message.as_str()), ("invalid_write_key", "unknown key"));
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let wait = |value| match answer(503, Some(value), "") {
            Reply::Again { retry_after, .. } => retry_after,
            other => panic!("{other:?}"),
        };
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn this_machine_is_reached_without_a_proxy() {
        assert!(
            ["http://127.0.0.1:8787", "http://localhost", "http://[::1]:80/x"].into_iter().all(is_loopback)
        );
        assert!(!["https://edge.example", "http://10.0.0.1"].into_iter().any(is_loopback));
    }
}
