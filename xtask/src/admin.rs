//! Speaking to an edge as its admin, for as long as a deploy or a restart takes.

use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::secrets;

/// Tries of one request, and the wait before the first repetition, which doubles: together over a minute, longer than a
/// deploy takes.
const TRIES: u32 = 7;
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The most that one answer holds: a file of the archive.
const ANSWER_BYTES: u64 = 64 * 1024 * 1024;

/// An edge.
pub(crate) struct Admin {
    agent: Agent,
    url: String,
    key: String,
}

impl Admin {
    /// The edge at this address; without one, the demo's.
    pub(crate) fn of(url: Option<&str>) -> Result<Self> {
        let url = url.unwrap_or("http://127.0.0.1:8787").trim_end_matches('/').to_owned();
        let key = secrets::admin_key_for_command()?;
        let agent = Agent::config_builder().http_status_as_error(false).build().into();
        Ok(Self { agent, url, key })
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The bytes at a path.
    pub(crate) fn bytes(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<u8>> {
        self.tried(|| {
            let mut request =
                self.agent.get(format!("{}{path}", self.url)).header("authorization", self.bearer());
            for (name, value) in query {
                request = request.query(*name, *value);
            }
            request.call()
        })
    }

    /// The JSON at a path.
    pub(crate) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        Ok(serde_json::from_slice(&self.bytes(path, query)?)?)
    }

    /// The JSON that a POST answers.
    pub(crate) fn post(&self, path: &str, query: &[(&str, &str)], body: &[u8]) -> Result<Value> {
        let answer = self.tried(|| {
            let mut request =
                self.agent.post(format!("{}{path}", self.url)).header("authorization", self.bearer());
            for (name, value) in query {
                request = request.query(*name, *value);
            }
            request.send(body)
        })?;
        Ok(serde_json::from_slice(&answer)?)
    }

    /// The JSON that a PUT answers.
    pub(crate) fn put(&self, path: &str, query: &[(&str, &str)], body: &[u8]) -> Result<Value> {
        let answer = self.tried(|| {
            let mut request =
                self.agent.put(format!("{}{path}", self.url)).header("authorization", self.bearer());
            for (name, value) in query {
                request = request.query(*name, *value);
            }
            request.send(body)
        })?;
        Ok(serde_json::from_slice(&answer)?)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.key)
    }

    /// What may pass by itself is tried again.
    fn tried(&self, attempt: impl Fn() -> Result<Response<Body>, ureq::Error>) -> Result<Vec<u8>> {
        let mut wait = FIRST_WAIT;
        let mut tries = 1;
        loop {
            let failed = match attempt() {
                Ok(mut response) => {
                    let status = response.status();
                    let body = response.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec()?;
                    if status.is_success() {
                        return Ok(body);
                    }
                    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
                    let text = String::from_utf8_lossy(&body);
                    let message = answer.get("message").and_then(Value::as_str).unwrap_or(&text);
                    let failed = anyhow::anyhow!("{status}: {message}");
                    if status.is_client_error() {
                        return Err(failed);
                    }
                    failed
                }
                Err(error) => {
                    anyhow::Error::new(error).context(format!("the edge at {} can't be reached", self.url))
                }
            };
            if tries == TRIES {
                bail!(failed);
            }
            std::thread::sleep(wait);
            wait *= 2;
            tries += 1;
        }
    }
}
