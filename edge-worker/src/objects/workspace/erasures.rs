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
use crate::objects::sql::{Keyed, Sql};
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
}

#[derive(Deserialize)]
struct Row {
    stage: i32,
    at: i64,
    value: String,
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

    /// Who that is, how far, and since when.
    fn of(&self, profile: &str) -> Result<Option<(Kept, i32, UnixMillis)>, ApiError> {
        let query = "SELECT stage, at, value FROM erased WHERE profile = ?";
        let rows: Vec<Row> = self.0.rows(query, vec![profile.into()])?;
        let Some(Row { stage, at, value }) = rows.first() else { return Ok(None) };
        Ok(Some((serde_json::from_str(value)?, *stage, UnixMillis(*at))))
    }

    fn put(&self, profile: &str, kept: &Kept, stage: i32, at: UnixMillis) -> Result<(), ApiError> {
        let query = "INSERT OR REPLACE INTO erased (profile, v, stage, at, value) VALUES (?, ?, ?, ?, ?)";
        let (version, value) = (i32::from(ERASED_VERSION), serde_json::to_string(kept)?);
        let row = vec![profile.into(), version.into(), stage.into(), at.0.into(), value.into()];
        self.0.run(query, row).map(|_| ())
    }

    /// Somebody was erased, as that profile says until it hears that the archive has let go. More may be said of the same person.
    fn note(&self, profile: &str, said: &Erased, now: UnixMillis) -> Result<Option<Unarchived>, ApiError> {
        self.0.atomically(|| {
            self.create()?;
            let known = self.of(profile)?;
            let mut kept = match &known {
                Some((kept, ..)) => kept.clone(),
                None => Kept { erased: said.clone(), lines: 0, files: 0 },
            };
            kept.erased.join(said.clone());
            if let Some((Kept { erased, lines, files }, stage, at)) = known
                && erased == kept.erased
            {
                let beyond = erased.beyond;
                return Ok((stage == GONE).then_some(Unarchived { at, lines, files, beyond }));
            }
            self.put(profile, &kept, WAITS, now)?;
            let marks = serde_json::to_string(&kept.erased.marks().collect::<Vec<_>>())?;
            let query =
                "INSERT OR IGNORE INTO erased_marks (mark, profile) SELECT value, ? FROM json_each(?)";
            self.0.run(query, vec![profile.into(), marks.into()])?;
            Ok(None)
        })
    }

    /// Those whom files about these people may have something of.
    fn whom(&self, marks: &[Mark]) -> Result<Vec<(String, Erased)>, ApiError> {
        if self.are_none()? || marks.is_empty() {
            return Ok(Vec::new());
        }
        let query = "SELECT profile AS key, value FROM erased WHERE profile IN \
                     (SELECT profile FROM erased_marks WHERE mark IN (SELECT value FROM json_each(?)))";
        let rows: Vec<Keyed> = self.0.rows(query, vec![serde_json::to_string(marks)?.into()])?;
        rows.into_iter().map(|row| Ok((row.key, serde_json::from_str::<Kept>(&row.value)?.erased))).collect()
    }

    /// To [`Ask::ErasedAmong`](super::Ask::ErasedAmong).
    pub(super) fn among(&self, marks: &[Mark]) -> Result<Vec<Erased>, ApiError> {
        Ok(self.whom(marks)?.into_iter().map(|(_, erased)| erased).collect())
    }

    /// What is left of lines about these people.
    pub(super) fn sieve(&self, marks: &[Mark]) -> Result<Sieve, ApiError> {
        let (profiles, all) = self.whom(marks)?.into_iter().unzip();
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
    fn count(&self, walk: &mut Walk, file: &str, sieve: &Sieve) -> Result<(), ApiError> {
        if walk.counted.as_deref() == Some(file) {
            return Ok(());
        }
        walk.counted = Some(file.to_owned());
        self.0.atomically(|| {
            for (profile, lines) in sieve.took.borrow().iter() {
                if let Some((mut kept, stage, at)) = self.of(profile)? {
                    kept.lines += lines;
                    kept.files += 1;
                    self.put(profile, &kept, stage, at)?;
                }
            }
            self.put_walk(walk)
        })
    }

    /// It has come to the end.
    fn end(&self, now: UnixMillis) -> Result<(), ApiError> {
        self.0.atomically(|| {
            let query = "UPDATE erased SET stage = ?, at = ? WHERE stage = ?";
            self.0.run(query, vec![GONE.into(), now.0.into(), GOES.into()])?;
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
        let gone = self.erasures().note(profile.as_str(), erased, now)?;
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
        let files = archive::all(walk.after.as_deref(), limits::UNARCHIVED_FILES, &self.env).await?;
        let is_last = files.len() < limits::UNARCHIVED_FILES;
        let looked = stream::iter(files).map(|file| self.look(file));
        let mut looked = looked.buffered(limits::CONCURRENT_OBJECTS);
        while let Some(found) = looked.next().await {
            let (file, people) = found?;
            self.take_out(&file.name, &people, &mut walk).await?;
            walk.after = Some(file.name);
        }
        if is_last {
            erasures.end(platform::now())?;
        } else {
            erasures.put_walk(&walk)?;
        }
        Ok(Some(0))
    }

    async fn look(&self, file: File) -> Result<(File, Vec<Mark>), ApiError> {
        let people = if file.name.starts_with(dead_letters::PREFIX) {
            dead_letters::people(&file.name, &self.env).await?
        } else {
            archive::people(&file.name, &self.env).await?
        };
        Ok((file, people))
    }

    async fn take_out(&self, file: &str, people: &[Mark], walk: &mut Walk) -> Result<(), ApiError> {
        let (secrets, erasures) = (Secrets::of(&self.env)?, self.erasures());
        let sieve = erasures.sieve(people)?;
        let left_of = |record: &Record| sieve.left_of(record, &secrets);
        let note = || erasures.count(walk, file, &sieve);
        if file.starts_with(dead_letters::PREFIX) {
            // Of a row of the directory that waits there, the profile is known by its id.
            let is_theirs = |profile: &ProfileId| erasures.of(profile.as_str()).is_ok_and(|it| it.is_some());
            dead_letters::rewrite(file, left_of, is_theirs, note, &self.env).await
        } else if sieve.all.is_empty() {
            Ok(())
        } else {
            archive::rewrite(file, left_of, note, &self.env).await
        }
    }
}
