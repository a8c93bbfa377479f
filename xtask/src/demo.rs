//! `cargo demo`: from a fresh clone to a running shop with live offers.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::edge::Edge;
use crate::step::step;
use crate::{build, edge, paths, publish, secrets, setup};

const DEFAULT_PORT: u16 = 8787;
/// How often the edge is looked after.
const LOOK: Duration = Duration::from_secs(1);
/// Silent looks in a row after which it is started again.
const SILENT: u32 = 3;

/// Runs until Ctrl-C.
pub(crate) fn run() -> Result<()> {
    let begun = Instant::now();
    let port = port()?;
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || asked.store(true, Ordering::SeqCst))?;
    setup::for_build()?;
    build::all()?;
    if stop.load(Ordering::SeqCst) {
        return Ok(());
    }
    TcpListener::bind(("127.0.0.1", port))
        .map(drop)
        .with_context(|| format!("port {port} is taken; choose another one: PORT=8888 cargo demo"))?;
    let mut running = step("starting workerd (wrangler dev)", || Edge::start(port, &stop))?;
    publish_config(&running)?;
    println!();
    println!("  console     {}/console", running.url().trim_end_matches('/'));
    println!("  admin key   {}", secrets::admin_key_file().display());
    println!("  data        {}", paths::demo().join("state").display());
    println!("  log         {}", edge::log_file().display());
    println!("  up after    {:.0} s; Ctrl-C stops everything", begun.elapsed().as_secs_f32());
    println!("\nready {}", running.url());
    look_after(&mut running, port, &stop)?;
    println!("\nstopping");
    Ok(())
}

fn port() -> Result<u16> {
    match std::env::var("PORT") {
        Err(_) => Ok(DEFAULT_PORT),
        Ok(text) => match text.trim().parse() {
            Ok(port) if port > 0 => Ok(port),
            _ => bail!("PORT must be a number from 1 to 65535, but is `{text}`"),
        },
    }
}

fn publish_config(running: &Edge) -> Result<()> {
    let dir = paths::root().join("examples/shop/config");
    let (version, changed) = publish::publish(&dir, &running.url(), &secrets::admin_key()?)?;
    eprintln!("▸ config version {version} {}", if changed { "published" } else { "is current" });
    Ok(())
}

fn look_after(running: &mut Edge, port: u16, stop: &AtomicBool) -> Result<()> {
    let mut silent = 0;
    let mut last = Instant::now();
    while !stop.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(100));
        if last.elapsed() < LOOK {
            continue;
        }
        last = Instant::now();
        silent = if running.is_alive() { 0 } else { silent + 1 };
        if silent >= SILENT && !stop.load(Ordering::SeqCst) {
            eprintln!("\nworkerd stopped answering; starting it again");
            // The old one must be gone before its port is taken.
            running.end();
            *running = Edge::start(port, stop)?;
            eprintln!("ready {}", running.url());
            silent = 0;
        }
    }
    Ok(())
}
