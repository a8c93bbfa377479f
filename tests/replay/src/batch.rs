//! Events put together into request bodies.

use crate::position::Position;

/// The edge takes 500 kB; this leaves room for what proxies add and for what the limit is counted in.
pub(crate) const MAX_BODY_BYTES: usize = 450_000;
/// The Segment API's limit of events per request.
pub(crate) const MAX_EVENTS_PER_BATCH: u64 = 2_500;

const END: &[u8] = b"]}";

/// A finished request body. It is sent unchanged however often it takes, so that the messageIds make a retry safe.
///
/// It has no `sentAt`: with one the edge would correct the events' timestamps by the difference of the clocks.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) body: Vec<u8>,
    pub(crate) events: u64,
    pub(crate) first: Position,
    pub(crate) last: Position,
}

impl Batch {
    /// The lines the batch was made of, for reports.
    pub(crate) fn range(&self) -> String {
        if self.events == 1 {
            self.first.to_string()
        } else if self.first.file == self.last.file {
            format!("{}-{}", self.first, self.last.line)
        } else {
            format!("{} to {}", self.first, self.last)
        }
    }
}

/// Fills one batch after the other.
pub(crate) struct Batcher {
    start: Vec<u8>,
    most: u64,
    open: Option<Batch>,
}

impl Batcher {
    /// `most`: events per batch.
    pub(crate) fn new(write_key: &str, most: u64) -> Self {
        let key = serde_json::Value::from(write_key);
        Self { start: format!("{{\"writeKey\":{key},\"batch\":[").into_bytes(), most, open: None }
    }

    /// Adds an event; gives back a batch that has become full, by number of events or because this one no longer fitted.
    pub(crate) fn push(&mut self, event: &str, at: Position) -> Option<Batch> {
        let full = self
            .open
            .take_if(|open| open.body.len() + 1 + event.len() + END.len() > MAX_BODY_BYTES)
            .map(close);
        let start = &self.start;
        let open = self.open.get_or_insert_with(|| Batch {
            body: start.clone(),
            events: 0,
            first: at.clone(),
            last: at.clone(),
        });
        if open.events > 0 {
            open.body.push(b',');
        }
        open.body.extend_from_slice(event.as_bytes());
        open.events += 1;
        open.last = at;
        // Never both: with `most` = 1 no batch is open when an event arrives.
        let most = self.most;
        full.or_else(|| self.open.take_if(|open| open.events >= most).map(close))
    }

    /// The last batch, if it has any events.
    pub(crate) fn finish(self) -> Option<Batch> {
        self.open.map(close)
    }
}

fn close(mut batch: Batch) -> Batch {
    batch.body.extend_from_slice(END);
    batch
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn at(line: u64) -> Position {
        Position { file: "f".into(), line }
    }

    fn batches(events: &[String], most: u64) -> Vec<Batch> {
        let mut batcher = Batcher::new("key \"1\"", most);
        let mut found: Vec<Batch> =
            (1..).zip(events).filter_map(|(n, event)| batcher.push(event, at(n))).collect();
        found.extend(batcher.finish());
        found
    }

    #[test]
    fn batches_have_the_asked_size_and_keep_the_order() {
        let events: Vec<String> = (0..7).map(|n| format!("{{\"n\":{n}}}")).collect();
        let found = batches(&events, 3);
        let bodies: Vec<Value> =
            found.iter().map(|batch| serde_json::from_slice(&batch.body).unwrap()).collect();
        assert_eq!(found.iter().map(|batch| batch.events).collect::<Vec<_>>(), [3, 3, 1]);
        let sent: Vec<i64> = bodies
            .iter()
            .flat_map(|body| body["batch"].as_array().unwrap())
            .map(|e| e["n"].as_i64().unwrap())
            .collect();
        assert_eq!(sent, [0, 1, 2, 3, 4, 5, 6]);
        assert!(bodies.iter().all(|body| body["writeKey"] == "key \"1\"" && body.get("sentAt").is_none()));
        assert_eq!(found[1].range(), "f:4-6");
        assert_eq!(found[2].range(), "f:7");
    }

    #[test]
    fn a_body_stays_under_the_limit_and_no_event_is_lost() {
        let events: Vec<String> =
            (0..100).map(|n| format!("{{\"n\":{n},\"x\":\"{}\"}}", "x".repeat(30_000))).collect();
        let found = batches(&events, 2_500);
        assert!(found.len() > 1);
        assert!(found.iter().all(|batch| batch.body.len() <= MAX_BODY_BYTES));
        assert_eq!(found.iter().map(|batch| batch.events).sum::<u64>(), 100);
        // No batch is closed early either: one more event would not have fitted.
        assert!(found.iter().rev().skip(1).all(|batch| batch.body.len() + 30_000 > MAX_BODY_BYTES));
    }

    #[test]
    fn one_event_a_batch_is_handed_over_at_once() {
        let mut batcher = Batcher::new("k", 1);
        assert_eq!(batcher.push("{}", at(1)).unwrap().events, 1);
        assert!(batcher.finish().is_none());
    }
}
