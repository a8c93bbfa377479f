//! Conditions with MongoDB's operators and GrowthBook's meaning, compiled when a config is loaded.
//!
//! The contract is GrowthBook's public suite, spec 0.12.0: `engine/tests/growthbook.rs` runs it. Beyond it there is `$contains`
//! (part of a text, member of a list), and a field whose own name has dots is found by it.

mod fields;
mod literal;
mod operator;
mod version;

pub use fields::{Fields, Inside};
pub(crate) use fields::{Path, lookup};
pub use operator::Test;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Verdict;

/// Lists by name, for `$inGroup`.
pub type Groups = BTreeMap<String, Value>;

/// Something in a condition that can't be meant so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `.age.$near`.
    pub path: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// What compiling knows and finds.
pub(super) struct Compiler<'a> {
    groups: Option<&'a Groups>,
    problems: Vec<Problem>,
    path: String,
}

impl Compiler<'_> {
    fn wrong(&mut self, reason: impl Into<String>) {
        self.problems.push(Problem { path: self.path.clone(), reason: reason.into() });
    }

    fn at<T>(&mut self, step: &str, compile: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push_str(step);
        let compiled = compile(self);
        self.path.truncate(length);
        compiled
    }
}

/// A condition, ready to be held against fields. All its parts must hold.
#[derive(Debug, Clone, Default)]
pub struct Condition(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    All(Vec<Part>),
    Any(Vec<Part>),
    Not(Box<Part>),
    Field(Path, Test),
    /// The same each time.
    Always(Verdict),
}

impl Condition {
    /// Reads a condition. What is wrong with it is told, too: there it never holds.
    pub fn compile(source: &Map<String, Value>) -> (Self, Vec<Problem>) {
        Self::with(source, None)
    }

    /// The same, where `$inGroup` may name these lists.
    pub fn with_groups(source: &Map<String, Value>, groups: &Groups) -> Self {
        Self::with(source, Some(groups)).0
    }

    fn with(source: &Map<String, Value>, groups: Option<&Groups>) -> (Self, Vec<Problem>) {
        let mut compiler = Compiler { groups, problems: Vec::new(), path: String::new() };
        let condition = Self::read(source, &mut compiler);
        (condition, compiler.problems)
    }

    fn read(source: &Map<String, Value>, compiler: &mut Compiler<'_>) -> Self {
        let part = |(key, operand): (&String, &Value)| {
            compiler.at(&format!(".{key}"), |compiler| Part::read(key, operand, compiler))
        };
        Self(source.iter().map(part).collect())
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What comes of it for these fields.
    pub fn verdict(&self, fields: &dyn Fields) -> Verdict {
        all(&self.0, fields)
    }

    /// Whether there is something in it that this version does not know.
    pub fn has_unknown(&self) -> bool {
        self.0.iter().any(Part::has_unknown)
    }

    /// The paths that it reads.
    pub fn paths(&self) -> Vec<&str> {
        let mut paths = Vec::new();
        self.0.iter().for_each(|part| part.gather(&mut paths));
        paths
    }
}

fn all(parts: &[Part], fields: &dyn Fields) -> Verdict {
    Verdict::all(parts.iter().map(|part| part.verdict(fields)))
}

impl Part {
    fn read(key: &str, operand: &Value, compiler: &mut Compiler<'_>) -> Self {
        match key {
            "$and" => Self::list(operand, compiler, Self::All),
            // An empty list of alternatives holds, as GrowthBook has it.
            "$or" => Self::list(operand, compiler, Self::alternatives),
            "$nor" => Self::list(operand, compiler, |parts| Self::Not(Box::new(Self::alternatives(parts)))),
            "$not" => Self::Not(Box::new(Self::one(operand, compiler))),
            "$savedGroup" => {
                compiler.wrong("there are no saved groups; use `segment` or `audience`");
                Self::Always(Verdict::Unknown)
            }
            path => {
                if path.is_empty() {
                    compiler.wrong("has no name: say what is asked about");
                }
                Self::Field(Path::new(path), Test::read(operand, compiler))
            }
        }
    }

    fn alternatives(parts: Vec<Self>) -> Self {
        if parts.is_empty() { Self::Always(Verdict::Yes) } else { Self::Any(parts) }
    }

    fn list(operand: &Value, compiler: &mut Compiler<'_>, of: impl FnOnce(Vec<Self>) -> Self) -> Self {
        match operand {
            Value::Array(list) => {
                let one = |(n, one): (usize, &Value)| {
                    compiler.at(&format!("[{n}]"), |compiler| Self::one(one, compiler))
                };
                of(list.iter().enumerate().map(one).collect())
            }
            other => {
                compiler.wrong("takes a list of conditions");
                Self::Always(if other.is_null() { Verdict::Broken } else { Verdict::No })
            }
        }
    }

    fn one(operand: &Value, compiler: &mut Compiler<'_>) -> Self {
        match operand {
            Value::Object(map) => Self::All(Condition::read(map, compiler).0),
            other => {
                compiler.wrong("is no condition: write an object");
                Self::Always(if other.is_null() { Verdict::Broken } else { Verdict::No })
            }
        }
    }

    fn verdict(&self, fields: &dyn Fields) -> Verdict {
        match self {
            Self::All(parts) => all(parts, fields),
            Self::Any(parts) => Verdict::any(parts.iter().map(|part| part.verdict(fields))),
            Self::Not(part) => part.verdict(fields).turned(),
            Self::Field(path, test) => test.verdict(path.find(fields).as_deref().unwrap_or(&Value::Null)),
            Self::Always(verdict) => *verdict,
        }
    }

    fn has_unknown(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::has_unknown),
            Self::Not(part) => part.has_unknown(),
            Self::Field(_, test) => test.has_unknown(),
            Self::Always(verdict) => *verdict == Verdict::Unknown,
        }
    }

    fn gather<'a>(&'a self, paths: &mut Vec<&'a str>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.gather(paths)),
            Self::Not(part) => part.gather(paths),
            Self::Field(path, _) => paths.push(path.as_str()),
            Self::Always(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Condition;
    use crate::segment::Verdict;

    /// What GrowthBook's suite has no case of.
    #[test]
    fn a_part_of_a_text_a_member_of_a_list_and_names_with_dots() {
        let fields = json!({
            "page": { "url": "https://shop.example/sale" }, "sizes": [42, "43"], "none": null,
            "plan.tier": "gold", "address": { "city": "Ulm" },
        });
        for (condition, wanted) in [
            (json!({ "page.url": { "$contains": "/sale" } }), Verdict::Yes),
            (json!({ "page.url": { "$contains": "/SALE" } }), Verdict::No),
            (json!({ "page.url": { "$contains": "" } }), Verdict::Yes),
            (json!({ "sizes": { "$contains": 42 } }), Verdict::Yes),
            (json!({ "sizes": { "$contains": 43 } }), Verdict::No),
            (json!({ "sizes": { "$contains": "43" } }), Verdict::Yes),
            (json!({ "none": { "$contains": "a" } }), Verdict::No),
            (json!({ "page": { "$contains": "url" } }), Verdict::No),
            (json!({ "missing": { "$not": { "$contains": "a" } } }), Verdict::Yes),
            (json!({ "plan.tier": "gold" }), Verdict::Yes),
            (json!({ "plan.tier": "silver" }), Verdict::No),
            (json!({ "address.city": "Ulm" }), Verdict::Yes),
            // What is known decides where it can; what is not known never holds, either way.
            (json!({ "plan.tier": { "$near": "gold" } }), Verdict::Unknown),
            (json!({ "$not": { "plan.tier": { "$near": "gold" } } }), Verdict::Unknown),
            (
                json!({ "$or": [{ "plan.tier": { "$near": "gold" } }, { "address.city": "Ulm" }] }),
                Verdict::Yes,
            ),
            (json!({ "plan.tier": { "$near": "gold" }, "address.city": "Bonn" }), Verdict::No),
        ] {
            let compiled = Condition::compile(condition.as_object().unwrap()).0;
            assert_eq!(compiled.verdict(fields.as_object().unwrap()), wanted, "{condition}");
        }
    }
}
