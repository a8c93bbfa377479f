//! The hand-over of a visitor from one site to another: a word of ours in the address of a link, good for five minutes.
//!
//! A link can be sent to anybody, and whoever opens one with somebody else's word would become part of them. So the word names the page that
//! asked for it and the site that it is for, and counts only where a browser says that it came from the one to the other: nobody can make
//! a stranger's browser say that without a page on the first site.

use serde::{Deserialize, Serialize};

use super::SealKey;
use crate::limits;
use crate::time::UnixMillis;

/// Who goes from where to where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    v: u8,
    /// The anonymousId of the device on the site that it leaves.
    #[serde(rename = "a")]
    pub anonymous_id: String,
    /// The origin of the page that it leaves.
    #[serde(rename = "f")]
    from: String,
    /// The host that it goes to.
    #[serde(rename = "t")]
    to: String,
    /// Until when.
    #[serde(rename = "u")]
    until: UnixMillis,
}

/// A browser that comes with a hand-over.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The origin of the page where it is.
    pub origin: Option<&'a str>,
    /// The URL that led there, as the browser says it.
    pub referrer: Option<&'a str>,
    /// The hosts whose visitors this site takes.
    pub takes: &'a [String],
}

/// Why nobody is handed over. `Display` says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoHandover {
    /// It is none of ours.
    #[error("handover_unknown: the link's word is none of ours")]
    Unknown,
    /// It is over.
    #[error("handover_expired: the link is older than five minutes")]
    Expired,
    /// It is for another site, or was not followed from the page that it was made for.
    #[error(
        "handover_elsewhere: the link was made for another site, or not opened on the page that it was made for; both sources list the \
         other's host in `domains`, and the first site's pages let browsers say where they come from (Referrer-Policy)"
    )]
    Elsewhere,
    /// The device is not proven to be here.
    #[error("handover_unbound: this device is not proven; the page needs the device cookie, or token")]
    Unbound,
}

impl Handover {
    /// Of a device that is on a page of `from` (an origin) and goes to the host `to`.
    pub fn new(anonymous_id: String, from: &str, to: &str, now: UnixMillis) -> Self {
        let until = now.plus(limits::HANDOVER_MS);
        Self { v: 1, anonymous_id, from: from.to_owned(), to: to.to_owned(), until }
    }

    /// What stands in the link.
    pub fn seal(&self, key: &SealKey) -> String {
        key.seal(self)
    }

    /// Reads a link's word; nothing if it is none of ours.
    pub fn read(key: &SealKey, token: &str) -> Option<Self> {
        key.open::<Self>(token).filter(|handover| handover.v == 1)
    }

    /// Whether it counts for who arrives now.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, arrival: Arrival<'_>, now: UnixMillis) -> Result<(), NoHandover> {
        if now >= self.until {
            return Err(NoHandover::Expired);
        }
        let came_from = arrival.referrer.map(origin_of) == Some(self.from.as_str());
        let is_here = arrival.origin.map(host_of) == Some(self.to.as_str());
        let counts = came_from && is_here && arrival.takes.iter().any(|host| host == host_of(&self.from));
        if counts { Ok(()) } else { Err(NoHandover::Elsewhere) }
    }
}

/// The beginning of a URL, up to its path.
pub fn origin_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(host..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(url.len(), |at| host + at);
    url.get(..end).unwrap_or_default()
}

/// The host of a URL, with its port if it has one.
pub fn host_of(url: &str) -> &str {
    let origin = origin_of(url);
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Handover, NoHandover, host_of, origin_of};
    use crate::limits;
    use crate::time::UnixMillis;
    use crate::token::SealKey;

    #[test]
    fn a_handover_counts_from_its_page_to_its_site_for_five_minutes() {
        let key = SealKey::derive(b"secret", "handover");
        let token = Handover::new("A".into(), "https://one.example", "two.example", UnixMillis(0)).seal(&key);
        let handover = Handover::read(&key, &token).unwrap();
        assert_eq!(handover.anonymous_id, "A");
        assert_eq!(Handover::read(&SealKey::derive(b"secret", "device-cookie"), &token), None);
        assert_eq!(Handover::read(&key, &format!("x{token}")), None);
        let takes = ["one.example".to_owned()];
        let fits = Arrival {
            origin: Some("https://two.example"),
            referrer: Some("https://one.example/cart?x=1"),
            takes: &takes,
        };
        let late = UnixMillis(limits::HANDOVER_MS);
        assert_eq!(handover.check(fits, UnixMillis(late.0 - 1)), Ok(()));
        assert_eq!(handover.check(fits, late), Err(NoHandover::Expired));
        for elsewhere in [
            Arrival { origin: Some("https://three.example"), ..fits },
            Arrival { origin: None, ..fits },
            Arrival { referrer: None, ..fits },
            Arrival { referrer: Some(""), ..fits },
            Arrival { referrer: Some("https://evil.example/https://one.example/"), ..fits },
            Arrival { referrer: Some("https://one.example.evil.example/"), ..fits },
            Arrival { referrer: Some("http://one.example/"), ..fits },
            Arrival { takes: &[], ..fits },
        ] {
            assert_eq!(handover.check(elsewhere, UnixMillis(1)), Err(NoHandover::Elsewhere));
        }
    }

    #[test]
    fn a_url_begins_with_its_origin() {
        assert_eq!(origin_of("https://a.example:8443/x?y#z"), "https://a.example:8443");
        assert_eq!(host_of("https://a.example:8443/x?y#z"), "a.example:8443");
        assert_eq!([origin_of(""), host_of("a.example"), host_of("https://")], ["", "a.example", ""]);
    }
}
