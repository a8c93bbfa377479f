//! The archive's files: written once, named by the hash of their lines, each with a manifest beside it.
//!
//! A file is written before its manifest, and both before the Queue is told that the batch is done: what was cut off in
//! between comes again. A batch that comes twice overwrites its own files; batched in another way, the same line stands in
//! two files, and readers go by its id. What is not retained any more is taken out of them: see [`Sweep`](selvedge_engine::archive::Sweep). So is
//! what they say of somebody who was [erased](crate::erasures).

use std::borrow::Borrow;
use std::collections::BTreeMap;

use selvedge_engine::archive::{Folder, Left, Manifest, Mark, People, Record};
use selvedge_engine::identity::Identifier;
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use serde_json::Value;
use sha2::{Digest, Sha256};
use worker::{Bucket, Env};

use crate::api_error::ApiError;
use crate::platform::Secrets;
use crate::{bindings, dead_letters, gzip, platform, usage};

/// Events of this and of older releases; theirs are not packed.
const EVENTS: &str = "archive/";
/// What bots sent.
const BOTS: &str = "bots/";
/// Who entered segments and left them.
const CHANGES: &str = "segments/";
/// What the config may say is not kept any more.
const RETAINED: [&str; 3] = [EVENTS, BOTS, CHANGES];
/// All that may hold something of a person, in the order of names.
const ALL: [&str; 5] = [EVENTS, BOTS, dead_letters::PREFIX, CHANGES, "words/"];

/// The lines of one file.
struct Lines {
    text: String,
    lines: u64,
    /// The first and the last receipt.
    between: (UnixMillis, UnixMillis),
    people: People,
}

impl Lines {
    fn new(at: UnixMillis) -> Self {
        Self { text: String::new(), lines: 0, between: (at, at), people: People::default() }
    }

    fn push(&mut self, line: &str, at: UnixMillis, people: impl IntoIterator<Item = Mark>) {
        self.text.push_str(line);
        self.text.push('\n');
        self.lines += 1;
        self.between = (self.between.0.min(at), self.between.1.max(at));
        self.people.add(people);
    }
}

/// A file that was written, and whom it is about.
pub(crate) struct Written {
    pub(crate) name: String,
    pub(crate) people: People,
}

/// Writes what has left.
pub(crate) async fn write<'a>(
    records: impl Iterator<Item = &'a Record>,
    env: &Env,
) -> Result<Vec<Written>, ApiError> {
    let secrets = Secrets::of(env)?;
    let mut files: BTreeMap<Folder, Lines> = BTreeMap::new();
    for record in records {
        let (text, at) = (record.to_text()?, record.at());
        let people = record.marks(&|id| secrets.names.number(id));
        files.entry(record.folder()).or_insert_with(|| Lines::new(at)).push(&text, at, people);
    }
    let bucket = env.bucket(bindings::ARCHIVE)?;
    let mut written = Vec::new();
    for (folder, lines) in files {
        let name = write_file(&folder, &lines, &bucket).await?;
        written.push(Written { name, people: lines.people });
    }
    Ok(written)
}

async fn write_file(folder: &Folder, lines: &Lines, bucket: &Bucket) -> Result<String, ApiError> {
    let mut hash = hex(&Sha256::digest(lines.text.as_bytes()));
    hash.truncate(32);
    let file = folder.file(&hash);
    let packed = gzip::packed(&lines.text).await?;
    let manifest = Manifest {
        v: Manifest::VERSION,
        file: file.clone(),
        format: "ndjson.gz".into(),
        line_version: folder.version(),
        lines: lines.lines,
        bytes: packed.len() as u64,
        sha256: hex(&Sha256::digest(&packed)),
        min_received_at: lines.between.0,
        max_received_at: lines.between.1,
        people: lines.people.said(),
    };
    let beside = Manifest::of_file(&file).ok_or_else(|| ApiError::internal("a file without a manifest"))?;
    usage::count(|usage| usage.archive_writes += 2);
    bucket.put(file.as_str(), packed).execute().await?;
    bucket.put(beside, serde_json::to_string(&manifest)?.into_bytes()).execute().await?;
    Ok(file)
}

/// Takes a file away, and what is said of it before that: a manifest's file is there.
pub(crate) async fn remove(name: &str, env: &Env) -> Result<(), ApiError> {
    let bucket = env.bucket(bindings::ARCHIVE)?;
    for name in Manifest::of_file(name).iter().map(String::as_str).chain([name]) {
        usage::count(|usage| usage.archive_writes += 1);
        bucket.delete(name).await?;
    }
    Ok(())
}

/// Takes lines, or parts of them, out of a file: in its place comes one with what is left, if anything is. `note` is told before anything
/// is taken away, and of nothing if nothing is.
pub(crate) async fn rewrite(
    name: &str,
    left_of: impl Fn(&Record) -> Left,
    note: impl FnOnce() -> Result<(), ApiError>,
    env: &Env,
) -> Result<(), ApiError> {
    let Some(folder) = Folder::of_file(name) else { return Ok(()) };
    let Some(bytes) = bytes(name, env).await? else { return Ok(()) };
    let text = match unpacked(name, bytes) {
        Ok(text) => text,
        // Others are not to wait for it.
        Err(error) => {
            worker::console_error!("archive: {error}");
            return Ok(());
        }
    };
    let Some(left) = left_in(&text, left_of, env)? else { return Ok(()) };
    if let Some(left) = left {
        write_file(&folder, &left, &env.bucket(bindings::ARCHIVE)?).await?;
    }
    note()?;
    remove(name, env).await
}

/// What is left of lines, and of them at all; none if that is all of them.
fn left_in(
    text: &str,
    left_of: impl Fn(&Record) -> Left,
    env: &Env,
) -> Result<Option<Option<Lines>>, ApiError> {
    let secrets = Secrets::of(env)?;
    let number = |id: &Identifier| secrets.names.number(id);
    let (mut left, mut is_less) = (None::<Lines>, false);
    let mut put = |text: &str, at, people| left.get_or_insert_with(|| Lines::new(at)).push(text, at, people);
    for text in text.lines() {
        // What can't be read here may be read by a newer release: it goes with the whole file.
        let Some(record) = Record::read(text) else {
            put(text, platform::now(), Vec::new());
            continue;
        };
        let of = left_of(&record);
        is_less |= of != Left::Whole;
        match of {
            Left::Whole => put(text, record.at(), record.marks(&number)),
            Left::Less(less) => put(&less.to_text()?, less.at(), less.marks(&number)),
            Left::Nothing => {}
        }
    }
    Ok(is_less.then_some(left))
}

/// A file as it may be given out: without what this takes away. `None` if it is not there, or nothing is left.
pub(crate) async fn shown(
    name: &str,
    bytes: Vec<u8>,
    left_of: impl Fn(&Record) -> Left,
    env: &Env,
) -> Result<Option<Vec<u8>>, ApiError> {
    match left_in(&unpacked(name, bytes.clone())?, left_of, env)? {
        None => Ok(Some(bytes)),
        Some(None) => Ok(None),
        Some(Some(lines)) => Ok(Some(gzip::packed(&lines.text).await?)),
    }
}

/// Whom a file is about: as its manifest says, or, if that does not, as its lines do. Nobody, if it is gone.
pub(crate) async fn people(name: &str, env: &Env) -> Result<Vec<Mark>, ApiError> {
    if let Some(manifest) = Manifest::of_file(name)
        && let Some(said) = bytes(&manifest, env).await?
        && let Ok(Manifest { people: Some(people), .. }) =
            serde_json::from_str(&String::from_utf8_lossy(&said))
    {
        return Ok(people);
    }
    let Some(bytes) = bytes(name, env).await? else { return Ok(Vec::new()) };
    let text = match unpacked(name, bytes) {
        Ok(text) => text,
        Err(error) => {
            worker::console_error!("archive: {error}");
            return Ok(Vec::new());
        }
    };
    people_in(text.lines().filter_map(Record::read), env)
}

/// Whom these are about, each once.
pub(crate) fn people_in(
    records: impl Iterator<Item = impl Borrow<Record>>,
    env: &Env,
) -> Result<Vec<Mark>, ApiError> {
    let secrets = Secrets::of(env)?;
    let mut people = People::default();
    records.for_each(|record| people.add(record.borrow().marks(&|id| secrets.names.number(id))));
    Ok(people.all().copied().collect())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file of the archive.
pub(crate) struct File {
    /// Its name.
    pub(crate) name: String,
    /// Its size.
    pub(crate) bytes: u64,
}

/// Up to `limit` files of events after the one named, in the order of names; fewer only at the end.
pub(crate) async fn events(after: Option<&str>, limit: usize, env: &Env) -> Result<Vec<File>, ApiError> {
    list(EVENTS, after, limit, env).await
}

/// The same of files that [`retention`](selvedge_engine::config::Retention) reaches: those of bots come after all of events, changes of memberships after those.
pub(crate) async fn retained(after: Option<&str>, limit: usize, env: &Env) -> Result<Vec<File>, ApiError> {
    list_all(&RETAINED, after, limit, env).await
}

/// The same of everything that may hold something of a person, dead letters and words as well.
pub(crate) async fn all(after: Option<&str>, limit: usize, env: &Env) -> Result<Vec<File>, ApiError> {
    list_all(&ALL, after, limit, env).await
}

async fn list_all(
    prefixes: &[&str],
    after: Option<&str>,
    limit: usize,
    env: &Env,
) -> Result<Vec<File>, ApiError> {
    let mut files = Vec::new();
    for prefix in prefixes {
        // What lies behind is not listed again.
        if files.len() < limit && after.is_none_or(|after| after < *prefix || after.starts_with(prefix)) {
            files.extend(list(prefix, after, limit - files.len(), env).await?);
        }
    }
    Ok(files)
}

/// Up to `limit` objects under `prefix` after the one named, in the order of names; fewer only at the end.
pub(crate) async fn list(
    prefix: &str,
    after: Option<&str>,
    limit: usize,
    env: &Env,
) -> Result<Vec<File>, ApiError> {
    let bucket = env.bucket(bindings::ARCHIVE)?;
    let mut files: Vec<File> = Vec::new();
    loop {
        let room = u32::try_from(limit.saturating_sub(files.len())).unwrap_or(u32::MAX);
        let mut page = bucket.list().prefix(prefix).limit(room.min(1_000));
        if let Some(after) = files.last().map(|file| file.name.as_str()).or(after) {
            page = page.start_after(after);
        }
        let page = page.execute().await?;
        files.extend(page.objects().iter().map(|file| File { name: file.key(), bytes: file.size() }));
        // The platform may give less than it was asked for.
        if !page.truncated() || files.len() >= limit {
            return Ok(files);
        }
    }
}

/// The bytes of an object; `None` if it is not there.
pub(crate) async fn bytes(name: &str, env: &Env) -> Result<Option<Vec<u8>>, ApiError> {
    let file = env.bucket(bindings::ARCHIVE)?.get(name).execute().await?;
    let Some(body) = file.as_ref().and_then(worker::Object::body) else { return Ok(None) };
    Ok(Some(body.bytes().await?))
}

/// The JSON in an object; `None` if it is not there, or something else is.
pub(crate) async fn json(name: &str, env: &Env) -> Result<Option<Value>, ApiError> {
    let bytes = bytes(name, env).await?.unwrap_or_default();
    Ok(serde_json::from_str(&String::from_utf8_lossy(&bytes)).ok())
}

/// The lines of a file of events; none if it is gone. What is not JSON is left out.
pub(crate) async fn read(name: &str, env: &Env) -> Result<Vec<Value>, ApiError> {
    let Some(bytes) = bytes(name, env).await? else { return Ok(Vec::new()) };
    let text = unpacked(name, bytes)?;
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// What a file says.
fn unpacked(name: &str, bytes: Vec<u8>) -> Result<String, ApiError> {
    let bytes = if bytes.starts_with(&gzip::MAGIC) {
        let unreadable = |error| ApiError::internal(format!("{name}: {error}"));
        let unpacked = gzip::unpacked(&bytes, limits::ARCHIVE_FILE_BYTES).map_err(unreadable)?;
        unpacked.ok_or_else(|| ApiError::internal(format!("{name} is larger than any file of ours")))?
    } else {
        bytes
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
