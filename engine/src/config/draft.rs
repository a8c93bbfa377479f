//! A segment that is not published yet: whether it could be, and what it would be beside those that are.

use std::collections::BTreeSet;

use super::{Config, Document, FileError, validate};
use crate::audience::Audience;
use crate::ids::{AudienceId, SegmentId};
use crate::segment::{Rule, Segment};

impl Config {
    /// The published segments that a draft names, by itself or through others, each after those that it names itself, and the
    /// draft last. It takes the place of a published one with the same id.
    ///
    /// # Errors
    /// What would be wrong with it if it were published.
    pub fn draft(&self, draft: Segment) -> Result<Vec<Segment>, Vec<FileError>> {
        let file = format!("segments/{}.json", draft.id);
        let id = draft.id.clone();
        let mut all: Vec<Segment> =
            self.document.segments.iter().filter(|one| one.id != id).cloned().chain([draft]).collect();
        let mut errors = Vec::new();
        let known: BTreeSet<&SegmentId> = all.iter().map(|segment| &segment.id).collect();
        let audiences: BTreeSet<&AudienceId> =
            self.document.audiences.iter().map(|audience| &audience.id).collect();
        if let Some(draft) = all.last() {
            validate::check_segment(draft, &file, &known, &audiences, &mut errors);
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let order = validate::evaluation_order(&all)
            .map_err(|circle| vec![validate::on_circle_error(&file, &circle)])?;
        let mut wanted = BTreeSet::from([id]);
        let mut named = Vec::new();
        for place in order.into_iter().rev() {
            let Some(segment) = all.get_mut(place).filter(|segment| wanted.contains(&segment.id)) else {
                continue;
            };
            segment.rule.walk("", &mut |rule, _| {
                if let Rule::Segment(id) = rule {
                    wanted.insert(id.clone());
                }
            });
            named.push(segment.clone());
        }
        named.reverse();
        Ok(named)
    }

    /// These segments in the place of all published ones, and what they go by beside.
    #[must_use]
    pub fn with_segments(&self, segments: Vec<Segment>) -> Self {
        let Document { traits, accounts, audiences, generations, thresholds, .. } = &self.document;
        let document = Document {
            traits: traits.clone(),
            accounts: accounts.clone(),
            audiences: audiences.clone(),
            generations: generations.clone(),
            thresholds: thresholds.clone(),
            segments,
            ..Document::default()
        };
        Self::new(self.version, document)
    }

    /// The imported audiences that profiles tell their memberships by.
    pub fn listed_audiences(&self) -> Vec<&Audience> {
        let ids = self.program.audiences_of_lists();
        self.document.audiences.iter().filter(|audience| ids.contains(&audience.id)).collect()
    }

    /// The imported audiences that a segment depends on, if any were imported.
    pub fn audiences_of(&self, segment: &SegmentId) -> Vec<&Audience> {
        if self.document.generations.is_empty() {
            return Vec::new();
        }
        let ids: BTreeSet<&AudienceId> = self.program.audiences_of(segment).collect();
        self.document.audiences.iter().filter(|audience| ids.contains(&audience.id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Config, Document};
    use crate::segment::Segment;

    fn segment(id: &str, rule: &Value) -> Segment {
        serde_json::from_value(json!({ "id": id, "name": id, "rule": rule })).unwrap()
    }

    fn config() -> Config {
        let segments = vec![
            segment("top", &json!({ "segment": "middle" })),
            segment("other", &json!({ "traits": { "a": 1 } })),
            segment("middle", &json!({ "not": { "segment": "base" } })),
            segment("base", &json!({ "performed": { "event": "Seen" } })),
        ];
        Config::new(1, Document { segments, ..Document::default() })
    }

    fn ids(segments: &[Segment]) -> Vec<&str> {
        segments.iter().map(|segment| segment.id.as_str()).collect()
    }

    #[test]
    fn a_draft_comes_with_those_that_it_names_and_no_others() {
        let rule = json!({ "any": [{ "segment": "middle" }, { "traits": { "b": 1 } }] });
        assert_eq!(ids(&config().draft(segment("new", &rule)).unwrap()), ["base", "middle", "new"]);
    }

    #[test]
    fn a_draft_takes_the_place_of_a_published_one() {
        let named = config().draft(segment("middle", &json!({ "traits": { "b": 1 } }))).unwrap();
        assert_eq!(ids(&named), ["middle"]);
        assert_eq!(named.first().unwrap().rule, segment("x", &json!({ "traits": { "b": 1 } })).rule);
    }

    #[test]
    fn what_could_not_be_published_is_refused() {
        let reason = |rule: Value| config().draft(segment("base", &rule)).unwrap_err().remove(0).reason;
        assert!(reason(json!({ "segment": "nobody" })).contains("no segment `nobody`"));
        assert!(reason(json!({ "segment": "top" })).contains("names itself"));
        assert!(reason(json!({ "audience": "vip" })).contains("no audience"));
    }
}
