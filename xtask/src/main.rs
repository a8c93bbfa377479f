//! `cargo demo`, `cargo verify`, and their parts as `cargo xtask <part>`.

mod admin;
mod audience;
mod bench;
mod build;
mod checks;
mod count;
mod demo;
mod directory;
mod edge;
mod excerpt;
mod fingerprint;
mod load;
mod paths;
mod publish;
mod release;
mod replay;
mod run;
mod secrets;
mod setup;
mod shell;
mod sizes;
mod step;
mod verify;

use std::process::ExitCode;

const HELP: &str = "\
cargo demo                       set up, build, start the shop and the edge on this machine (PORT, default 8787)
cargo verify                     set up, build, run every check and test
cargo xtask setup                only the set-up: packages and tools
cargo xtask build                only the build: tag and Worker
cargo xtask publish DIR [URL]    publish config files (admin key: SELVEDGE_ADMIN_KEY, else the demo's)
cargo xtask audience FILE AUDIENCE [URL] [--delta] [--resume IMPORT]
                                 import a list of identifiers, CSV or lines of JSON, as the whole audience or as changes to it
cargo xtask directory rebuild [URL] [CURSOR]
                                 make the directory anew from the archive; with a cursor, go on from there
cargo xtask replay FROM [URL] [HOUR]
                                 rebuild profiles from the archive: a folder with a copy of the bucket, or the address
                                 of an edge; with an hour (2026-11-21T22), go on from there
cargo xtask sizes                sizes of the tag and the Worker
cargo xtask bench identity       what identity costs, beside a Worker with one SQLite insert (--quick: only if it works)
cargo xtask bench ingest         what taking batches of events in costs, beside an empty Worker and one with one insert (--quick: as above)
cargo xtask bench decide         what an event and three placements cost with 200 offers and 1,000 segments, beside one with one insert
                                 (--quick: as above)
cargo xtask bench engine         what the engine takes to read an event, and for an event, a link and a merge, native and in wasm
                                 (--quick: as above)
cargo xtask bench segments       what segments take after an event, and conditions beside other libraries, native and in wasm, and
                                 decisions in workerd, in one table (--quick: as above)
cargo xtask bench tag            the tag beside nine other clients in Chromium: bytes, requests, main thread, lost events
                                 (--quick: as above; others in tests/bench/tag/README.md)
cargo xtask load audience        a million addresses become an audience: how long it takes, with how much memory (--rows N)
cargo xtask load identity-big    a profile with 1,000 identifiers and 100,000 events: what an event costs, its merge, and the way back
                                 (--ids N, --events N)
cargo xtask load identity-quarantine
                                 20,000 devices with one hard-coded login, and how others fare meanwhile
                                 (--devices N, --before N, --rounds N)
cargo xtask load faults          sustained traffic while workerd is killed, the network fails and the Queue's consumer fails
                                 (--seconds N, --rate EVENTS, --seed N)
cargo xtask load flood           one profile, one source, one address flooded, and how others fare meanwhile
cargo xtask load relay           2,000 open pages and a publication: when all show it, what it costs
                                 (--rate N, --seconds N, --rounds N)
cargo xtask release              keep this version's Worker for the upgrade test of later ones
cargo xtask check [NAME …]       some of verify's checks (without names: list them)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["demo"] => demo::run(),
        ["verify"] => verify::run(&[]),
        ["check"] => verify::list(),
        ["check", names @ ..] => verify::run(names),
        ["setup"] => setup::for_build()
            .and_then(|()| setup::for_tests())
            .and_then(|()| setup::for_tag_tests())
            .and_then(|()| setup::for_clients()),
        ["build"] => setup::for_build().and_then(|()| build::all()),
        ["publish", dir] => publish::from_command_line(dir, None),
        ["publish", dir, url] => publish::from_command_line(dir, Some(url)),
        ["audience", file, audience, rest @ ..] => audience::run(file, audience, rest),
        ["directory", "rebuild"] => directory::rebuild(None, None),
        ["directory", "rebuild", url] => directory::rebuild(Some(url), None),
        ["directory", "rebuild", url, cursor] => directory::rebuild(Some(url), Some(cursor)),
        ["replay", from] => replay::run(from, None, None),
        ["replay", from, url] => replay::run(from, Some(url), None),
        ["replay", from, url, hour] => replay::run(from, Some(url), Some(hour)),
        ["sizes"] => sizes::print(),
        ["bench", name @ ("identity" | "ingest" | "decide"), options @ ..] => bench::edge(name, options),
        ["bench", name @ ("engine" | "segments"), options @ ..] => bench::engine(name, options),
        ["bench", "tag", options @ ..] => bench::tag(options),
        [
            "load",
            name @ ("audience" | "identity-big" | "identity-quarantine" | "flood" | "relay"),
            options @ ..,
        ] => load::run_one(name, options),
        ["load", "faults", options @ ..] => load::faults(options),
        ["release"] => release::keep(),
        _ => {
            println!("{HELP}");
            return if words.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
