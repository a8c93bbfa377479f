//! The request and the visit, as `context` conditions see them. Read when a decision is made, and never folded.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::calendar::rule_of;
use crate::bot::is_bots;
use crate::event::Event;
use crate::time::UnixMillis;

/// What a request says about who sends it.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestFacts<'a> {
    /// `User-Agent`, if that can be known.
    pub user_agent: Option<&'a str>,
    /// The country, as two letters.
    pub country: Option<&'a str>,
    /// The region's name.
    pub region: Option<&'a str>,
    /// The city.
    pub city: Option<&'a str>,
    /// The time zone's name.
    pub zone: Option<&'a str>,
    /// The `context` of the newest event.
    pub page: Option<&'a Map<String, Value>>,
}

impl<'a> RequestFacts<'a> {
    /// What a server says of the visitor for whom it asks: Segment's `context`.
    pub fn said(context: &'a Map<String, Value>) -> Self {
        let text = |name: &str| context.get(name).and_then(Value::as_str);
        let place = |name: &str| context.get("location")?.get(name)?.as_str();
        Self {
            user_agent: text("userAgent"),
            country: place("country"),
            region: place("region"),
            city: place("city"),
            zone: text("timezone"),
            page: Some(context),
        }
    }
}

/// Browsers by what their `User-Agent` has; of several, the first: others' names stand in many.
const BROWSERS: [(&str, &str); 9] = [
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("samsungbrowser", "Samsung Internet"),
    ("firefox/", "Firefox"),
    ("fxios/", "Firefox"),
    ("crios/", "Chrome"),
    ("chrome/", "Chrome"),
    ("safari/", "Safari"),
    ("trident/", "Internet Explorer"),
];

/// The same of systems.
const SYSTEMS: [(&str, &str); 7] = [
    ("windows", "Windows"),
    ("iphone", "iOS"),
    ("ipad", "iOS"),
    ("android", "Android"),
    ("cros", "ChromeOS"),
    ("mac os", "macOS"),
    ("linux", "Linux"),
];

fn named(agent: &str, names: &[(&str, &'static str)]) -> Option<&'static str> {
    names.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name)
}

/// The object that `context` conditions are held against, but for the visit.
pub fn request_context(facts: &RequestFacts<'_>, now: UnixMillis) -> Value {
    let known = facts.user_agent.is_some();
    let agent = facts.user_agent.unwrap_or_default().to_ascii_lowercase();
    let is_bot = facts.user_agent.is_some_and(is_bots);
    let tablet = agent.contains("ipad")
        || agent.contains("tablet")
        || (agent.contains("android") && !agent.contains("mobile"));
    let device = match (is_bot, tablet, agent.contains("mobi")) {
        (true, ..) => "bot",
        (_, true, _) => "tablet",
        (.., true) => "mobile",
        _ => "desktop",
    };
    let mut context = page(facts.page);
    let about = [
        ("device", known.then_some(device).into()),
        ("bot", known.then_some(is_bot).into()),
        ("browser", named(&agent, &BROWSERS).into()),
        ("os", named(&agent, &SYSTEMS).into()),
        ("country", facts.country.into()),
        ("region", facts.region.into()),
        ("city", facts.city.into()),
        ("zone", facts.zone.into()),
        ("local", local(facts.zone, now)),
    ];
    context.extend(about.into_iter().map(|(name, value)| (name.to_owned(), value)));
    Value::Object(context)
}

/// Hour and weekday where the visitor is; without a zone that has a rule, in UTC.
fn local(zone: Option<&str>, now: UnixMillis) -> Value {
    let zone = zone.and_then(rule_of).and_then(|rule| TimeZone::posix(rule).ok()).unwrap_or(TimeZone::UTC);
    let at = zone.to_datetime(Timestamp::from_millisecond(now.0).unwrap_or_default());
    let weekday = match at.weekday() {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    };
    json!({ "hour": at.hour(), "minute": at.minute(), "weekday": weekday, "date": at.date().to_string() })
}

/// What an event's `context` says of the page and of how the visitor came.
fn page(context: Option<&Map<String, Value>>) -> Map<String, Value> {
    let of = |part: &str| context.and_then(|context| context.get(part)).cloned().unwrap_or_default();
    let page = of("page");
    let mut said = Map::new();
    said.insert("referrer".into(), page.get("referrer").cloned().unwrap_or_default());
    said.insert("page".into(), page);
    said.insert("utm".into(), utm(of("campaign")));
    said
}

/// Segment says `name` for `utm_campaign`.
fn utm(campaign: Value) -> Value {
    let Value::Object(mut campaign) = campaign else { return Value::Null };
    if let Some(name) = campaign.get("name").cloned() {
        campaign.entry("campaign").or_insert(name);
    }
    Value::Object(campaign)
}

/// The visit that goes on: with which page it began, and how many there were. Of these events, newest first; when it began is
/// told by [`Visit::began`](crate::exposure::Visit::began), as for caps.
/// It is somebody's first if they were never seen before it.
pub fn visit<'a>(
    events: impl Iterator<Item = &'a Event>,
    began: UnixMillis,
    first_seen: Option<UnixMillis>,
) -> Value {
    let (mut entry, mut pages) = (None, 0u32);
    for event in events.take_while(|event| event.timestamp >= began) {
        if event.name() == "Page" {
            entry = Some(event);
            pages += 1;
        }
    }
    let first = first_seen.is_none_or(|first| first >= began);
    let began = entry.map(|event| event.timestamp.to_iso());
    json!({ "entry": page(entry.and_then(Event::context)), "pages": pages, "began": began, "first": first })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{RequestFacts, request_context, visit};
    use crate::event::{Event, Kind};
    use crate::exposure::Visit;
    use crate::ids::{MessageId, SourceId};
    use crate::time::UnixMillis;

    const MINUTE: i64 = 60_000;

    #[test]
    fn a_request_says_what_it_comes_from() {
        for (user_agent, device, browser, os) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "mobile",
                "Safari",
                "iOS",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
                "desktop",
                "Edge",
                "Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "tablet",
                "Chrome",
                "Android",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
                "desktop",
                "Firefox",
                "Linux",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 12_5_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1",
                "tablet",
                "Safari",
                "iOS",
            ),
            // An iPad since iPadOS 13 says that it is a Mac.
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "desktop",
                "Safari",
                "macOS",
            ),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot", "", ""),
        ] {
            let context = request_context(
                &RequestFacts { user_agent: Some(user_agent), ..RequestFacts::default() },
                UnixMillis(0),
            );
            assert_eq!(context["device"], device);
            assert_eq!(context["bot"], device == "bot");
            assert_eq!(
                [context["browser"].as_str().unwrap_or_default(), context["os"].as_str().unwrap_or_default()],
                [browser, os]
            );
        }
    }

    #[test]
    fn time_is_the_visitors_and_campaigns_are_utm() {
        let page = json!({ "page": { "referrer": "https://a.example/", "path": "/x" }, "campaign": { "source": "mail", "name": "may" } });
        let facts = RequestFacts {
            zone: Some("Asia/Kolkata"),
            country: Some("IN"),
            page: page.as_object(),
            ..RequestFacts::default()
        };
        let context = request_context(&facts, UnixMillis::parse("2026-05-03T20:00:00Z").unwrap());
        assert_eq!(
            context["local"],
            json!({ "hour": 1, "minute": 30, "weekday": "monday", "date": "2026-05-04" })
        );
        assert_eq!(context["utm"]["campaign"], "may");
        assert_eq!(
            [&context["referrer"], &context["page"]["path"], &context["country"]],
            ["https://a.example/", "/x", "IN"]
        );
    }

    #[test]
    fn a_server_says_who_its_visitor_is() {
        let said = json!({
            "userAgent": "Mozilla/5.0 (iPhone) Mobile Safari/604.1", "timezone": "Europe/Berlin", "campaign": { "source": "mail" },
            "location": { "country": "DE", "city": "Ulm" }, "page": { "path": "/x" },
        });
        let at = UnixMillis::parse("2026-05-03T20:00:00Z").unwrap();
        let context = request_context(&RequestFacts::said(said.as_object().unwrap()), at);
        let found = [&context["device"], &context["country"], &context["city"], &context["utm"]["source"]];
        assert_eq!(found, ["mobile", "DE", "Ulm", "mail"]);
        assert_eq!(context["local"]["hour"], 22);
        let context = request_context(&RequestFacts::said(&serde_json::Map::new()), at);
        assert_eq!(
            [&context["device"], &context["bot"]],
            [&Value::Null, &Value::Null],
            "what is not said is not known"
        );
    }

    #[test]
    fn a_visit_began_where_the_last_pause_ended() {
        let page = |minute: i64, path: &str| Event {
            message_id: MessageId(format!("m-{minute}")),
            kind: Kind::Page,
            timestamp: UnixMillis(minute * MINUTE),
            received_at: UnixMillis(0),
            source: SourceId::from("s"),
            body: json!({ "context": { "page": { "path": path } } }).as_object().cloned().unwrap_or_default(),
        };
        let events = [page(200, "/c"), page(180, "/b"), page(155, "/a"), page(100, "/before")];
        let mut here = Visit::default();
        events.iter().for_each(|event| here.be_here(event.timestamp));
        let seen = Some(UnixMillis(100 * MINUTE));
        let now = |minute: i64| visit(events.iter(), here.began(UnixMillis(minute * MINUTE)), seen);
        assert_eq!(now(210)["entry"]["page"]["path"], "/a");
        assert_eq!((&now(210)["pages"], &now(210)["first"]), (&json!(3), &json!(false)));
        let began = here.began(UnixMillis(210 * MINUTE));
        assert_eq!(visit(events.iter(), began, Some(UnixMillis(155 * MINUTE)))["first"], true);
        assert_eq!(now(239)["pages"], 3, "still going on");
        assert_eq!(
            now(240)["entry"]["page"],
            Value::Null,
            "it has ended: two whole quarters of an hour without an event"
        );
    }
}
