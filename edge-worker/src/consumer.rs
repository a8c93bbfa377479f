//! The Queue's consumer: what left the profiles goes into the archive and to the directory.
//!
//! A message is a JSON array. An element is a [`Line`], a [`BotLine`], a [`Word`], a [`ChangeLine`], `{"directory": Row}` or `{"reward": Reward}`. Events and words are archived first: a message with any that could not be written comes again as a
//! whole. So does one of which it is not known whether it is about somebody who was [erased](erasures) meanwhile. If after that a shard of the directory can't be told, or an experiment, its elements alone are sent again, so that their
//! trouble doubles no line. An element that can't be read is kept among the [dead letters](dead_letters).

use std::collections::BTreeSet;

use futures_util::future::join;
use selvedge_engine::archive::{ChangeLine, Line, Record};
use selvedge_engine::directory::{Heard, ROW_VERSION, Row, Shard};
use selvedge_engine::ids::ExperimentId;
use selvedge_engine::live::Pulse;
use selvedge_engine::offer::experiment::{REWARD_VERSION, Reward};
use serde_json::{Value, json};
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, RawMessage};

use crate::api_error::ApiError;
use crate::objects::{directory, experiment};
use crate::{archive, config_cache, dead_letters, erasures, outgoing, platform, pulse};

/// Seconds before what could not be delivered comes again: an outage is not over at once.
const RETRY_SECONDS: u32 = 10;

/// Something for the directory: as it came, and read; not, if it is of a version to come.
struct Told {
    element: Value,
    row: Option<Row>,
}

/// One message, taken apart.
struct Parts {
    message: RawMessage,
    /// What the archive takes. Of words and of bots nobody else hears.
    records: Vec<Record>,
    rows: Vec<Told>,
    rewards: Vec<Reward>,
    /// What is none of these, and never will be for this Worker.
    unreadable: Vec<Value>,
}

/// Delivers a batch. A message that is no list at all goes to the dead letters by itself, after its retries.
pub(crate) async fn consume(batch: &MessageBatch<Value>, env: &Env) {
    let messages: Vec<Parts> = batch.raw_iter().filter_map(taken_apart).collect();
    let written = archive::write(messages.iter().flat_map(|parts| &parts.records), env).await;
    let kept = match &written {
        Ok(written) => erasures::take_out(written, env).await,
        Err(_) => Ok(()),
    };
    if let Err(error) = written.and(kept) {
        worker::console_error!("archive: {error}");
        messages.iter().for_each(|parts| retry_later(&parts.message));
        return;
    }
    let untaught =
        experiment::teach(env, messages.iter().flat_map(|parts| parts.rewards.iter().cloned())).await;
    let told = messages
        .iter()
        .flat_map(|parts| parts.rows.iter().filter_map(|told| told.row.clone()))
        .map(Heard::from);
    // An event that no shard hears of is no loss: its profile says the same in a row of its own.
    let seen = messages.iter().flat_map(|parts| parts.lines().map(Heard::from));
    let missed = directory::tell(env, told.chain(seen).collect()).await;
    join(tell_what_happens(&messages, env), settle_all(&messages, &batch.queue(), &missed, &untaught, env))
        .await;
}

async fn settle_all(
    messages: &[Parts],
    queue: &str,
    missed: &BTreeSet<Shard>,
    untaught: &BTreeSet<ExperimentId>,
    env: &Env,
) {
    for parts in messages {
        if !parts.unreadable.is_empty()
            && let Err(error) = dead_letters::keep_part(&parts.message, queue, &parts.unreadable, env).await
        {
            worker::console_error!("dead letter: {error}");
            retry_later(&parts.message);
            continue;
        }
        settle(parts, missed, untaught, env).await;
    }
}

/// To whoever looks at it. What can't be told is no news later.
async fn tell_what_happens(messages: &[Parts], env: &Env) {
    if pulse::is_quiet() {
        return;
    }
    let Ok(config) = config_cache::current(env, 0).await else { return };
    let lines = messages.iter().flat_map(Parts::lines);
    let changes = messages.iter().flat_map(Parts::changes);
    let rewards = messages.iter().flat_map(|parts| &parts.rewards);
    pulse::of_batch(env, Pulse::of(lines, changes, rewards, &config, platform::now())).await;
}

fn taken_apart(message: RawMessage) -> Option<Parts> {
    let text = message.body().as_string().unwrap_or_default();
    match serde_json::from_str::<Vec<Value>>(&text) {
        Ok(elements) => {
            let (records, rows, rewards, unreadable) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            let mut parts = Parts { message, records, rows, rewards, unreadable };
            elements.into_iter().for_each(|element| parts.put(element));
            Some(parts)
        }
        Err(error) => {
            worker::console_error!("message {} is not a list: {error}", message.id());
            message.retry();
            None
        }
    }
}

impl Parts {
    fn put(&mut self, element: Value) {
        if element.get("messageId").is_none() && element.get("directory").is_some() {
            let row = row(&element);
            self.rows.push(Told { element, row });
            return;
        }
        if element.get("messageId").is_none()
            && let Some(reward) = element.get("reward").and_then(reward)
        {
            self.rewards.push(reward);
            return;
        }
        match Record::of(&element) {
            Some(record) => self.records.push(record),
            None => self.unreadable.push(element),
        }
    }

    /// Of who entered segments and left them.
    fn changes(&self) -> impl Iterator<Item = &ChangeLine> {
        self.records
            .iter()
            .filter_map(|record| if let Record::Change(line) = record { Some(&**line) } else { None })
    }

    /// Of events that profiles have.
    fn lines(&self) -> impl Iterator<Item = &Line> {
        self.records
            .iter()
            .filter_map(|record| if let Record::Event(line) = record { Some(&**line) } else { None })
    }
}

/// The row of an element; none if it can't be read, or is of a version to come.
fn row(element: &Value) -> Option<Row> {
    let row: Row = serde_json::from_str(&element.get("directory")?.to_string()).ok()?;
    (row.v <= ROW_VERSION).then_some(row)
}

/// What an experiment learns from; none if it is of a version to come.
fn reward(element: &Value) -> Option<Reward> {
    let reward: Reward = serde_json::from_str(&element.to_string()).ok()?;
    (reward.v <= REWARD_VERSION).then_some(reward)
}

/// Lets the message go, once it is certain that what the directory and the experiments missed comes again.
async fn settle(parts: &Parts, missed: &BTreeSet<Shard>, untaught: &BTreeSet<ExperimentId>, env: &Env) {
    let arrived =
        |told: &&Told| told.row.as_ref().is_some_and(|row| !missed.contains(&Shard::of(&row.profile)));
    let open = parts.rows.iter().filter(|told| !arrived(told));
    let mut left: Vec<Value> = open.map(|told| told.element.clone()).collect();
    let rewards = parts.rewards.iter().filter(|reward| untaught.contains(&reward.experiment));
    left.extend(rewards.map(|reward| json!({ "reward": reward })));
    if left.is_empty() {
        return parts.message.ack();
    }
    if parts.records.is_empty() {
        return retry_later(&parts.message);
    }
    match send_again(&left, env).await {
        Ok(()) => parts.message.ack(),
        Err(error) => {
            worker::console_error!("what was missed could not be sent again: {error}");
            retry_later(&parts.message);
        }
    }
}

async fn send_again(left: &[Value], env: &Env) -> Result<(), ApiError> {
    outgoing::send(&serde_json::to_string(left)?, Some(RETRY_SECONDS), env).await
}

fn retry_later(message: &RawMessage) {
    message.retry_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(RETRY_SECONDS).build());
}
