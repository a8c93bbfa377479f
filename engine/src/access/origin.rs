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
}

/// Whether its session counts. A browser that says neither of the two for a change is none that the console runs in.
pub fn may_use_session(caller: Caller<'_>) -> bool {
    if matches!(caller.method, "GET" | "HEAD") {
        // Another page can make a browser ask, and can't read the answer: no answer to an admin allows another origin.
        return matches!(caller.site, None | Some("same-origin" | "none"));
    }
    match (caller.origin, caller.site) {
        (Some(origin), _) => origin.split_once("://").is_some_and(|(_, host)| host == caller.host),
        (None, Some(site)) => site == "same-origin",
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Caller, may_use_session};

    #[test]
    fn only_the_consoles_own_origin_changes_something() {
        let here = Caller { method: "POST", host: "edge.example", origin: None, site: None };
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
