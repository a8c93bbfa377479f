//! A request's body as text: inflated if it is gzip, and never more than the limit in memory.

use futures_util::TryStreamExt;
use js_sys::Uint8Array;
use js_sys::futures::JsFuture;
use worker::ByteStream;

use crate::api_error::ApiError;
use crate::gzip;

/// Reads a body of at most so many bytes. Gzip is known by its first bytes, since clients don't always label it.
///
/// # Errors
/// 400 over the limit (also when only the inflated body is), when it is not gzip after all, or not UTF-8.
pub(crate) async fn read(request: &web_sys::Request, most: usize) -> Result<String, ApiError> {
    let length = request.headers().get("content-length").map_err(worker::Error::from)?;
    let bytes = match length.and_then(|length| length.parse::<usize>().ok()) {
        Some(length) if length > most => return Err(ApiError::payload_too_large(most)),
        // HTTP holds a body to the length that it gives.
        Some(_) => whole(request).await?,
        None => bounded(request, most).await?,
    };
    let bytes = if bytes.starts_with(&gzip::MAGIC) { inflate(&bytes, most)? } else { bytes };
    String::from_utf8(bytes).map_err(|_| ApiError::invalid_request("malformed JSON: the body is not UTF-8"))
}

async fn whole(request: &web_sys::Request) -> Result<Vec<u8>, ApiError> {
    let buffer = request.array_buffer().map_err(worker::Error::from)?;
    let buffer = JsFuture::from(buffer).await.map_err(worker::Error::from)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

async fn bounded(request: &web_sys::Request, most: usize) -> Result<Vec<u8>, ApiError> {
    let Some(body) = request.body() else { return Ok(Vec::new()) };
    let mut stream = ByteStream::from(body);
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.try_next().await? {
        if bytes.len() + chunk.len() > most {
            return Err(ApiError::payload_too_large(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn inflate(bytes: &[u8], most: usize) -> Result<Vec<u8>, ApiError> {
    let unreadable = |error| ApiError::invalid_request(format!("the gzip body can't be read: {error}"));
    gzip::unpacked(bytes, most).map_err(unreadable)?.ok_or_else(|| ApiError::payload_too_large(most))
}
