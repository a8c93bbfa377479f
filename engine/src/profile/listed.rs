//! Which segments of imported audiences a profile is in, as was told last. They are no part of the state, since a list changes
//! without an event: they are looked at when the directory walks by, after something was imported or published.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ProfileState;
use crate::config::Config;
use crate::ids::{AudienceId, SegmentId};
use crate::segment::{Cause, Change, Given, Members, Membership};
use crate::time::UnixMillis;

/// The version of a stored [`Listed`].
pub const LISTED_VERSION: u8 = 1;

/// What was told last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Listed {
    /// Under which segments.
    rules: String,
    /// The lists that the person was in; none if nothing was imported.
    audiences: Option<BTreeSet<AudienceId>>,
    /// The segments.
    segments: BTreeMap<SegmentId, Membership>,
}

impl Listed {
    /// The segments.
    pub fn segments(&self) -> impl Iterator<Item = &SegmentId> {
        self.segments.keys()
    }

    /// Looks again, now that the person is in these lists. What other segments, or other thresholds, have changed is told with that cause,
    /// and what an import has with that one. What events have done since is known now, and told as what time has.
    pub fn look(
        &mut self,
        state: &ProfileState,
        config: &Config,
        now: UnixMillis,
        audiences: Option<BTreeSet<AudienceId>>,
    ) -> Vec<Change> {
        let program = config.program();
        let cause = match program.fingerprint() {
            same if *same == self.rules => Cause::Time,
            _ if program.has_moved_since(&self.rules) => Cause::Threshold,
            _ => Cause::Backfill,
        };
        let mut changes = Vec::new();
        self.bring(state, config, now, cause, &mut changes);
        program.fingerprint().clone_into(&mut self.rules);
        if self.audiences != audiences {
            self.audiences = audiences;
            self.bring(state, config, now, Cause::Import, &mut changes);
        }
        changes
    }

    fn bring(
        &mut self,
        state: &ProfileState,
        config: &Config,
        now: UnixMillis,
        cause: Cause<'_>,
        changes: &mut Vec<Change>,
    ) {
        let given = Given { audiences: self.audiences.as_ref(), ..Given::default() };
        let members = Members::of(state, config, now, given);
        let inside: BTreeSet<&SegmentId> = config.program().of_lists().filter(|id| members.has(id)).collect();
        let mut change = |segment: &SegmentId, entered| {
            changes.push(Change {
                segment: segment.clone(),
                entered,
                at: now,
                cause: None,
                how: cause.how(),
            });
        };
        self.segments.retain(|id, _| {
            let stays = inside.contains(id);
            if !stays {
                change(id, false);
            }
            stays
        });
        for id in inside {
            if !self.segments.contains_key(id) {
                change(id, true);
                let membership = Membership { since: now, cause: None, how: cause.how() };
                self.segments.insert(id.clone(), membership);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::{Value, json};

    use super::Listed;
    use crate::audience::{Audience, Generation};
    use crate::config::{Config, Document};
    use crate::identity::Namespace;
    use crate::ids::AudienceId;
    use crate::profile::ProfileState;
    use crate::segment::{How, Segment};
    use crate::time::UnixMillis;

    fn config(segments: &[(&str, Value)]) -> Config {
        let segment = |(id, rule): &(&str, Value)| -> Segment {
            serde_json::from_value(json!({ "id": id, "name": id, "rule": rule })).unwrap()
        };
        let email = Namespace::parse("email").unwrap();
        let vip = Audience { id: AudienceId::from("vip"), name: "VIP".into(), namespace: email.clone() };
        Config::new(
            1,
            Document {
                segments: segments.iter().map(segment).collect(),
                audiences: vec![vip],
                generations: BTreeMap::from([(email, Generation { number: 1, bits: 0 })]),
                ..Document::default()
            },
        )
    }

    fn told(listed: &mut Listed, config: &Config, vip: bool) -> Vec<(String, bool, How)> {
        let lists: BTreeSet<AudienceId> = vip.then(|| AudienceId::from("vip")).into_iter().collect();
        let changes = listed.look(&ProfileState::empty(), config, UnixMillis(5), Some(lists));
        changes.into_iter().map(|one| (one.segment.as_str().to_owned(), one.entered, one.how)).collect()
    }

    #[test]
    fn what_an_import_does_and_what_a_publication_does_are_told_apart() {
        let vip = ("vip-only", json!({ "audience": "vip" }));
        let others = ("others", json!({ "not": { "segment": "vip-only" } }));
        let visit = ("visit", json!({ "all": [{ "audience": "vip" }, { "context": { "bot": false } }] }));
        let first = config(&[vip.clone(), visit.clone()]);
        let mut listed = Listed::default();
        let entered = |id: &str, how| (id.to_owned(), true, how);
        let left = |id: &str, how| (id.to_owned(), false, how);
        assert_eq!(told(&mut listed, &first, false), []);
        assert_eq!(told(&mut listed, &first, true), [entered("vip-only", How::Import)]);
        assert_eq!(told(&mut listed, &first, true), [], "the same again changes nothing");
        let second = config(&[vip, others, visit.clone()]);
        assert_eq!(told(&mut listed, &second, true), []);
        assert_eq!(
            told(&mut listed, &second, false),
            [left("vip-only", How::Import), entered("others", How::Import)]
        );
        let third = config(&[visit]);
        assert_eq!(told(&mut listed, &third, true), [left("others", How::Backfill)]);
    }
}
