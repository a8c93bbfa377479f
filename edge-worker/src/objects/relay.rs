//! The relay object: says what it is told to everybody who listens to it, over WebSockets that hibernate. Between words it is
//! nowhere in memory, and nothing of it is billed.
//!
//! `v1/relay/{n}`, a few of them: which config is current, for open pages and for isolates that have heard of a newer one. Storage:
//! table `told` (`id` 1, `v`, `value`), the newest [`Pointer`] that it was told. `v1/live`: what is happening now, for consoles; it
//! stores nothing.

use std::cell::{Cell, RefCell};

use futures_util::future::join_all;
use selvedge_engine::identity::ObjectNames;
use selvedge_engine::limits;
use selvedge_engine::live::{Pulse, Relay};
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};
use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage, WebSocketPair,
    WebSocketRequestResponsePair, durable_object,
};

use super::sql::Sql;
use super::{call, workspace};
use crate::api_error::ApiError;
use crate::config_cache::Pointer;
use crate::{bindings, platform};

const TABLE: &str = "told";
const TOLD_VERSION: u8 = 1;

/// What a relay can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// This config is current.
    Tell(Pointer),
    /// Which is? Somebody has seen at least this version.
    Newest(u64),
    /// Say this to all who listen.
    Say(String),
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The newest that it knows.
    pointer: Option<Pointer>,
    /// To [`Ask::Say`]: how many listen.
    listeners: usize,
}

async fn ask(env: &Env, name: &str, question: Ask) -> std::result::Result<Answer, ApiError> {
    call::call(env, bindings::RELAYS, name, &question).await
}

/// The newest config that this relay knows of, at least `wanted` if that exists.
pub(crate) async fn newest(
    env: &Env,
    relay: Relay,
    wanted: u64,
) -> std::result::Result<Option<Pointer>, ApiError> {
    Ok(ask(env, &ObjectNames::relay(relay), Ask::Newest(wanted)).await?.pointer)
}

/// Tells all relays which config is current. One that can't be told hears of it from the next who asks, or when all are told again.
pub(crate) async fn tell(env: &Env, pointer: &Pointer) {
    let told = Relay::all().map(|relay| async move {
        if let Err(error) = ask(env, &ObjectNames::relay(relay), Ask::Tell(pointer.clone())).await {
            worker::console_error!("relay {relay}: {error}");
        }
    });
    join_all(told).await;
}

/// Tells consoles what has happened. Gives how many listen.
pub(crate) async fn pulse(env: &Env, pulse: &Pulse) -> std::result::Result<usize, ApiError> {
    let text = format!("{{\"pulse\":{}}}", serde_json::to_string(pulse)?);
    Ok(ask(env, ObjectNames::live(), Ask::Say(text)).await?.listeners)
}

/// A WebSocket to the object of this name, through an isolate that goes by this version; until then at the latest.
pub(crate) async fn listen(
    env: &Env,
    name: &str,
    version: u64,
    until: Option<UnixMillis>,
) -> std::result::Result<Response, ApiError> {
    let until = until.unwrap_or(UnixMillis(i64::MAX));
    call::connect(env, bindings::RELAYS, name, &format!("{version} {}", until.0)).await
}

/// See the module.
#[durable_object(websocket)]
pub struct RelayObject {
    state: State,
    env: Env,
    sql: Sql,
    /// What is stored, once it was read.
    told: RefCell<Option<Option<Pointer>>>,
    asked_at: Cell<UnixMillis>,
}

impl DurableObject for RelayObject {
    fn new(state: State, env: Env) -> Self {
        // Answered by the platform, without waking anybody.
        if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        let sql = Sql::new(&state);
        Self { state, env, sql, told: RefCell::default(), asked_at: Cell::new(UnixMillis(0)) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        if let Some(hello) = call::hello(&request)? {
            return self.accept(&hello);
        }
        let pointer = match call::receive::<Ask>(&mut request).await {
            Ok(Ask::Tell(pointer)) => self.hear(pointer),
            Ok(Ask::Newest(wanted)) => self.newest(wanted).await,
            Ok(Ask::Say(text)) => {
                let listeners = self.say(&text);
                return call::reply(Ok(Answer { pointer: None, listeners }));
            }
            Err(error) => Err(error),
        };
        call::reply(pointer.map(|pointer| Answer { pointer, listeners: 0 }))
    }

    /// Nobody has anything to say here; a word would wake the object each time.
    async fn websocket_message(&self, socket: WebSocket, _: WebSocketIncomingMessage) -> Result<()> {
        socket.close(Some(1003), Some("this only tells"))
    }

    /// Whoever leaves waits for the other side's word.
    async fn websocket_close(&self, socket: WebSocket, _: usize, _: String, _: bool) -> Result<()> {
        // It may be closed by both by now.
        drop(socket.close(Some(1000), Some("")));
        Ok(())
    }

    async fn websocket_error(&self, _: WebSocket, _: worker::Error) -> Result<()> {
        Ok(())
    }
}

impl RelayObject {
    /// Whoever begins to listen is told what is current, at once: something may have been published while they were away.
    fn accept(&self, hello: &str) -> Result<Response> {
        let (theirs, until) = hello.split_once(' ').unwrap_or((hello, ""));
        if self.state.get_websockets().len() >= limits::LISTENERS {
            return Response::error("too many listen", 503);
        }
        let WebSocketPair { client, server } = WebSocketPair::new()?;
        self.state.accept_web_socket(&server);
        server.serialize_attachment(until)?;
        let told = self.told().unwrap_or_default().map_or(0, |pointer| pointer.version);
        server.send_with_str(version(told.max(theirs.parse().unwrap_or(0))))?;
        Response::from_websocket(client)
    }

    fn told(&self) -> std::result::Result<Option<Pointer>, ApiError> {
        if let Some(told) = self.told.borrow().as_ref() {
            return Ok(told.clone());
        }
        let told: Option<Pointer> = self.sql.only(TABLE)?;
        self.told.replace(Some(told.clone()));
        Ok(told)
    }

    /// Told again, or late, it says nothing.
    fn hear(&self, pointer: Pointer) -> std::result::Result<Option<Pointer>, ApiError> {
        let before = self.told()?;
        if before.as_ref().is_some_and(|before| before.version >= pointer.version) {
            return Ok(before);
        }
        self.sql.atomically(|| self.sql.put_only(TABLE, TOLD_VERSION, &pointer))?;
        self.told.replace(Some(Some(pointer.clone())));
        self.say(&version(pointer.version));
        Ok(Some(pointer))
    }

    /// Whoever asks may only claim to have seen it: so the workspace is asked now and then at most.
    async fn newest(&self, wanted: u64) -> std::result::Result<Option<Pointer>, ApiError> {
        let told = self.told()?;
        let now = platform::now();
        let is_behind = told.as_ref().map_or(0, |pointer| pointer.version) < wanted;
        if !is_behind || now.since(self.asked_at.get()) < limits::RELAY_ASKS_MS {
            return Ok(told);
        }
        self.asked_at.set(now);
        match workspace::pointer(&self.env).await? {
            Some(pointer) => self.hear(pointer),
            None => Ok(None),
        }
    }

    /// To everybody who may still listen. Gives how many did.
    fn say(&self, text: &str) -> usize {
        let now = platform::now();
        let sockets = self.state.get_websockets();
        let heard = sockets.iter().filter(|socket| {
            let until: Option<String> = socket.deserialize_attachment().ok().flatten();
            if until.and_then(|until| until.parse().ok()).is_some_and(|until: i64| until <= now.0) {
                // They come again, and show who they are.
                drop(socket.close(Some(4001), Some("show your session again")));
                return false;
            }
            socket.send_with_str(text).is_ok()
        });
        heard.count()
    }
}

fn version(version: u64) -> String {
    format!("{{\"version\":{version}}}")
}
