//! The audience object: one per namespace that has imported audiences, named by it. It knows the imports and the generations
//! of that namespace, and builds one generation after the other, since a shard has all audiences of its identifiers.
//!
//! Parts of uploads and what changed are in R2, shards in KV: see [`stores`]. Whoever is erased is taken out of all of it: [`forget`].

mod build;
mod forget;
pub(crate) mod message;
pub(crate) mod stores;
mod tables;

use std::cell::RefCell;
use std::collections::BTreeMap;

use selvedge_engine::audience::{NotReady, Progress, Status};
use selvedge_engine::identity::{Namespace, ObjectNames};
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use self::message::{Answer, Ask, Question};
use self::tables::Tables;
use super::call;
use super::sql::Sql;
use super::tries::Tries;
use crate::api_error::ApiError;
use crate::{bindings, platform};

/// Asks the object of `namespace`.
pub(crate) async fn ask(
    env: &Env,
    namespace: &Namespace,
    question: Ask,
) -> std::result::Result<Answer, ApiError> {
    let question = Question { namespace: namespace.clone(), ask: question };
    call::call(env, bindings::AUDIENCES, &ObjectNames::audiences(namespace), &question).await
}

/// See the module.
#[durable_object]
pub struct AudienceObject {
    sql: Sql,
    env: Env,
    /// The indexes of the parts of what is being built, by import and number.
    indexes: RefCell<BTreeMap<(String, u32), Vec<u8>>>,
    /// Alarms that failed in a row.
    tries: Tries,
}

impl DurableObject for AudienceObject {
    fn new(state: State, env: Env) -> Self {
        Self { sql: Sql::new(&state), env, indexes: RefCell::default(), tries: Tries::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let answer = match call::receive::<Question>(&mut request).await {
            Ok(question) => self.answer(&question.namespace, question.ask).await,
            Err(error) => Err(error),
        };
        call::reply(answer)
    }

    async fn alarm(&self) -> Result<Response> {
        if let Err(error) = self.carry_on().await {
            worker::console_error!("audiences: {error}");
            if let Err(error) = self.sql.set_alarm(platform::now().plus(self.tries.failed())) {
                worker::console_error!("audiences: {error}");
            }
        } else {
            self.tries.worked();
        }
        Response::empty()
    }
}

impl AudienceObject {
    async fn answer(&self, namespace: &Namespace, ask: Ask) -> std::result::Result<Answer, ApiError> {
        let tables = Tables::open(&self.sql, namespace)?;
        let now = platform::now();
        match ask {
            Ask::Begin { audience, mode } => {
                let id = platform::new_profile_id()?.as_str().to_owned();
                let progress = Progress::begin(id, audience, mode, now);
                tables.put_import(&progress)?;
                Ok(Answer::Import { import: Some(progress), parts: Vec::new() })
            }
            Ask::Part { import, n, report } => {
                let Some(progress) = tables.import(&import)? else { return Ok(Answer::nobody()) };
                if let Err(error) = progress.takes_parts() {
                    return Ok(Answer::NotReady { message: error.to_string() });
                }
                tables.put_part(&import, n, &report)?;
                self.show(&tables, &import)
            }
            Ask::Commit { import, parts } => self.commit(&tables, &import, parts, now),
            Ask::Cancel { import } => {
                let Some(mut progress) = tables.import(&import)? else { return Ok(Answer::nobody()) };
                if matches!(progress.status, Status::Uploading | Status::Building) {
                    progress.end(Status::Cancelled, None, now);
                    tables.put_import(&progress)?;
                    // The next one may be waiting for it.
                    self.sql.set_alarm(now)?;
                }
                self.show(&tables, &import)
            }
            Ask::Show { import } => self.show(&tables, &import),
            Ask::Forget { name } => self.forget(&tables, namespace, name).await,
            Ask::List => Ok(Answer::Listed {
                imports: tables.imports(limits::IMPORTS_SHOWN)?,
                generations: tables.generations()?,
                current: tables.current()?,
            }),
            Ask::Restore { number } => {
                let mut kept = tables.generations()?.into_iter().filter(|kept| kept.removed == 0);
                let Some(kept) = kept.find(|kept| kept.generation.number == number) else {
                    return Ok(Answer::nobody());
                };
                if let Some(busy) = being_built(&tables)? {
                    return Ok(busy);
                }
                // At once, so that whatever is committed from now on is built on it.
                let before = tables.current()?;
                tables.make_current(kept.generation)?;
                let published = self.publish(namespace, kept.generation).await;
                if let (Err(_), Some(before)) = (&published, before) {
                    tables.make_current(before.generation)?;
                }
                published?;
                Ok(Answer::Restored { generation: kept.generation })
            }
        }
    }

    fn show(&self, tables: &Tables<'_>, import: &str) -> std::result::Result<Answer, ApiError> {
        Ok(Answer::Import { import: tables.import(import)?, parts: tables.part_numbers(import)? })
    }

    fn commit(
        &self,
        tables: &Tables<'_>,
        import: &str,
        parts: u32,
        now: UnixMillis,
    ) -> std::result::Result<Answer, ApiError> {
        let Some(mut progress) = tables.import(import)? else { return Ok(Answer::nobody()) };
        // Asked again, it is under way already.
        if progress.parts == Some(parts) && matches!(progress.status, Status::Building | Status::Done) {
            return self.show(tables, import);
        }
        if let Some(busy) = being_built(tables)? {
            return Ok(busy);
        }
        let current = tables.current()?;
        let identifiers = current.as_ref().map_or(0, |current| current.identifiers);
        let base = current.map(|current| current.generation);
        let done = progress.commit(parts, &tables.parts(import)?, tables.newest()?, base, identifiers);
        match done {
            Ok(()) => {
                tables.put_import(&progress)?;
                self.sql.set_alarm(now)?;
                self.show(tables, import)
            }
            Err(error @ (NotReady::Missing(_) | NotReady::Over(_) | NotReady::Empty)) => {
                Ok(Answer::NotReady { message: error.to_string() })
            }
        }
    }
}

/// What is being built is built on the generation that counts: until it is done that stays the same.
fn being_built(tables: &Tables<'_>) -> std::result::Result<Option<Answer>, ApiError> {
    let told = |other: Progress| Answer::NotReady {
        message: format!("import `{}` is being built: try again when it is done", other.id),
    };
    Ok(tables.building()?.map(told))
}
