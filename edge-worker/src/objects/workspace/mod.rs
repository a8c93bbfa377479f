//! The workspace object: the config's single writer. One per deployment.
//!
//! Storage: [`versions`], which count up by one; publishing the same content again changes nothing. [`keys`], and [what is asked](audit) with them. Table
//! `quarantined` (`id` PRIMARY KEY, `v`, `at`): identifiers under quarantine; table `generations` (`namespace` PRIMARY KEY,
//! `v`, `value`): which imported audiences count. Both are part of every published document and of no file, as are the thresholds of
//! [`walk`]. What is not retained leaves the archive by [`sweep`], and who was erased by [`erasures`].
//!
//! Whatever is published is told to the [relays](relay), behind the answer, and once more by the alarm, for which table `untold`
//! (`id` 1, `v`, `value`) has the pointer: whoever was cut off in between has told nobody.

mod audit;
mod erasures;
mod keys;
mod message;
mod sweep;
mod versions;
pub(crate) mod walk;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use selvedge_engine::audience::Generation;
use selvedge_engine::config::{
    Config, Document, Files, Made, Publication, differences, read_files_and_warn, read_identity, reconcile,
};
use selvedge_engine::identity::entry::Ask as EntryAsk;
use selvedge_engine::identity::{Identifier, IdentityRules, Namespace, ObjectNames};
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use self::audit::{Audit, Wanted};
use self::keys::Keys;
pub(crate) use self::message::{Answer, Ask, Behind, Past, Published, Quarantined};
use self::versions::Versions;
use super::sql::Sql;
use super::tries::Tries;
use super::{call, identifier, relay};
use crate::api_error::ApiError;
use crate::config_cache::{self, Pointer};
use crate::{bindings, platform};

const ROW: i32 = 1;
/// What relays may not have been told of.
const UNTOLD: &str = "untold";
const UNTOLD_VERSION: u8 = 1;

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
#[durable_object(alarm)]
pub struct WorkspaceObject {
    state: State,
    sql: Sql,
    env: Env,
    /// Quarantines that this instance has published or is publishing: a hot identifier's is told many times.
    heard: RefCell<BTreeSet<Identifier>>,
    /// Alarms that failed in a row.
    tries: Tries,
}

impl DurableObject for WorkspaceObject {
    fn new(state: State, env: Env) -> Self {
        let sql = Sql::new(&state);
        Self { state, sql, env, heard: RefCell::default(), tries: Tries::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let answer = match call::receive::<Ask>(&mut request).await {
            Ok(Ask::Publish { files, dry_run, base, who }) => {
                self.publish(files, dry_run, base, Made::Publish { who }).await
            }
            Ok(Ask::Restore { version, base, who }) => self.restore(version, base, who).await,
            Ok(Ask::Current) => self.current().map(|published| Answer::Current { published }),
            Ok(Ask::History { before, limit }) => {
                self.versions().before(before, limit).map(|versions| Answer::History { versions })
            }
            Ok(Ask::Version { version }) => {
                self.versions().of(version).map(|published| Answer::Current { published })
            }
            Ok(Ask::Quarantine { id }) => self.quarantine(&id).await,
            Ok(Ask::Release { id }) => self.release(&id).await,
            Ok(Ask::Count { namespace, generation }) => self.count(&namespace, generation).await,
            Ok(Ask::Quarantined) => self.quarantined().map(|ids| Answer::Quarantined { ids }),
            Ok(Ask::Course) => self.course().map(|course| Answer::Course { course }),
            Ok(Ask::SetOutAgain { anew }) => self.set_out_again(anew).map(|course| Answer::Course { course }),
            Ok(Ask::Keep { key }) => self.keys().keep(key).map(|key| Answer::Key { key }),
            Ok(Ask::Keys) => self.keys().all().map(|keys| Answer::Keys { keys }),
            Ok(Ask::Opens { key, hash }) => self.keys().opened(&key, &hash).map(|key| Answer::Key { key }),
            Ok(Ask::Revoke { key }) => self.keys().revoke(&key).map(|key| Answer::Key { key }),
            Ok(Ask::Unarchive { profile, erased }) => {
                self.unarchive(&profile, &erased).map(|what| Answer::Unarchived { what })
            }
            Ok(Ask::ErasedAmong { marks }) => {
                self.erasures().among(&marks).map(|erased| Answer::Erased { erased })
            }
            Ok(Ask::Note { act }) => self.audit().note(&act).map(|()| Answer::Noted),
            Ok(Ask::Acts { before, about, key, right, limit }) => {
                let wanted = Wanted { about: about.as_deref(), key: key.as_ref(), right };
                self.audit().before(before, &wanted, limit).map(|acts| Answer::Acts { acts })
            }
            Err(error) => Err(error),
        };
        call::reply(answer)
    }

    async fn alarm(&self) -> Result<Response> {
        let wait = match self.ring().await {
            Ok(wait) => {
                self.tries.worked();
                wait
            }
            Err(error) => {
                worker::console_error!("workspace: {error}");
                Some(self.tries.failed())
            }
        };
        // One that was published meanwhile.
        let untold = self.sql.only::<Pointer>(UNTOLD).is_ok_and(|pointer| pointer.is_some());
        let wait = wait.into_iter().chain(untold.then_some(limits::TELL_AGAIN_MS)).min();
        if let Some(wait) = wait
            && let Err(error) = self.sql.set_alarm(platform::now().plus(wait))
        {
            worker::console_error!("workspace: {error}");
        }
        Response::empty()
    }
}

impl WorkspaceObject {
    fn versions(&self) -> Versions<'_> {
        Versions(&self.sql)
    }

    fn keys(&self) -> Keys<'_> {
        Keys(&self.sql)
    }

    fn audit(&self) -> Audit<'_> {
        Audit(&self.sql)
    }

    /// What the alarm does. Answers after how long it is to ring again.
    async fn ring(&self) -> std::result::Result<Option<i64>, ApiError> {
        self.tell_again().await?;
        // None waits for what another can't do now.
        let (walk, sweep, erasures) = (self.go_on().await, self.sweep().await, self.let_go().await);
        Ok(walk?.into_iter().chain(sweep?).chain(erasures?).min())
    }

    async fn publish(
        &self,
        files: Files,
        dry_run: bool,
        base: Option<u64>,
        made: Made,
    ) -> std::result::Result<Answer, ApiError> {
        if let Some(behind) = base.map(|base| self.behind(base, &files)).transpose()?.flatten() {
            return Ok(Answer::Behind(Box::new(behind)));
        }
        let (mut document, warnings) = match read_files_and_warn(&files, platform::now()) {
            Ok(read) => read,
            Err(errors) => return Ok(Answer::Invalid { errors }),
        };
        self.complete(&mut document)?;
        if dry_run {
            let current = self.current()?.map(|current| current.files).unwrap_or_default();
            let changes = differences(&current, &files);
            return Ok(Answer::Valid { hash: document.hash(), changes, warnings });
        }
        let (pointer, changed) = self.make_current(files, document, made).await?;
        Ok(Answer::Published { pointer, changed, warnings })
    }

    /// What no file says.
    fn complete(&self, document: &mut Document) -> std::result::Result<(), ApiError> {
        document.identity.quarantined.extend(self.quarantined()?.into_iter().map(|one| one.id));
        document.generations = self.generations()?;
        document.thresholds = self.thresholds(&document.segments)?;
        Ok(())
    }

    /// What was published since `base`, if anything was, and what becomes of `mine` with it.
    fn behind(&self, base: u64, mine: &Files) -> std::result::Result<Option<Behind>, ApiError> {
        let Some(current) = self.current()?.filter(|current| current.pointer.version != base) else {
            return Ok(None);
        };
        let began = self.versions().of(base)?.map(|published| published.files).unwrap_or_default();
        // A version that says the same, as after a quarantine, is nobody's change.
        if began == current.files {
            return Ok(None);
        }
        let known = self.versions().before(Some(current.pointer.version + 1), 1)?.into_iter().next();
        let joined = reconcile(&began, &current.files, mine);
        Ok(known.map(|known| Behind {
            current: known,
            theirs: differences(&began, &current.files),
            mine: differences(&began, mine),
            files: joined.files,
            conflicts: joined.conflicts,
        }))
    }

    async fn restore(
        &self,
        version: u64,
        base: Option<u64>,
        who: String,
    ) -> std::result::Result<Answer, ApiError> {
        match self.versions().of(version)? {
            Some(old) => self.publish(old.files, false, base, Made::Restore { who, version }).await,
            None => Ok(Answer::Current { published: None }),
        }
    }

    async fn make_current(
        &self,
        files: Files,
        document: Document,
        made: Made,
    ) -> std::result::Result<(Pointer, bool), ApiError> {
        let hash = document.hash();
        let current = self.current()?;
        let same = current.as_ref().filter(|published| published.pointer.hash == hash);
        let (pointer, changed) = match same {
            Some(published) => (published.pointer.clone(), false),
            None => {
                let version = current.as_ref().map_or(0, |published| published.pointer.version) + 1;
                let pointer = Pointer { version, hash };
                let before = current.map(|published| published.files).unwrap_or_default();
                let publication = Publication::new(made, &differences(&before, &files));
                self.versions().add(&pointer, &files, &publication)?;
                self.set_out(&Config::new(pointer.version, document.clone()))?;
                (pointer, true)
            }
        };
        // Also when nothing changed: the last publication may have been cut off before the blob was written.
        config_cache::publish(&self.env, &pointer, document).await?;
        self.tell(&pointer)?;
        // While this one was written a newer one may have been, and the older pointer must not stay behind.
        if let Some(newer) = self.current()?.filter(|current| current.pointer.version > pointer.version) {
            config_cache::point(&self.env, &newer.pointer).await?;
        }
        self.set_off()?;
        Ok((pointer, changed))
    }

    fn tell(&self, pointer: &Pointer) -> std::result::Result<(), ApiError> {
        self.sql.put_only(UNTOLD, UNTOLD_VERSION, pointer)?;
        self.sql.set_alarm(platform::now().plus(limits::TELL_AGAIN_MS))?;
        let (env, pointer) = (self.env.clone(), pointer.clone());
        self.state.wait_until(async move { relay::tell(&env, &pointer).await });
        Ok(())
    }

    /// Those who were not told because this was cut off.
    async fn tell_again(&self) -> std::result::Result<(), ApiError> {
        if let Some(pointer) = self.sql.only::<Pointer>(UNTOLD)? {
            relay::tell(&self.env, &pointer).await;
            // One that was published meanwhile is told with the next alarm, which it has set.
            if self.sql.only::<Pointer>(UNTOLD)?.is_some_and(|now| now.version == pointer.version) {
                self.sql.run(&format!("DELETE FROM {UNTOLD}"), vec![])?;
            }
        }
        Ok(())
    }

    /// Whoever hears of it from an entry tells it, until the config that says so has reached them: once is enough.
    async fn quarantine(&self, id: &Identifier) -> std::result::Result<Answer, ApiError> {
        if !self.heard.borrow_mut().insert(id.clone()) {
            return self.changed(false);
        }
        let done = match self.is_quarantined(id).await {
            // If it is not among these any more it was let go meanwhile.
            Ok(true) if self.heard.borrow().contains(id) => self.quarantine_once(id).await,
            Ok(true) => return self.changed(false),
            Ok(false) => return self.is_free(id).await,
            Err(error) => Err(error),
        };
        if done.is_err() {
            self.heard.borrow_mut().remove(id);
        }
        done
    }

    /// Whoever tells of it may have heard it before an admin let it go: its entry knows.
    async fn is_quarantined(&self, id: &Identifier) -> std::result::Result<bool, ApiError> {
        let secrets = platform::Secrets::of(&self.env)?;
        Ok(identifier::ask(&self.env, &secrets.names, id, &EntryAsk::Lookup).await?.quarantined)
    }

    async fn is_free(&self, id: &Identifier) -> std::result::Result<Answer, ApiError> {
        self.heard.borrow_mut().remove(id);
        if self.quarantined()?.iter().any(|one| one.id == *id) {
            self.release(id).await
        } else {
            self.changed(false)
        }
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
            let values = vec![id.to_string().into(), ROW.into(), platform::now().0.into()];
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
            Ok(self.sql.run(query, vec![namespace.as_str().into(), ROW.into(), value.into()])? > 0)
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
        self.make_current(published.files, document, Made::Itself).await?;
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
        self.versions().current()
    }
}
