//! What can be said of a rule without looking at anybody.

use super::Rule;
use crate::ids::SegmentId;

impl Rule {
    /// Whether it holds for everybody (true), for nobody (false), or for whoever it does (none). `of` says the same of other segments.
    pub fn certainly(&self, of: &dyn Fn(&SegmentId) -> Option<bool>) -> Option<bool> {
        match self {
            Self::All(rules) => together(rules, false, of),
            Self::Any(rules) => together(rules, true, of),
            Self::Not(rule) => rule.certainly(of).map(|holds| !holds),
            Self::Segment(id) => of(id),
            _ => None,
        }
    }
}

/// One that comes to `decides` decides; else it must be said of all of them.
fn together(rules: &[Rule], decides: bool, of: &dyn Fn(&SegmentId) -> Option<bool>) -> Option<bool> {
    let each = || rules.iter().map(|rule| rule.certainly(of));
    if each().any(|one| one == Some(decides)) {
        return Some(decides);
    }
    each().all(|one| one == Some(!decides)).then_some(!decides)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::segment::Rule;

    #[test]
    fn rules_that_hold_for_nobody_or_everybody() {
        let gold = json!({ "traits": { "tier": "gold" } });
        let (all, none) = (json!({ "all": [] }), json!({ "any": [] }));
        for (rule, wanted) in [
            (all.clone(), Some(true)),
            (none.clone(), Some(false)),
            (gold.clone(), None),
            (json!({ "not": none }), Some(true)),
            (json!({ "not": gold }), None),
            (json!({ "all": [gold, none] }), Some(false)),
            (json!({ "all": [gold, all] }), None),
            (json!({ "any": [gold, all] }), Some(true)),
            (json!({ "any": [none, none] }), Some(false)),
            (json!({ "all": [{ "segment": "nobody" }] }), Some(false)),
            (json!({ "segment": "some" }), None),
        ] {
            let of = |id: &crate::ids::SegmentId| (id.as_str() == "nobody").then_some(false);
            let read: Rule = serde_json::from_value(rule.clone()).unwrap();
            assert_eq!(read.certainly(&of), wanted, "{rule}");
        }
    }
}
