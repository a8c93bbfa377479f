//! The events of the cases, as the Worker hands them over.

use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::home::Item;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{MessageId, SourceId};
use selvedge_engine::profile::Logged;
use selvedge_engine::time::UnixMillis;
use serde_json::json;

/// When it all began.
const BEGINNING: i64 = 1_767_600_000_000;

/// The time of the `n`th event: one a minute.
pub(crate) fn time(n: usize) -> UnixMillis {
    UnixMillis(BEGINNING + i64::try_from(n).unwrap_or_default() * 60_000)
}

/// The `n`th event: a product was viewed by whoever these identifiers name, all of them proven.
pub(crate) fn viewed(n: usize, ids: &[Identifier]) -> Item {
    let body = json!({
        "type": "track",
        "event": "Product Viewed",
        "properties": { "product_id": "skylark-4", "name": "Skylark 4", "category": "Running shoes", "price": 149 },
    });
    let event = Event {
        message_id: MessageId(format!("5b0d3c1e-7a52-4c4e-9f1d-{n:012}")),
        kind: Kind::Track,
        timestamp: time(n),
        received_at: time(n),
        source: SourceId::from("web"),
        body: body.as_object().cloned().unwrap_or_default(),
    };
    let ids = ids.iter().map(|id| Carried { id: id.clone(), trust: Trust::Verified }).collect();
    let consent = Consent { analytics: true, ..Consent::default() };
    Item {
        logged: Logged::new(event, ids, consent),
        granted: None,
        consent,
        apart_since: None,
        not_identifiers: Vec::new(),
        replayed: false,
    }
}
