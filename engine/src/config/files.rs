//! Config as files: from `{"segments/buyers.json": {…}}` to a [`Document`], or to errors that name file, path and
//! reason.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Document, Known, Retention, Source, TraitRules, in_plain_words, validate};
use crate::account::AccountRules;
use crate::audience::Audience;
use crate::consent::Jurisdictions;
use crate::identity::IdentityRules;
use crate::ids::SegmentId;
use crate::offer::{Offer, Placement};
use crate::segment::Segment;
use crate::time::UnixMillis;

/// File name (relative, `/` between folders) to content.
pub type Files = BTreeMap<String, Value>;

/// One thing wrong in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileError {
    /// The file.
    pub file: String,
    /// Where in it, as `rule.all[1].performed.event`; empty for the file as a whole.
    pub path: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sources {
    sources: Vec<Source>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Placements {
    placements: Vec<Placement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Traits {
    traits: TraitRules,
}

/// Reads and validates all files.
///
/// # Errors
/// Every error found, not only the first.
pub fn read_files(files: &Files) -> Result<Document, Vec<FileError>> {
    read(files).map(|(document, _)| document)
}

/// The same, and what is right but can't be what is wanted: offers that are never shown.
///
/// # Errors
/// Every error found, not only the first.
pub fn read_files_and_warn(
    files: &Files,
    now: UnixMillis,
) -> Result<(Document, Vec<FileError>), Vec<FileError>> {
    read_files_knowing(files, &Known::default(), now)
}

/// The same, for whoever knows more than the files say.
///
/// # Errors
/// Every error found, not only the first.
pub fn read_files_knowing(
    files: &Files,
    known: &Known,
    now: UnixMillis,
) -> Result<(Document, Vec<FileError>), Vec<FileError>> {
    let (document, origins) = read(files)?;
    let warnings = validate::warnings(&document, &origins, known, now);
    Ok((document, warnings))
}

fn read(files: &Files) -> Result<(Document, validate::Origins), Vec<FileError>> {
    let mut document = Document::default();
    let mut origin = validate::Origins::default();
    let mut errors = Vec::new();
    for (name, content) in files {
        let taken = match name.split('/').collect::<Vec<_>>().as_slice() {
            ["sources.json"] => parse::<Sources>(name, content).map(|file| document.sources = file.sources),
            ["identity.json"] => parse::<IdentityRules>(name, content).map(|rules| document.identity = rules),
            ["traits.json"] => parse::<Traits>(name, content).map(|file| document.traits = file.traits),
            ["accounts.json"] => parse::<AccountRules>(name, content).map(|rules| document.accounts = rules),
            ["retention.json"] => parse::<Retention>(name, content).map(|rule| document.retention = rule),
            ["consent.json"] => {
                parse::<Jurisdictions>(name, content).map(|rules| document.consent = Some(rules))
            }
            ["placements.json"] => {
                parse::<Placements>(name, content).map(|file| document.placements = file.placements)
            }
            ["audiences", _] => parse::<Audience>(name, content).map(|audience| {
                origin.audiences.push(name.clone());
                document.audiences.push(audience);
            }),
            ["segments", _] => parse::<Segment>(name, content).map(|segment| {
                origin.segments.push(name.clone());
                document.segments.push(segment);
            }),
            ["offers", _] => parse::<Offer>(name, content).map(|offer| {
                origin.offers.push(name.clone());
                document.offers.push(offer);
            }),
            _ => Err(unknown_file(name)),
        };
        errors.extend(taken.err());
    }
    // What one file says of another can only be judged when all could be read.
    if errors.is_empty() {
        errors = validate::check(&document, &origin);
    }
    if errors.is_empty() { Ok((document, origin)) } else { Err(errors) }
}

/// Rules as `identity.json` has them, by themselves: to be tried before they are published.
///
/// # Errors
/// Where they can't be read.
pub fn read_identity(content: &Value) -> Result<IdentityRules, FileError> {
    parse("identity.json", content)
}

/// A segment's rule by itself: to be tried before it is published.
///
/// # Errors
/// Where it can't be read.
pub fn read_draft(id: &SegmentId, rule: &Value) -> Result<Segment, FileError> {
    let content = serde_json::json!({ "id": id, "name": id, "rule": rule });
    parse(&format!("segments/{id}.json"), &content)
}

fn unknown_file(name: &str) -> FileError {
    let known = "sources.json, identity.json, traits.json, accounts.json, retention.json, consent.json, placements.json, \
                 audiences/<id>.json, segments/<id>.json and offers/<id>.json";
    FileError {
        file: name.to_owned(),
        path: String::new(),
        reason: format!("not a config file; known are {known}"),
    }
}

fn parse<T: DeserializeOwned>(name: &str, content: &Value) -> Result<T, FileError> {
    serde_path_to_error::deserialize(content).map_err(|error| {
        let path = error.path().to_string();
        FileError {
            file: name.to_owned(),
            path: if path == "." { String::new() } else { path },
            reason: in_plain_words(error.inner()),
        }
    })
}
