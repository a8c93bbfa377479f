//! Which walk through all profiles the workspace wants, and why there is one.

use serde::{Deserialize, Serialize};

use super::Moved;
use crate::config::Config;
use crate::segment::Threshold;
use crate::time::UnixMillis;

/// The version of a stored [`Course`].
pub const COURSE_VERSION: u8 = 2;

/// The walk that was begun last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Course {
    /// Of two walks the one with the greater number goes on: the time at which it was wanted.
    pub number: u64,
    /// The config version that profiles are to go by.
    pub config: u64,
    /// What their memberships follow from: see [`Config::memberships`].
    memberships: String,
    thresholds: Vec<Threshold>,
    /// Only those are asked whom one of these can concern; everybody, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<Moved>>,
    /// An admin wants the identity rules of that config applied to what was before, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anew: bool,
    /// Every shard has heard of it.
    pub told: bool,
    /// Every shard has ended it.
    pub ended: bool,
}

impl Course {
    /// The walk that this config asks for, `before` being the one begun last; none if nobody's memberships follow from anything
    /// else than they did.
    pub fn after(before: Option<&Self>, config: &Config, now: UnixMillis) -> Option<Self> {
        let (memberships, thresholds) = (config.memberships(), &config.document().thresholds);
        let same = before.filter(|before| before.memberships == memberships);
        if same.is_some_and(|before| before.thresholds == *thresholds) {
            return None;
        }
        // A shard that has not heard of the one before must ask everybody.
        let anew = before.is_some_and(Self::is_still_anew);
        let told = same.filter(|before| before.told && !anew);
        let only = told.map(|before| Moved::between(&before.thresholds, thresholds));
        Some(Self {
            number: next(before, now),
            config: config.version(),
            memberships,
            thresholds: thresholds.clone(),
            only,
            anew,
            told: false,
            ended: false,
        })
    }

    /// The same once more, through everybody.
    #[must_use]
    pub fn again(&self, config: u64, now: UnixMillis) -> Self {
        let (number, anew) = (next(Some(self), now), self.is_still_anew());
        Self { number, config, only: None, anew, told: false, ended: false, ..self.clone() }
    }

    /// The same, and everybody is resolved anew by the identity rules of this config.
    #[must_use]
    pub fn anew(&self, config: u64, now: UnixMillis) -> Self {
        Self { anew: true, ..self.again(config, now) }
    }

    /// Whoever it has not come to is not left out by the walk that takes its place.
    fn is_still_anew(&self) -> bool {
        self.anew && !self.ended
    }
}

fn next(before: Option<&Course>, now: UnixMillis) -> u64 {
    let now = u64::try_from(now.0).unwrap_or_default();
    before.map_or(now, |before| now.max(before.number + 1))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Course;
    use crate::config::{Config, Document};
    use crate::segment::Threshold;
    use crate::time::UnixMillis;

    fn config(rule: &Value, at_least: Option<f64>) -> Config {
        let segment = serde_json::from_value(json!({ "id": "s", "name": "S", "rule": rule })).unwrap();
        let threshold = |at_least| Threshold { of: "n".into(), top: 0.1, at_least };
        let thresholds = at_least.map(threshold).into_iter().collect();
        Config::new(4, Document { segments: vec![segment], thresholds, ..Document::default() })
    }

    #[test]
    fn a_walk_is_wanted_when_memberships_follow_from_something_else() {
        let top = json!({ "score": { "of": "n", "top": 0.1 } });
        let now = UnixMillis(1_000);
        let first = Course::after(None, &config(&top, None), now).unwrap();
        assert_eq!((first.number, first.only.clone()), (1_000, None));
        assert_eq!(Course::after(Some(&first), &config(&top, None), now), None, "it is the same");
        let told = Course { told: true, ..first.clone() };
        let second = Course::after(Some(&told), &config(&top, Some(5.0)), now).unwrap();
        assert_eq!((second.number, second.only.as_ref().map(Vec::len)), (1_001, Some(1)));
        let early = Course::after(Some(&first), &config(&top, Some(5.0)), now).unwrap();
        assert_eq!(early.only, None, "no shard has heard of the first one");
        let other = json!({ "score": { "of": "n", "min": 3 } });
        let third = Course::after(Some(&second), &config(&other, None), now).unwrap();
        assert_eq!(third.only, None, "the segment is another one");
        let again = third.again(9, now);
        assert!(again.number > third.number && again.config == 9 && !again.told && !again.anew);
    }

    #[test]
    fn whoever_was_to_be_resolved_anew_still_is_when_another_walk_takes_the_place() {
        let (top, now) = (json!({ "score": { "of": "n", "top": 0.1 } }), UnixMillis(1_000));
        let first = Course { told: true, ..Course::after(None, &config(&top, None), now).unwrap() };
        let anew = Course { told: true, ..first.anew(5, now) };
        assert!(anew.anew && anew.only.is_none());
        let moved = Course::after(Some(&anew), &config(&top, Some(5.0)), now).unwrap();
        assert!(moved.anew && moved.only.is_none(), "not only whom a threshold concerns");
        assert!(anew.again(6, now).anew);
        let over = Course { ended: true, ..anew };
        assert!(
            !over.again(6, now).anew
                && !Course::after(Some(&over), &config(&top, Some(5.0)), now).unwrap().anew
        );
    }
}
