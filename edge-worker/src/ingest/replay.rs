//! Events of the archive, once more: they go to whom they belong to as any event does, with what was proven when they
//! came, and leave for nowhere.

use selvedge_engine::archive::Line;
use selvedge_engine::config::Config;
use selvedge_engine::identity::fact::Fact;
use selvedge_engine::outcome::{Outcome, Reason};
use serde_json::Value;
use worker::Env;

use super::device::Visitor;
use super::encode;
use super::owner::Errand;
use super::received::Received;
use crate::api_error::ApiError;
use crate::platform::{self, Secrets};

/// What became of the lines that were handed over.
pub(crate) struct Replayed(Vec<Received>);

/// Hands lines over to the profiles that they belong to; those of nobody who is `gone`.
pub(crate) async fn hand_over(
    lines: Vec<(Line, bool)>,
    config: &Config,
    env: &Env,
) -> Result<Replayed, ApiError> {
    let mut received: Vec<Received> = lines.into_iter().map(|(line, gone)| one(line, gone, config)).collect();
    let secrets = Secrets::of(env)?;
    let errand =
        Errand { env, secrets: &secrets, config, deciding: config, wanted: None, with_results: false };
    errand.hand_over(&mut received, &mut Visitor::nobody()).await?;
    Ok(Replayed(received))
}

fn one(line: Line, gone: bool, config: &Config) -> Received {
    let item = line.into_item(config.identity());
    let past = config.retention().is_past(&item.logged.event, platform::now());
    let about_somebody = Fact::of(&item.logged).is_some();
    Received {
        message_id: Some(item.logged.event.message_id.clone()),
        decoded: None,
        consent: item.consent,
        spoke: false,
        // What was proven is not known of lines of release 0.1.0.
        outcome: match (past, about_somebody) {
            _ if gone => Some(Outcome::Rejected(Reason::Erased)),
            (true, _) => Some(Outcome::Rejected(Reason::PastRetention)),
            (false, true) => None,
            (false, false) => Some(Outcome::Rejected(Reason::NoUserAnonId)),
        },
        warning: None,
        not_identifiers: item.not_identifiers,
        logged: Some(item.logged),
        delivery: None,
        refused: Vec::new(),
        replayed: true,
        is_for_later: false,
    }
}

impl Replayed {
    pub(crate) fn accepted(&self) -> usize {
        self.0.iter().filter(|one| one.outcome == Some(Outcome::Accepted)).count()
    }

    pub(crate) fn duplicate(&self) -> usize {
        self.0.iter().filter(|one| one.outcome == Some(Outcome::Duplicate)).count()
    }

    pub(crate) fn rejected(&self) -> usize {
        self.0.iter().filter(|one| matches!(one.outcome, Some(Outcome::Rejected(_)))).count()
    }

    /// So many could not be made durable.
    pub(crate) fn open(&self) -> usize {
        self.0.iter().filter(|one| one.is_open()).count()
    }

    /// Those that were not taken.
    pub(crate) fn results(&self) -> impl Iterator<Item = Value> {
        let taken = |one: &&Received| matches!(one.outcome, Some(Outcome::Accepted | Outcome::Duplicate));
        self.0.iter().filter(move |one| !taken(one)).map(encode::result)
    }
}
