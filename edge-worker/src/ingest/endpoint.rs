//! The paths that the clients of Segment, RudderStack and Customer.io know.

use selvedge_engine::event::Kind;

/// What a path takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint<'p> {
    /// Many events in an envelope.
    Batch,
    /// One event. The path names its type, for bodies that leave it out.
    Single(Option<Kind>),
    /// One event in the query of an image.
    Pixel(Kind),
    /// No events, only what is to be decided.
    Decide,
    /// What a client measures about itself.
    Metrics,
    /// What analytics.js, also Customer.io's, and Segment's mobile clients ask for before they start, by the write key.
    Settings(&'p str),
    /// What RudderStack's clients ask for before they start.
    SourceConfig,
}

impl<'p> Endpoint<'p> {
    /// The endpoint at this path.
    pub(crate) fn of(path: &'p str) -> Option<Self> {
        match path {
            "/beacon/v1/batch" => return Some(Self::Batch),
            "/rsaMetrics" => return Some(Self::Metrics),
            "/sourceConfig" | "/sourceConfig/" => return Some(Self::SourceConfig),
            _ => {}
        }
        // Segment's pixels, and RudderStack's.
        if let Some(name) = path.strip_prefix("/v1/pixel/").or_else(|| path.strip_prefix("/pixel/v1/")) {
            return Kind::parse(name).map(Self::Pixel);
        }
        let name = path.strip_prefix("/v1/")?;
        if let Some(key) = name.strip_prefix("projects/") {
            return key.strip_suffix("/settings").map(Self::Settings);
        }
        match name {
            // The one-letter paths are those of analytics.js.
            "batch" | "b" | "import" => Some(Self::Batch),
            "decide" => Some(Self::Decide),
            "t" => Some(Self::Single(Some(Kind::Track))),
            "p" => Some(Self::Single(Some(Kind::Page))),
            "i" => Some(Self::Single(Some(Kind::Identify))),
            "g" => Some(Self::Single(Some(Kind::Group))),
            "a" => Some(Self::Single(Some(Kind::Alias))),
            "s" => Some(Self::Single(Some(Kind::Screen))),
            "m" => Some(Self::Metrics),
            // RudderStack's. Nobody vouches for the two names in it, so it is refused as an event, with the reason.
            "merge" => Some(Self::Single(None)),
            name => Kind::parse(name).map(|kind| Self::Single(Some(kind))),
        }
    }

    /// The method that it is asked with.
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::Batch | Self::Single(_) | Self::Decide | Self::Metrics => "POST",
            Self::Pixel(_) | Self::Settings(_) | Self::SourceConfig => "GET",
        }
    }

    /// The type of its events, if the path names one.
    pub(super) fn kind(self) -> Option<Kind> {
        match self {
            Self::Single(kind) => kind,
            Self::Pixel(kind) => Some(kind),
            Self::Batch | Self::Decide | Self::Metrics | Self::Settings(_) | Self::SourceConfig => None,
        }
    }
}
