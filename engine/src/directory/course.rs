//! Which walk through all profiles the workspace wants, and why there is one.

use serde::{Deserialize, Serialize};

use super::Moved;
use crate::config::Config;
use crate::segment::Threshold;
use crate::time::UnixMillis;

/// The version of a stored [`Course`].
pub const COURSE_VERSION: u8 = 1;

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
        let only =
            same.filter(|before| before.told).map(|before| Moved::between(&before.thresholds, thresholds));
        Some(Self {
            number: next(before, now),
            config: config.version(),
            memberships,
            thresholds: thresholds.clone(),
            only,
            told: false,
            ended: false,
        })
    }

    /// The same once more, through everybody.
    #[must_use]
    pub fn again(&self, config: u64, now: UnixMillis) -> Self {
        let number = next(Some(self), now);
        Self { number, config, only: None, told: false, ended: false, ..self.clone() }
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
        assert!(again.number > third.number && again.config == 9 && !again.told);
    }
}
