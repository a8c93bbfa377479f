//! Which segments a profile is in, kept up to date: only what an event or the time can have changed is looked at again.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::due::Due;
use super::{ProfileState, Rows};
use crate::config::Config;
use crate::ids::SegmentId;
use crate::limits;
use crate::segment::{Cause, Change, Look, Membership};
use crate::time::UnixMillis;

/// Segments to be looked at again, by their place in the config under which events were folded.
#[derive(Debug, Clone, Default)]
pub struct Stale {
    /// All that was ever folded has marked what it touched: no other segment differs from those of nobody.
    since_nobody: bool,
    segments: BTreeSet<usize>,
}

/// What is worked out when it is first asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Cached<T>(OnceLock<T>);

/// What can be worked out from a state is no part of what it says.
impl<T> PartialEq for Cached<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What is still to be looked at is no part of what a state says.
impl PartialEq for Stale {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Stale {
    pub(super) fn of_nobody() -> Self {
        Self { since_nobody: true, segments: BTreeSet::new() }
    }

    pub(super) fn mark(&mut self, segments: &[usize]) {
        self.segments.extend(segments);
    }
}

/// When a segment can change next though nothing happens. Until then a look at it would find the same.
pub fn next_change(state: &ProfileState, config: &Config, now: UnixMillis) -> Option<UnixMillis> {
    if state.events == 0 {
        return None;
    }
    if state.rules != config.program().fingerprint() {
        return Some(now);
    }
    state.due(config).first()
}

impl ProfileState {
    /// When each segment can change with time alone, under the rules that they were told by.
    fn due(&self, config: &Config) -> &Due {
        self.due.0.get_or_init(|| self.looked.map_or_else(Due::default, |at| Due::of(self, config, at)))
    }

    /// The segments that it is in, if a look at all of them now would find the same: nothing was folded in since they were looked at,
    /// and the first instant at which one can change is still to come.
    pub(crate) fn standing(&self, config: &Config, now: UnixMillis) -> Option<&Rows<Membership, SegmentId>> {
        let is_looked_at = self.rules == config.program().fingerprint()
            && self.stale.segments.is_empty()
            && self.looked.is_some_and(|looked| looked <= now);
        let due = self.due.0.get().filter(|_| is_looked_at)?;
        due.first().is_none_or(|at| at > now).then_some(&self.segments)
    }

    /// Brings the memberships up to `now`, after something was folded in, or because time has passed. Tells what changed.
    pub fn refresh_segments(&mut self, config: &Config, now: UnixMillis, cause: Cause<'_>) -> Vec<Change> {
        let program = config.program();
        let mut stale = std::mem::take(&mut self.stale.segments);
        let from_nobody = std::mem::take(&mut self.stale.since_nobody);
        let mut changes = Vec::new();
        let mut cause = cause;
        if program.has_moved_since(&self.rules) {
            // The segments are the same: windows that moved meanwhile did so by themselves, each at its own instant.
            program.fingerprint().clone_into(&mut self.rules);
            self.due = Cached::default();
            changes = self.pass_time(config, now);
            cause = Cause::Threshold;
            stale = (0..program.len()).collect();
        } else if self.rules != program.fingerprint() {
            let is_new = from_nobody && self.rules.is_empty() && self.segments.is_empty();
            program.fingerprint().clone_into(&mut self.rules);
            self.due = Cached(OnceLock::from(Due::default()));
            let known = |id: &SegmentId| program.place(id).is_some_and(|place| program.is_of_state(place));
            let gone: Vec<SegmentId> = self.segments.keys().filter(|id| !known(id)).cloned().collect();
            for id in gone {
                self.segments.remove(&id);
                changes.push(change(id, false, now, Cause::Definition));
            }
            if is_new {
                for id in program.of_nobody().filter_map(|place| program.id(place)) {
                    self.segments.put(id.clone(), membership(now, cause));
                    changes.push(change(id.clone(), true, now, cause));
                }
            } else {
                stale = (0..program.len()).collect();
            }
        }
        self.look_again(config, stale, now, cause, &mut changes);
        changes
    }

    /// Lets time pass up to `now`: each window moves at its own instant. Before an event is taken in, so that what was
    /// before it has been.
    pub fn pass_time(&mut self, config: &Config, now: UnixMillis) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.rules != config.program().fingerprint() {
            return changes;
        }
        for step in 0.. {
            let Some(mut at) = self.due(config).first().filter(|at| *at <= now) else { break };
            if step >= limits::CATCH_UP {
                at = now;
            }
            let stale = self.due(config).by(at);
            self.look_again(config, stale, at, Cause::Time, &mut changes);
        }
        self.looked = self.looked.max(Some(now));
        changes
    }

    /// Looks at these segments, and at those that name one that has changed.
    fn look_again(
        &mut self,
        config: &Config,
        mut stale: BTreeSet<usize>,
        now: UnixMillis,
        cause: Cause<'_>,
        changes: &mut Vec<Change>,
    ) {
        let program = config.program();
        self.due(config);
        let mut due = std::mem::take(&mut self.due.0).into_inner().unwrap_or_default();
        let mut segments = std::mem::take(&mut self.segments);
        let look = Look::at(self, config, now);
        while let Some(place) = stale.pop_first() {
            let Some(id) = program.id(place).filter(|_| program.is_of_state(place)) else { continue };
            let (holds, next) = look.again(place, &segments);
            due.set(place, next);
            if holds == segments.get(id).is_some() {
                continue;
            }
            if holds {
                segments.put(id.clone(), membership(now, cause));
            } else {
                segments.remove(id);
            }
            changes.push(change(id.clone(), holds, now, cause));
            stale.extend(program.naming(place));
        }
        self.segments = segments;
        self.due = Cached(OnceLock::from(due));
        self.looked = self.looked.max(Some(now));
    }

    /// Takes over which segments somebody was in, as they stood: whoever stays in one has been in it since then.
    pub fn remember_segments(&mut self, before: &Self) {
        self.segments = before.segments.anew();
        self.looked = before.looked;
        self.due = Cached::default();
        self.rules.clone_from(&before.rules);
    }
}

fn membership(since: UnixMillis, cause: Cause<'_>) -> Membership {
    Membership { since, cause: cause.event(), how: cause.how() }
}

pub(super) fn change(segment: SegmentId, entered: bool, at: UnixMillis, cause: Cause<'_>) -> Change {
    Change { segment, entered, at, cause: cause.event(), how: cause.how() }
}
