//! From files to the edge: every line arrives once, or is named in the report.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "that is how a test fails")]

// Each test program uses its part of it.
#[allow(dead_code, unreachable_pub, missing_docs, unused_imports)]
mod support;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use support::{Edge, Ended, events, file, replay, run};
use tempfile::tempdir;

fn gzip(content: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn ids(events: &[Value]) -> BTreeSet<String> {
    events.iter().map(|event| event["messageId"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_lines_of_plain_and_gzip_files_arrive_once() {
    let (edge, folder) = (Edge::start(), tempdir().unwrap());
    let plain = file(folder.path(), "a.ndjson", events("a", 257));
    let packed = file(folder.path(), "b.ndjson.gz", gzip(&events("b", 512)));
    // Two gzip members one after the other, as `cat` of two files makes them; the name says nothing of it.
    let joined = [gzip(&events("c", 3)), gzip(&events("d", 4))].concat();
    let members = file(folder.path(), "c.ndjson", joined);

    let ended = run(&mut replay(&edge.url, &[&plain, &packed, &members]));

    assert_eq!(ended.counts(), [776, 776, 0, 0, 0, 0]);
    assert_eq!(ended.status, Some(0));
    let received = edge.events();
    assert_eq!((received.len(), ids(&received).len()), (776, 776));
    let sizes: Vec<usize> = edge.received().iter().map(|request| request.events().len()).collect();
    assert!(sizes.iter().all(|size| *size <= 100));
    assert_eq!(sizes.len(), 8);
    assert!(edge.received().iter().all(|request| request.json()["writeKey"] == "demo-server"));
}

#[test]
fn events_arrive_as_they_stand_and_without_sent_at() {
    let (edge, folder) = (Edge::start(), tempdir().unwrap());
    let line = r#"{"messageId":"m","type":"track","userId":"u","timestamp":"2017-01-01T11:53:26.000Z","properties":{"total":1.10}}"#;
    let input = file(folder.path(), "one.ndjson", format!("{line}\n"));
    run(&mut replay(&edge.url, &[&input]));
    let request = &edge.received()[0];
    assert_eq!(request.body, format!("{{\"writeKey\":\"demo-server\",\"batch\":[{line}]}}"));
}

#[test]
fn a_second_replay_changes_nothing_even_without_message_ids() {
    let (edge, folder) = (Edge::start(), tempdir().unwrap());
    let content: String =
        (0..150).map(|n| format!("{{\"type\":\"page\",\"userId\":\"u\",\"n\":{n}}}\n")).collect();
    let first = file(folder.path(), "first.ndjson", &content);
    // Other name, other line ends, other batches: the same events.
    let second = file(folder.path(), "second.ndjson", content.replace('\n', "\r\n"));

    assert_eq!(run(&mut replay(&edge.url, &[&first])).counts(), [150, 150, 0, 0, 0, 0]);
    let again = run(replay(&edge.url, &[&second]).args(["--batch", "7"]));
    assert_eq!(again.counts(), [150, 0, 150, 0, 0, 0]);
    assert_eq!(again.status, Some(0));
}

#[test]
fn invalid_lines_are_named_and_the_rest_arrives() {
    let (edge, folder) = (Edge::start(), tempdir().unwrap());
    let large = format!(
        "{{\"type\":\"page\",\"userId\":\"u\",\"messageId\":\"large\",\"x\":\"{}\"}}",
        "x".repeat(40_000)
    );
    let content = format!("{}\n{{\"type\":\n{large}\n[]\n{}", events("a", 2), events("b", 1));
    let input = file(folder.path(), "mixed.ndjson", content);

    let ended = run(&mut replay(&edge.url, &[&input]));

    assert_eq!(ended.counts(), [3, 3, 0, 0, 3, 0]);
    assert_eq!(ended.status, Some(1));
    let lines: Vec<_> =
        ended.report["invalidLines"].as_array().unwrap().iter().map(|line| line["at"].clone()).collect();
    // Line 3 is blank: it carries no event.
    assert_eq!(lines, [4, 5, 6].map(|n| json!(format!("{}:{n}", input.display()))));
}

#[test]
fn rejected_events_are_counted_by_code_and_shown() {
    let (edge, folder) = (Edge::start(), tempdir().unwrap());
    let nobody: String =
        (0..12).map(|n| format!("{{\"type\":\"page\",\"messageId\":\"nobody-{n}\"}}\n")).collect();
    let input = file(folder.path(), "mixed.ndjson", events("a", 5) + &nobody);

    let ended = run(&mut replay(&edge.url, &[&input]));

    assert_eq!(ended.counts(), [17, 5, 0, 12, 0, 0]);
    assert_eq!(ended.report["rejectedByCode"], json!({"no_user_anon_id": 12}));
    assert_eq!(ended.report["rejectedFirst"].as_array().unwrap().len(), 10);
    let first = json!({"messageId": "nobody-0", "code": "no_user_anon_id", "message": "userId or anonymousId is required"});
    assert_eq!(ended.report["rejectedFirst"][0], first);
    assert_eq!(ended.status, Some(1));
}

#[test]
fn bodies_stay_under_450_kb_whatever_the_batch_size() {
    let (edge, folder) = (Edge::start(), tempdir().unwrap());
    let content: String = (0..60)
        .map(|n| {
            format!(
                "{{\"type\":\"page\",\"userId\":\"u\",\"messageId\":\"{n}\",\"x\":\"{}\"}}\n",
                "x".repeat(20_000)
            )
        })
        .collect();
    let input = file(folder.path(), "large.ndjson", content);
    let ended = run(replay(&edge.url, &[&input]).args(["--batch", "2500"]));
    assert_eq!(ended.counts(), [60, 60, 0, 0, 0, 0]);
    assert!(edge.received().iter().all(|request| request.body.len() <= 450_000));
    assert_eq!(edge.received().len(), 3);
}

#[test]
fn requests_can_be_compressed() {
    let (edge, folder) = (Edge::start(), tempdir().unwrap());
    let input = file(folder.path(), "a.ndjson", events("a", 120));
    assert_eq!(run(replay(&edge.url, &[&input]).arg("--gzip")).counts(), [120, 120, 0, 0, 0, 0]);
    assert!(edge.received().iter().all(|request| request.header("content-encoding") == Some("gzip")));
}

#[test]
fn standard_input_is_a_file_too() {
    let edge = Edge::start();
    let mut child = replay(&edge.url, &[Path::new("-")]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&gzip(&events("a", 230))).unwrap();
    let ended = Ended::of(&child.wait_with_output().unwrap());
    assert_eq!(ended.counts(), [230, 230, 0, 0, 0, 0]);
}

#[test]
fn a_broken_gzip_file_is_reported_and_what_was_readable_is_sent() {
    let (edge, folder) = (Edge::start(), tempdir().unwrap());
    let mut packed = gzip(&events("a", 5_000));
    packed.truncate(packed.len() / 2);
    let broken = file(folder.path(), "broken.ndjson.gz", packed);
    let whole = file(folder.path(), "whole.ndjson", events("b", 10));

    let ended = run(&mut replay(&edge.url, &[&broken, &whole]));

    assert_eq!(ended.status, Some(1));
    let at = ended.report["unreadable"][0]["at"].as_str().unwrap().to_owned();
    assert!(at.starts_with(&broken.display().to_string()), "{at}");
    assert!(ids(&edge.events()).contains("b-9"));
    assert!(ended.report["accepted"].as_u64() > Some(10));
}

#[test]
fn a_missing_file_stops_the_replay_before_anything_is_sent() {
    let (edge, folder) = (Edge::start(), tempdir().unwrap());
    let here = file(folder.path(), "here.ndjson", events("a", 10));
    let ended = run(&mut replay(&edge.url, &[&here, &folder.path().join("gone.ndjson")]));
    assert_eq!(ended.status, Some(2));
    assert!(ended.errors.contains("gone.ndjson"), "{}", ended.errors);
    assert!(edge.received().is_empty());
}
