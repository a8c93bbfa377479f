//! One way to speak to an object: a versioned JSON message in, a JSON answer out.

use js_sys::futures::JsFuture;
use js_sys::{Promise, Reflect};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use worker::{Env, Request, Response, ResponseBuilder};

use crate::api_error::ApiError;
use crate::usage;

/// The version of every message between objects. During a deploy old Workers talk to new objects and back: a receiver
/// takes all versions up to its own.
pub(crate) const MESSAGE_VERSION: u8 = 2;

#[derive(Serialize, Deserialize)]
struct Message<T> {
    v: u8,
    message: T,
}

#[wasm_bindgen]
extern "C" {
    type Stub;
    /// Without a `Request` to be made first, and with the answer as it is: `worker` would take both apart into headers
    /// and streams, which nobody looks at.
    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Stub, url: &str, init: &web_sys::RequestInit) -> Result<Promise, JsValue>;
}

/// Sends `message` to the object `name` of `namespace` and reads its answer.
///
/// # Errors
/// 503 when the object can't be reached or answers with an error: nothing is known to be stored then.
pub(crate) async fn call<M, A>(env: &Env, namespace: &str, name: &str, message: &M) -> Result<A, ApiError>
where
    M: Serialize,
    A: DeserializeOwned,
{
    let body = serde_json::to_string(&Message { v: MESSAGE_VERSION, message })?;
    Ok(serde_json::from_str(&send(env, namespace, name, body).await?)?)
}

/// Apart from [`call`], so that it is compiled once and not for each kind of message.
async fn send(env: &Env, namespace: &str, name: &str, body: String) -> Result<String, ApiError> {
    usage::count(|usage| {
        usage.object_calls += 1;
        usage.largest_message = usage.largest_message.max(body.len() as u64);
    });
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&body.into());
    let stub: Stub = env.durable_object(namespace)?.get_by_name(name)?.into_rpc();
    let answer: web_sys::Response = settled(stub.fetch("https://object/", &init)).await?.unchecked_into();
    let text = settled(answer.text()).await?;
    let text = text.as_string().unwrap_or_default();
    usage::count(|usage| usage.largest_message = usage.largest_message.max(text.len() as u64));
    match answer.status() {
        200 => Ok(text),
        429 => Err(ApiError::flooded()),
        _ => Err(ApiError::unavailable("object_error", text)),
    }
}

/// What comes with a request for a WebSocket.
const HELLO: &str = "x-selvedge-hello";

/// A WebSocket to the object `name` of `namespace`: the answer that opens it.
///
/// # Errors
/// 503 when the object can't be reached, or does not open one.
pub(crate) async fn connect(
    env: &Env,
    namespace: &str,
    name: &str,
    hello: &str,
) -> Result<Response, ApiError> {
    usage::count(|usage| usage.object_calls += 1);
    let headers = web_sys::Headers::new().map_err(worker::Error::from)?;
    for (name, value) in [("upgrade", "websocket"), (HELLO, hello)] {
        headers.set(name, value).map_err(worker::Error::from)?;
    }
    let init = web_sys::RequestInit::new();
    init.set_headers(&headers);
    let stub: Stub = env.durable_object(namespace)?.get_by_name(name)?.into_rpc();
    let answer: web_sys::Response = settled(stub.fetch("https://object/", &init)).await?.unchecked_into();
    match answer.status() {
        101 => Ok(answer.into()),
        status => Err(ApiError::unavailable("object_error", format!("no WebSocket: {status}"))),
    }
}

/// What [`connect`] sent; nothing if the request is a message.
pub(crate) fn hello(request: &Request) -> worker::Result<Option<String>> {
    request.headers().get(HELLO)
}

async fn settled(promise: Result<Promise, JsValue>) -> Result<JsValue, ApiError> {
    let settled = JsFuture::from(promise.map_err(worker::Error::from)?).await;
    settled.map_err(|error| match Reflect::get(&error, &"overloaded".into()) {
        // So the platform calls an object with too long a line.
        Ok(overloaded) if overloaded.is_truthy() => ApiError::flooded(),
        _ => worker::Error::from(error).into(),
    })
}

/// Reads a message that [`call`] sent.
///
/// # Errors
/// When it is newer than this code, or not a message.
pub(crate) async fn receive<M: DeserializeOwned>(request: &mut Request) -> Result<M, ApiError> {
    let message: Message<M> = serde_json::from_str(&request.text().await?)?;
    if message.v > MESSAGE_VERSION {
        return Err(ApiError::unavailable("newer_message", "this object runs an older version; try again"));
    }
    Ok(message.message)
}

/// Answers a message with what `answer` makes of it.
pub(crate) async fn serve<M, A>(
    mut request: Request,
    answer: impl FnOnce(M) -> Result<A, ApiError>,
) -> worker::Result<Response>
where
    M: DeserializeOwned,
    A: Serialize,
{
    reply(receive(&mut request).await.and_then(answer))
}

/// The answer to a message.
pub(crate) fn reply<A: Serialize>(answer: Result<A, ApiError>) -> worker::Result<Response> {
    match answer {
        // Without headers: both ends are ours.
        Ok(answer) => Ok(ResponseBuilder::new().fixed(serde_json::to_vec(&answer)?)),
        Err(error) if error.is_for_later() => Ok(ResponseBuilder::new().with_status(429).empty()),
        Err(error) => {
            worker::console_error!("object: {error}");
            Ok(Response::error(error.to_string(), 503)?)
        }
    }
}
