//! Events on their way to the edge: one stored value each, so that tabs never overwrite one another's.
//!
//! The key ends in the message id, which sorts in call order. An event leaves only when the edge has answered for it;
//! what a dying page sent is sent again by the next one, and the edge knows it by its message id: nothing is lost and
//! nothing counts twice.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::limits::{BATCH_BYTES, BATCH_EVENTS, QUEUE_BYTES, QUEUE_EVENTS};
use crate::{Tag, transport};

/// Some events of the queue, in order.
pub(crate) struct Batch {
    /// The storage keys of the events.
    pub(crate) keys: Vec<String>,
    /// Their JSON texts, separated by commas.
    pub(crate) items: String,
}

/// Puts an event at the end and keeps the queue within its bounds.
pub(crate) fn add(tag: &Tag, message_id: &str, json: &str) {
    let mut key = prefix(tag);
    key.push_str(message_id);
    tag.storage.set(&key, json);
    shrink(tag);
}

/// The oldest events that are not on their way already, up to the size of one request; at least one if there is any.
pub(crate) fn take(tag: &Tag) -> Batch {
    let mut batch = Batch { keys: Vec::new(), items: String::new() };
    for key in tag.storage.keys(&prefix(tag)) {
        if transport::is_flying(tag, &key) {
            continue;
        }
        let Some(json) = tag.storage.get(&key) else { continue };
        let full = batch.keys.len() == BATCH_EVENTS || batch.items.len() + json.len() > BATCH_BYTES;
        if full && !batch.keys.is_empty() {
            break;
        }
        if !batch.keys.is_empty() {
            batch.items.push(',');
        }
        batch.items.push_str(&json);
        batch.keys.push(key);
    }
    batch
}

/// Takes events out for good.
pub(crate) fn remove(tag: &Tag, keys: &[String]) {
    for key in keys {
        tag.storage.remove(key);
    }
}

/// True when an event waits which is not on its way.
pub(crate) fn has_more(tag: &Tag) -> bool {
    tag.storage.keys(&prefix(tag)).iter().any(|key| !transport::is_flying(tag, key))
}

/// Two sources on one origin keep their events apart.
fn prefix(tag: &Tag) -> String {
    let mut prefix = "selvedge_queue:".to_string();
    prefix.push_str(&tag.write_key);
    prefix.push(':');
    prefix
}

/// Drops the oldest events beyond the bounds; page views go first, because a purchase is worth more.
fn shrink(tag: &Tag) {
    let keys = tag.storage.keys(&prefix(tag));
    let sizes: Vec<(usize, bool)> = keys
        .iter()
        .map(|key| tag.storage.get(key).unwrap_or_default())
        .map(|json| (json.len(), json.starts_with("{\"type\":\"page\"")))
        .collect();
    let mut count = keys.len();
    let mut bytes: usize = sizes.iter().map(|(size, _)| size).sum();
    for page_views in [true, false] {
        for (key, (size, is_page_view)) in keys.iter().zip(&sizes) {
            if count <= QUEUE_EVENTS && bytes <= QUEUE_BYTES {
                return;
            }
            if *is_page_view == page_views {
                tag.storage.remove(key);
                count -= 1;
                bytes -= size;
            }
        }
    }
}
