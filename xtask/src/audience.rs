//! `cargo xtask audience FILE AUDIENCE`: uploads a list in parts, some at a time, and waits until it counts. Parts are cut
//! alike each time, so an upload that was cut off goes on where it was.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Read, Seek};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::admin::Admin;

/// Bytes of a part: the edge takes some more.
const PART: usize = 3_500_000;
/// Parts under way at a time.
const LANES: usize = 3;
/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_millis(300);

/// A piece of the file that can be read by itself.
struct Part {
    n: usize,
    /// The line of the file that its first row is on.
    first_line: u64,
    text: Vec<u8>,
}

/// What `cargo xtask audience` is told beside the file and the audience.
#[derive(Default)]
struct Options<'a> {
    url: Option<&'a str>,
    mode: &'a str,
    resume: Option<&'a str>,
}

/// `cargo xtask audience FILE AUDIENCE [URL] [--delta] [--resume IMPORT]`.
pub(crate) fn run(file: &str, audience: &str, rest: &[&str]) -> Result<()> {
    let mut options = Options { mode: "replace", ..Options::default() };
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        match *word {
            "--delta" => options.mode = "delta",
            "--resume" => options.resume = Some(rest.next().context("--resume needs the id of an import")?),
            url => options.url = Some(url),
        }
    }
    let admin = Admin::of(options.url)?;
    let base = format!("/v1/audiences/{audience}/imports");
    let (import, there) = match options.resume {
        Some(import) => (import.to_owned(), uploaded(&admin.get(&format!("{base}/{import}"), &[])?)),
        None => {
            let begun = admin.post(&base, &[], json!({ "mode": options.mode }).to_string().as_bytes())?;
            let id = begun.get("id").and_then(Value::as_str).context("the edge gave no id of an import")?;
            (id.to_owned(), Vec::new())
        }
    };
    let place = format!("{base}/{import}");
    let to_go_on = || format!("to go on: the same command with --resume {import}");
    let parts = upload(&admin, file, &place, &there).with_context(to_go_on)?;
    let body = json!({ "parts": parts }).to_string();
    admin.post(&format!("{place}/commit"), &[], body.as_bytes()).with_context(to_go_on)?;
    watch(&admin, &place).with_context(to_go_on)
}

fn uploaded(import: &Value) -> Vec<usize> {
    let parts = import.get("uploaded").and_then(Value::as_array).into_iter().flatten();
    parts.filter_map(|n| usize::try_from(n.as_u64()?).ok()).collect()
}

/// Uploads all parts that are not there; gives how many there are in all.
fn upload(admin: &Admin, file: &str, place: &str, there: &[usize]) -> Result<usize> {
    let (send, receive) = mpsc::sync_channel::<Part>(LANES);
    let receive = Mutex::new(receive);
    let (rows, bad) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES)
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    loop {
                        let part = receive.lock().map_err(|_| anyhow::anyhow!("a lane broke"))?.recv();
                        let Ok(Part { n, first_line, text }) = part else { return Ok(()) };
                        let first_line = first_line.to_string();
                        let query = [("firstLine", first_line.as_str())];
                        let answer = admin.put(&format!("{place}/parts/{n}"), &query, &text)?;
                        let number = |field: &str| answer.get(field).and_then(Value::as_u64).unwrap_or(0);
                        let rows = rows.fetch_add(number("rows"), Ordering::Relaxed) + number("rows");
                        let bad = bad.fetch_add(number("bad"), Ordering::Relaxed) + number("bad");
                        say(&format!("{rows} rows uploaded, {bad} that can't be taken"));
                    }
                })
            })
            .collect();
        let cut = cut(file, &mut |part| {
            // The lanes are gone only if all have failed: their error counts then.
            if there.contains(&part.n) || send.send(part).is_ok() {
                Ok(())
            } else {
                bail!("the upload broke off")
            }
        });
        drop(send);
        for lane in lanes {
            lane.join().map_err(|_| anyhow::anyhow!("a lane broke"))??;
        }
        cut
    })
}

/// Cuts a file into parts, each a whole file by itself.
fn cut(file: &str, tell: &mut dyn FnMut(Part) -> Result<()>) -> Result<usize> {
    let mut source = BufReader::new(File::open(file).with_context(|| file.to_owned())?);
    let begins_with = source.fill_buf()?.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    let mut parts = Parts { tell, n: 0, first_line: 1, header: Vec::new(), text: Vec::new() };
    if begins_with == Some(b'{') {
        lines(source, &mut parts)?
    } else {
        records(source, &mut parts)?
    }
    parts.end()
}

/// One object a line.
fn lines(mut source: impl BufRead, parts: &mut Parts<'_>) -> Result<()> {
    let (mut line, mut number) = (Vec::new(), 0);
    while source.read_until(b'\n', &mut line)? > 0 {
        number += 1;
        parts.add(&line, number)?;
        line.clear();
    }
    Ok(())
}

/// Records of CSV, which may have lines in them.
fn records(source: impl Read + Seek, parts: &mut Parts<'_>) -> Result<()> {
    let mut csv = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(source);
    let mut record = csv::ByteRecord::new();
    let written = |record: &csv::ByteRecord| -> Result<Vec<u8>> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_byte_record(record)?;
        Ok(writer.into_inner()?)
    };
    if csv.read_byte_record(&mut record)? {
        parts.header = written(&record)?;
    }
    while csv.read_byte_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        parts.add(&written(&record)?, line)?;
    }
    Ok(())
}

struct Parts<'a> {
    tell: &'a mut dyn FnMut(Part) -> Result<()>,
    n: usize,
    first_line: u64,
    header: Vec<u8>,
    text: Vec<u8>,
}

impl Parts<'_> {
    fn add(&mut self, row: &[u8], line: u64) -> Result<()> {
        if self.text.len() + row.len() > PART {
            self.flush()?;
        }
        if self.text.is_empty() {
            self.first_line = line;
            self.text.extend_from_slice(&self.header);
        }
        self.text.extend_from_slice(row);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let text = std::mem::take(&mut self.text);
        (self.tell)(Part { n: self.n, first_line: self.first_line, text })?;
        self.n += 1;
        Ok(())
    }

    fn end(mut self) -> Result<usize> {
        if !self.text.is_empty() {
            self.flush()?;
        }
        Ok(self.n)
    }
}

/// Waits until it counts, or has come to nothing.
fn watch(admin: &Admin, place: &str) -> Result<()> {
    loop {
        let import = admin.get(place, &[])?;
        let number = |field: &str| import.get(field).and_then(Value::as_u64).unwrap_or(0);
        match import.get("status").and_then(Value::as_str) {
            Some("building") => {
                say(&format!("{} of {} shards built", number("shardsDone"), number("shards")))
            }
            Some("done") => {
                say("");
                println!(
                    "generation {} counts: {} in the audience, {} entered, {} left",
                    number("generation"),
                    number("members"),
                    number("entered"),
                    number("left"),
                );
                report(&import);
                return Ok(());
            }
            _ => {
                report(&import);
                bail!(
                    "{}",
                    import.get("error").and_then(Value::as_str).unwrap_or("the import was called off")
                )
            }
        }
        thread::sleep(LOOK);
    }
}

/// The first of the rows that could not be taken.
fn report(import: &Value) {
    let bad = import.get("bad").and_then(Value::as_u64).unwrap_or(0);
    if bad == 0 {
        return;
    }
    println!("{bad} rows could not be taken:");
    for row in import.get("badRows").and_then(Value::as_array).into_iter().flatten().take(20) {
        let line = row.get("line").and_then(Value::as_u64).unwrap_or(0);
        println!("  line {line}: {}", row.get("reason").and_then(Value::as_str).unwrap_or_default());
    }
    println!("  (`badRows` of the import has the first hundred)");
}

fn say(progress: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{progress}");
    } else if !progress.is_empty() {
        eprintln!("{progress}");
    }
}
