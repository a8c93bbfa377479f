//! The `wasm-bindgen` command for `worker-build` (through `WASM_BINDGEN_BIN`) and for the tag's build.
//!
//! It understands what those two pass and nothing else. The real command (crate `wasm-bindgen-cli`) brings a test
//! runner with an HTTP server and client: 176 crates to compile on a user's first start, against 49 here.

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::{Bindgen, EncodeInto};

/// Equal to the pinned version of `wasm-bindgen-cli-support`.
const VERSION: &str = "0.2.130";

fn main() -> Result<()> {
    let mut bindgen = Bindgen::new();
    let mut out_dir = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let (flag, inline) = match arg.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag, Some(value.to_owned())),
            _ => (arg.as_str(), None),
        };
        let mut value =
            || inline.clone().or_else(|| args.next()).with_context(|| format!("{flag} needs a value"));
        match flag {
            "--version" | "-V" => {
                println!("wasm-bindgen {VERSION}");
                return Ok(());
            }
            "--out-dir" => out_dir = Some(value()?),
            "--out-name" => drop(bindgen.out_name(&value()?)),
            "--target" => target(&mut bindgen, &value()?)?,
            "--typescript" => drop(bindgen.typescript(true)),
            "--no-typescript" => drop(bindgen.typescript(false)),
            "--encode-into" => drop(bindgen.encode_into(encode_into(&value()?)?)),
            "--debug" => drop(bindgen.debug(true)),
            "--keep-debug" => drop(bindgen.keep_debug(true)),
            "--no-demangle" => drop(bindgen.demangle(false)),
            "--remove-name-section" => drop(bindgen.remove_name_section(true)),
            "--remove-producers-section" => drop(bindgen.remove_producers_section(true)),
            "--omit-default-module-path" => drop(bindgen.omit_default_module_path(true)),
            "--split-linked-modules" => drop(bindgen.split_linked_modules(true)),
            "--experimental-reset-state-function" => drop(bindgen.reset_state_function(true)),
            "--force-enable-abort-handler" => drop(bindgen.force_enable_abort_handler(true)),
            path if !path.starts_with('-') => drop(bindgen.input_path(path)),
            unknown => bail!("unknown option {unknown}"),
        }
    }
    bindgen.generate(out_dir.context("--out-dir is missing")?)
}

fn encode_into(mode: &str) -> Result<EncodeInto> {
    Ok(match mode {
        "test" => EncodeInto::Test,
        "always" => EncodeInto::Always,
        "never" => EncodeInto::Never,
        unknown => bail!("unknown mode {unknown}"),
    })
}

fn target(bindgen: &mut Bindgen, name: &str) -> Result<()> {
    match name {
        "bundler" => bindgen.bundler(true)?,
        "module" => bindgen.module(true)?,
        "web" => bindgen.web(true)?,
        "no-modules" => bindgen.no_modules(true)?,
        "nodejs" => bindgen.nodejs(true)?,
        unknown => bail!("unknown target {unknown}"),
    };
    Ok(())
}
