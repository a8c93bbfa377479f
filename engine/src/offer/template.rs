//! Content as templates: Jinja, without what could make a page or an edge ill.
//!
//! An author can't reach anything but the data, can't go on for ever (each step costs fuel), and can't grow a text beyond the
//! data that is there: what adds texts up and gives the sum a name again is left out of the language, since forty lines of that
//! fill any memory. What is written out is bounded as it is written. A step is a step however long the text that it is about, so
//! what goes through filters is counted in bytes; and `x in list` is one however long the list, so large data have fewer steps.

use std::cell::Cell;
use std::fmt::{self, Write};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value as Datum, escape_formatter,
};
use serde_json::{Map, Value};

use super::Content;
use crate::limits;

/// The tags that there are.
const TAGS: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];
/// The filters that there are.
const FILTERS: [&str; 15] = [
    "default",
    "upper",
    "lower",
    "capitalize",
    "trim",
    "truncate",
    "length",
    "first",
    "last",
    "join",
    "url",
    "fixed",
    "round",
    "plus",
    "times",
];
const HTML: &str = "html";
const TEXT: &str = "text";

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// Where in JSON content, as `items[2].title`; empty in HTML.
    pub path: String,
    /// The line in that text, from 1.
    pub line: usize,
    /// What.
    pub reason: String,
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

/// Whether a text has anything in it that is not itself.
fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

/// Templates, and what they may use. One that was read is kept ready: a config has one of these.
#[derive(Clone)]
pub struct Templates {
    /// Behind a lock, because what a text may take is said to it.
    environment: Arc<Mutex<Environment<'static>>>,
    filtered: Filtered,
}

/// What templates have, ready for any number of them.
pub struct Data {
    datum: Datum,
    /// What one content may take with it.
    steps: u64,
}

impl Data {
    /// Of a JSON object.
    pub fn of(value: &Value) -> Self {
        let steps = limits::TEMPLATE_COMPARISONS / values(value).max(1);
        Self { datum: Datum::from_serialize(value), steps: steps.min(limits::TEMPLATE_FUEL) }
    }
}

/// How many values are in it.
fn values(value: &Value) -> u64 {
    match value {
        Value::Array(list) => list.iter().map(values).sum(),
        Value::Object(map) => map.values().map(values).sum(),
        _ => 1,
    }
}

type OfText = fn(&str) -> String;
type OfNumbers = fn(f64, f64) -> f64;

/// The bytes that went through filters for the content that is being rendered: one at a time, as an edge has one thread.
#[derive(Clone, Default)]
struct Filtered(Arc<AtomicUsize>);

impl Default for Templates {
    fn default() -> Self {
        let mut all = Environment::empty();
        all.set_undefined_behavior(UndefinedBehavior::Chainable);
        all.set_recursion_limit(limits::TEMPLATE_DEPTH);
        // A template's name is what it is written in, and all of its text.
        all.set_auto_escape_callback(|name| {
            if name.starts_with(HTML) { AutoEscape::Html } else { AutoEscape::None }
        });
        all.set_loader(|name| {
            let source = name.split_once(':').map_or("", |(_, source)| source);
            match left_out(source) {
                Some((_, reason)) => Err(Error::new(ErrorKind::SyntaxError, reason)),
                None => Ok(Some(source.to_owned())),
            }
        });
        // What is null is nothing, as what is not there.
        all.set_formatter(|out, state, value| {
            let is_number = value.kind() == ValueKind::Number;
            if is_number && f64::try_from(value.clone()).is_ok_and(|number| !number.is_finite()) {
                return Err(Error::new(ErrorKind::InvalidOperation, "no number, as of a division by 0"));
            }
            if value.is_none() { Ok(()) } else { escape_formatter(out, state, value) }
        });
        all.add_filter(
            "default",
            |value: Datum, other: Datum| if is_nothing(&value) { other } else { value },
        );
        let filtered = Filtered::default();
        let texts: [(&str, OfText); 5] = [
            ("upper", str::to_uppercase),
            ("lower", str::to_lowercase),
            ("capitalize", capitalize),
            ("trim", |text| text.trim().to_owned()),
            ("url", encoded),
        ];
        for (name, change) in texts {
            let counter = filtered.clone();
            all.add_filter(name, move |value: Datum| counter.changed(&value, &change));
        }
        let counter = filtered.clone();
        all.add_filter("truncate", move |value: Datum, most: usize| {
            counter.changed(&value, &|text| text.chars().take(most).collect())
        });
        let counter = filtered.clone();
        all.add_filter("length", move |value: Datum| counter.length(&value));
        all.add_filter("first", |value: Datum| value.get_item_by_index(0).unwrap_or_default());
        let counter = filtered.clone();
        all.add_filter("last", move |value: Datum| {
            let last = counter.length(&value)?.checked_sub(1);
            let last = last.and_then(|last| value.get_item_by_index(last).ok());
            Ok::<_, Error>(last.unwrap_or_default())
        });
        let counter = filtered.clone();
        all.add_filter("join", move |value: Datum, options: Kwargs| counter.join(&value, &options));
        let counter = filtered.clone();
        all.add_filter("fixed", move |value: Datum, places: usize| {
            Ok::<_, Error>(format!("{:.*}", places.min(6), counter.number(&value)?))
        });
        let counter = filtered.clone();
        all.add_filter("round", move |value: Datum| {
            counter.number(&value).map(|number| whole(number.round()))
        });
        let sums: [(&str, OfNumbers); 2] =
            [("plus", |one, other| one + other), ("times", |one, other| one * other)];
        for (name, sum) in sums {
            let counter = filtered.clone();
            all.add_filter(name, move |one: Datum, other: Datum| {
                Ok::<_, Error>(whole(sum(counter.number(&one)?, counter.number(&other)?)))
            });
        }
        all.add_test("defined", |value: Datum| !value.is_undefined());
        Self { environment: Arc::new(Mutex::new(all)), filtered }
    }
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Templates")
    }
}

impl Templates {
    /// Everything that is wrong with some content.
    pub fn check(&self, content: &Content) -> Vec<TemplateError> {
        let mut errors = Vec::new();
        match content {
            Content::Html { html } => errors.extend(self.problem(html, "")),
            Content::Json { json } => self.check_json(json, "", 0, &mut errors),
        }
        errors
    }

    fn environment(&self) -> MutexGuard<'_, Environment<'static>> {
        self.environment.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_json(&self, value: &Value, path: &str, depth: usize, errors: &mut Vec<TemplateError>) {
        if depth > limits::EVENT_DEPTH {
            let reason = format!("at most {} objects and lists inside each other", limits::EVENT_DEPTH);
            return errors.push(TemplateError { path: path.to_owned(), line: 1, reason });
        }
        match value {
            Value::String(text) => errors.extend(self.problem(text, path)),
            Value::Array(list) => {
                for (n, item) in list.iter().enumerate() {
                    self.check_json(item, &format!("{path}[{n}]"), depth + 1, errors);
                }
            }
            Value::Object(map) => {
                for (name, item) in map {
                    let dot = if path.is_empty() { "" } else { "." };
                    self.check_json(item, &format!("{path}{dot}{name}"), depth + 1, errors);
                }
            }
            _ => {}
        }
    }

    fn problem(&self, source: &str, path: &str) -> Option<TemplateError> {
        if !is_template(source) {
            return None;
        }
        let left_out = left_out(source);
        let error = match left_out {
            Some((line, reason)) => (line, reason),
            None => {
                let error = self.environment().template_from_str(source).err()?;
                (error.line().unwrap_or(1), reason(&error))
            }
        };
        Some(TemplateError { path: path.to_owned(), line: error.0, reason: error.1 })
    }

    /// The content with the data in it. Only texts of JSON are templates, and stay texts.
    ///
    /// # Errors
    /// What went wrong, and where.
    pub fn render(&self, content: &Content, data: &Data) -> Result<Content, TemplateError> {
        let room = Room { bytes: Cell::new(limits::RENDERED_BYTES), steps: Cell::new(data.steps) };
        self.filtered.0.store(0, Ordering::Relaxed);
        Ok(match content {
            Content::Html { html } => Content::Html { html: self.text(HTML, html, "", data, &room)? },
            Content::Json { json } => Content::Json { json: self.json(json, "", data, &room)? },
        })
    }

    /// Bytes that went through filters for the content that was rendered last.
    pub fn filtered(&self) -> usize {
        self.filtered.0.load(Ordering::Relaxed)
    }

    fn json(&self, value: &Value, path: &str, data: &Data, room: &Room) -> Result<Value, TemplateError> {
        Ok(match value {
            Value::String(text) => Value::String(self.text(TEXT, text, path, data, room)?),
            Value::Array(list) => {
                let mut rendered = Vec::with_capacity(list.len());
                for (n, item) in list.iter().enumerate() {
                    rendered.push(self.json(item, &format!("{path}[{n}]"), data, room)?);
                }
                Value::Array(rendered)
            }
            Value::Object(map) => {
                let mut rendered = Map::new();
                for (name, item) in map {
                    let dot = if path.is_empty() { "" } else { "." };
                    let item = self.json(item, &format!("{path}{dot}{name}"), data, room)?;
                    rendered.insert(name.clone(), item);
                }
                Value::Object(rendered)
            }
            other => other.clone(),
        })
    }

    fn text(
        &self,
        name: &str,
        source: &str,
        path: &str,
        data: &Data,
        room: &Room,
    ) -> Result<String, TemplateError> {
        if !is_template(source) {
            return Ok(source.to_owned());
        }
        let wrong = |line, reason| TemplateError { path: path.to_owned(), line, reason };
        let failed = |error: Error| wrong(error.line().unwrap_or(1), reason(&error));
        let unread = |error| match left_out(source) {
            Some((line, reason)) => wrong(line, reason),
            None => failed(error),
        };
        let mut environment = self.environment();
        environment.set_fuel(Some(room.steps.get()));
        let template = environment.get_template(&format!("{name}:{source}")).map_err(unread)?;
        let mut out = Bounded { bytes: Vec::new(), room: &room.bytes };
        let rendered = template.render_captured_to(&data.datum, &mut out).map_err(failed)?;
        room.steps.set(rendered.state().fuel_levels().map_or(0, |(_, left)| left));
        String::from_utf8(out.bytes).map_err(|_| wrong(1, "not text".to_owned()))
    }
}

/// Whether any of it depends on data.
pub(super) fn has_templates(content: &Content) -> bool {
    fn any(value: &Value) -> bool {
        match value {
            Value::String(text) => is_template(text),
            Value::Array(list) => list.iter().any(any),
            Value::Object(map) => map.values().any(any),
            _ => false,
        }
    }
    match content {
        Content::Html { html } => is_template(html),
        Content::Json { json } => any(json),
    }
}

/// What the texts of one content have left between them.
struct Room {
    bytes: Cell<usize>,
    steps: Cell<u64>,
}

/// Takes so many bytes and no more.
struct Bounded<'a> {
    bytes: Vec<u8>,
    room: &'a Cell<usize>,
}

impl io::Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.room.set(self.room.get().checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?);
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn reason(error: &Error) -> String {
    match error.kind() {
        ErrorKind::OutOfFuel => "it takes too many steps".to_owned(),
        ErrorKind::WriteFailure => format!("it becomes longer than {} bytes", limits::RENDERED_BYTES),
        kind => format!("{kind}: {}", detail(error)),
    }
}

fn detail(error: &Error) -> &str {
    error.detail().unwrap_or("see the template")
}

/// The first thing in a template that is left out of the language, and its line.
fn left_out(source: &str) -> Option<(usize, String)> {
    let mut line = 1;
    let mut elifs = 0;
    let mut rest = source;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        line += before.matches('\n').count();
        let end = match from.get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => {
                // A comment: nothing in it is looked at.
                let length = from.find("#}").map_or(from.len(), |end| end + 2);
                let (comment, after) = from.split_at(length);
                line += comment.matches('\n').count();
                rest = after;
                continue;
            }
            _ => {
                rest = from.get(1..)?;
                continue;
            }
        };
        let inside = from.get(2..)?;
        if end == "%}" {
            let word = inside.trim_start_matches(['-', '+']).trim_start();
            let length = word.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let tag = word.get(..length.unwrap_or(word.len())).unwrap_or_default();
            if !TAGS.contains(&tag) {
                return Some((line, format!("there is no tag `{tag}`; there are `if` and `for`")));
            }
            // Each is read inside the one before.
            elifs += usize::from(tag == "elif");
            if elifs > limits::TEMPLATE_DEPTH {
                return Some((line, format!("at most {} `elif`", limits::TEMPLATE_DEPTH)));
            }
        }
        let block = Block::read(inside, end);
        if let Some((at, reason)) = block.left_out(inside) {
            let above = inside.get(..at).unwrap_or_default().matches('\n').count();
            return Some((line + above, reason));
        }
        let (block, after) = inside.split_at(block.length);
        line += block.matches('\n').count();
        rest = after;
    }
    None
}

/// The words, signs and texts in quotes of a block.
struct Block<'a> {
    /// Each with its place.
    parts: Vec<(usize, &'a str)>,
    /// With its end.
    length: usize,
}

impl<'a> Block<'a> {
    fn read(inside: &'a str, end: &str) -> Self {
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(rest) = inside.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with(end) {
                return Self { parts, length: at + end.len() };
            }
            let letter = rest.chars().next().unwrap_or(' ');
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
            let length = match letter {
                '"' | '\'' => quoted(rest, letter),
                _ if is_word(letter) => rest.find(|letter| !is_word(letter)).unwrap_or(rest.len()),
                _ => letter.len_utf8(),
            };
            if !letter.is_whitespace() {
                parts.push((at, rest.get(..length).unwrap_or_default()));
            }
            at += length;
        }
        Self { parts, length: inside.len() }
    }

    fn left_out(&self, inside: &str) -> Option<(usize, String)> {
        // However an expression goes on, what reads it goes into it.
        if let Some((at, _)) = self.parts.get(limits::EXPRESSION_PARTS) {
            let reason = format!("at most {} words and signs in one expression", limits::EXPRESSION_PARTS);
            return Some((*at, reason));
        }
        let last = self.parts.len().saturating_sub(1);
        // Data in lists in lists would double with each of them: a list that is written out has texts and numbers.
        let is_constant = |part: &str| {
            part.bytes().next().is_some_and(|first| first.is_ascii_digit() || b"'\"-.".contains(&first))
        };
        let (mut constants, mut is_list) = (false, false);
        for (n, (at, part)) in self.parts.iter().enumerate() {
            let next = self.parts.get(n + 1).map_or("", |(_, part)| *part);
            let before = self.parts.get(n.wrapping_sub(1)).map_or("", |(_, part)| *part);
            // At either end of a block a `+` keeps the white space beside it.
            let is_sign = *part == "+" && (*at == 0 || n == last && inside.len() > self.length);
            let reason = match *part {
                "~" | "*" | "+" if !is_sign => {
                    format!(
                        "there is no `{part}`: write things side by side, or use the filters `plus` and `times`"
                    )
                }
                "|" if !FILTERS.contains(&next) => format!("there is no filter `{next}`"),
                "is" if next != "defined" && next != "not" => format!("there is no test `{next}`"),
                ":" | "recursive" if before != "." => format!("there is no `{part}`"),
                "," if constants => {
                    is_list = true;
                    continue;
                }
                "]" => {
                    (constants, is_list) = (false, false);
                    continue;
                }
                part if is_constant(part) => continue,
                part if part != "," && !is_list => {
                    constants = part == "[";
                    continue;
                }
                _ => "lists are of texts and numbers, as `['a', 1]`".to_owned(),
            };
            return Some((*at, reason));
        }
        None
    }
}

/// How long a text in quotes is, with them.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        if letter == quote && !escaped {
            return at + 1;
        }
        escaped = letter == '\\' && !escaped;
    }
    rest.len()
}

fn is_nothing(value: &Datum) -> bool {
    value.is_undefined() || value.is_none() || value.as_str() == Some("")
}

/// A text as it grows, no longer than one that can be shown.
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > limits::RENDERED_BYTES {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

impl Filtered {
    /// Counts these bytes.
    fn spend(&self, bytes: usize) -> Result<(), Error> {
        let before = self.0.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= limits::FILTERED_BYTES {
            return Ok(());
        }
        let reason = format!("more than {} bytes go through filters", limits::FILTERED_BYTES);
        Err(Error::new(ErrorKind::InvalidOperation, reason))
    }

    fn text(&self, value: &Datum) -> Result<String, Error> {
        let mut text = Short(String::new());
        if !is_nothing(value) {
            write!(text, "{value}").map_err(|_| ErrorKind::WriteFailure)?;
        }
        self.spend(text.0.len())?;
        Ok(text.0)
    }

    /// The text of a value, changed by a filter.
    fn changed(&self, value: &Datum, change: &dyn Fn(&str) -> String) -> Result<String, Error> {
        let changed = change(&self.text(value)?);
        self.spend(changed.len())?;
        if changed.len() > limits::RENDERED_BYTES { Err(ErrorKind::WriteFailure.into()) } else { Ok(changed) }
    }

    /// How many letters or items: letters are counted one by one.
    fn length(&self, value: &Datum) -> Result<usize, Error> {
        let length = value.len().unwrap_or(0);
        self.spend(length)?;
        Ok(length)
    }

    fn number(&self, value: &Datum) -> Result<f64, Error> {
        self.spend(value.as_str().map_or(0, str::len))?;
        let read = match value.kind() {
            ValueKind::Number => f64::try_from(value.clone()).ok(),
            ValueKind::String => value.as_str().and_then(|text| text.trim().parse().ok()),
            ValueKind::Undefined | ValueKind::None => Some(0.0),
            _ => None,
        };
        read.filter(|number| number.is_finite())
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("{} is no number", value.kind())))
    }

    fn join(&self, value: &Datum, options: &Kwargs) -> Result<String, Error> {
        let between: Option<String> = options.get("with")?;
        options.assert_all_used()?;
        let between = between.as_deref().unwrap_or(", ");
        let mut joined = String::new();
        for (n, item) in value.try_iter()?.enumerate() {
            if n > 0 {
                joined.push_str(between);
            }
            joined.push_str(&self.text(&item)?);
            self.spend(between.len() + 1)?;
            if joined.len() > limits::RENDERED_BYTES {
                return Err(ErrorKind::WriteFailure.into());
            }
        }
        Ok(joined)
    }
}

fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters.flat_map(char::to_lowercase)).collect()
}

/// Whole numbers are written without a point.
fn whole(number: f64) -> Datum {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and small enough")]
    if number.fract() == 0.0 && number.abs() < EXACT {
        Datum::from(number as i64)
    } else {
        Datum::from(number)
    }
}

/// As a part of an address: all but letters, digits and `-._~` as bytes in hex.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
