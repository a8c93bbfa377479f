//! How a check runs commands: its output is shown as it comes, or, beside another check, kept until it is over.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::count::Tally;
use crate::excerpt;

/// See the module.
#[derive(Default)]
pub(crate) struct Shell {
    /// What was said, of a check that runs beside another: at a low priority, so that the other keeps its pace.
    kept: Option<RefCell<String>>,
    /// Of each command that failed, what says why.
    failures: RefCell<String>,
}

impl Shell {
    /// For a check beside another.
    pub(crate) fn beside() -> Self {
        Self { kept: Some(RefCell::default()), ..Self::default() }
    }

    /// What was kept.
    pub(crate) fn kept(&self) -> String {
        self.kept.as_ref().map(RefCell::take).unwrap_or_default()
    }

    /// What failed and why; empty if nothing did.
    pub(crate) fn failures(&self) -> String {
        self.failures.take()
    }

    /// A check that passes or fails as one.
    pub(crate) fn single(&self, command: &mut Command) -> Result<Tally> {
        let (_, passed) = self.watched(command)?;
        Ok(Tally { passed: usize::from(passed), failed: usize::from(!passed) })
    }

    /// Counts a test runner's tests; one that broke down without counting a failure is one.
    pub(crate) fn counted(&self, command: &mut Command, count: fn(&str) -> Tally) -> Result<Tally> {
        let (output, passed) = self.watched(command)?;
        let mut tally = count(&output);
        if (!passed && tally.failed == 0) || tally == Tally::default() {
            tally.failed += 1;
        }
        Ok(tally)
    }

    /// Runs a command and returns its output; false if it failed.
    fn watched(&self, command: &mut Command) -> Result<(String, bool)> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut polite = polite(command);
        let command = if self.kept.is_some() { &mut polite } else { command };
        let child = command.stdout(Stdio::piped()).spawn();
        let mut child = child.with_context(|| format!("{name} could not be started"))?;
        let mut output = String::new();
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines() {
                self.say(&line?, &mut output)?;
            }
        }
        let passed = child.wait()?.success();
        if !passed {
            self.failures.borrow_mut().push_str(&format!("{}\n", excerpt::of_failure(&output)));
        }
        Ok((output, passed))
    }

    fn say(&self, line: &str, output: &mut String) -> Result<()> {
        match &self.kept {
            None => writeln!(std::io::stdout(), "{line}")?,
            Some(kept) => kept.borrow_mut().push_str(&format!("{line}\n")),
        }
        output.push_str(line);
        output.push('\n');
        Ok(())
    }
}

/// The same command at a low priority, with all that it says in one place.
fn polite(command: &Command) -> Command {
    let mut polite = Command::new("nice");
    polite.args(["-n", "10", "sh", "-c", "exec \"$@\" 2>&1", "sh"]).arg(command.get_program());
    polite.args(command.get_args()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => polite.env(name, value),
            None => polite.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        polite.current_dir(folder);
    }
    polite
}
