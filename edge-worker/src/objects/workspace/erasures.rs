//! Who was erased, and how far the archive has let go of them.
//!
//! Table `erased` (`profile` PRIMARY KEY, `v`, `stage`, `at`, `value`): a [`Kept`] each, which names nobody; table `erased_marks` (`mark`,
//! `profile`): by what it is found. Table `unarchiving` (`id` 1, `v`, `value`): the [`Walk`] through the names of all files that is under
//! way. One walk is for all who were there when it began; who is erased meanwhile waits for the next. A file's lines are counted before it
//! is taken away, and only then does the walk pass it: cut off at any place it does the same once more, and counts nothing twice.
//!
//! They are kept in mind after that for as long as a message may lie in a Queue: see [`erasures`](crate::erasures).

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use selvedge_engine::archive::{ERASED_VERSION, Erased, Left, Mark, Record, Unarchived, left};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};

use super::WorkspaceObject;
use crate::api_error::ApiError;
use crate::archive::File;
use crate::objects::sql::{Json, Keyed, Sql};
use crate::platform::Secrets;
use crate::{archive, dead_letters, platform};

const WALK: &str = "unarchiving";

/// Where somebody stands: has to wait for the next walk, is being taken out by this one, or is out.
const WAITS: i32 = 0;
const GOES: i32 = 1;
const GONE: i32 = 2;

/// Somebody who was erased.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    erased: Erased,
    /// So many lines have gone, from so many files.
    lines: u64,
    files: u64,
    /// When the last of them had.
    gone: Option<UnixMillis>,
}

/// One way through the names of all files.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Walk {
    /// The file that it has come to.
    after: Option<String>,
    /// The one that was counted last.
    counted: Option<String>,
}

/// All who are kept in mind.
pub(super) struct Erasures<'a>(pub(super) &'a Sql);

impl Erasures<'_> {
    fn create(&self) -> Result<(), ApiError> {
        let table = "CREATE TABLE IF NOT EXISTS erased (profile TEXT PRIMARY KEY, v INTEGER NOT NULL, stage INTEGER NOT NULL, at INTEGER NOT NULL, value TEXT NOT NULL)";
        self.0.run(table, vec![])?;
        let table = "CREATE TABLE IF NOT EXISTS erased_marks (mark TEXT, profile TEXT, PRIMARY KEY (mark, profile)) WITHOUT ROWID";
        self.0.run(table, vec![]).map(|_| ())
    }

    fn are_none(&self) -> Result<bool, ApiError> {
        Ok(!self.0.has_table("erased")?)
    }

    fn of(&self, profile: &ProfileId) -> Result<Option<Kept>, ApiError> {
        let query = "SELECT value FROM erased WHERE profile = ?";
        let rows: Vec<Json> = self.0.rows(query, vec![profile.as_str().into()])?;
        rows.first().map(|row| serde_json::from_str(&row.value).map_err(ApiError::from)).transpose()
    }

    fn put(&self, profile: &str, stage: i32, at: UnixMillis, kept: &Kept) -> Result<(), ApiError> {
        let query = "INSERT OR REPLACE INTO erased (profile, v, stage, at, value) VALUES (?, ?, ?, ?, ?)";
        let value = serde_json::to_string(kept)?;
        let row =
            vec![profile.into(), i32::from(ERASED_VERSION).into(), stage.into(), at.0.into(), value.into()];
        self.0.run(query, row).map(|_| ())
    }

    /// Somebody was erased, as that profile says until it hears that the archive has let go. More may be said of the same person.
    fn note(
        &self,
        profile: &ProfileId,
        said: &Erased,
        now: UnixMillis,
    ) -> Result<Option<Unarchived>, ApiError> {
        self.0.atomically(|| {
            self.create()?;
            let known = self.of(profile)?;
            let mut kept = known.clone().unwrap_or_else(|| Kept {
                erased: said.clone(),
                lines: 0,
                files: 0,
                gone: None,
            });
            kept.erased.join(said.clone());
            if let Some(known) = known.filter(|known| known.erased == kept.erased) {
                let Kept { erased, lines, files, gone } = known;
                return Ok(gone.map(|at| Unarchived { at, lines, files, beyond: erased.beyond }));
            }
            kept.gone = None;
            self.put(profile.as_str(), WAITS, now, &kept)?;
            let marks = serde_json::to_string(&kept.erased.marks().collect::<Vec<_>>())?;
            let query =
                "INSERT OR IGNORE INTO erased_marks (mark, profile) SELECT value, ? FROM json_each(?)";
            self.0.run(query, vec![profile.as_str().into(), marks.into()])?;
            Ok(None)
        })
    }

    /// Those among these people.
    pub(super) fn among(&self, marks: &[Mark]) -> Result<Vec<Erased>, ApiError> {
        if self.are_none()? {
            return Ok(Vec::new());
        }
        let query = "SELECT value FROM erased WHERE profile IN \
                     (SELECT profile FROM erased_marks WHERE mark IN (SELECT value FROM json_each(?)))";
        let rows: Vec<Json> = self.0.rows(query, vec![serde_json::to_string(marks)?.into()])?;
        rows.iter().map(|row| Ok(serde_json::from_str::<Kept>(&row.value)?.erased)).collect()
    }

    /// All at this stage, or at any.
    fn all(&self, stage: Option<i32>) -> Result<Vec<(String, Kept)>, ApiError> {
        if self.are_none()? {
            return Ok(Vec::new());
        }
        let query = "SELECT profile AS key, value FROM erased WHERE stage = ?1 OR ?1 = -1";
        let rows: Vec<Keyed> = self.0.rows(query, vec![stage.unwrap_or(-1).into()])?;
        rows.into_iter().map(|row| Ok((row.key, serde_json::from_str(&row.value)?))).collect()
    }

    /// What is left of lines without any of them.
    pub(super) fn sieve(&self) -> Result<Sieve, ApiError> {
        let (profiles, all) =
            self.all(None)?.into_iter().map(|(profile, kept)| (profile, kept.erased)).unzip();
        Ok(Sieve { profiles, all, took: RefCell::default() })
    }

    fn walk(&self) -> Result<Option<Walk>, ApiError> {
        self.0.only(WALK)
    }

    fn put_walk(&self, walk: &Walk) -> Result<(), ApiError> {
        self.0.put_only(WALK, ERASED_VERSION, walk)
    }

    /// The walk to go on with, or one for those who wait.
    fn under_way(&self) -> Result<Option<Walk>, ApiError> {
        if self.are_none()? {
            return Ok(None);
        }
        self.0.atomically(|| {
            if let Some(walk) = self.walk()? {
                return Ok(Some(walk));
            }
            let waiting = "UPDATE erased SET stage = ? WHERE stage = ?";
            if self.0.run(waiting, vec![GOES.into(), WAITS.into()])? == 0 {
                return Ok(None);
            }
            let walk = Walk::default();
            self.put_walk(&walk)?;
            Ok(Some(walk))
        })
    }

    /// A file is about to be taken away.
    fn count(&self, walk: &mut Walk, file: &str, took: &BTreeMap<String, u64>) -> Result<(), ApiError> {
        if walk.counted.as_deref() == Some(file) {
            return Ok(());
        }
        walk.counted = Some(file.to_owned());
        self.0.atomically(|| {
            for (profile, mut kept) in self.all(Some(GOES))? {
                if let Some(lines) = took.get(&profile) {
                    kept.lines += lines;
                    kept.files += 1;
                    self.put(&profile, GOES, platform::now(), &kept)?;
                }
            }
            self.put_walk(walk)
        })
    }

    /// It has come to the end.
    fn end(&self, now: UnixMillis) -> Result<(), ApiError> {
        self.0.atomically(|| {
            for (profile, mut kept) in self.all(Some(GOES))? {
                kept.gone = Some(now);
                self.put(&profile, GONE, now, &kept)?;
            }
            self.0.run(&format!("DELETE FROM {WALK}"), vec![]).map(|_| ())
        })
    }

    /// Forgets those of whom nothing can come any more. After how long that is to be done again.
    fn forget(&self, now: UnixMillis) -> Result<Option<i64>, ApiError> {
        #[derive(Deserialize)]
        struct Oldest {
            at: Option<i64>,
        }
        let until = now.plus(-limits::ERASED_KEPT_MS);
        self.0.atomically(|| {
            let old = "SELECT profile FROM erased WHERE stage = ?1 AND at < ?2";
            let of = || vec![GONE.into(), until.0.into()];
            self.0.run(&format!("DELETE FROM erased_marks WHERE profile IN ({old})"), of())?;
            self.0.run("DELETE FROM erased WHERE stage = ?1 AND at < ?2", of()).map(|_| ())
        })?;
        let query = "SELECT MIN(at) AS at FROM erased WHERE stage = ?";
        let oldest: Vec<Oldest> = self.0.rows(query, vec![GONE.into()])?;
        Ok(oldest.first().and_then(|oldest| oldest.at).map(|at| UnixMillis(at).since(until) + 1))
    }
}

/// What is left of lines without those who were erased, and of whom something went.
pub(super) struct Sieve {
    profiles: Vec<String>,
    all: Vec<Erased>,
    took: RefCell<BTreeMap<String, u64>>,
}

impl Sieve {
    pub(super) fn left_of(&self, record: &Record, secrets: &Secrets) -> Left {
        let (left, whose) = left(record, self.all.iter(), &|id| secrets.names.number(id));
        let mut took = self.took.borrow_mut();
        for profile in whose.into_iter().filter_map(|place| self.profiles.get(place)) {
            *took.entry(profile.clone()).or_default() += 1;
        }
        left
    }

    /// A row of the directory in a letter.
    fn is_theirs(&self, profile: &ProfileId) -> bool {
        self.all.iter().any(|one| one.profiles.contains(profile))
    }
}

impl WorkspaceObject {
    pub(super) fn erasures(&self) -> Erasures<'_> {
        Erasures(&self.sql)
    }

    /// To [`Ask::Unarchive`](super::Ask::Unarchive).
    pub(super) fn unarchive(
        &self,
        profile: &ProfileId,
        erased: &Erased,
    ) -> Result<Option<Unarchived>, ApiError> {
        let now = platform::now();
        let gone = self.erasures().note(profile, erased, now)?;
        if gone.is_none() {
            self.sql.set_alarm(now)?;
        }
        Ok(gone)
    }

    /// What the alarm does. Answers after how long it is to ring again.
    pub(super) async fn let_go(&self) -> Result<Option<i64>, ApiError> {
        let erasures = self.erasures();
        if erasures.are_none()? {
            return Ok(None);
        }
        let Some(mut walk) = erasures.under_way()? else { return erasures.forget(platform::now()) };
        let sieve = erasures.sieve()?;
        let going: Vec<Erased> = erasures.all(Some(GOES))?.into_iter().map(|(_, kept)| kept.erased).collect();
        let files = archive::all(walk.after.as_deref(), limits::UNARCHIVED_FILES, &self.env).await?;
        let is_last = files.len() < limits::UNARCHIVED_FILES;
        let looked = stream::iter(files).map(|file| self.may_hold(file, &going));
        let mut looked = looked.buffered(limits::CONCURRENT_OBJECTS);
        while let Some(found) = looked.next().await {
            let (file, may) = found?;
            if may {
                self.take_out(&file.name, &sieve, &mut walk).await?;
            }
            walk.after = Some(file.name);
        }
        if is_last {
            erasures.end(platform::now())?;
        } else {
            erasures.put_walk(&walk)?;
        }
        Ok(Some(0))
    }

    async fn may_hold(&self, file: File, going: &[Erased]) -> Result<(File, bool), ApiError> {
        let people = archive::people(&file.name, &self.env).await?;
        let may = going.iter().any(|one| one.may_be_in(people.as_deref()));
        Ok((file, may))
    }

    async fn take_out(&self, file: &str, sieve: &Sieve, walk: &mut Walk) -> Result<(), ApiError> {
        let secrets = Secrets::of(&self.env)?;
        sieve.took.borrow_mut().clear();
        let left_of = |record: &Record| sieve.left_of(record, &secrets);
        let note = || self.erasures().count(walk, file, &sieve.took.borrow());
        if file.starts_with(dead_letters::PREFIX) {
            dead_letters::rewrite(file, left_of, |profile| sieve.is_theirs(profile), note, &self.env).await
        } else {
            archive::rewrite(file, left_of, note, &self.env).await
        }
    }
}
