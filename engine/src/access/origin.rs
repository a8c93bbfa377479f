//! Which requests a session may make. A browser sends its cookie with whatever a page of the same site asks, so a request that
//! changes something must come from the console's own origin.

/// What a request says of where it comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Caller<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The host and port that were asked.
    pub host: &'a str,
    /// The `Origin` header.
    pub origin: Option<&'a str>,
    /// The `Sec-Fetch-Site` header.
    pub site: Option<&'a str>,
    /// It asks for a WebSocket: pages of any origin can read what comes over one.
    pub is_socket: bool,
}

/// Whether its session counts. A browser that says neither of the two for a change is none that the console runs in.
pub fn may_use_session(caller: Caller<'_>) -> bool {
    if matches!(caller.method, "GET" | "HEAD") && !caller.is_socket {
        // Another page can make a browser ask, and can't read the answer: no answer to an admin allows another origin.
        return matches!(caller.site, None | Some("same-origin" | "none"));
    }
    match (caller.origin, caller.site) {
        (Some(origin), _) => is_of(origin, caller.host),
        (None, Some(site)) => site == "same-origin",
        (None, None) => false,
    }
}

fn is_of(origin: &str, host: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, of)| of == host)
}

/// Whether a page may listen to what is told of a source: a page of the host that was asked, or of an origin that the source lists.
/// Browsers always say the origin of who opens a WebSocket.
pub fn may_listen(origin: Option<&str>, host: &str, listed: &[String]) -> bool {
    origin.is_some_and(|origin| is_of(origin, host) || listed.iter().any(|one| one == origin))
}

#[cfg(test)]
mod tests {
    use super::{Caller, may_listen, may_use_session};

    #[test]
    fn only_pages_of_the_source_listen() {
        let listed = ["https://shop.example".to_owned()];
        let may = |origin| may_listen(origin, "edge.example", &listed);
        assert!(may(Some("https://shop.example")) && may(Some("https://edge.example")));
        for origin in ["https://evil.example", "http://shop.example", "https://shop.example:444", "null", ""]
        {
            assert!(!may(Some(origin)), "{origin}");
        }
        assert!(!may(None));
    }

    #[test]
    fn a_web_socket_of_another_origin_is_none_of_the_consoles() {
        let here = Caller { method: "GET", host: "edge.example", is_socket: true, ..Caller::default() };
        assert!(may_use_session(Caller { origin: Some("https://edge.example"), ..here }));
        assert!(!may_use_session(Caller { origin: Some("https://evil.example"), ..here }));
        assert!(!may_use_session(here), "who says nothing is no browser");
    }

    #[test]
    fn only_the_consoles_own_origin_changes_something() {
        let here = Caller { method: "POST", host: "edge.example", ..Caller::default() };
        let from = |origin| may_use_session(Caller { origin: Some(origin), ..here });
        assert!(from("https://edge.example") && from("http://edge.example"));
        let others = [
            "https://shop.example",
            "https://evil.edge.example",
            "https://edge.example:444",
            "null",
            "",
            "edge.example",
        ];
        assert!(others.iter().all(|origin| !from(origin)));
        assert!(!may_use_session(here));
        assert!(may_use_session(Caller { site: Some("same-origin"), ..here }));
        for site in ["same-site", "cross-site", "none"] {
            assert!(!may_use_session(Caller { site: Some(site), ..here }), "{site}");
        }
        let look = Caller { method: "GET", ..here };
        assert!(may_use_session(look) && may_use_session(Caller { site: Some("same-origin"), ..look }));
        assert!(!may_use_session(Caller { site: Some("same-site"), ..look }));
    }
}
