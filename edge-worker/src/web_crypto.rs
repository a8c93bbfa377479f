//! Whether a signature of a public key holds: the platform's word.

use js_sys::futures::JsFuture;
use js_sys::{Array, JSON, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        uses: &Array,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn verify(
        algorithm: &JsValue,
        key: &JsValue,
        signature: &Uint8Array,
        signed: &Uint8Array,
    ) -> Result<Promise, JsValue>;
}

/// A public key.
pub(crate) enum PublicKey<'a> {
    /// As DER (SPKI).
    Der(&'a [u8]),
    /// As a JSON Web Key.
    Jwk(&'a str),
}

/// Whether this is the key's signature of what was signed; `algorithm` is JSON, as the platform names it. What it can't make a key of holds
/// nothing.
pub(crate) async fn holds(key: PublicKey<'_>, algorithm: &str, signature: &[u8], signed: &[u8]) -> bool {
    said(key, algorithm, signature, signed).await.unwrap_or(false)
}

async fn said(key: PublicKey<'_>, algorithm: &str, signature: &[u8], signed: &[u8]) -> Option<bool> {
    let (format, key): (_, JsValue) = match key {
        PublicKey::Der(der) => ("spki", Uint8Array::from(der).into()),
        PublicKey::Jwk(jwk) => ("jwk", JSON::parse(jwk).ok()?),
    };
    let algorithm = JSON::parse(algorithm).ok()?;
    let uses = Array::of1(&"verify".into());
    let key = JsFuture::from(import_key(format, &key, &algorithm, false, &uses).ok()?).await.ok()?;
    let said = verify(&algorithm, &key, &Uint8Array::from(signature), &Uint8Array::from(signed)).ok()?;
    JsFuture::from(said).await.ok()?.as_bool()
}
