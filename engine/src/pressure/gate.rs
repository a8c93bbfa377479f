//! All senders that an isolate has heard of lately.

use super::{Address, Recent};
use crate::config::Source;
use crate::ids::SourceId;
use crate::limits;
use crate::time::UnixMillis;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Everything of a source.
    Source,
    /// What one address sends to a source.
    Address,
}

/// A request that may not pass yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Whose limit it was.
    pub whose: Whose,
    /// When to come again, from now; at least 1.
    pub seconds: u32,
}

impl Refused {
    /// The snake_case code.
    pub fn code(&self) -> &'static str {
        match self.whose {
            Whose::Source => "source_limit",
            Whose::Address => "address_limit",
        }
    }
}

/// See the module. Whoever is forgotten starts anew, which is no gain: it takes as many other addresses to get there.
#[derive(Debug, Default)]
pub struct Gate {
    senders: Recent,
}

/// Names a source, or an address that sends to it.
fn sender(source: &SourceId, from: Option<Address>) -> String {
    match from {
        Some(from) => format!("{from} {source}"),
        None => format!(" {source}"),
    }
}

impl Gate {
    /// Whether a request with so many events passes now. One without events counts as one.
    ///
    /// # Errors
    /// Whose limit says no. Nothing is counted then: whoever waits as long as was said gets in.
    pub fn pass(
        &mut self,
        source: &Source,
        from: Option<Address>,
        events: usize,
        now: UnixMillis,
    ) -> Result<(), Refused> {
        // The address first: what is refused of one must not use up what all others share.
        let address = from.map(|from| (Whose::Address, Some(from)));
        let asked = address.into_iter().chain([(Whose::Source, None)]).filter_map(|(whose, from)| {
            let allowance = source.limits.of(whose, source.kind)?;
            Some((whose, allowance, sender(&source.id, from)))
        });
        let asked: Vec<_> = asked.collect();
        for (whose, allowance, sender) in &asked {
            let seconds = self.senders.get(sender).wait(*allowance, now);
            if seconds > 0 {
                return Err(Refused { whose: *whose, seconds: seconds.min(limits::RETRY_AFTER_SECONDS) });
            }
        }
        for (_, allowance, sender) in asked {
            let mut bucket = self.senders.get(&sender);
            bucket.take(allowance, events.max(1), now);
            self.senders.put(sender, bucket);
        }
        Ok(())
    }
}
