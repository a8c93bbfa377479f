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
use serde_json::json;
use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage, WebSocketPair,
    WebSocketRequestResponsePair, durable_object,
};

use super::sql::{Json, Sql};
use super::{call, workspace};
use crate::api_error::ApiError;
use crate::config_cache::Pointer;
use crate::{bindings, platform};

const ROW: i32 = 1;

/// What a relay can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// This config is current.
    Tell { pointer: Pointer },
    /// Which is? Somebody has seen at least this version.
    Newest { wanted: u64 },
    /// This has just happened.
    Pulse { pulse: Box<Pulse> },
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// To [`Ask::Tell`] and [`Ask::Newest`]: the newest that it knows.
    Pointer { pointer: Option<Pointer> },
    /// To [`Ask::Pulse`]: whether anybody listens.
    Heard { listeners: usize },
}

/// With which somebody begins to listen.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// The version that the isolate goes by through which they came.
    pub(crate) version: u64,
    /// Until when they may listen; for good if left out.
    #[serde(default)]
    pub(crate) until: Option<UnixMillis>,
}

async fn ask(env: &Env, name: &str, question: &Ask) -> std::result::Result<Answer, ApiError> {
    call::call(env, bindings::RELAYS, name, question).await
}

/// The newest config that this relay knows of, at least `wanted` if that exists.
pub(crate) async fn newest(
    env: &Env,
    relay: Relay,
    wanted: u64,
) -> std::result::Result<Option<Pointer>, ApiError> {
    match ask(env, &ObjectNames::relay(relay), &Ask::Newest { wanted }).await? {
        Answer::Pointer { pointer } => Ok(pointer),
        Answer::Heard { .. } => Err(ApiError::internal("the relay answered another question")),
    }
}

/// Tells all relays which config is current. One that can't be told hears of it from the next who asks, or when all are told again.
pub(crate) async fn tell(env: &Env, pointer: &Pointer) {
    let told = Relay::all().map(|relay| async move {
        let tell = Ask::Tell { pointer: pointer.clone() };
        if let Err(error) = ask(env, &ObjectNames::relay(relay), &tell).await {
            worker::console_error!("relay {relay}: {error}");
        }
    });
    join_all(told).await;
}

/// Tells consoles what has happened. Gives how many listen.
pub(crate) async fn pulse(env: &Env, pulse: Pulse) -> std::result::Result<usize, ApiError> {
    match ask(env, ObjectNames::live(), &Ask::Pulse { pulse: Box::new(pulse) }).await? {
        Answer::Heard { listeners } => Ok(listeners),
        Answer::Pointer { .. } => Err(ApiError::internal("the relay answered another question")),
    }
}

/// A WebSocket to the object of this name.
pub(crate) async fn listen(env: &Env, name: &str, hello: &Hello) -> std::result::Result<Response, ApiError> {
    call::connect(env, bindings::RELAYS, name, hello).await
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
        if let Some(hello) = call::hello::<Hello>(&request)? {
            return self.accept(&hello);
        }
        let answer = match call::receive::<Ask>(&mut request).await {
            Ok(Ask::Tell { pointer }) => self.hear(pointer),
            Ok(Ask::Newest { wanted }) => self.newest(wanted).await,
            Ok(Ask::Pulse { pulse }) => Ok(self.beat(&pulse)),
            Err(error) => Err(error),
        };
        call::reply(answer)
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
    fn accept(&self, hello: &Hello) -> Result<Response> {
        if self.state.get_websockets().len() >= limits::LISTENERS {
            return Response::error("too many listen", 503);
        }
        let WebSocketPair { client, server } = WebSocketPair::new()?;
        self.state.accept_web_socket(&server);
        if let Some(until) = hello.until {
            server.serialize_attachment(until.0)?;
        }
        let told = self.told().unwrap_or_default().map_or(0, |pointer| pointer.version);
        server.send_with_str(version(told.max(hello.version)))?;
        Response::from_websocket(client)
    }

    fn told(&self) -> std::result::Result<Option<Pointer>, ApiError> {
        if let Some(told) = self.told.borrow().as_ref() {
            return Ok(told.clone());
        }
        let told = if self.sql.has_table("told")? {
            let rows: Vec<Json> = self.sql.rows("SELECT value FROM told WHERE id = 1", vec![])?;
            rows.first().map(|row| serde_json::from_str::<Pointer>(&row.value)).transpose()?
        } else {
            None
        };
        self.told.replace(Some(told.clone()));
        Ok(told)
    }

    /// Told again, or late, it says nothing.
    fn hear(&self, pointer: Pointer) -> std::result::Result<Answer, ApiError> {
        let before = self.told()?;
        if before.as_ref().is_some_and(|before| before.version >= pointer.version) {
            return Ok(Answer::Pointer { pointer: before });
        }
        self.sql.atomically(|| {
            let table =
                "CREATE TABLE IF NOT EXISTS told (id INTEGER PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL)";
            self.sql.run(table, vec![])?;
            let query = "INSERT OR REPLACE INTO told (id, v, value) VALUES (1, ?, ?)";
            self.sql.run(query, vec![ROW.into(), serde_json::to_string(&pointer)?.into()])
        })?;
        self.told.replace(Some(Some(pointer.clone())));
        self.say(&version(pointer.version));
        Ok(Answer::Pointer { pointer: Some(pointer) })
    }

    /// Whoever asks may only claim to have seen it: so the workspace is asked now and then at most.
    async fn newest(&self, wanted: u64) -> std::result::Result<Answer, ApiError> {
        let told = self.told()?;
        let now = platform::now();
        let is_behind = told.as_ref().map_or(0, |pointer| pointer.version) < wanted;
        if !is_behind || now.since(self.asked_at.get()) < limits::RELAY_ASKS_MS {
            return Ok(Answer::Pointer { pointer: told });
        }
        self.asked_at.set(now);
        match workspace::pointer(&self.env).await? {
            Some(pointer) => self.hear(pointer),
            None => Ok(Answer::Pointer { pointer: None }),
        }
    }

    fn beat(&self, pulse: &Pulse) -> Answer {
        let text = json!({ "pulse": pulse }).to_string();
        Answer::Heard { listeners: self.say(&text) }
    }

    /// To everybody who may still listen. Gives how many did.
    fn say(&self, text: &str) -> usize {
        let now = platform::now();
        let sockets = self.state.get_websockets();
        let heard = sockets.iter().filter(|socket| {
            let until: Option<i64> = socket.deserialize_attachment().ok().flatten();
            if until.is_some_and(|until| until <= now.0) {
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
    json!({ "version": version }).to_string()
}
