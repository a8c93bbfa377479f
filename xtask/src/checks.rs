//! Everything that `cargo verify` checks.

use std::process::Command;

use anyhow::Result;

use crate::count::{Tally, cargo_test, node_test};
use crate::run::command;
use crate::shell::Shell;
use crate::{paths, setup};

/// One check: a name to call it by, what it is for, and how it runs.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) needs: Needs,
    pub(crate) run: fn(&Shell) -> Result<Tally>,
}

/// What has to be built before a check.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// It only computes, and may take what processor time others leave.
    Nothing,
    Tag,
    /// The tag, the console and the Worker.
    Edge,
}

impl Check {
    const fn new(
        needs: Needs,
        name: &'static str,
        about: &'static str,
        run: fn(&Shell) -> Result<Tally>,
    ) -> Self {
        Self { name, about, needs, run }
    }
}

const fn beside(name: &'static str, about: &'static str, run: fn(&Shell) -> Result<Tally>) -> Check {
    Check::new(Needs::Nothing, name, about, run)
}

const fn of_tag(name: &'static str, about: &'static str, run: fn(&Shell) -> Result<Tally>) -> Check {
    Check::new(Needs::Tag, name, about, run)
}

const fn check(name: &'static str, about: &'static str, run: fn(&Shell) -> Result<Tally>) -> Check {
    Check::new(Needs::Edge, name, about, run)
}

/// All checks, quick ones first.
pub(crate) const ALL: [Check; 15] = [
    beside("format", "rustfmt", format),
    beside("lint", "clippy on what runs here", lint),
    beside("lint-wasm", "clippy on what runs in wasm", lint_wasm),
    beside("dependencies", "licences, sources and bans of all crates", dependencies),
    beside(
        "rust",
        "the engine's laws and the tag's, identity case by case, every order of a merge, the replay tool, the build tool",
        rust_tests,
    ),
    beside(
        "simulator",
        "the identity protocol under thousands of schedules of faults, and with bugs put in",
        simulator,
    ),
    beside("bots", "who is taken for a bot, beside isbot and other people's lists", bots),
    of_tag("tag", "the tag in Chromium", tag_tests),
    check("edge", "the edge in workerd: wire, identity, config, archive, crashes, upgrade", edge_tests),
    check(
        "clients",
        "the clients of Segment, RudderStack and Customer.io, as their users install them, against the real edge",
        clients,
    ),
    check("demo", "cargo demo: comes up, survives, keeps its data, leaves nothing behind", demo),
    check("stories", "the shop in Chromium against the real edge", stories),
    check("console", "the console in Chromium against the real edge", console),
    check("sizes", "sizes of tag, console and Worker against the budget", sizes),
    check("deploy", "wrangler deploy --dry-run", deploy),
];

fn cargo(args: &[&str]) -> Command {
    let mut cargo = command("cargo");
    cargo.args(args);
    cargo
}

fn format(shell: &Shell) -> Result<Tally> {
    shell.single(&mut cargo(&["fmt", "--all", "--check"]))
}

fn lint(shell: &Shell) -> Result<Tally> {
    shell.single(&mut cargo(&["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]))
}

/// The tag on its own: it has no standard library, and in one build with the Worker it would get the Worker's.
fn lint_wasm(shell: &Shell) -> Result<Tally> {
    let mut tally = Tally::default();
    for packages in [
        &["-p", "selvedge-engine", "-p", "selvedge-edge-worker", "-p", "selvedge-console-engine"][..],
        &["-p", "selvedge-collector"],
    ] {
        let mut clippy = cargo(&["clippy", "--quiet", "--target", "wasm32-unknown-unknown"]);
        tally += shell.single(clippy.args(packages).args(["--", "-D", "warnings"]))?;
    }
    Ok(tally)
}

fn dependencies(shell: &Shell) -> Result<Tally> {
    let deny = setup::cargo_deny()?;
    // Advisories need a database from the network; they are `cargo deny check advisories` where there is one.
    shell.single(command(deny).args([
        "--workspace",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "sources",
        "bans",
    ]))
}

/// Packages whose tests run as they are built for daily work.
const QUICK: [&str; 7] = [
    "selvedge-engine",
    "selvedge-collector",
    "selvedge-console-engine",
    "selvedge-fuzz",
    "selvedge-identity-cases",
    "selvedge-replay",
    "xtask",
];

/// Those that are built for speed first.
const OPTIMISED: [&str; 2] = ["selvedge-simulator", "selvedge-model"];

fn rust_tests(shell: &Shell) -> Result<Tally> {
    let mut quick = cargo(&["test", "--quiet", "--no-fail-fast"]);
    for package in QUICK {
        quick.args(["-p", package]);
    }
    let mut tally = shell.counted(&mut quick, cargo_test)?;
    // The stories and the golden cases in the simulator, as it is built for its schedules.
    let [simulator, model] = OPTIMISED;
    let optimised = ["test", "--profile", "simulator", "-p"];
    tally += shell.counted(cargo(&optimised).arg(simulator), cargo_test)?;
    // Millions of states: one scenario after another, for each uses all cores.
    let one_by_one = ["--", "--nocapture", "--test-threads=1"];
    tally += shell.counted(cargo(&optimised).arg(model).args(one_by_one), cargo_test)?;
    Ok(tally)
}

/// Schedules of faults that the identity protocol goes through in every check. More of them: see the simulator's README.
const SCHEDULES: &str = "100000";

/// So many more in which a re-resolution soon comes to its bounds, and admins are at odds about what is under quarantine.
const EXTREME: &str = "10000";

fn simulator(shell: &Shell) -> Result<Tally> {
    let mut tally = Tally::default();
    for args in [&["--schedules", SCHEDULES][..], &["--schedules", EXTREME, "--extreme"], &["--sabotage"]] {
        let mut run = cargo(&["run", "--quiet", "--profile", "simulator", "-p", "selvedge-simulator", "--"]);
        tally += shell.single(run.args(args))?;
    }
    Ok(tally)
}

fn bots(shell: &Shell) -> Result<Tally> {
    node_tests(shell, &["tests/bots/*.test.mjs"])
}

/// Node's test runner over these files (globs), one after another.
fn node_tests(shell: &Shell, globs: &[&str]) -> Result<Tally> {
    shell.counted(&mut node(globs, 1)?, node_test)
}

/// The same with two files at once: what waits for browsers, alarms and queues leaves the processor to another.
fn by_two(shell: &Shell, globs: &[&str]) -> Result<Tally> {
    shell.counted(&mut node(globs, 2)?, node_test)
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

fn tag_tests(shell: &Shell) -> Result<Tally> {
    setup::for_tag_tests()?;
    by_two(shell, &["js/tag/test/*.test.mjs"])
}

fn edge_tests(shell: &Shell) -> Result<Tally> {
    let replay = ["build", "--quiet", "--release", "-p", "selvedge-replay"];
    let fold = ["build", "--quiet", "-p", "selvedge-identity-cases"];
    let again = ["build", "--quiet", "-p", "selvedge-engine", "--example", "decide_again"];
    for tool in [&replay[..], &fold[..], &again[..]] {
        if !cargo(tool).status()?.success() {
            return Ok(Tally { passed: 0, failed: 1 });
        }
    }
    let python = setup::python_packages()?;
    // Two at once: most of a test's time is spent waiting for alarms and queues.
    shell.counted(
        node(&["tests/edge/*.test.mjs", "tests/rules/*.test.mjs"], 2)?
            .env("PYTHON_PACKAGES", python)
            .env("FOLD", paths::target().join("debug/selvedge-fold"))
            .env("DECIDE_AGAIN", paths::target().join("debug/examples/decide_again")),
        node_test,
    )
}

fn clients(shell: &Shell) -> Result<Tally> {
    let python = setup::python_packages()?;
    shell.counted(node(&["tests/clients/*.test.mjs"], 1)?.env("PYTHON_PACKAGES", python), node_test)
}

fn demo(shell: &Shell) -> Result<Tally> {
    node_tests(shell, &["tests/demo/*.test.mjs"])
}

fn stories(shell: &Shell) -> Result<Tally> {
    by_two(shell, &["tests/stories/*.test.mjs"])
}

fn console(shell: &Shell) -> Result<Tally> {
    by_two(shell, &["tests/console/*.test.mjs"])
}

fn sizes(shell: &Shell) -> Result<Tally> {
    let mut tally = shell.single(command("node").arg("tests/sizes/sizes.mjs"))?;
    tally += node_tests(shell, &["tests/sizes/*.test.mjs"])?;
    Ok(tally)
}

fn deploy(shell: &Shell) -> Result<Tally> {
    let mut tally = Tally::default();
    for environment in ["dev", "prod"] {
        let out = paths::target().join("dry-run").join(environment);
        tally += shell.single(
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{OPTIMISED, QUICK};
    use crate::paths;

    /// The strings in `"a", "b"` between the brackets of a key.
    fn listed(manifest: &str, key: &str) -> Vec<String> {
        let rest = manifest.split_once(&format!("\n{key} = [")).unwrap().1;
        let inside = rest.split_once(']').unwrap().0;
        inside
            .split(',')
            .map(|one| one.trim().trim_matches('"').to_owned())
            .filter(|one| !one.is_empty())
            .collect()
    }

    /// Whether a package has a test in any of its sources. A folder with a manifest is another package.
    fn has_tests(folder: &std::path::Path) -> bool {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
            if path.is_dir() {
                return !path.join("Cargo.toml").exists() && has_tests(&path);
            }
            path.extension().is_some_and(|extension| extension == "rs")
                && std::fs::read_to_string(path).unwrap().lines().any(|line| line.trim() == "#[test]")
        })
    }

    #[test]
    fn every_package_that_has_tests_has_them_run() {
        let root = paths::root();
        let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap();
        let name = |member: &String| {
            let manifest = read(root.join(member).join("Cargo.toml"));
            let line = manifest.lines().find(|line| line.starts_with("name = ")).unwrap().to_owned();
            line.split('"').nth(1).unwrap().to_owned()
        };
        let members = listed(&read(root.join("Cargo.toml")), "members");
        let tested: BTreeSet<String> =
            members.iter().filter(|member| has_tests(&root.join(member))).map(name).collect();
        assert_eq!(tested, QUICK.into_iter().chain(OPTIMISED).map(str::to_owned).collect());
    }
}
