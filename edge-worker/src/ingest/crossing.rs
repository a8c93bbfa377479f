//! Visitors who go from one of a site's domains to another: the word that a link carries, given to who leaves and read of who arrives. And those
//! who come back to a browser that has forgotten what scripts could read there: an empty word, by which the device cookie is asked.

use selvedge_engine::config::Source;
use selvedge_engine::event::Decoded;
use selvedge_engine::identity::extract::NoIdentifier;
use selvedge_engine::identity::{Namespace, Refusal};
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::{Arrival, Handover, NoHandover, SealKey};
use serde_json::Value;

use super::device::Visitor;

/// What a request says of where its page is.
pub(super) struct Crossing<'a> {
    pub(super) source: &'a Source,
    pub(super) key: &'a SealKey,
    /// `Origin`, which no page can make up.
    pub(super) origin: Option<&'a str>,
    pub(super) now: UnixMillis,
}

/// The anonymousId that somebody comes with, or what is noted of why they come with none.
type Arrived = Result<String, (NoIdentifier, NoHandover)>;

impl Crossing<'_> {
    /// The word for a link to this host, if the source lists it, for a device that is proven.
    pub(super) fn leaves(&self, host: &str, visitor: &Visitor) -> Option<String> {
        let (device, origin) = (visitor.bound_id()?, self.origin?);
        let handover = Handover::new(device.to_owned(), origin, host, self.now);
        self.source.domains.iter().any(|listed| listed == host).then(|| handover.seal(self.key))
    }

    /// What an event's word comes to; nothing if it has none.
    pub(super) fn arrives(&self, decoded: &Decoded, visitor: &Visitor) -> Option<Arrived> {
        let token = decoded.handover.as_deref()?;
        if token.is_empty() {
            let is_here = decoded.event.anonymous_id() == visitor.bound_id();
            return visitor.before().filter(|_| is_here).map(|before| Ok(before.to_owned()));
        }
        let handover = Handover::read(self.key, token);
        let why_not = match &handover {
            None => NoHandover::Unknown,
            Some(handover) => match self.check(handover, decoded, visitor) {
                Ok(()) => return Some(Ok(handover.anonymous_id.clone())),
                Err(why_not) => why_not,
            },
        };
        let named = handover.map_or_else(|| token.to_owned(), |handover| handover.anonymous_id);
        let value = named.chars().take(limits::REFUSED_VALUE_CHARS).collect();
        let namespace = Namespace::parse(Namespace::ANONYMOUS_ID)?;
        Some(Err((NoIdentifier { namespace, value, reason: Refusal::Handover }, why_not)))
    }

    fn check(&self, handover: &Handover, decoded: &Decoded, visitor: &Visitor) -> Result<(), NoHandover> {
        let page = decoded.event.context().and_then(|context| context.get("page"));
        let referrer = page.and_then(|page| page.get("referrer")).and_then(Value::as_str);
        handover.check(Arrival { origin: self.origin, referrer, takes: &self.source.domains }, self.now)?;
        let of_device = visitor.bound_id().is_some() && visitor.bound_id() == decoded.event.anonymous_id();
        if of_device { Ok(()) } else { Err(NoHandover::Unbound) }
    }
}
