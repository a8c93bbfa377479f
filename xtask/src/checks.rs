//! Everything that `cargo verify` checks.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::count::{Tally, cargo_test, node_test};
use crate::run::command;
use crate::{paths, setup};

/// One check: a name to call it by, what it is for, and how it runs.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn() -> Result<Tally>,
}

/// All checks, quick ones first.
pub(crate) const ALL: [Check; 13] = [
    Check { name: "format", about: "rustfmt", run: format },
    Check { name: "lint", about: "clippy on what runs here", run: lint },
    Check { name: "lint-wasm", about: "clippy on what runs in wasm", run: lint_wasm },
    Check { name: "dependencies", about: "licences, sources and bans of all crates", run: dependencies },
    Check {
        name: "rust",
        about: "the engine's laws, identity case by case, every order of a merge, the replay tool, the build tool",
        run: rust_tests,
    },
    Check {
        name: "simulator",
        about: "the identity protocol under thousands of schedules of faults, and with bugs put in",
        run: simulator,
    },
    Check { name: "tag", about: "the tag in Chromium", run: tag_tests },
    Check {
        name: "edge",
        about: "the edge in workerd: wire, identity, config, archive, crashes, upgrade",
        run: edge_tests,
    },
    Check {
        name: "clients",
        about: "the clients of Segment, RudderStack and Customer.io, as their users install them, against the real edge",
        run: clients,
    },
    Check {
        name: "demo",
        about: "cargo demo: comes up, survives, keeps its data, leaves nothing behind",
        run: demo,
    },
    Check { name: "stories", about: "the shop in Chromium against the real edge", run: stories },
    Check { name: "sizes", about: "sizes of tag and Worker against the budget", run: sizes },
    Check { name: "deploy", about: "wrangler deploy --dry-run", run: deploy },
];

/// Runs a command, shows its output and returns it too; false if it failed.
fn watched(command: &mut Command) -> Result<(String, bool)> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("{name} could not be started"))?;
    let mut output = String::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            writeln!(std::io::stdout(), "{line}")?;
            output.push_str(&line);
            output.push('\n');
        }
    }
    Ok((output, child.wait()?.success()))
}

/// A check that passes or fails as one.
fn single(command: &mut Command) -> Result<Tally> {
    let (_, passed) = watched(command)?;
    Ok(Tally { passed: usize::from(passed), failed: usize::from(!passed) })
}

/// Counts a test runner's tests; one that broke down without counting a failure is one.
fn counted(command: &mut Command, count: fn(&str) -> Tally) -> Result<Tally> {
    let (output, passed) = watched(command)?;
    let mut tally = count(&output);
    if (!passed && tally.failed == 0) || tally == Tally::default() {
        tally.failed += 1;
    }
    Ok(tally)
}

fn cargo(args: &[&str]) -> Command {
    let mut cargo = command("cargo");
    cargo.args(args);
    cargo
}

fn format() -> Result<Tally> {
    single(&mut cargo(&["fmt", "--all", "--check"]))
}

fn lint() -> Result<Tally> {
    single(&mut cargo(&["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]))
}

/// The tag on its own: it has no standard library, and in one build with the Worker it would get the Worker's.
fn lint_wasm() -> Result<Tally> {
    let mut tally = Tally::default();
    for packages in
        [&["-p", "selvedge-engine", "-p", "selvedge-edge-worker"][..], &["-p", "selvedge-collector"]]
    {
        let mut clippy = cargo(&["clippy", "--quiet", "--target", "wasm32-unknown-unknown"]);
        tally += single(clippy.args(packages).args(["--", "-D", "warnings"]))?;
    }
    Ok(tally)
}

fn dependencies() -> Result<Tally> {
    let deny = setup::cargo_deny()?;
    // Advisories need a database from the network; they are `cargo deny check advisories` where there is one.
    single(command(deny).args([
        "--workspace",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "sources",
        "bans",
    ]))
}

fn rust_tests() -> Result<Tally> {
    let mut tally = counted(&mut cargo(&["test", "--quiet", "--no-fail-fast"]), cargo_test)?;
    // The stories and the golden cases in the simulator, as it is built for its schedules.
    let simulator = ["test", "--profile", "simulator", "-p", "selvedge-simulator"];
    tally += counted(&mut cargo(&simulator), cargo_test)?;
    // Millions of states: optimised, and one scenario after another, for each uses all cores.
    let model =
        ["test", "--profile", "simulator", "-p", "selvedge-model", "--", "--nocapture", "--test-threads=1"];
    tally += counted(&mut cargo(&model), cargo_test)?;
    Ok(tally)
}

/// Schedules of faults that the identity protocol goes through in every check. More of them: see the simulator's README.
const SCHEDULES: &str = "100000";

/// So many more in which a re-resolution soon comes to its bounds, and admins are at odds about what is under quarantine.
const EXTREME: &str = "10000";

fn simulator() -> Result<Tally> {
    let mut tally = Tally::default();
    for args in [&["--schedules", SCHEDULES][..], &["--schedules", EXTREME, "--extreme"], &["--sabotage"]] {
        let mut run = cargo(&["run", "--quiet", "--profile", "simulator", "-p", "selvedge-simulator", "--"]);
        tally += single(run.args(args))?;
    }
    Ok(tally)
}

/// Node's test runner over these files (globs), one after another: they share two cores.
fn node_tests(globs: &[&str]) -> Result<Tally> {
    counted(&mut node(globs, 1)?, node_test)
}

/// The same with so many files at once.
fn node(globs: &[&str], at_once: u8) -> Result<Command> {
    let chromium = setup::chromium()?;
    std::fs::create_dir_all(paths::test_output())?;
    let mut node = command("node");
    node.args(["--test", "--test-reporter=spec", "--test-timeout=900000"])
        .arg(format!("--test-concurrency={at_once}"))
        .args(globs)
        .env("CHROMIUM", chromium)
        .env("TEST_OUTPUT", paths::test_output())
        .env("TAG_OUT", paths::tag());
    Ok(node)
}

fn tag_tests() -> Result<Tally> {
    node_tests(&["js/tag/test/*.test.mjs"])
}

fn edge_tests() -> Result<Tally> {
    let built = command("cargo").args(["build", "--quiet", "--release", "-p", "selvedge-replay"]).status()?;
    if !built.success() {
        return Ok(Tally { passed: 0, failed: 1 });
    }
    let python = setup::python_packages()?;
    // Two at once: most of a test's time is spent waiting for alarms and queues.
    counted(node(&["tests/edge/*.test.mjs"], 2)?.env("PYTHON_PACKAGES", python), node_test)
}

fn clients() -> Result<Tally> {
    let python = setup::python_packages()?;
    counted(node(&["tests/clients/*.test.mjs"], 1)?.env("PYTHON_PACKAGES", python), node_test)
}

fn demo() -> Result<Tally> {
    node_tests(&["tests/demo/*.test.mjs"])
}

fn stories() -> Result<Tally> {
    node_tests(&["tests/stories/*.test.mjs"])
}

fn sizes() -> Result<Tally> {
    single(command("node").arg("tests/sizes/sizes.mjs"))
}

fn deploy() -> Result<Tally> {
    let mut tally = Tally::default();
    for environment in ["dev", "prod"] {
        let out = paths::target().join("dry-run").join(environment);
        tally += single(
            command("wrangler")
                .args([
                    "deploy",
                    "--dry-run",
                    "-c",
                    "edge-worker/wrangler.toml",
                    "--env",
                    environment,
                    "--outdir",
                ])
                .arg(out),
        )?;
    }
    Ok(tally)
}
