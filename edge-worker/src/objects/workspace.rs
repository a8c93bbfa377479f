//! The workspace object: the config's single writer. One per deployment.
//!
//! Storage: table `versions` (`version` INTEGER PRIMARY KEY, `hash`, `published_at`, `v`, `files`): what was published,
//! never changed afterwards. Versions count up by one; publishing the same content again changes nothing.

use selvedge_engine::config::{FileError, Files, read_files};
use selvedge_engine::identity::ObjectNames;
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call;
use super::sql::Sql;
use crate::api_error::ApiError;
use crate::config_cache::{self, Pointer};
use crate::{bindings, platform};

const VERSION_ROW: i32 = 1;

/// What the workspace can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Validate; with `dry_run` no more than that.
    Publish { files: Files, dry_run: bool },
    /// What is published?
    Current,
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub(crate) enum Answer {
    /// This is the current version now.
    Published { pointer: Pointer, changed: bool },
    /// It would be taken.
    Valid { hash: String },
    /// It is wrong.
    Invalid { errors: Vec<FileError> },
    /// What is published, if anything is.
    Current { published: Option<Published> },
}

/// A published version.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Published {
    pub(crate) pointer: Pointer,
    pub(crate) published_at: UnixMillis,
    pub(crate) files: Files,
}

/// Asks the workspace.
pub(crate) async fn ask(env: &Env, question: &Ask) -> std::result::Result<Answer, ApiError> {
    call::call(env, bindings::WORKSPACE, ObjectNames::workspace(), question).await
}

/// Which version is current.
pub(crate) async fn pointer(env: &Env) -> std::result::Result<Option<Pointer>, ApiError> {
    match ask(env, &Ask::Current).await? {
        Answer::Current { published } => Ok(published.map(|published| published.pointer)),
        _ => Err(ApiError::internal("the workspace answered another question")),
    }
}

/// See the module.
#[durable_object]
pub struct WorkspaceObject {
    sql: Sql,
    env: Env,
}

impl DurableObject for WorkspaceObject {
    fn new(state: State, env: Env) -> Self {
        Self { sql: Sql::new(&state), env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let answer = match call::receive::<Ask>(&mut request).await {
            Ok(Ask::Publish { files, dry_run }) => self.publish(files, dry_run).await,
            Ok(Ask::Current) => self.current().map(|published| Answer::Current { published }),
            Err(error) => Err(error),
        };
        call::reply(answer)
    }
}

#[derive(Deserialize)]
struct Row {
    version: u64,
    hash: String,
    published_at: i64,
    files: String,
}

impl WorkspaceObject {
    async fn publish(&self, files: Files, dry_run: bool) -> std::result::Result<Answer, ApiError> {
        let document = match read_files(&files) {
            Ok(document) => document,
            Err(errors) => return Ok(Answer::Invalid { errors }),
        };
        let hash = document.hash();
        if dry_run {
            return Ok(Answer::Valid { hash });
        }
        let current = self.current()?;
        let same = current.as_ref().filter(|published| published.pointer.hash == hash);
        let (pointer, changed) = match same {
            Some(published) => (published.pointer.clone(), false),
            None => {
                let version = current.map_or(0, |published| published.pointer.version) + 1;
                let pointer = Pointer { version, hash };
                self.store(&pointer, &files)?;
                (pointer, true)
            }
        };
        // Also when nothing changed: the last publication may have been cut off before the blob was written.
        config_cache::publish(&self.env, &pointer, document).await?;
        Ok(Answer::Published { pointer, changed })
    }

    fn current(&self) -> std::result::Result<Option<Published>, ApiError> {
        if !self.sql.has_table("versions")? {
            return Ok(None);
        }
        let query = "SELECT version, hash, published_at, files FROM versions ORDER BY version DESC LIMIT 1";
        let rows: Vec<Row> = self.sql.rows(query, vec![])?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        Ok(Some(Published {
            pointer: Pointer { version: row.version, hash: row.hash },
            published_at: UnixMillis(row.published_at),
            files: serde_json::from_str(&row.files)?,
        }))
    }

    fn store(&self, pointer: &Pointer, files: &Files) -> std::result::Result<(), ApiError> {
        let files = serde_json::to_string(files)?;
        let version = i64::try_from(pointer.version).unwrap_or(i64::MAX);
        self.sql.atomically(|| {
            let table = "CREATE TABLE IF NOT EXISTS versions (version INTEGER PRIMARY KEY, v INTEGER NOT NULL, \
                         hash TEXT NOT NULL, published_at INTEGER NOT NULL, files TEXT NOT NULL)";
            self.sql.run(table, vec![])?;
            let query = "INSERT INTO versions (version, v, hash, published_at, files) VALUES (?, ?, ?, ?, ?)";
            let at = platform::now().0;
            let values = vec![
                version.into(),
                VERSION_ROW.into(),
                pointer.hash.as_str().into(),
                at.into(),
                files.as_str().into(),
            ];
            self.sql.run(query, values)?;
            Ok(())
        })
    }
}
