//! An edge that fails, vanishes and comes back: no event is lost, none counts twice.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "that is how a test fails")]

#[allow(dead_code, unreachable_pub, missing_docs, unused_imports)]
mod support;

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::json;
use support::{Edge, Ended, Reply, events, file, replay, run};
use tempfile::tempdir;

#[test]
fn a_batch_refused_with_503_is_sent_again_unchanged_and_counts_once() {
    let edge = Edge::with(|number, _| if number < 2 { unavailable(None) } else { Reply::Take });
    let folder = tempdir().unwrap();
    let input = file(folder.path(), "a.ndjson", events("a", 50));

    let ended = run(&mut replay(&edge.url, &[&input]));

    assert_eq!(ended.counts(), [50, 50, 0, 0, 0, 0]);
    assert_eq!((ended.status, &ended.report["retries"]), (Some(0), &json!(2)));
    let bodies: Vec<String> = edge.received().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[test]
fn a_failing_edge_under_load_ends_with_every_event_once() {
    let edge = Edge::with(|number, _| if number % 3 == 1 { unavailable(None) } else { Reply::Take });
    let folder = tempdir().unwrap();
    let input = file(folder.path(), "a.ndjson", events("a", 2_000));
    let ended = run(replay(&edge.url, &[&input]).args(["--batch", "20"]));
    assert_eq!(ended.counts(), [2_000, 2_000, 0, 0, 0, 0]);
    assert!(ended.report["retries"].as_u64() > Some(0));
    assert_eq!(edge.known(), 2_000);
}

#[test]
fn retry_after_is_respected() {
    let edge = Edge::with(|number, _| if number == 0 { unavailable(Some("1")) } else { Reply::Take });
    let folder = tempdir().unwrap();
    let input = file(folder.path(), "a.ndjson", events("a", 1));
    let started = Instant::now();
    assert_eq!(run(&mut replay(&edge.url, &[&input])).counts(), [1, 1, 0, 0, 0, 0]);
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_400_is_final_and_other_batches_go_on() {
    let edge = Edge::with(|_, request| match request.events()[0]["messageId"].as_str() {
        Some("a-10") => {
            Reply::Refuse(400, None, json!({"success": false, "code": "invalid_request", "message": "no"}))
        }
        _ => Reply::Take,
    });
    let folder = tempdir().unwrap();
    let input = file(folder.path(), "a.ndjson", events("a", 30));

    let ended = run(replay(&edge.url, &[&input]).args(["--batch", "10"]));

    assert_eq!(ended.counts(), [30, 20, 0, 0, 0, 10]);
    assert_eq!((ended.status, edge.received().len()), (Some(1), 3));
    let at = format!("{}:11-20", input.display());
    let failure = json!({"at": at, "events": 10, "code": "invalid_request", "message": "no"});
    assert_eq!(ended.report["failures"], json!([failure]));
}

#[test]
fn an_edge_that_stays_away_is_given_up_and_reported() {
    let folder = tempdir().unwrap();
    let input = file(folder.path(), "a.ndjson", events("a", 3));
    let address = free_address();
    let ended = run(replay(&format!("http://{address}"), &[&input]).args(["--max-wait", "1"]));
    assert_eq!(ended.counts(), [3, 0, 0, 0, 0, 3]);
    assert_eq!((ended.status, &ended.report["failures"][0]["code"]), (Some(1), &json!("gave_up")));
}

#[test]
fn an_edge_that_starts_late_still_gets_everything() {
    let folder = tempdir().unwrap();
    let input = file(folder.path(), "a.ndjson", events("a", 250));
    let address = free_address();
    let mut child = replay(&format!("http://{address}"), &[&input]).spawn().unwrap();
    wait_for_retry(&mut child);

    let edge = Edge::on(address, |_, _| Reply::Take);

    let ended = Ended::of(&child.wait_with_output().unwrap());
    assert_eq!(ended.counts(), [250, 250, 0, 0, 0, 0]);
    assert_eq!((ended.status, edge.events().len()), (Some(0), 250));
}

#[test]
fn a_batch_whose_answer_never_came_is_resent_to_the_restarted_edge() {
    let folder = tempdir().unwrap();
    let input = file(folder.path(), "a.ndjson", events("a", 40));
    let dying = Edge::with(|_, _| Reply::TakeAndVanish);
    let address = dying.address();
    let mut child = replay(&dying.url, &[&input]).spawn().unwrap();
    wait_for_retry(&mut child);
    let lost = dying.received()[0].body.clone();
    drop(dying);

    let edge = Edge::on(address, |_, _| Reply::Take);

    let ended = Ended::of(&child.wait_with_output().unwrap());
    assert_eq!(ended.counts(), [40, 40, 0, 0, 0, 0]);
    assert_eq!(edge.received()[0].body, lost);
}

#[test]
fn answers_lost_after_the_write_turn_into_duplicates_not_into_more_events() {
    let edge = Edge::with(|number, _| if number % 4 == 0 { Reply::TakeAndVanish } else { Reply::Take });
    let folder = tempdir().unwrap();
    let input = file(folder.path(), "a.ndjson", events("a", 1_000));

    let ended = run(replay(&edge.url, &[&input]).args(["--batch", "20"]));

    let [sent, accepted, duplicate, rest @ ..] = ended.counts();
    assert_eq!((sent, accepted + duplicate, rest, ended.status), (1_000, 1_000, [0, 0, 0], Some(0)));
    assert!(duplicate >= 20);
    assert_eq!(edge.known(), 1_000);
}

#[test]
fn an_answer_that_takes_too_long_counts_as_none() {
    let edge = Edge::with(|number, _| if number == 0 { Reply::Hang } else { Reply::Take });
    let folder = tempdir().unwrap();
    let input = file(folder.path(), "a.ndjson", events("a", 5));
    let ended = run(replay(&edge.url, &[&input]).args(["--timeout", "1"]));
    assert_eq!(ended.counts(), [5, 5, 0, 0, 0, 0]);
    assert_eq!(ended.report["retries"], json!(1));
}

#[cfg(unix)]
#[test]
fn ctrl_c_prints_the_report_so_far() {
    let (tell, held) = std::sync::mpsc::channel();
    let edge = Edge::with(move |number, _| {
        if number == 0 {
            return Reply::Take;
        }
        tell.send(()).unwrap();
        Reply::Hang
    });
    let folder = tempdir().unwrap();
    let input = file(folder.path(), "a.ndjson", events("a", 30));
    let child = replay(&edge.url, &[&input]).args(["--batch", "10", "--concurrency", "1"]).spawn().unwrap();
    held.recv_timeout(Duration::from_secs(20)).unwrap();

    let signal = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(signal.success());

    let ended = Ended::of(&child.wait_with_output().unwrap());
    assert_eq!(ended.status, Some(130));
    assert_eq!(ended.counts(), [20, 10, 0, 0, 0, 0]);
    assert_eq!((&ended.report["unanswered"], &ended.report["interrupted"]), (&json!(10), &json!(true)));
}

fn unavailable(wait: Option<&'static str>) -> Reply {
    Reply::Refuse(503, wait, json!({"success": false, "code": "unavailable", "message": "try again"}))
}

/// An address nobody listens on (any more).
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Blocks until the tool says that it tries again.
fn wait_for_retry(child: &mut Child) {
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("retrying") {
        line.clear();
        assert_ne!(errors.read_line(&mut line).unwrap(), 0, "ended without a retry");
    }
    // Keeps the pipe open and empty.
    std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
}
