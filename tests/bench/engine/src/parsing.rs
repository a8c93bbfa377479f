//! Reading and checking what came over the wire, beside `serde_json` that reads the same bytes into a `Value`.

use std::hint::black_box;

use selvedge_engine::consent::{Consent, Signals};
use selvedge_engine::event::{Received, decode_batch, decode_event};
use selvedge_engine::identity::IdentityRules;
use selvedge_engine::identity::extract::{Proof, identifiers};
use selvedge_engine::identity::home::StoreError;
use selvedge_engine::ids::{MessageId, SourceId};
use serde_json::{Value, json};

use crate::cases::Rounds;
use crate::event::time;

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// One event, as the tag sends it.
    Track,
    /// One event with twenty products.
    Order,
    /// A hundred events.
    Batch,
}

impl Body {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Track => "a small track",
            Self::Order => "an order of 20 products",
            Self::Batch => "a batch of 100",
        }
    }

    /// So many of it make a round that is long enough for a coarse clock.
    fn times(self) -> usize {
        match self {
            Self::Track => 400,
            Self::Order => 50,
            Self::Batch => 4,
        }
    }

    /// The request.
    pub fn text(self) -> String {
        let events: Vec<Value> = match self {
            Self::Track => vec![track(0)],
            Self::Order => vec![order()],
            Self::Batch => (0..100).map(track).collect(),
        };
        json!({ "writeKey": "demo", "sentAt": "2026-11-21T22:00:00.000Z", "context": context(), "batch": events })
            .to_string()
    }
}

fn context() -> Value {
    json!({
        "library": { "name": "selvedge.js", "version": "0.1.0" },
        "locale": "de-DE",
        "page": { "path": "/shoes/skylark-4", "referrer": "", "title": "Skylark 4", "url": "https://shop.example/shoes/skylark-4" },
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    })
}

fn track(n: usize) -> Value {
    json!({
        "type": "track", "event": "Product Viewed", "messageId": format!("5b0d3c1e-7a52-4c4e-9f1d-{n:012}"),
        "anonymousId": "0d1f6c52-51f0-4a0e-8a3c-5a9f0c8d1e2f", "timestamp": "2026-11-21T21:59:59.500Z",
        "properties": { "product_id": "skylark-4", "name": "Skylark 4", "category": "Running shoes", "price": 149.95 },
    })
}

fn order() -> Value {
    let product = |n: usize| {
        json!({
            "product_id": format!("sku-{n}"), "sku": format!("{n:08}"), "name": format!("Product number {n}"), "brand": "Selvedge",
            "category": "Running shoes", "variant": "blue / 42", "price": 19.99, "quantity": 1 + n % 3,
            "url": format!("https://shop.example/p/{n}"), "image_url": format!("https://shop.example/i/{n}.webp"),
        })
    };
    let products: Vec<Value> = (0..20).map(product).collect();
    let properties = json!({
        "order_id": "o-1001", "total": 799.6, "revenue": 671.93, "tax": 127.67, "shipping": 0, "currency": "EUR", "products": products,
    });
    json!({
        "type": "track", "event": "Order Completed", "messageId": "5b0d3c1e-7a52-4c4e-9f1d-000000001001",
        "anonymousId": "0d1f6c52-51f0-4a0e-8a3c-5a9f0c8d1e2f", "userId": "customer-1001", "timestamp": "2026-11-21T21:59:59.500Z",
        "properties": properties,
    })
}

/// What the engine does with it before it is handed to a profile.
struct Reading {
    body: Body,
    text: String,
    rules: IdentityRules,
    source: SourceId,
}

/// What `serde_json` does with it.
struct ToValue {
    body: Body,
    text: String,
}

pub(crate) fn reading(body: Body) -> Result<Box<dyn Rounds>, StoreError> {
    let reading =
        Reading { body, text: body.text(), rules: IdentityRules::default(), source: SourceId::from("web") };
    if reading.read()? != events(body) {
        return Err(StoreError("not all of it was taken".into()));
    }
    Ok(Box::new(reading))
}

pub(crate) fn to_value(body: Body) -> Result<Box<dyn Rounds>, StoreError> {
    Ok(Box::new(ToValue { body, text: body.text() }))
}

fn events(body: Body) -> usize {
    if body == Body::Batch { 100 } else { 1 }
}

impl Reading {
    /// Decodes the envelope and every event, and finds its consent and its identifiers; how many may be handed on.
    fn read(&self) -> Result<usize, StoreError> {
        let batch = decode_batch(&self.text).map_err(|error| StoreError(error.to_string()))?;
        let received = Received {
            source: &self.source,
            at: time(0),
            sent_at: batch.sent_at,
            context: batch.context.as_ref(),
            integrations: batch.integrations.as_ref(),
            shared_bytes: 0,
            kind: None,
        };
        let default = Consent { analytics: true, ..Consent::default() };
        let mut taken = 0;
        for raw in &batch.events {
            let Ok(decoded) = decode_event(raw, &received, MessageId(String::new())) else { continue };
            let signals = Signals { gpc: false, said: decoded.event.consent() };
            let consent = Consent::in_force(default, signals);
            let found = identifiers(&decoded.event, &self.rules, &Proof::default());
            taken += usize::from(consent.may_store().is_some() && !found.ids.is_empty());
            black_box(decoded);
        }
        Ok(taken)
    }
}

impl Rounds for Reading {
    fn prepare(&mut self) {}

    fn run(&mut self) -> Result<(), StoreError> {
        for _ in 0..self.body.times() {
            black_box(self.read()?);
        }
        Ok(())
    }

    fn operations(&self) -> usize {
        self.body.times() * events(self.body)
    }
}

impl Rounds for ToValue {
    fn prepare(&mut self) {}

    fn run(&mut self) -> Result<(), StoreError> {
        for _ in 0..self.body.times() {
            let value: Value =
                serde_json::from_str(&self.text).map_err(|error| StoreError(error.to_string()))?;
            black_box(value);
        }
        Ok(())
    }

    fn operations(&self) -> usize {
        self.body.times() * events(self.body)
    }
}
