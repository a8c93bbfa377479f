//! What a condition asks of one value.

use std::cmp::Ordering;

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::literal::{Literal, Members, texts};
use super::version::Version;
use super::{Compiler, Condition, Inside};
use crate::segment::Verdict;

/// What is asked of a value: to be another one, or what operators say.
#[derive(Debug, Clone)]
pub struct Test(Asks);

#[derive(Debug, Clone)]
enum Asks {
    ToBe(Literal),
    All(Vec<Operator>),
}

#[derive(Debug, Clone)]
enum Operator {
    Is(Literal),
    Order(Wanted, Literal),
    Version(Wanted, Version),
    In(Members),
    Exists,
    Type(String),
    Size(Test),
    /// Each of these is one of the list's; a text in lower case is one in any case.
    Every(Vec<(Test, Option<String>)>),
    Element(Test),
    ElementsFields(Condition),
    Pattern(Regex),
    Contains(Literal),
    Not(Box<Operator>),
    NotAll(Test),
    Always(Verdict),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Less,
    AtMost,
    Same,
    AtLeast,
    More,
}

impl Wanted {
    fn is(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Same => order.is_eq(),
            Self::AtLeast => order.is_ge(),
            Self::More => order.is_gt(),
        }
    }
}

/// Names of types, as JavaScript and GrowthBook have them.
const TYPES: [&str; 6] = ["null", "boolean", "number", "string", "array", "object"];

/// Whether an object says what operators ask. One without anything asks nothing.
fn is_of_operators(map: &Map<String, Value>) -> bool {
    map.keys().all(|key| key.starts_with('$'))
}

impl Test {
    /// Reads what is asked, and what is wrong with it.
    pub fn compile(source: &Value) -> (Self, Vec<super::Problem>) {
        let mut compiler = Compiler { groups: None, problems: Vec::new(), path: String::new() };
        let test = Self::read(source, &mut compiler);
        (test, compiler.problems)
    }

    pub(super) fn read(source: &Value, compiler: &mut Compiler<'_>) -> Self {
        match source {
            Value::Object(map) if is_of_operators(map) => {
                let one = |(name, operand): (&String, &Value)| {
                    compiler.at(&format!(".{name}"), |compiler| Operator::read(name, operand, compiler))
                };
                Self(Asks::All(map.iter().map(one).collect()))
            }
            Value::Object(map) if map.keys().any(|key| key.starts_with('$')) => {
                compiler.wrong("has operators and fields side by side: it would be compared as it stands");
                Self(Asks::ToBe(Literal::of(source)))
            }
            _ => Self(Asks::ToBe(Literal::of(source))),
        }
    }

    /// Whether there is an operator in it that this version does not know.
    pub fn has_unknown(&self) -> bool {
        match &self.0 {
            Asks::ToBe(_) => false,
            Asks::All(operators) => operators.iter().any(Operator::has_unknown),
        }
    }

    /// What comes of it for this value; what is missing is null.
    pub fn verdict(&self, value: &Value) -> Verdict {
        match &self.0 {
            Asks::ToBe(literal) => literal.equals(value).into(),
            Asks::All(operators) => Verdict::all(operators.iter().map(|operator| operator.verdict(value))),
        }
    }
}

impl Operator {
    fn read(name: &str, operand: &Value, compiler: &mut Compiler<'_>) -> Self {
        let literal = || Literal::of(operand);
        match name {
            "$eq" => Self::Is(literal()),
            "$ne" => Self::not(Self::Is(literal())),
            "$lt" => Self::order(Wanted::Less, operand, compiler),
            "$lte" => Self::order(Wanted::AtMost, operand, compiler),
            "$gt" => Self::order(Wanted::More, operand, compiler),
            "$gte" => Self::order(Wanted::AtLeast, operand, compiler),
            "$veq" => Self::version(Wanted::Same, operand, compiler),
            "$vne" => match Version::of(operand) {
                Some(version) => Self::not(Self::Version(Wanted::Same, version)),
                None => Self::Always(Verdict::Yes),
            },
            "$vlt" => Self::version(Wanted::Less, operand, compiler),
            "$vlte" => Self::version(Wanted::AtMost, operand, compiler),
            "$vgt" => Self::version(Wanted::More, operand, compiler),
            "$vgte" => Self::version(Wanted::AtLeast, operand, compiler),
            "$in" => Self::list(operand, compiler, |list, _| Self::In(Members::of(list, false))),
            "$ini" => Self::list(operand, compiler, |list, _| Self::In(Members::of(list, true))),
            "$nin" => Self::list(operand, compiler, |list, _| Self::not(Self::In(Members::of(list, false)))),
            "$nini" => Self::list(operand, compiler, |list, _| Self::not(Self::In(Members::of(list, true)))),
            "$inGroup" => Self::group(operand, compiler).unwrap_or_else(Self::Always),
            "$notInGroup" => Self::group(operand, compiler).map_or_else(Self::Always, Self::not),
            "$exists" => Self::exists(operand, compiler),
            "$type" => Self::of_type(operand, compiler),
            "$size" => Self::Size(Test::read(operand, compiler)),
            "$all" => Self::list(operand, compiler, |list, compiler| {
                Self::Every(list.iter().map(|one| (Test::read(one, compiler), None)).collect())
            }),
            "$alli" => Self::list(operand, compiler, |list, compiler| {
                let lower = |one: &Value| one.as_str().map(str::to_lowercase);
                Self::Every(list.iter().map(|one| (Test::read(one, compiler), lower(one))).collect())
            }),
            "$elemMatch" => Self::element(operand, compiler),
            "$regex" => Self::pattern(operand, false, compiler),
            "$regexi" => Self::pattern(operand, true, compiler),
            "$notRegex" => Self::not(Self::pattern(operand, false, compiler)),
            "$notRegexi" => Self::not(Self::pattern(operand, true, compiler)),
            "$contains" => Self::Contains(literal()),
            "$not" => Self::NotAll(Test::read(operand, compiler)),
            "$and" | "$or" | "$nor" | "$savedGroup" | "$savedGroups" => {
                compiler.wrong(format!(
                    "`{name}` takes conditions on fields and stands beside them, not inside one"
                ));
                Self::Always(Verdict::No)
            }
            _ => {
                compiler.wrong(format!("there is no operator `{name}`"));
                Self::Always(Verdict::Unknown)
            }
        }
    }

    fn has_unknown(&self) -> bool {
        match self {
            Self::Always(verdict) => *verdict == Verdict::Unknown,
            Self::Size(test) | Self::Element(test) | Self::NotAll(test) => test.has_unknown(),
            Self::Every(tests) => tests.iter().any(|(test, _)| test.has_unknown()),
            Self::ElementsFields(condition) => condition.has_unknown(),
            Self::Not(operator) => operator.has_unknown(),
            _ => false,
        }
    }

    fn not(operator: Self) -> Self {
        Self::Not(Box::new(operator))
    }

    fn order(wanted: Wanted, operand: &Value, compiler: &mut Compiler<'_>) -> Self {
        if !(operand.is_number() || operand.is_string()) {
            compiler.wrong("takes a number or a text: nothing else has an order");
        }
        Self::Order(wanted, Literal::of(operand))
    }

    fn version(wanted: Wanted, operand: &Value, compiler: &mut Compiler<'_>) -> Self {
        match Version::of(operand) {
            Some(version) => Self::Version(wanted, version),
            None => {
                compiler.wrong("takes a version, such as \"1.2.3\"");
                Self::Always(Verdict::No)
            }
        }
    }

    fn list(
        operand: &Value,
        compiler: &mut Compiler<'_>,
        of: impl FnOnce(&[Value], &mut Compiler<'_>) -> Self,
    ) -> Self {
        match operand {
            Value::Array(list) => of(list, compiler),
            _ => {
                compiler.wrong("takes a list");
                Self::Always(Verdict::No)
            }
        }
    }

    /// A group that isn't there has nobody in it; one that is no list can't be told of.
    fn group(operand: &Value, compiler: &mut Compiler<'_>) -> Result<Self, Verdict> {
        let Some(groups) = compiler.groups else {
            compiler.wrong("there are no groups here; use `segment` or `audience`");
            return Err(Verdict::Unknown);
        };
        let name = operand.as_str().ok_or(Verdict::No)?;
        let members = match groups.get(name) {
            None => &[],
            Some(Value::Array(list)) => list.as_slice(),
            Some(Value::Object(group)) if group.get("type").and_then(Value::as_str) == Some("list") => {
                group.get("values").and_then(Value::as_array).ok_or(Verdict::No)?.as_slice()
            }
            Some(_) => return Err(Verdict::No),
        };
        Ok(Self::In(Members::of(members, false)))
    }

    fn exists(operand: &Value, compiler: &mut Compiler<'_>) -> Self {
        let wanted = match operand {
            Value::Bool(wanted) => *wanted,
            other => {
                compiler.wrong("takes true or false");
                !(other.is_null() || other.as_f64() == Some(0.0) || other.as_str() == Some(""))
            }
        };
        if wanted { Self::Exists } else { Self::not(Self::Exists) }
    }

    fn of_type(operand: &Value, compiler: &mut Compiler<'_>) -> Self {
        let name = operand.as_str().unwrap_or_default();
        if !TYPES.contains(&name) {
            compiler.wrong(format!("takes one of {}", TYPES.join(", ")));
        }
        Self::Type(name.to_owned())
    }

    fn element(operand: &Value, compiler: &mut Compiler<'_>) -> Self {
        const ON_FIELDS: [&str; 4] = ["$or", "$and", "$nor", "$savedGroup"];
        match operand {
            Value::Object(map) => {
                let on_value =
                    is_of_operators(map) && !map.keys().any(|key| ON_FIELDS.contains(&key.as_str()));
                match on_value {
                    true => Self::Element(Test::read(operand, compiler)),
                    false => Self::ElementsFields(Condition::read(map, compiler)),
                }
            }
            _ => {
                compiler.wrong("takes a condition on an element: write an object");
                Self::Always(Verdict::No)
            }
        }
    }

    fn pattern(operand: &Value, any_case: bool, compiler: &mut Compiler<'_>) -> Self {
        let text = operand.as_str();
        let text = text.map(|text| if any_case { format!("(?i){text}") } else { text.to_owned() });
        match text.map(|text| Regex::new(&text)) {
            Some(Ok(pattern)) => Self::Pattern(pattern),
            Some(Err(error)) => {
                compiler.wrong(format!(
                    "can't be read as a pattern (without look-around and back-references): {error}"
                ));
                Self::Always(Verdict::No)
            }
            None => {
                compiler.wrong("takes a pattern as text");
                Self::Always(Verdict::No)
            }
        }
    }

    fn verdict(&self, value: &Value) -> Verdict {
        match self {
            Self::Is(literal) => literal.is(value).into(),
            Self::Order(wanted, literal) => {
                literal.order_of(value).is_some_and(|order| wanted.is(order)).into()
            }
            Self::Version(wanted, version) => {
                let theirs = Version::of(value);
                let beside = theirs.as_ref().and_then(|theirs| theirs.beside(version));
                beside.is_some_and(|(theirs, mine)| wanted.is(texts(theirs, mine))).into()
            }
            Self::In(members) => members.have(value).into(),
            Self::Exists => (!value.is_null()).into(),
            Self::Type(name) => (type_of(value) == name).into(),
            Self::Size(test) => match value {
                Value::Array(list) => test.verdict(&list.len().into()),
                _ => Verdict::No,
            },
            Self::Every(tests) => match value {
                Value::Array(list) => Verdict::all(tests.iter().map(|(test, lower)| {
                    let one = |item: &Value| match (lower, item) {
                        (Some(lower), Value::String(text)) => (text.to_lowercase() == *lower).into(),
                        _ => test.verdict(item),
                    };
                    Verdict::any(list.iter().map(one))
                })),
                _ => Verdict::No,
            },
            Self::Element(test) => elements(value, |item| test.verdict(item)),
            Self::ElementsFields(condition) => elements(value, |item| condition.verdict(&Inside(item))),
            Self::Pattern(pattern) => value.as_str().is_some_and(|text| pattern.is_match(text)).into(),
            Self::Contains(part) => match (part, value) {
                (Literal::Text(part), Value::String(text)) => text.contains(part.as_str()).into(),
                (_, Value::Array(list)) => list.iter().any(|item| part.equals(item)).into(),
                _ => Verdict::No,
            },
            Self::Not(operator) => operator.verdict(value).turned(),
            Self::NotAll(test) => test.verdict(value).turned(),
            Self::Always(verdict) => *verdict,
        }
    }
}

/// One element at least; what is null is none.
fn elements(value: &Value, of: impl Fn(&Value) -> Verdict) -> Verdict {
    match value {
        Value::Array(list) => Verdict::any(list.iter().filter(|item| !item.is_null()).map(of)),
        _ => Verdict::No,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
