//! What follows a publication: all profiles are to be what the config says, and thresholds are to be what all profiles say.
//!
//! Table `course` (`id` 1, `v`, `value`): the [`Course`] of the walk that was begun last, written with the version that asks for it;
//! table `thresholds` (`id` 1, `v`, `value`): what the directory's numbers come to. The alarm tells the shards, looks how far they are,
//! and then reckons thresholds, now and every few hours. If they have moved they are published, which asks for a walk.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use selvedge_engine::config::Config;
use selvedge_engine::directory::{COURSE_VERSION, Course, Walk, WalkProgress};
use selvedge_engine::limits;
use selvedge_engine::segment::{Segment, Threshold, at_least, tops};
use worker::Env;

use super::WorkspaceObject;
use crate::api_error::ApiError;
use crate::objects::directory::ask_all;
use crate::objects::directory::message::{Answer, Ask};
use crate::{config_cache, platform};

const THRESHOLDS_VERSION: u8 = 1;

/// How far all shards are with a walk.
pub(crate) async fn progress(course: &Course, env: &Env) -> Result<WalkProgress, ApiError> {
    let mut walks: Vec<Walk> = Vec::new();
    for answer in ask_all(env, &Ask::Walked).await? {
        match answer {
            Answer::Walked { walk } => walks.extend(walk),
            other => return Err(other.unexpected()),
        }
    }
    Ok(WalkProgress::of(course.number, course.config, course.told, &walks, platform::now()))
}

impl WorkspaceObject {
    /// The walk that was begun last.
    pub(super) fn course(&self) -> Result<Option<Course>, ApiError> {
        self.sql.only("course")
    }

    fn put_course(&self, course: &Course) -> Result<(), ApiError> {
        self.sql.put_only("course", COURSE_VERSION, course)
    }

    /// What somebody must have to be among the top that these segments speak of, as far as that is known.
    pub(super) fn thresholds(&self, segments: &[Segment]) -> Result<Vec<Threshold>, ApiError> {
        let known: Vec<Threshold> = self.sql.only("thresholds")?.unwrap_or_default();
        let of = |(of, top)| known.iter().find(|one| one.of == of && one.top == top).cloned();
        Ok(tops(segments).into_iter().filter_map(of).collect())
    }

    /// Begins the walk that this config asks for.
    pub(super) fn set_out(&self, config: &Config) -> Result<(), ApiError> {
        let now = platform::now();
        let Some(course) = Course::after(self.course()?.as_ref(), config, now) else { return Ok(()) };
        self.put_course(&course)?;
        // Once the version can be read; if this is cut off before it can, a little later.
        self.sql.set_alarm(now.plus(limits::WALK_LOOK_MS))
    }

    /// The version that it asks for can be read.
    pub(super) fn set_off(&self) -> Result<(), ApiError> {
        match self.course()? {
            Some(course) if !course.told => self.sql.set_alarm(platform::now()),
            _ => Ok(()),
        }
    }

    /// Begins it once more, if there was one; everybody is resolved `anew` by it, if an admin wants that.
    pub(super) fn set_out_again(&self, anew: bool) -> Result<Option<Course>, ApiError> {
        let now = platform::now();
        let (Some(course), Some(current)) = (self.course()?, self.current()?) else { return Ok(None) };
        let version = current.pointer.version;
        let course = if anew { course.anew(version, now) } else { course.again(version, now) };
        self.put_course(&course)?;
        self.sql.set_alarm(now)?;
        Ok(Some(course))
    }

    /// What the alarm does. Answers after how long it is to ring again.
    pub(super) async fn go_on(&self) -> Result<Option<i64>, ApiError> {
        let Some(mut course) = self.course()? else { return Ok(None) };
        if !course.told {
            let Course { number, config, only, anew, .. } = course.clone();
            ask_all(&self.env, &Ask::Walk { number, config, only, anew }).await?;
            course.told = true;
            return self.note(&course);
        }
        if !course.ended {
            if progress(&course, &self.env).await?.ended.is_none() {
                return Ok(Some(limits::WALK_LOOK_MS));
            }
            course.ended = true;
            return self.note(&course);
        }
        let config = config_cache::current(&self.env, course.config).await?;
        let tops = tops(&config.document().segments);
        if tops.is_empty() {
            return Ok(None);
        }
        let wanted = tops.len();
        let known = self.reckon(tops).await?;
        let is_over = self.course()?.is_some_and(|course| course.ended);
        Ok(Some(match is_over {
            true if known == wanted => limits::THRESHOLDS_MS,
            // Nobody has such a number yet.
            true => limits::RETRY_MAX_MS,
            false => 0,
        }))
    }

    /// Unless another walk was begun meanwhile.
    fn note(&self, course: &Course) -> Result<Option<i64>, ApiError> {
        if self.course()?.is_some_and(|now| now.number == course.number) {
            self.put_course(course)?;
        }
        Ok(Some(0))
    }

    /// What profiles have of a number.
    async fn numbers(&self, of: &str) -> Result<Vec<f64>, ApiError> {
        let mut all = Vec::new();
        for answer in ask_all(&self.env, &Ask::Numbers { of: of.to_owned() }).await? {
            match answer {
                Answer::Numbers { numbers } => all.extend(numbers),
                other => return Err(other.unexpected()),
            }
        }
        Ok(all)
    }

    /// Works thresholds out, and publishes them if they are others. Says how many are known.
    async fn reckon(&self, tops: Vec<(String, f64)>) -> Result<usize, ApiError> {
        let mut thresholds: Vec<Threshold> = Vec::new();
        let mut known: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (of, top) in tops {
            let all = match known.entry(of.clone()) {
                Entry::Occupied(all) => all.into_mut(),
                Entry::Vacant(none) => none.insert(self.numbers(&of).await?),
            };
            thresholds.extend(at_least(top, all).map(|at_least| Threshold { of, top, at_least }));
        }
        if self.sql.only::<Vec<Threshold>>("thresholds")?.unwrap_or_default() == thresholds {
            return Ok(thresholds.len());
        }
        self.sql.put_only("thresholds", THRESHOLDS_VERSION, &thresholds)?;
        self.publish_again().await?;
        Ok(thresholds.len())
    }
}
