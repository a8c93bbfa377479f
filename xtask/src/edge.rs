//! The shop and the edge in `wrangler dev`: real workerd, state on local disk.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::run::command;
use crate::{paths, secrets};

/// How long workerd may take until it answers.
const START: Duration = Duration::from_secs(90);

/// A running `wrangler dev`. Everything it started ends with it.
pub(crate) struct Edge {
    child: Child,
    port: u16,
}

impl Edge {
    /// Starts shop and edge, and waits until they answer.
    pub(crate) fn start(port: u16, stop: &AtomicBool) -> Result<Self> {
        secrets::write_dev_vars()?;
        std::fs::create_dir_all(paths::demo())?;
        let log = File::create(log_file()).context("the log file can't be written")?;
        let port_text = port.to_string();
        let state = paths::demo().join("state");
        let child = command("wrangler")
            .args([
                "dev",
                "-c",
                "examples/shop/wrangler.toml",
                "-c",
                "edge-worker/wrangler.toml",
                "--env",
                "dev",
            ])
            .args(["--ip", "127.0.0.1", "--port", &port_text, "--persist-to"])
            .arg(state)
            .args(["--show-interactive-dev-session=false", "--log-level=log"])
            // Two demos on one machine must not find each other's Workers.
            .env("WRANGLER_REGISTRY_PATH", paths::demo().join("registry"))
            .stdout(log.try_clone()?)
            .stderr(log)
            // A group of its own, so that all of it can be stopped.
            .process_group(0)
            .spawn()
            .context("wrangler could not be started")?;
        let mut edge = Self { child, port };
        let deadline = Instant::now() + START;
        while !edge.answers() {
            if stop.load(Ordering::SeqCst) {
                bail!("stopped");
            }
            if edge.child.try_wait()?.is_some() || Instant::now() > deadline {
                bail!("wrangler did not come up; its last words:\n{}", last_words());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(edge)
    }

    /// The shop's address.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Whether the edge answers through the shop.
    pub(crate) fn answers(&self) -> bool {
        let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5)));
        let agent: ureq::Agent = config.build().into();
        agent.get(format!("{}v1/health", self.url())).call().is_ok()
    }

    /// Whether wrangler and its workerd still run. Wrangler outlives a killed workerd without a word.
    pub(crate) fn is_alive(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) && self.answers()
    }

    fn signal(&self, signal: Signal) {
        if let Ok(id) = i32::try_from(self.child.id()) {
            // The group may be gone already.
            let _ = killpg(Pid::from_raw(id), signal);
        }
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.end();
    }
}

impl Edge {
    /// Stops it: politely, then not.
    pub(crate) fn end(&mut self) {
        self.signal(Signal::SIGTERM);
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(50));
        }
        self.signal(Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

/// Where wrangler's output goes.
pub(crate) fn log_file() -> PathBuf {
    paths::demo().join("wrangler.log")
}

fn last_words() -> String {
    let text = std::fs::read_to_string(log_file()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(20).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
