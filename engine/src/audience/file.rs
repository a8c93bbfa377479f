//! Reading an uploaded file: CSV with a header, or JSON, one object a line.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Mode;
use crate::identity::{Identifier, IdentityRules, Namespace, Refusal};

/// What a row wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// To be in the audience.
    Add,
    /// Not to be in it any more.
    Remove,
}

/// A row that can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Whom it names.
    pub id: Identifier,
    /// What it wants.
    pub action: Action,
}

/// One that can't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Its line in the file; the first is 1.
    pub line: u64,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// The file as a whole can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// What a file's rows are read as.
struct Reader<'a> {
    namespace: &'a Namespace,
    mode: Mode,
    rules: &'a IdentityRules,
}

/// Names that the column of the identifier may have, beside that of its namespace.
const COLUMNS: [&str; 2] = ["identifier", "value"];
const ACTION: &str = "action";

/// Reads a file, or a part of one that has its header; `first_line` is the number of the part's first row that is not the header.
/// Each row is told in its turn.
///
/// # Errors
/// [`Unreadable`] when it can't be told which column has the identifiers.
pub fn read_rows(
    text: &str,
    namespace: &Namespace,
    mode: Mode,
    rules: &IdentityRules,
    first_line: u64,
    tell: &mut dyn FnMut(Result<Row, BadRow>),
) -> Result<(), Unreadable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let reader = Reader { namespace, mode, rules };
    if !is_json(text) {
        return reader.csv(text, first_line, tell);
    }
    reader.json(text, first_line, tell);
    Ok(())
}

/// The first line is an object of JSON, which no header of CSV is.
fn is_json(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    serde_json::from_str::<Map<String, Value>>(first).is_ok()
}

impl Reader<'_> {
    fn csv(
        &self,
        text: &str,
        first_line: u64,
        tell: &mut dyn FnMut(Result<Row, BadRow>),
    ) -> Result<(), Unreadable> {
        let mut records = Records::of(text);
        let Some(header) = records.next() else { return Ok(()) };
        let named =
            |wanted: &str| header.fields.iter().position(|name| name.trim().eq_ignore_ascii_case(wanted));
        let column = named(self.namespace.as_str()).or_else(|| COLUMNS.iter().find_map(|name| named(name)));
        let Some(column) = column else {
            return Err(Unreadable(format!(
                "the first line must name the columns, and one of them `{}` (or `identifier`)",
                self.namespace.as_str()
            )));
        };
        let action = named(ACTION);
        for record in records {
            let field = |n: usize| record.fields.get(n).map_or("", |field| field.trim());
            let row = self.row(field(column), action.map_or("", field));
            let line = first_line + record.line.saturating_sub(header.line + 1);
            tell(row.map_err(|reason| BadRow { line, reason }));
        }
        Ok(())
    }

    fn json(&self, text: &str, first_line: u64, tell: &mut dyn FnMut(Result<Row, BadRow>)) {
        for (line, text) in (first_line..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            let row = match serde_json::from_str::<Map<String, Value>>(text) {
                Err(_) => Err("not a JSON object on one line".to_owned()),
                Ok(object) => {
                    let keys = [self.namespace.as_str()].into_iter().chain(COLUMNS);
                    let value = keys.into_iter().find_map(|key| object.get(key));
                    let text_of = |value: Option<&Value>| match value {
                        Some(Value::String(text)) => text.clone(),
                        Some(Value::Number(number)) => number.to_string(),
                        _ => String::new(),
                    };
                    self.row(text_of(value).trim(), &text_of(object.get(ACTION)))
                }
            };
            tell(row.map_err(|reason| BadRow { line, reason }));
        }
    }

    fn row(&self, value: &str, action: &str) -> Result<Row, String> {
        let namespace = self.namespace.as_str();
        if value.is_empty() {
            return Err(format!("no `{namespace}`"));
        }
        let action = match (action.to_ascii_lowercase().as_str(), self.mode) {
            ("" | "add", _) => Action::Add,
            ("remove", Mode::Delta) => Action::Remove,
            ("remove", Mode::Replace) => {
                return Err("`remove` is for changes: in a whole list, leave the row out".to_owned());
            }
            _ => return Err("`action` is `add` or `remove`".to_owned()),
        };
        let id = self.rules.identifier(namespace, value).map_err(|refusal| match refusal {
            Refusal::Blocked => "a placeholder, which names nobody".to_owned(),
            Refusal::TooLong => "too long".to_owned(),
            _ => format!("not written as `{namespace}` is"),
        })?;
        Ok(Row { id, action })
    }
}

/// A record of CSV, which may have lines in it.
struct Record {
    /// The line that it begins on.
    line: u64,
    fields: Vec<String>,
}

/// The records of a text. Empty lines are none.
struct Records<'a> {
    reader: csv_core::Reader,
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    fn of(text: &'a str) -> Self {
        Self { reader: csv_core::Reader::new(), rest: text.as_bytes() }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        // Lines that are empty stand before the record.
        let empty = self.rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let line = self.reader.line() + empty.filter(|byte| **byte == b'\n').count() as u64;
        let (mut fields, mut field, mut piece) = (Vec::new(), Vec::new(), [0; 256]);
        loop {
            let (result, read, written) = self.reader.read_field(self.rest, &mut piece);
            self.rest = self.rest.get(read..).unwrap_or_default();
            field.extend_from_slice(piece.get(..written).unwrap_or_default());
            match result {
                // Once more with nothing: that is the end.
                csv_core::ReadFieldResult::InputEmpty | csv_core::ReadFieldResult::OutputFull => {}
                csv_core::ReadFieldResult::Field { record_end } => {
                    fields.push(String::from_utf8_lossy(&std::mem::take(&mut field)).into_owned());
                    if record_end {
                        return Some(Record { line, fields });
                    }
                }
                csv_core::ReadFieldResult::End => return None,
            }
        }
    }
}
