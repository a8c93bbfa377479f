//! The experiment object: one per experiment, named by it. Counts what the Queue brings of its rewards, and publishes what
//! has come of them for whoever decides: see [`reward`](selvedge_engine::offer::experiment::Reward).
//!
//! Storage: table `counts` (`id` 1, `v`, `value`), the [`Counts`]; table `pages` (`seq`, `v`, `value`), the [`Page`]s of the last
//! writes. However many batches bring rewards, there is one write a second: those that come meanwhile wait for it together.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use selvedge_engine::identity::ObjectNames;
use selvedge_engine::ids::ExperimentId;
use selvedge_engine::limits;
use selvedge_engine::offer::experiment::{BOOK_VERSION, Book, Counts, Page, Posteriors, Reward};
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};
use worker::{Delay, DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call;
use super::sql::{Json, Sql};
use crate::api_error::ApiError;
use crate::{bindings, platform, posteriors};

/// What an experiment object can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Count these.
    Learn { experiment: ExperimentId, rewards: Vec<Reward> },
}

/// Tells experiments what they learn from, all at once. Gives those that could not be told.
pub(crate) async fn teach(env: &Env, rewards: impl Iterator<Item = Reward>) -> BTreeSet<ExperimentId> {
    let mut by_experiment: BTreeMap<ExperimentId, Vec<Reward>> = BTreeMap::new();
    for reward in rewards {
        by_experiment.entry(reward.experiment.clone()).or_default().push(reward);
    }
    let told = by_experiment.into_iter().map(|(experiment, rewards)| async move {
        let name = ObjectNames::experiment(&experiment);
        let learn = Ask::Learn { experiment: experiment.clone(), rewards };
        let told: std::result::Result<bool, ApiError> =
            call::call(env, bindings::EXPERIMENTS, &name, &learn).await;
        told.inspect_err(|error| worker::console_error!("experiment {experiment}: {error}"))
            .err()
            .map(|_| experiment)
    });
    join_all(told).await.into_iter().flatten().collect()
}

/// See the module.
#[durable_object]
pub struct ExperimentObject {
    sql: Sql,
    env: Env,
    /// What is stored, read once.
    book: RefCell<Option<Book>>,
    /// What waits for the next write, and which write that will be.
    waiting: RefCell<Vec<Reward>>,
    writes: Cell<u64>,
    wrote_at: Cell<UnixMillis>,
    published_at: Cell<UnixMillis>,
}

impl DurableObject for ExperimentObject {
    fn new(state: State, env: Env) -> Self {
        Self {
            sql: Sql::new(&state),
            env,
            book: RefCell::default(),
            waiting: RefCell::default(),
            writes: Cell::new(0),
            wrote_at: Cell::new(UnixMillis(0)),
            published_at: Cell::new(UnixMillis(0)),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let answer = match call::receive::<Ask>(&mut request).await {
            Ok(Ask::Learn { experiment, rewards }) => self.learn(&experiment, rewards).await,
            Err(error) => Err(error),
        };
        call::reply(answer)
    }

    async fn alarm(&self) -> Result<Response> {
        if let Err(error) = self.publish().await {
            worker::console_error!("experiment: {error}");
            let later = platform::now().plus(limits::POSTERIORS_MS);
            if let Err(error) = self.sql.set_alarm(later) {
                worker::console_error!("experiment: {error}");
            }
        }
        Response::empty()
    }
}

impl ExperimentObject {
    /// True once it is stored.
    async fn learn(
        &self,
        experiment: &ExperimentId,
        rewards: Vec<Reward>,
    ) -> std::result::Result<bool, ApiError> {
        let write = self.writes.get();
        self.waiting.borrow_mut().extend(rewards);
        let wait = self.wrote_at.get().plus(limits::REWARD_WRITE_MS).since(platform::now());
        if let Ok(wait) = u64::try_from(wait) {
            Delay::from(Duration::from_millis(wait)).await;
        }
        // Whoever wakes first writes for all.
        if self.writes.get() == write {
            self.write(experiment)?;
        }
        Ok(true)
    }

    fn write(&self, experiment: &ExperimentId) -> std::result::Result<(), ApiError> {
        let rewards = std::mem::take(&mut *self.waiting.borrow_mut());
        let now = platform::now();
        let done = self.sql.atomically(|| self.count(experiment, &rewards, now));
        if done.is_err() {
            // Nothing of it is stored: it is read anew, and whoever else waited for this write makes it again.
            self.book.replace(None);
            self.waiting.borrow_mut().extend(rewards);
        }
        done?;
        self.writes.set(self.writes.get() + 1);
        self.wrote_at.set(now);
        Ok(())
    }

    fn count(
        &self,
        experiment: &ExperimentId,
        rewards: &[Reward],
        now: UnixMillis,
    ) -> std::result::Result<(), ApiError> {
        let mut book = match self.book.take() {
            Some(book) => book,
            None => self.load(experiment)?,
        };
        if let Some(page) = book.learn(rewards) {
            let query = "INSERT OR REPLACE INTO counts (id, v, experiment, value) VALUES (1, ?, ?, ?)";
            let value = serde_json::to_string(book.counts())?;
            let v = i32::from(BOOK_VERSION);
            self.sql.run(query, vec![v.into(), experiment.as_str().into(), value.into()])?;
            let query = "INSERT INTO pages (v, value) VALUES (?, ?)";
            self.sql.run(query, vec![v.into(), serde_json::to_string(&page)?.into()])?;
            if book.is_full() {
                let oldest = "SELECT value FROM pages ORDER BY seq LIMIT 100";
                let forgotten = book.forget(&self.pages(oldest)?);
                let query = "DELETE FROM pages WHERE seq IN (SELECT seq FROM pages ORDER BY seq LIMIT ?)";
                self.sql.run(query, vec![i64::try_from(forgotten).unwrap_or(0).into()])?;
            }
            self.sql.set_alarm(self.published_at.get().plus(limits::POSTERIORS_MS).max(now))?;
        }
        self.book.replace(Some(book));
        Ok(())
    }

    fn load(&self, experiment: &ExperimentId) -> std::result::Result<Book, ApiError> {
        if !self.sql.has_table("counts")? {
            for table in [
                "CREATE TABLE counts (id INTEGER PRIMARY KEY, v INTEGER NOT NULL, experiment TEXT NOT NULL, value TEXT NOT NULL)",
                "CREATE TABLE pages (seq INTEGER PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL)",
            ] {
                self.sql.run(table, vec![])?;
            }
        }
        let counts: Option<(ExperimentId, Counts)> = self.counts()?;
        let counts = counts.filter(|(of, _)| of == experiment).map(|(_, counts)| counts).unwrap_or_default();
        Ok(Book::open(counts, &self.pages("SELECT value FROM pages ORDER BY seq")?))
    }

    fn counts(&self) -> std::result::Result<Option<(ExperimentId, Counts)>, ApiError> {
        #[derive(Deserialize)]
        struct Row {
            experiment: String,
            value: String,
        }
        let rows: Vec<Row> = self.sql.rows("SELECT experiment, value FROM counts WHERE id = 1", vec![])?;
        let read = |row: &Row| Ok((ExperimentId(row.experiment.clone()), serde_json::from_str(&row.value)?));
        rows.first().map(read).transpose()
    }

    fn pages(&self, query: &str) -> std::result::Result<Vec<Page>, ApiError> {
        let rows: Vec<Json> = self.sql.rows(query, vec![])?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.value)?)).collect()
    }

    /// Whoever decides goes by it from now on.
    async fn publish(&self) -> std::result::Result<(), ApiError> {
        if !self.sql.has_table("counts")? {
            return Ok(());
        }
        let Some((experiment, counts)) = self.counts()? else { return Ok(()) };
        let now = platform::now();
        self.published_at.set(now);
        let known: Posteriors = Book::open(counts, &[]).posteriors(&experiment, now);
        posteriors::publish(&self.env, &experiment, &known).await
    }
}
