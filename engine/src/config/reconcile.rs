//! Two people changed the same config: what only one of them changed is taken, and where they contradict each other somebody
//! has to say.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Files;
use super::difference::{Parts, joined, parts};

/// A place where two changes contradict each other. What is not there is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    /// Which file.
    pub file: String,
    /// Where in it, for people; empty if one side removed what the other changed.
    pub path: String,
    /// The same for programs: names of fields, and ids of entries of lists.
    pub at: Vec<String>,
    /// What it said when both began.
    pub before: Value,
    /// What is published by now.
    pub theirs: Value,
    /// What was to be published.
    pub mine: Value,
}

/// Two changes made one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reconciled {
    /// With what both changed; where they contradict each other, as mine says.
    pub files: Files,
    /// Where they do.
    pub conflicts: Vec<Conflict>,
}

/// Makes one of what `theirs` and `mine` have made of `before`.
pub fn reconcile(before: &Files, theirs: &Files, mine: &Files) -> Reconciled {
    let mut result = Reconciled::default();
    let names: BTreeSet<&String> = before.keys().chain(theirs.keys()).chain(mine.keys()).collect();
    for name in names {
        let mut joining = Joining { file: name, at: Vec::new(), conflicts: &mut result.conflicts };
        let joined = joining.join("", before.get(name), theirs.get(name), mine.get(name));
        if let Some(content) = joined {
            result.files.insert(name.clone(), content);
        }
    }
    result
}

struct Joining<'a> {
    file: &'a str,
    at: Vec<String>,
    conflicts: &'a mut Vec<Conflict>,
}

impl Joining<'_> {
    fn join(
        &mut self,
        path: &str,
        before: Option<&Value>,
        theirs: Option<&Value>,
        mine: Option<&Value>,
    ) -> Option<Value> {
        if theirs == mine || theirs == before {
            return mine.cloned();
        }
        if mine == before {
            return theirs.cloned();
        }
        let named = (before.and_then(parts), theirs.and_then(parts), mine.and_then(parts));
        if let (Some(before), Some(theirs), Some(mine)) = named
            && before.by_id == theirs.by_id
            && theirs.by_id == mine.by_id
        {
            return Some(self.join_parts(path, &before, &theirs, &mine));
        }
        let value = |value: Option<&Value>| value.cloned().unwrap_or_default();
        self.conflicts.push(Conflict {
            file: self.file.to_owned(),
            path: path.to_owned(),
            at: self.at.clone(),
            before: value(before),
            theirs: value(theirs),
            mine: value(mine),
        });
        mine.cloned()
    }

    fn join_parts(&mut self, path: &str, before: &Parts<'_>, theirs: &Parts<'_>, mine: &Parts<'_>) -> Value {
        let names: BTreeSet<&String> =
            [before, theirs, mine].into_iter().flat_map(|one| one.parts.keys()).collect();
        let mut kept: BTreeMap<&str, Value> = BTreeMap::new();
        for name in names {
            let at = if mine.by_id { format!("{path}[{name}]") } else { joined(path, name) };
            let of = |parts: &Parts<'_>| parts.parts.get(name).copied().cloned();
            let (before, theirs, mine) = (of(before), of(theirs), of(mine));
            self.at.push(name.clone());
            if let Some(part) = self.join(&at, before.as_ref(), theirs.as_ref(), mine.as_ref()) {
                kept.insert(name, part);
            }
            self.at.pop();
        }
        if !mine.by_id {
            return Value::Object(
                kept.into_iter().map(|(name, part)| (name.to_owned(), part)).collect::<Map<_, _>>(),
            );
        }
        // In my order; what only they have comes after it.
        let mut list = Vec::new();
        for name in mine.order.iter().chain(&theirs.order) {
            list.extend(kept.remove(name));
        }
        Value::Array(list)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::reconcile;
    use crate::config::Files;

    fn file(content: &Value) -> Files {
        [("f.json".to_owned(), content.clone())].into()
    }

    #[test]
    fn what_only_one_changed_is_taken_and_contradictions_are_named() {
        let before = json!({ "name": "A", "rule": { "x": 1, "y": 1 }, "list": [{ "id": "a", "n": 1 }, { "id": "b", "n": 1 }] });
        let theirs = json!({ "name": "B", "rule": { "x": 2, "y": 1 }, "list": [{ "id": "a", "n": 1 }, { "id": "c", "n": 1 }] });
        let mine = json!({ "name": "C", "rule": { "x": 1, "y": 2 }, "list": [{ "id": "d", "n": 1 }, { "id": "a", "n": 2 }, { "id": "b", "n": 1 }] });
        let done = reconcile(&file(&before), &file(&theirs), &file(&mine));
        let ids = json!([{ "id": "d", "n": 1 }, { "id": "a", "n": 2 }, { "id": "c", "n": 1 }]);
        assert_eq!(done.files, file(&json!({ "name": "C", "rule": { "x": 2, "y": 2 }, "list": ids })));
        let conflicts: Vec<_> =
            done.conflicts.iter().map(|one| (one.path.as_str(), &one.theirs, &one.mine)).collect();
        assert_eq!(conflicts, [("name", &json!("B"), &json!("C"))]);
        assert_eq!(done.conflicts[0].at, ["name"]);
    }

    #[test]
    fn nobodys_change_is_lost_where_the_other_took_the_file_away() {
        let (before, mine) = (file(&json!({ "n": 1 })), file(&json!({ "n": 2 })));
        let done = reconcile(&before, &Files::new(), &mine);
        assert_eq!((done.files.len(), done.conflicts.len()), (1, 1));
        assert_eq!(done.conflicts[0].theirs, Value::Null);
        let done = reconcile(&before, &Files::new(), &before);
        assert!(done.files.is_empty() && done.conflicts.is_empty());
    }

    #[test]
    fn one_who_changes_nothing_gets_what_the_other_made() {
        let (before, theirs) = (file(&json!({ "n": 1 })), file(&json!({ "n": 2 })));
        let done = reconcile(&before, &theirs, &before);
        assert_eq!((done.files, done.conflicts.len()), (theirs.clone(), 0));
        let done = reconcile(&before, &before, &theirs);
        assert_eq!((done.files, done.conflicts.len()), (theirs, 0));
    }
}
