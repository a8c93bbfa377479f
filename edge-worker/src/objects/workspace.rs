//! The workspace object: the config's single writer. One per deployment.
//!
//! Storage: table `versions` (`version` INTEGER PRIMARY KEY, `hash`, `published_at`, `v`, `files`): what was published,
//! never changed afterwards. Versions count up by one; publishing the same content again changes nothing. Table
//! `quarantined` (`id` PRIMARY KEY, `v`, `at`): identifiers under quarantine; table `generations` (`namespace` PRIMARY KEY,
//! `v`, `value`): which imported audiences count. Both are part of every published document and of no file.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use selvedge_engine::audience::Generation;
use selvedge_engine::config::{Document, FileError, Files, read_files_and_warn, read_identity};
use selvedge_engine::identity::{Identifier, IdentityRules, Namespace, ObjectNames};
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
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Validate; with `dry_run` no more than that.
    Publish { files: Files, dry_run: bool },
    /// What is published?
    Current,
    /// No event may name this identifier from now on.
    Quarantine { id: Identifier },
    /// Events may name it again.
    Release { id: Identifier },
    /// What is under quarantine?
    Quarantined,
    /// This generation of imported audiences counts from now on.
    Count { namespace: Namespace, generation: Generation },
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// This is the current version now.
    Published {
        pointer: Pointer,
        changed: bool,
        #[serde(default)]
        warnings: Vec<FileError>,
    },
    /// It would be taken.
    Valid {
        hash: String,
        #[serde(default)]
        warnings: Vec<FileError>,
    },
    /// It is wrong.
    Invalid { errors: Vec<FileError> },
    /// What is published, if anything is.
    Current { published: Option<Published> },
    /// To [`Ask::Quarantine`], [`Ask::Release`] and [`Ask::Count`]: it is published, or being published. Whether this changed anything, and
    /// the version that is current now.
    Changed {
        changed: bool,
        #[serde(default)]
        version: u64,
    },
    /// To [`Ask::Quarantined`].
    Quarantined { ids: Vec<Quarantined> },
}

/// An identifier under quarantine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Quarantined {
    pub(crate) id: Identifier,
    /// Since when.
    pub(crate) at: UnixMillis,
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
    /// Quarantines that this instance has published or is publishing: a hot identifier's is told many times.
    heard: RefCell<BTreeSet<Identifier>>,
}

impl DurableObject for WorkspaceObject {
    fn new(state: State, env: Env) -> Self {
        Self { sql: Sql::new(&state), env, heard: RefCell::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let answer = match call::receive::<Ask>(&mut request).await {
            Ok(Ask::Publish { files, dry_run }) => self.publish(files, dry_run).await,
            Ok(Ask::Current) => self.current().map(|published| Answer::Current { published }),
            Ok(Ask::Quarantine { id }) => self.quarantine(&id).await,
            Ok(Ask::Release { id }) => self.release(&id).await,
            Ok(Ask::Count { namespace, generation }) => self.count(&namespace, generation).await,
            Ok(Ask::Quarantined) => self.quarantined().map(|ids| Answer::Quarantined { ids }),
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
        let (mut document, warnings) = match read_files_and_warn(&files, platform::now()) {
            Ok(read) => read,
            Err(errors) => return Ok(Answer::Invalid { errors }),
        };
        self.complete(&mut document)?;
        if dry_run {
            return Ok(Answer::Valid { hash: document.hash(), warnings });
        }
        let (pointer, changed) = self.make_current(files, document).await?;
        Ok(Answer::Published { pointer, changed, warnings })
    }

    /// What no file says.
    fn complete(&self, document: &mut Document) -> std::result::Result<(), ApiError> {
        document.identity.quarantined.extend(self.quarantined()?.into_iter().map(|one| one.id));
        document.generations = self.generations()?;
        Ok(())
    }

    async fn make_current(
        &self,
        files: Files,
        document: Document,
    ) -> std::result::Result<(Pointer, bool), ApiError> {
        let hash = document.hash();
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
        // While this one was written a newer one may have been, and the older pointer must not stay behind.
        if let Some(newer) = self.current()?.filter(|current| current.pointer.version > pointer.version) {
            config_cache::point(&self.env, &newer.pointer).await?;
        }
        Ok((pointer, changed))
    }

    /// Whoever hears of it from an entry tells it, until the config that says so has reached them: once is enough.
    async fn quarantine(&self, id: &Identifier) -> std::result::Result<Answer, ApiError> {
        if !self.heard.borrow_mut().insert(id.clone()) {
            return self.changed(false);
        }
        let done = self.quarantine_once(id).await;
        if done.is_err() {
            self.heard.borrow_mut().remove(id);
        }
        done
    }

    fn changed(&self, changed: bool) -> std::result::Result<Answer, ApiError> {
        let version = self.current()?.map_or(0, |published| published.pointer.version);
        Ok(Answer::Changed { changed, version })
    }

    async fn quarantine_once(&self, id: &Identifier) -> std::result::Result<Answer, ApiError> {
        let changed = self.sql.atomically(|| {
            let table = "CREATE TABLE IF NOT EXISTS quarantined (id TEXT PRIMARY KEY, v INTEGER NOT NULL, at INTEGER NOT NULL)";
            self.sql.run(table, vec![])?;
            let query = "INSERT OR IGNORE INTO quarantined (id, v, at) VALUES (?, ?, ?)";
            let values = vec![id.to_string().into(), VERSION_ROW.into(), platform::now().0.into()];
            Ok(self.sql.run(query, values)? > 0)
        })?;
        self.publish_again().await?;
        self.changed(changed)
    }

    async fn release(&self, id: &Identifier) -> std::result::Result<Answer, ApiError> {
        self.heard.borrow_mut().remove(id);
        if !self.sql.has_table("quarantined")? {
            return self.changed(false);
        }
        let query = "DELETE FROM quarantined WHERE id = ?";
        let changed = self.sql.run(query, vec![id.to_string().into()])? > 0;
        self.publish_again().await?;
        self.changed(changed)
    }

    async fn count(
        &self,
        namespace: &Namespace,
        generation: Generation,
    ) -> std::result::Result<Answer, ApiError> {
        let changed = self.sql.atomically(|| {
            let table = "CREATE TABLE IF NOT EXISTS generations (namespace TEXT PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL)";
            self.sql.run(table, vec![])?;
            let query = "INSERT OR REPLACE INTO generations (namespace, v, value) VALUES (?, ?, ?)";
            let value = serde_json::to_string(&generation)?;
            Ok(self.sql.run(query, vec![namespace.as_str().into(), VERSION_ROW.into(), value.into()])? > 0)
        })?;
        self.publish_again().await?;
        self.changed(changed)
    }

    /// The same files, with what no file says as it is now. Before the first publication there is nothing to say it with.
    async fn publish_again(&self) -> std::result::Result<(), ApiError> {
        let Some(published) = self.current()? else { return Ok(()) };
        let mut document = match read_files_and_warn(&published.files, platform::now()) {
            Ok((document, _)) => document,
            // They were right when they were published: this version has become stricter.
            Err(_) => {
                let config = config_cache::current(&self.env, published.pointer.version).await?;
                let rules = published.files.get("identity.json").map(read_identity);
                let quarantined = rules.and_then(Result::ok).unwrap_or_default().quarantined;
                let identity = IdentityRules { quarantined, ..config.identity().clone() };
                Document { identity, ..config.document().clone() }
            }
        };
        self.complete(&mut document)?;
        self.make_current(published.files, document).await?;
        Ok(())
    }

    fn generations(&self) -> std::result::Result<BTreeMap<Namespace, Generation>, ApiError> {
        #[derive(Deserialize)]
        struct Row {
            namespace: String,
            value: String,
        }
        if !self.sql.has_table("generations")? {
            return Ok(BTreeMap::new());
        }
        let rows: Vec<Row> = self.sql.rows("SELECT namespace, value FROM generations", vec![])?;
        let read =
            |row: Row| Some(Ok((Namespace::parse(&row.namespace)?, serde_json::from_str(&row.value).ok()?)));
        rows.into_iter().filter_map(read).collect()
    }

    fn quarantined(&self) -> std::result::Result<Vec<Quarantined>, ApiError> {
        #[derive(Deserialize)]
        struct Row {
            id: String,
            at: i64,
        }
        if !self.sql.has_table("quarantined")? {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = self.sql.rows("SELECT id, at FROM quarantined ORDER BY at, id", vec![])?;
        let read = |row: Row| Some(Quarantined { id: Identifier::stored(&row.id)?, at: UnixMillis(row.at) });
        Ok(rows.into_iter().filter_map(read).collect())
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
