//! Taking events in over HTTP: decode → authorise → load → hand to the profiles → encode.

mod bots;
mod context;
mod crossing;
mod decide;
mod device;
mod encode;
mod endpoint;
mod gate;
mod key;
mod listen;
mod owner;
mod pixel;
mod preview;
mod proof;
mod received;
pub(crate) mod replay;
mod room;
mod settings;

use std::rc::Rc;

use selvedge_engine::config::{Config, Source, SourceKind};
use selvedge_engine::consent::{Consent, Place, Signals, speaks};
use selvedge_engine::event::{Batch, Event, decode_batch, decode_single};
use selvedge_engine::ids::DraftId;
use selvedge_engine::limits;
use selvedge_engine::outcome::Outcome;
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};
use worker::{Env, Response};

use self::bots::Judged;
use self::crossing::Crossing;
use self::device::Visitor;
use self::encode::Answer;
pub(crate) use self::endpoint::Endpoint;
pub(crate) use self::listen::listen;
use self::owner::Errand;
pub(crate) use self::preview::preview_as;
use self::received::{Defaults, Received};
use self::room::Room;
use crate::api_error::ApiError;
use crate::incoming::Incoming;
use crate::objects::profile::message::{Decide, Preview};
use crate::platform::Secrets;
use crate::{body, config_cache, cors, drafts, intake, platform, pulse, usage};

/// Answers what a client asks at one of its paths.
pub(crate) async fn respond(
    request: &Incoming,
    env: &Env,
    endpoint: Endpoint<'_>,
) -> Result<Response, ApiError> {
    match request.raw().method() {
        method if method == "OPTIONS" => return cors::preflight(request, env).await,
        method if method != endpoint.method() => {
            return Err(ApiError::method_not_allowed(endpoint.method()));
        }
        _ => {}
    }
    let origin = request.header("origin")?;
    // Also an error must be readable by the page that made it.
    let mut response = match answer(request, env, endpoint, origin.as_deref()).await {
        Ok(response) => response,
        Err(error) => {
            intake::count(|intake| intake.request(error.code, platform::now()));
            match error.code {
                // Whoever may not send may not read why either.
                "origin_not_listed" => error.response()?,
                _ => readable(error.response()?, env, origin.as_deref()).await?,
            }
        }
    };
    if response.status_code() == 429 {
        usage::count(|usage| usage.refused += 1);
    }
    if !response.headers().has("cache-control")? {
        response.headers_mut().set("cache-control", "no-store")?;
    }
    Ok(response)
}

async fn answer(
    request: &Incoming,
    env: &Env,
    endpoint: Endpoint<'_>,
    origin: Option<&str>,
) -> Result<Response, ApiError> {
    match endpoint {
        Endpoint::Decide if decide::is_preview(request)? => decide::preview(request, env).await,
        Endpoint::Batch | Endpoint::Single(_) | Endpoint::Decide => {
            take(request, env, endpoint, origin).await
        }
        Endpoint::Pixel(_) if asked_for_results(request)? => take(request, env, endpoint, origin).await,
        Endpoint::Pixel(_) => pixel::image(take(request, env, endpoint, origin).await),
        Endpoint::Metrics => {
            usage::count(|usage| usage.client_metrics += 1);
            readable(Response::from_json(&json!({ "success": true }))?, env, origin).await
        }
        Endpoint::Settings(key) => settings::of_segment(request, env, key).await,
        Endpoint::SourceConfig => settings::of_rudderstack(request, env).await,
    }
}

/// Lets the page that asked read an answer that has no source.
async fn readable(mut response: Response, env: &Env, origin: Option<&str>) -> Result<Response, ApiError> {
    let trusted = cors::is_listed(env, origin).await;
    for (name, value) in cors::headers(origin, trusted) {
        response.headers_mut().set(name, &value)?;
    }
    Ok(response)
}

async fn take(
    request: &Incoming,
    env: &Env,
    endpoint: Endpoint<'_>,
    origin: Option<&str>,
) -> Result<Response, ApiError> {
    let text = match endpoint {
        Endpoint::Pixel(_) => pixel::event(request)?,
        _ => body::read(request.raw(), limits::BATCH_BYTES).await?,
    };
    let _room = Room::take(&text)?;
    let text = if endpoint == Endpoint::Decide { decide::as_batch(&text)? } else { text };
    let mut batch = decode(&text, endpoint)?;
    context::complete(&mut batch, request)?;
    let config = config_cache::current(env, batch.min_config.unwrap_or(0)).await?;
    let key = key::of(request, batch.write_key.as_deref())?;
    let config = key::known_to(env, config, &key).await?;
    let source = config.source_by_key(&key).ok_or_else(ApiError::invalid_write_key)?;
    cors::check(source, request, origin)?;
    let secrets = Secrets::of(env)?;
    let now = platform::now();
    let with_results = asked_for_results(request)?;
    if batch.has_too_many_events() {
        return for_page(encode::too_many(&batch)?, source, origin);
    }
    if let Err(error) = gate::pass(request, source, batch.events.len(), now) {
        return for_page(encode::not_now(&error, &batch, with_results)?, source, origin);
    }
    if endpoint == Endpoint::Decide && source.kind == SourceKind::Server {
        let placements = batch.wanted.map(|wanted| wanted.placements).unwrap_or_default();
        return decide::for_server(&text, placements, env, &config, source, &secrets).await;
    }
    let gpc = is_signalled(request, "sec-gpc")?;
    // Asked of the platform only where something goes by it.
    let goes_by_place = config.document().consent.is_some();
    let [country, region] =
        ["country", "regionCode"].map(|name| goes_by_place.then(|| request.place(name)).flatten());
    let place = Place { country: country.as_deref(), region: region.as_deref() };
    let unless_said = config.unless_said(source, place, gpc, is_signalled(request, "dnt")?);

    let defaults = Defaults { source, consent: unless_said, gpc, retention: config.retention() };
    let mut received = received::decode(&batch, &defaults, endpoint.kind(), now)?;
    let judged = Judged::of(request, source, &batch, &received, now)?;
    judged.set_aside(&mut received, &config, env).await;
    let is_bot = judged.is_bot();
    if !is_bot {
        catalogue(&batch, &received, now);
    }
    // What the last event says is the newest word of this person.
    let said = received.iter().rev().find(|one| one.spoke).map(|one| one.consent);
    let consent =
        said.unwrap_or_else(|| Consent::in_force(unless_said, Signals { gpc, said: said_by(&batch) }));
    let may_know = consent.may_store().is_some() || consent.may_decide().is_some();
    // Only a page of the edge's own, or that the source lists, may speak for a device.
    let token = batch.device_token.as_deref().filter(|_| cors::may_carry_device(source, request, origin));
    let mut visitor = match is_bot {
        true => Visitor::nobody(),
        false => Visitor::greet(request, &secrets, &batch, &received, token)?,
    };
    let has_cookies = source.kind == SourceKind::Browser && !source.is_open();
    if may_know && (has_cookies || batch.wanted.is_some()) {
        match visitor.make_contact(env, &secrets, config.identity(), &received).await {
            Err(error) if error.is_for_later() => {
                return for_page(encode::not_now(&error, &batch, with_results)?, source, origin);
            }
            contact => contact?,
        }
    }
    received::only_own_withdrawals(&mut received, source, &visitor);
    visitor.prove(env, source, &mut received, now).await;
    let crossing = Crossing { source, key: &secrets.handover, origin, now };
    received::identify(&mut received, &config, source, &mut visitor, &secrets.decision, &crossing);

    let draft = previewed(env, batch.preview.as_deref(), config.version(), &secrets).await;
    let (draft, deciding) = draft.unzip();
    let deciding = deciding.as_ref().unwrap_or(&config);
    let wanted = batch.wanted.as_ref().filter(|_| !is_bot).map(|wanted| Decide {
        placements: wanted.placements.clone(),
        consent,
        spoken_by: visitor.bound_id().filter(|_| said_by(&batch).is_some_and(speaks)).map(str::to_owned),
        asked_by: vec![],
        context: deciding.program().reads_context().then(|| context::of(request, &batch, &received, now)),
        source: source.id.clone(),
        for_templates: batch.context.clone().map_or(Value::Null, Value::Object),
        preview: draft.clone().map(|draft| Preview { at: None, draft: Some(draft), on_page: true }),
    });
    let errand =
        Errand { env, secrets: &secrets, config: &config, deciding, wanted: wanted.as_ref(), with_results };
    let mut decisions = errand.hand_over(&mut received, &mut visitor).await?;
    if let Some(asked) = batch.wanted.as_ref().filter(|_| is_bot) {
        let context = batch.context.clone().map_or(Value::Null, Value::Object);
        decisions = Some(bots::decisions(asked.placements.clone(), deciding, context));
    }
    let counts_nowhere = draft.is_some() || is_bot;
    if !counts_nowhere {
        pulse::decided(decisions.as_deref().unwrap_or_default());
    }
    let accepted = received.iter().filter(|r| r.outcome == Some(Outcome::Accepted)).count();
    usage::count(|usage| usage.events += accepted as u64);
    let outcomes = received.iter().filter_map(|one| one.outcome.as_ref());
    intake::count(|intake| outcomes.for_each(|outcome| intake.event(&source.id, outcome, now)));
    let device = if is_bot { "bot" } else { visitor.bond() };
    let device_token = visitor.token(&secrets);
    // A tag says which version it has the settings of; other clients say nothing.
    let has = batch.settings_of.or(batch.min_config);
    let is_behind = has.is_some_and(|seen| seen < config.version());
    let settings = (is_behind && source.kind == SourceKind::Browser)
        .then(|| source.for_pages(config.unless_said(source, place, false, false)));
    let handover = batch.handover.as_deref().filter(|_| consent.may_store().is_some());
    let handover = handover.and_then(|host| crossing.leaves(host, &visitor));
    let answer = Answer {
        received: &received,
        decisions,
        config: &config,
        now,
        device,
        device_token,
        handover,
        settings,
        with_results,
        counts_nowhere,
    };
    let mut response = for_page(answer.response(&secrets)?, source, origin)?;
    if let Some(cookie) = visitor.cookie(request, &secrets, said.is_some() && !may_know)? {
        response.headers_mut().append("set-cookie", &cookie)?;
    }
    Ok(response)
}

/// The draft that a page is to be decided by. One that has ended, or can't be read, is none: the page is as everybody has it.
async fn previewed(
    env: &Env,
    token: Option<&str>,
    version: u64,
    secrets: &Secrets,
) -> Option<(DraftId, Rc<Config>)> {
    let draft = drafts::named(token?, secrets).ok()?;
    let config = drafts::of(env, &draft, version).await;
    config.inspect_err(|error| worker::console_error!("draft: {error}")).ok().map(|config| (draft, config))
}

/// Lets a page read an answer to what it has sent to this source.
fn for_page(mut response: Response, source: &Source, origin: Option<&str>) -> Result<Response, ApiError> {
    for (name, value) in cors::headers(origin, cors::is_trusted(source, origin)) {
        response.headers_mut().append(name, &value)?;
    }
    Ok(response)
}

/// Whether the browser sends a signal: `1`, also among others.
fn is_signalled(request: &Incoming, name: &str) -> Result<bool, ApiError> {
    Ok(request.header(name)?.is_some_and(|value| value.split(',').any(|v| v.trim() == "1")))
}

fn asked_for_results(request: &Incoming) -> Result<bool, ApiError> {
    let header = request.header("x-selvedge-results")?.is_some_and(|value| value != "0");
    let named = |pair: &str| match pair.split_once('=') {
        Some((name, value)) => name == "results" && value != "0",
        None => pair == "results",
    };
    Ok(header || request.query().split('&').any(named))
}

fn decode<'t>(text: &'t str, endpoint: Endpoint<'_>) -> Result<Batch<'t>, ApiError> {
    let decoded = match endpoint {
        Endpoint::Batch | Endpoint::Decide => decode_batch(text),
        _ => decode_single(text),
    };
    decoded.map_err(|error| ApiError::invalid_request(error.to_string()))
}

/// The names that are in it. A preview and a replay say nothing of what is in use.
fn catalogue(batch: &Batch<'_>, received: &[Received], now: UnixMillis) {
    let decoded = || received.iter().filter_map(|one| one.decoded.as_ref()).map(|decoded| &decoded.event);
    intake::see(|seen| {
        decoded().for_each(|event| seen.event(event, now));
        if let Some(wanted) = &batch.wanted {
            let newest = decoded().next_back().and_then(Event::context);
            seen.placements(&wanted.placements, newest.or(batch.context.as_ref()), now);
        }
    });
}

/// What a batch says of consent for itself, in its shared context.
fn said_by<'a>(batch: &'a Batch<'_>) -> Option<&'a serde_json::Map<String, Value>> {
    batch.context.as_ref()?.get("consent")?.as_object()
}

impl Received {
    /// Whether it still needs a profile to take it.
    fn is_open(&self) -> bool {
        self.outcome.is_none()
    }
}
