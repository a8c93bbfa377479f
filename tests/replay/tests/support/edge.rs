//! A small edge to replay against: it dedupes by messageId, answers as the real one does and can be told to fail.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::http::{Http, Received, Shown};

/// What to do with a request.
pub enum Reply {
    /// Take the batch and say so.
    Take,
    /// Take the batch and die before saying so.
    TakeAndVanish,
    /// Status, Retry-After, body.
    Refuse(u16, Option<&'static str>, Value),
    /// Leave the client waiting.
    Hang,
}

/// A running edge; stops when dropped.
pub struct Edge {
    pub url: String,
    http: Http,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    known: BTreeSet<String>,
}

impl Edge {
    /// Takes everything.
    pub fn start() -> Self {
        Self::with(|_, _| Reply::Take)
    }

    /// `reply` gets the number of the request, from 0, and the request.
    pub fn with(reply: impl FnMut(usize, &Received) -> Reply + Send + 'static) -> Self {
        Self::on("127.0.0.1:0".parse().unwrap(), reply)
    }

    pub fn on(address: SocketAddr, reply: impl FnMut(usize, &Received) -> Reply + Send + 'static) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let (shared, reply) = (Arc::clone(&state), Mutex::new(reply));
        let http = Http::start(address, move |request| {
            let mut state = shared.lock().unwrap();
            let reply = (*reply.lock().unwrap())(state.received.len(), &request);
            state.handle(request, reply)
        });
        Self { url: format!("http://{}", http.address), http, state }
    }

    pub fn address(&self) -> SocketAddr {
        self.http.address
    }

    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    /// Every event of every request, in order of arrival.
    pub fn events(&self) -> Vec<Value> {
        self.received().iter().flat_map(Received::events).collect()
    }

    /// How many different events were taken.
    pub fn known(&self) -> usize {
        self.state.lock().unwrap().known.len()
    }
}

impl State {
    fn handle(&mut self, request: Received, reply: Reply) -> Shown {
        let answer =
            |status, retry_after, body: &Value| Shown::Answer { status, retry_after, body: body.to_string() };
        let shown = match reply {
            _ if request.line != "POST /v1/batch HTTP/1.1" => {
                answer(404, None, &json!({"message": request.line}))
            }
            Reply::Take => answer(200, None, &self.take(&request)),
            Reply::TakeAndVanish => {
                self.take(&request);
                Shown::Nothing
            }
            Reply::Refuse(status, wait, body) => answer(status, wait, &body),
            Reply::Hang => Shown::Silence,
        };
        self.received.push(request);
        shown
    }

    /// Events without anyone's id are rejected, as the Segment API does; the others count once.
    fn take(&mut self, request: &Received) -> Value {
        let (mut counts, mut results) = ([0, 0, 0], Vec::new());
        for event in request.events() {
            let id = event["messageId"].as_str().unwrap().to_owned();
            let anonymous = event.get("userId").is_none() && event.get("anonymousId").is_none();
            let outcome = if anonymous { 2 } else { usize::from(!self.known.insert(id.clone())) };
            counts[outcome] += 1;
            let mut result =
                json!({"messageId": id, "outcome": (["accepted", "duplicate", "rejected"][outcome])});
            if anonymous {
                result["code"] = json!("no_user_anon_id");
                result["message"] = json!("userId or anonymousId is required");
            }
            results.push(result);
        }
        let mut answer =
            json!({"success": true, "accepted": counts[0], "duplicate": counts[1], "rejected": counts[2]});
        if counts[2] > 0 {
            answer["results"] = json!(results);
        }
        answer
    }
}
