//! GrowthBook's features and experiments as configs of ours, decided as any request is: a feature is a placement, and its rules
//! are offers, the first one with the highest priority. What has no such likeness is left out with the reason, case by case.

use std::collections::BTreeMap;

use selvedge_engine::config::{Config, Files, read_files};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::exposure::{Assigned, Assignment};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SourceId};
use selvedge_engine::offer::experiment::Posteriors;
use selvedge_engine::offer::{Content, Decided, Decisions, Person, Request, decide};
use selvedge_engine::profile::{Logged, ProfileState};
use selvedge_engine::segment::{Given, Members};
use selvedge_engine::time::UnixMillis;
use serde_json::{Map, Value, json};

use super::{cases, map, numbers};

/// Why a case is left out.
const WITHOUT_LIKENESS: [(&str, &str); 16] = [
    ("forcedVariations", "a variant can't be forced on one person by the page"),
    ("url", "nor by the page's address"),
    ("qaMode", "there is no mode in which decisions are off"),
    ("enabled", "likewise"),
    ("force", "a variant can't be forced on everybody who is in: that is an offer"),
    ("active", "what does not run is not published"),
    ("parentConditions", "an offer does not depend on another one: both name the same segment"),
    ("savedGroups", "lists are segments and audiences, and named as such"),
    ("filters", "there is one namespace for each experiment, and no second seed"),
    ("range", "an offer for everybody has no place on the line"),
    ("ranges with gaps", "parts follow each other: weights and coverage"),
    ("one variant", "refused when it is published"),
    ("weights and variants differ", "likewise"),
    ("hashVersion", "there are two versions; another one is refused"),
    ("meta", "whoever is held out gets the next offer: there is no variant that lets pass"),
    ("goes on", "whoever is not in an experiment sees the offer's own content, not the next offer"),
];

/// The name of what a case has and our model has not.
type Left = &'static str;

/// What was given before in GrowthBook: under which attribute, and which experiment's variant.
type Docs<'a> = &'a [Value];

struct Site {
    files: Files,
    /// Offers so far: each has a lower priority than those before.
    offers: usize,
}

impl Site {
    fn new(default: Option<&Value>) -> Self {
        let mut placement = json!({ "id": "feature", "name": "Feature" });
        if let Some(default) = default {
            placement["default"] = content(default);
        }
        let files = Files::from([
            (
                "sources.json".into(),
                json!({ "sources": [{ "id": "shop", "name": "Shop", "writeKey": "k", "kind": "server", "identity": { "mode": "open" } }] }),
            ),
            ("placements.json".into(), json!({ "placements": [placement] })),
        ]);
        Self { files, offers: 0 }
    }

    fn offer(&mut self, conditions: &[&Value], shows: &Value, variants: Value, experiment: Value) {
        let n = self.offers;
        self.offers += 1;
        let id = format!("o-{n}");
        let mut offer = json!({
            "id": id, "name": id, "placement": "feature", "priority": -i64::try_from(n).unwrap(), "content": content(shows),
        });
        if variants.as_array().is_some_and(|variants| !variants.is_empty()) {
            offer["variants"] = variants;
            offer["experiment"] = experiment;
        }
        if !conditions.is_empty() {
            let rule: Vec<Value> =
                conditions.iter().map(|condition| json!({ "traits": condition })).collect();
            let segment = json!({ "id": id, "name": id, "rule": { "all": rule } });
            self.files.insert(format!("segments/{id}.json"), segment);
            offer["audience"] = json!(id);
        }
        self.files.insert(format!("offers/{id}.json"), offer);
    }

    /// The config, as it would be published.
    fn config(&self) -> Config {
        Config::new(
            1,
            read_files(&self.files).unwrap_or_else(|errors| panic!("{errors:?}: {:?}", self.files)),
        )
    }
}

fn content(value: &Value) -> Value {
    json!({ "type": "json", "json": value })
}

/// A rule as offers. `next` tells that another rule comes after it, `name` is the feature's.
fn rule(
    site: &mut Site,
    rule: &Map<String, Value>,
    context: &Map<String, Value>,
    (name, default, next): (&str, &Value, bool),
) -> Result<(), Left> {
    for field in ["parentConditions", "filters", "range"] {
        if rule.contains_key(field) {
            return Err(field);
        }
    }
    if rule.get("hashVersion").is_some_and(|version| version != 1 && version != 2) {
        return Err("hashVersion");
    }
    let conditions: Vec<&Value> = rule.get("condition").into_iter().collect();
    let variants = rule.get("variations").or(rule.get("contextualVariations")).and_then(Value::as_array);
    let Some(variants) = variants else {
        let Some(shows) = rule.get("force") else { return Ok(()) };
        let Some(coverage) = rule.get("coverage") else {
            site.offer(&conditions, shows, json!([]), Value::Null);
            return Ok(());
        };
        // So many of all see it: an experiment of which one variant has all the weight.
        let key = rule.get("seed").and_then(Value::as_str).unwrap_or(name);
        let variants =
            json!([{ "id": "in", "weight": 1, "content": content(shows) }, { "id": "never", "weight": 0 }]);
        site.offer(&conditions, default, variants, experiment(rule, key, Some(coverage), false));
        return if next { Err("goes on") } else { Ok(()) };
    };
    if rule.contains_key("force") {
        return Err("force");
    }
    if variants.len() < 2 {
        return Err("one variant");
    }
    let passes = |meta: &Value| {
        meta.as_array().is_some_and(|all| all.iter().any(|one| one.get("passthrough").is_some()))
    };
    if rule.get("meta").is_some_and(passes) {
        return Err("meta");
    }
    let key = rule.get("key").and_then(Value::as_str).unwrap_or(name);
    let offers =
        |site: &mut Site, conditions: &[&Value], weights: Option<Vec<f64>>, coverage: Option<&Value>| {
            if weights.as_ref().is_some_and(|weights| weights.len() != variants.len()) {
                return Err("weights and variants differ");
            }
            let one = |(n, shows): (usize, &Value)| {
                let id = rule
                    .get("meta")
                    .and_then(|meta| meta[n]["key"].as_str())
                    .map_or(n.to_string(), str::to_owned);
                let mut variant = json!({ "id": id, "content": content(shows) });
                if let Some(weights) = &weights {
                    variant["weight"] = json!(weights[n]);
                }
                variant
            };
            let variants = variants.iter().enumerate().map(one).collect();
            // Experiments of the same seed put everybody in the same place; each has a name of its own.
            let sticky = rule.get("disableStickyBucketing") != Some(&json!(true));
            let mut experiment = experiment(rule, key, coverage, sticky);
            if site.offers > 0 {
                experiment["key"] = json!(format!("{}-{}", experiment["key"].as_str().unwrap(), site.offers));
            }
            site.offer(conditions, default, variants, experiment);
            Ok(())
        };
    let weights = rule.get("weights").filter(|weights| weights.is_array()).map(numbers);
    let (weights, coverage) = match rule.get("ranges").filter(|ranges| ranges.is_array()) {
        Some(ranges) => (Some(in_a_row(ranges)?), None),
        None => (weights, rule.get("coverage")),
    };
    let bandit = rule.get("contextualBanditRef").and_then(Value::as_str);
    let leaves =
        bandit.and_then(|bandit| context.get("contextualBandits")?.get(bandit)?.get("contexts")?.as_array());
    // What has weights of its own for some people is an offer for each of these, before the one for all others.
    for leaf in leaves.into_iter().flatten() {
        let mut conditions = conditions.clone();
        conditions.extend(leaf.get("condition"));
        offers(site, &conditions, leaf.get("weights").map(numbers), coverage)?;
    }
    offers(site, &conditions, weights, coverage)?;
    if next && !takes_all(rule, context.get("attributes")) { Err("goes on") } else { Ok(()) }
}

/// Whether everybody who may be in the experiment is in it, so that nobody goes on to the next rule.
fn takes_all(rule: &Map<String, Value>, attributes: Option<&Value>) -> bool {
    let by = ["hashAttribute", "fallbackAttribute"].map(|field| rule.get(field).and_then(Value::as_str));
    let by = [by[0].unwrap_or("id"), by[1].unwrap_or_default()];
    let has_one = by.iter().any(|by| attributes.is_some_and(|all| all.get(*by).is_some()));
    let all = |coverage: &Value| coverage.as_f64() == Some(1.0);
    has_one && rule.get("coverage").is_none_or(all) && !rule.contains_key("namespace")
}

/// Parts without gaps, from 0 to 1, as weights.
fn in_a_row(ranges: &Value) -> Result<Vec<f64>, Left> {
    let ranges: Vec<(f64, f64)> = serde_json::from_value(ranges.clone()).unwrap();
    let begins = [0.0].into_iter().chain(ranges.iter().map(|(_, to)| *to));
    let follow = ranges.iter().zip(begins).all(|((from, _), end)| from.to_bits() == end.to_bits());
    let whole = ranges.last().is_some_and(|(_, to)| to.to_bits() == 1.0f64.to_bits());
    if follow && whole {
        Ok(ranges.iter().map(|(from, to)| to - from).collect())
    } else {
        Err("ranges with gaps")
    }
}

fn experiment(rule: &Map<String, Value>, key: &str, coverage: Option<&Value>, sticky: bool) -> Value {
    let mut ours = json!({
        "key": key,
        "seed": rule.get("seed").and_then(Value::as_str).filter(|seed| !seed.is_empty()).unwrap_or(key),
        "hashVersion": rule.get("hashVersion").and_then(Value::as_u64).unwrap_or(1),
        "hashAttribute": rule.get("hashAttribute").and_then(Value::as_str).unwrap_or("id"),
        "sticky": sticky,
    });
    if let Some(coverage) = coverage {
        ours["coverage"] = coverage.clone();
    }
    for field in ["fallbackAttribute", "bucketVersion", "minBucketVersion"] {
        if let Some(value) = rule.get(field) {
            ours[field] = value.clone();
        }
    }
    if let Some(namespace) = rule.get("namespace") {
        ours["namespace"] = json!({ "id": namespace[0], "from": namespace[1], "to": namespace[2] });
    }
    ours
}

/// Somebody with these traits, who was given this before.
fn person(attributes: &Value, before: &[Assignment], config: &Config) -> ProfileState {
    let proven = Carried { id: Identifier::new("user_id", "u-1").unwrap(), trust: Trust::Verified };
    let consent = Consent { analytics: true, ..Consent::default() };
    let source = SourceId::from("shop");
    let event = Event {
        message_id: MessageId::from("traits"),
        kind: Kind::Identify,
        timestamp: UnixMillis(0),
        received_at: UnixMillis(0),
        source: source.clone(),
        body: map(&json!({ "traits": attributes })),
    };
    let given = before.iter().map(|one| one.logged(std::slice::from_ref(&proven), &source, consent, 1));
    let mut state = ProfileState::empty();
    for row in [Logged::new(event, vec![proven.clone()], consent)].into_iter().chain(given) {
        state.apply(&row, config, consent.may_store().unwrap());
    }
    state
}

fn decided(site: &Site, attributes: &Value, before: &[Assignment], placement: &str) -> Decisions {
    let config = site.config();
    let state = person(attributes, before, &config);
    let request = Request { placements: vec![placement.into()], now: UnixMillis(9), ..Request::default() };
    let (profile, posteriors) = (ProfileId::from_random([1; 16]), Posteriors::default());
    let person = Person {
        profile: &profile,
        state: &state,
        identifiers: &Vec::new,
        segments: &Members::of(&state, &config, request.now, Given::default()),
        rooms: &(),
        posteriors: &posteriors,
        request: &request,
        config: &config,
    };
    let may = Consent { personalisation: true, ..Consent::default() }.may_decide().unwrap();
    decide(&person, &config, &request, may)
}

fn shown(decided: &Decided) -> Value {
    match &decided.content {
        Some(Content::Json { json }) => json.clone(),
        _ => Value::Null,
    }
}

/// What no rule has: what the page itself asks for.
fn of_context(context: &Map<String, Value>) -> Result<(), Left> {
    let fields = ["url", "forcedVariations", "qaMode", "enabled", "savedGroups"];
    fields.into_iter().find(|field| context.contains_key(*field)).map_or(Ok(()), Err)
}

/// A feature as a placement.
fn feature(context: &Map<String, Value>, name: &str) -> Result<(Site, &'static str), Left> {
    of_context(context)?;
    let Some(feature) = context.get("features").and_then(|features| features.get(name)) else {
        return Ok((Site::new(None), "unknown"));
    };
    let default = feature.get("defaultValue").unwrap_or(&Value::Null);
    let mut site = Site::new(Some(default));
    let rules = feature.get("rules").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (n, one) in rules.iter().enumerate() {
        rule(&mut site, &map(one), context, (name, default, n + 1 < rules.len()))?;
    }
    Ok((site, "feature"))
}

/// Cases that have no likeness, by reason.
#[derive(Default)]
struct LeftOut(BTreeMap<Left, Vec<String>>);

impl LeftOut {
    fn note(&mut self, reason: Left, case: &str) {
        assert!(
            WITHOUT_LIKENESS.iter().any(|(name, _)| *name == reason),
            "{reason} of {case} is not explained"
        );
        self.0.entry(reason).or_default().push(case.to_owned());
    }

    /// So many have one.
    fn check(&self, suite: &str, ran: usize, wanted: usize) {
        println!("{suite}: {ran} cases decided; left out: {:#?}", self.0);
        assert_eq!(ran, wanted, "{:#?}", self.0);
    }
}

fn features(suite: &str, many: usize, wanted: usize) {
    let (mut left, mut ran) = (LeftOut::default(), 0);
    for case in cases(suite, many) {
        let (what, context, name) = (case[0].as_str().unwrap(), map(&case[1]), case[2].as_str().unwrap());
        match feature(&context, name) {
            Err(reason) => left.note(reason, what),
            Ok((site, placement)) => {
                let attributes = context.get("attributes").cloned().unwrap_or_default();
                let decided = decided(&site, &attributes, &[], placement).decided.remove(0);
                assert_eq!(shown(&decided), case[3]["value"], "{what}");
                let in_experiment = case[3]["source"] == "experiment";
                // Who sees a part of a rollout is in an experiment here, and there by force.
                assert!(
                    decided.variant.is_some() == in_experiment || case[3]["source"] == "force",
                    "{what}: {decided:?}"
                );
                ran += 1;
            }
        }
    }
    left.check(suite, ran, wanted);
}

#[test]
fn features_come_out_as_growthbooks() {
    features("feature", 61, 35);
}

#[test]
fn weights_by_audience_come_out_as_growthbooks() {
    features("contextualBandit", 35, 29);
}

#[test]
fn runs_end_as_growthbooks() {
    let (mut left, mut ran) = (LeftOut::default(), 0);
    for case in cases("run", 88) {
        let (what, context, source) = (case[0].as_str().unwrap(), map(&case[1]), map(&case[2]));
        let mut site = Site::new(None);
        let read = match source.get("active") {
            Some(Value::Bool(false)) => Err("active"),
            _ => of_context(&context)
                .and_then(|()| rule(&mut site, &source, &context, ("", &Value::Null, false))),
        };
        if let Err(reason) = read {
            left.note(reason, what);
            continue;
        }
        let attributes = context.get("attributes").cloned().unwrap_or_default();
        let decided = decided(&site, &attributes, &[], "feature").decided.remove(0);
        assert_eq!(json!(decided.variant.is_some()), case[4], "{what}: {decided:?}");
        if decided.variant.is_some() {
            assert_eq!(shown(&decided), case[3], "{what}");
        }
        ran += 1;
    }
    left.check("run", ran, 68);
}

/// What GrowthBook keeps of somebody, as words in the log. Where it keeps something of the person and of the device, the person's
/// counts there; here the earlier word does, and the person's is taken for that.
fn words(docs: Docs<'_>, attributes: &Value, by: &[&str]) -> Vec<Assignment> {
    let mut words = Vec::new();
    for (n, attribute) in by.iter().enumerate() {
        let theirs = |doc: &&Value| {
            doc["attributeName"] == *attribute && attributes.get(*attribute) == Some(&doc["attributeValue"])
        };
        let kept = docs.iter().filter(theirs).flat_map(|doc| map(&doc["assignments"]));
        words.extend(kept.map(|(key, variant)| Assignment {
            // Of version 0 it is the key.
            experiment: key.strip_suffix("__0").unwrap_or(&key).into(),
            assigned: Assigned {
                at: UnixMillis(i64::try_from(n).unwrap()),
                decision: format!("{attribute}-{key}").as_str().into(),
                variant: variant.as_str().unwrap().into(),
                propensity: 1.0,
                audience: String::new(),
            },
        }));
    }
    words
}

#[test]
fn what_was_given_sticks_as_in_growthbook() {
    for case in cases("stickyBucket", 13) {
        let (what, context, name) = (case[0].as_str().unwrap(), map(&case[1]), case[3].as_str().unwrap());
        let attributes = &case[1]["attributes"];
        let source = &case[1]["features"][name]["rules"][0];
        let (site, placement) = feature(&context, name).unwrap();
        let by = ["hashAttribute", "fallbackAttribute"].map(|field| source[field].as_str().unwrap_or("id"));
        let before = words(case[2].as_array().unwrap(), attributes, &by);
        let Decisions { mut decided, assignments } = decided(&site, attributes, &before, placement);
        let (one, wanted) = (decided.remove(0), &case[4]);
        let out = wanted.is_null();
        let value = if out { &case[1]["features"][name]["defaultValue"] } else { &wanted["value"] };
        assert_eq!(shown(&one), *value, "{what}");
        assert_eq!(one.variant.as_ref().map(|id| id.as_str()), wanted["key"].as_str(), "{what}");
        // What is new is written down, once, as GrowthBook does it.
        let stuck = wanted["stickyBucketUsed"] == true;
        let sticks = source["disableStickyBucketing"] != true;
        assert_eq!(assignments.is_empty(), stuck || !sticks || out, "{what}: {assignments:?}");
        for Assignment { experiment, assigned } in assignments {
            let doc = format!(
                "{}||{}",
                wanted["hashAttribute"].as_str().unwrap(),
                wanted["hashValue"].as_str().unwrap()
            );
            let id = experiment.as_str();
            let id = if id.contains("__") { id.to_owned() } else { format!("{id}__0") };
            assert_eq!(case[5][doc]["assignments"][id], json!(assigned.variant), "{what}");
        }
    }
}
