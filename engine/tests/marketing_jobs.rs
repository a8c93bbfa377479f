//! The marketing jobs of `examples/marketing-jobs`, each with its golden story: what somebody does, and who is in the segment and
//! sees the offer at which instant.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use selvedge_engine::config::{Config, Files, read_files_and_warn};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SegmentId, SourceId};
use selvedge_engine::offer::experiment::Posteriors;
use selvedge_engine::offer::{Content, Person, Request, decide};
use selvedge_engine::profile::{Logged, ProfileState};
use selvedge_engine::segment::{Cause, Given, Members, RequestFacts, Threshold, request_context, visit};
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    segment: SegmentId,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Step {
    Does {
        send: Does,
    },
    Then {
        at: Instant,
        #[serde(rename = "in")]
        inside: bool,
        #[serde(default)]
        shows: Option<String>,
        #[serde(default)]
        why: String,
    },
}

#[derive(Deserialize)]
struct Does {
    at: Instant,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(flatten)]
    body: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Instant(String);

impl Instant {
    fn read(&self) -> UnixMillis {
        UnixMillis::parse(&self.0).unwrap()
    }
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/marketing-jobs"))
}

fn files(folder: &Path) -> BTreeMap<String, Value> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let read = |path: PathBuf| (name(&path), serde_json::from_slice(&fs::read(&path).unwrap()).unwrap());
    entries.filter(|path| path.is_file()).map(read).collect()
}

/// The config; of one job alone, or whole.
fn config(job: Option<&str>) -> Config {
    let mut all: Files = files(&folder().join("config")).into_iter().collect();
    for kind in ["segments", "offers"] {
        let of_kind = files(&folder().join("config").join(kind)).into_iter();
        let wanted = |(name, _): &(String, Value)| job.is_none_or(|job| *name == format!("{job}.json"));
        all.extend(of_kind.filter(wanted).map(|(name, file)| (format!("{kind}/{name}"), file)));
    }
    let (mut document, warnings) =
        read_files_and_warn(&all, UnixMillis(0)).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert!(warnings.is_empty(), "{warnings:?}");
    // What the directory has worked out over the 414 households of examples/complete-journey.
    document.thresholds = vec![Threshold { of: "computed.revenue".into(), top: 0.1, at_least: 5040.65 }];
    Config::new(1, document)
}

/// Somebody, and what they did, newest first.
struct Somebody {
    state: ProfileState,
    log: Vec<Event>,
}

impl Somebody {
    fn does(&mut self, does: Does, config: &Config) {
        let at = does.at.read();
        self.state.pass_time(config, at);
        let event = Event {
            message_id: MessageId(format!("m-{}", self.log.len())),
            kind: does.kind,
            timestamp: at,
            received_at: at,
            source: SourceId::from("pos"),
            body: does.body,
        };
        let proven = Carried { id: Identifier::new("user_id", "u-1").unwrap(), trust: Trust::Verified };
        let consent = Consent { analytics: true, ..Consent::default() };
        let row = Logged::new(event.clone(), vec![proven], consent);
        self.state.apply(&row, config, consent.may_store().unwrap());
        self.state.refresh_segments(config, at, Cause::Event(&event.message_id));
        self.log.insert(0, event);
    }

    /// Whether the person is in the segment now, and what the offer of the same name shows.
    fn looked_at(&mut self, segment: &SegmentId, config: &Config, now: UnixMillis) -> (bool, Option<String>) {
        self.state.pass_time(config, now);
        let mut context = request_context(&RequestFacts::default(), now);
        let began = self.state.exposures.visit().began(now);
        let visit = visit(self.log.iter(), began, self.state.first_seen);
        context.as_object_mut().unwrap().insert("visit".into(), visit);
        let given = Given { context: Some(&context), ..Given::default() };
        let members = Members::of(&self.state, config, now, given);
        let (profile, posteriors) = (ProfileId::from_random([1; 16]), Posteriors::default());
        let placements = ["hero", "cart-strip", "product-aside"].map(|id| id.into()).to_vec();
        let request = Request { placements, now, ..Request::default() };
        let person = Person {
            profile: &profile,
            state: &self.state,
            identifiers: &Vec::new,
            segments: &members,
            rooms: &(),
            posteriors: &posteriors,
            request: &request,
            config,
        };
        let may = Consent { personalisation: true, ..Consent::default() }.may_decide().unwrap();
        let decided = decide(&person, config, &request, may).decided;
        let shown = decided.into_iter().find_map(|one| match one.content {
            Some(Content::Html { html }) => Some(html),
            _ => None,
        });
        (members.has(segment), shown)
    }
}

#[test]
fn each_job_goes_as_its_story_tells() {
    let jobs = files(&folder().join("config/segments"));
    let stories = files(&folder().join("stories"));
    assert_eq!(jobs.len(), 10);
    assert!(jobs.keys().eq(stories.keys()), "each job has a story");
    // All of them can be published together.
    config(None);
    for (name, story) in stories {
        let story: Story = serde_json::from_value(story).unwrap();
        let config = config(Some(story.segment.as_str()));
        let mut person = Somebody { state: ProfileState::empty(), log: Vec::new() };
        for step in story.steps {
            match step {
                Step::Does { send } => person.does(send, &config),
                Step::Then { at, inside, shows, why } => {
                    let (is_in, shown) = person.looked_at(&story.segment, &config, at.read());
                    assert_eq!(is_in, inside, "{name} at {}: {why}", at.0);
                    assert_eq!(
                        shown.is_some(),
                        inside,
                        "{name} at {}: the offer is shown to whoever is in",
                        at.0
                    );
                    assert!(shows.is_none() || shown == shows, "{name} at {}: {shown:?}", at.0);
                }
            }
        }
    }
}
