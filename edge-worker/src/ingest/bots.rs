//! Requests and events of bots: known before anybody is asked whose they are, and set aside. The engine says what the
//! [signs](Sign) are; here is what the request and the platform say.

use std::cell::RefCell;
use std::collections::BTreeMap;

use selvedge_engine::archive::BotLine;
use selvedge_engine::bot::{Bots, Pace, Sender, Sign};
use selvedge_engine::config::{Config, Source, SourceKind};
use selvedge_engine::event::{Batch, Event};
use selvedge_engine::ids::PlacementId;
use selvedge_engine::offer::{Decided, Nobody, Request, defaults};
use selvedge_engine::outcome::{Outcome, Reason};
use selvedge_engine::time::UnixMillis;
use serde_json::{Map, Value};
use worker::Env;

use super::received::Received;
use crate::api_error::ApiError;
use crate::incoming::Incoming;
use crate::{outgoing, platform};

thread_local! {
    /// What this isolate has seen of devices lately. Nothing of it is stored or sent anywhere.
    static PACE: RefCell<Pace> = RefCell::default();
}

/// What was found out of who sends a request.
#[derive(Default)]
pub(super) struct Judged {
    /// By what all of it is a bot's.
    sign: Option<Sign>,
    user_agent: Option<String>,
    /// A server's events are of whom each says.
    by_event: bool,
}

impl Judged {
    /// A browser speaks for itself, by its headers. A server is a program by all signs, and speaks of visitors: they are who
    /// `context.userAgent` says.
    pub(super) fn of(
        request: &Incoming,
        source: &Source,
        batch: &Batch<'_>,
        received: &[Received],
        now: UnixMillis,
    ) -> Result<Self, ApiError> {
        if source.bots == Bots::Include {
            return Ok(Self::default());
        }
        if source.kind == SourceKind::Server {
            let user_agent = batch.context.as_ref().and_then(said_agent).map(str::to_owned);
            let sign = of_server(user_agent.as_deref());
            return Ok(Self { sign, user_agent, by_event: true });
        }
        let user_agent = request.header("user-agent")?.unwrap_or_default();
        let events = || received.iter().filter_map(|one| Some(&one.decoded.as_ref()?.event));
        let (score, is_verified_bot) = request.bot_score();
        let sender = Sender {
            user_agent: Some(&user_agent),
            is_driven: batch.context.as_ref().is_some_and(is_driven)
                || events().filter_map(Event::context).any(is_driven),
            score,
            is_verified_bot,
        };
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        events().filter_map(Event::anonymous_id).for_each(|id| *counts.entry(id).or_default() += 1);
        // Each device counts, also after one that was too quick.
        let too_quick = PACE.with_borrow_mut(|pace| {
            counts.into_iter().filter(|(id, events)| pace.is_too_quick(&source.id, id, *events, now)).count()
        });
        let sign = sender.sign().or((too_quick > 0).then_some(Sign::Pace));
        Ok(Self { sign, user_agent: Some(user_agent), by_event: false })
    }

    /// Whether all of the request is a bot's.
    pub(super) fn is_bot(&self) -> bool {
        self.sign.is_some()
    }

    /// Keeps bots' events beside the archive. What can't be kept stays open: whoever sent it sends it again.
    pub(super) async fn set_aside(&self, received: &mut [Received], config: &Config, env: &Env) {
        if self.sign.is_none() && !self.by_event {
            return;
        }
        let mut aside = Vec::new();
        for one in received.iter_mut().filter(|one| one.is_open()) {
            let Some(sign) = one.decoded.as_ref().and_then(|decoded| self.of_event(&decoded.event)) else {
                continue;
            };
            let Some(decoded) = one.decoded.take() else { continue };
            match one.consent.may_archive() {
                Some(may) => {
                    let agent = said_agent_of(&decoded.event).map(str::to_owned);
                    let (agent, rules) = (self.user_agent.clone().or(agent), config.identity());
                    let line = BotLine::of(decoded.event, sign, agent.as_deref(), one.consent, rules, may);
                    aside.push((one, sign, line));
                }
                // Nothing of a bot was stored that could be withdrawn.
                None => one.outcome = Some(Outcome::Rejected(Reason::ConsentDenied)),
            }
        }
        if aside.is_empty() {
            return;
        }
        match keep(aside.iter().map(|(.., line)| line), env).await {
            Ok(()) => {
                aside.into_iter().for_each(|(one, sign, _)| one.outcome = Some(Outcome::Bot(sign)));
            }
            Err(error) => worker::console_error!("bots: {error}"),
        }
    }

    fn of_event(&self, event: &Event) -> Option<Sign> {
        self.sign.or_else(|| of_server(said_agent_of(event)))
    }
}

async fn keep<'a>(lines: impl Iterator<Item = &'a BotLine>, env: &Env) -> Result<(), ApiError> {
    let lines = lines.map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    for message in outgoing::messages_of(&lines) {
        outgoing::send(&message, None, env).await?;
    }
    Ok(())
}

/// By what the visitor of whom a server speaks is a bot.
fn of_server(user_agent: Option<&str>) -> Option<Sign> {
    Sender { user_agent, ..Sender::default() }.sign()
}

/// Whether a server asks for decisions for a bot.
pub(super) fn is_asked_for(source: &Source, context: &Value) -> bool {
    source.bots == Bots::Exclude && of_server(context.as_object().and_then(said_agent)).is_some()
}

fn said_agent(context: &Map<String, Value>) -> Option<&str> {
    context.get("userAgent")?.as_str().filter(|agent| !agent.trim().is_empty())
}

fn said_agent_of(event: &Event) -> Option<&str> {
    event.context().and_then(said_agent)
}

fn is_driven(context: &Map<String, Value>) -> bool {
    context.get("webdriver") == Some(&Value::Bool(true))
}

/// What a bot is shown: what anybody would see of whom nothing is known. No cap is asked or spent.
pub(super) fn decisions(placements: Vec<PlacementId>, config: &Config, context: Value) -> Vec<Decided> {
    let seed = platform::new_seed().unwrap_or_default();
    let request = Request { placements, now: platform::now(), seed, event: Value::Null, context };
    defaults(&Nobody { rooms: &(), request: &request }, config, &request, "bot")
}
