//! An event that an image brings, for mails and pages without scripts.

use selvedge_engine::event::event_of_query;
use worker::{Response, Url};

use crate::api_error::ApiError;
use crate::incoming::Incoming;

/// A transparent GIF of one pixel.
const IMAGE: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\
    \x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01\x44\x00\x3b";

/// The event's JSON.
pub(super) fn event(request: &Incoming) -> Result<String, ApiError> {
    let url = Url::parse(request.url()).map_err(|error| ApiError::invalid_request(error.to_string()))?;
    event_of_query(url.query_pairs()).map_err(|error| ApiError::invalid_request(error.to_string()))
}

/// The image, whatever became of the event: nobody reads the answer to an image, and a mail must not show a broken one.
pub(super) fn image(answer: Result<Response, ApiError>) -> Result<Response, ApiError> {
    let mut response = Response::from_bytes(IMAGE.to_vec())?;
    match answer {
        Ok(answer) => response = response.with_headers(answer.headers().clone()),
        Err(error) => worker::console_error!("pixel: {error}"),
    }
    response.headers_mut().set("content-type", "image/gif")?;
    Ok(response)
}
