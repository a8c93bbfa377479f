//! Gzip: packed by the platform, which costs the Worker no code of its own, and unpacked within a bound.

use std::io::Read;

use flate2::read::GzDecoder;
use js_sys::Uint8Array;
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::*;

use crate::api_error::ApiError;

/// The first bytes of what is gzip.
pub(crate) const MAGIC: [u8; 2] = [0x1f, 0x8b];

#[wasm_bindgen]
extern "C" {
    type CompressionStream;
    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<CompressionStream, JsValue>;
}

/// The text, packed.
pub(crate) async fn packed(text: &str) -> Result<Vec<u8>, ApiError> {
    let plain = web_sys::Response::new_with_opt_str(Some(text)).map_err(worker::Error::from)?;
    let stream = plain.body().ok_or_else(|| ApiError::internal("a body is missing"))?;
    let packing = CompressionStream::new("gzip").map_err(worker::Error::from)?;
    let packed = stream.pipe_through(packing.unchecked_ref());
    let packed =
        web_sys::Response::new_with_opt_readable_stream(Some(&packed)).map_err(worker::Error::from)?;
    let buffer = JsFuture::from(packed.array_buffer().map_err(worker::Error::from)?).await;
    Ok(Uint8Array::new(&buffer.map_err(worker::Error::from)?).to_vec())
}

/// What was packed; `None` if it is more than `most` bytes.
///
/// # Errors
/// When it is not gzip after all.
pub(crate) fn unpacked(bytes: &[u8], most: usize) -> std::io::Result<Option<Vec<u8>>> {
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes).take(most as u64 + 1).read_to_end(&mut unpacked)?;
    Ok((unpacked.len() <= most).then_some(unpacked))
}
