//! The command line.

use std::time::Duration;

use clap::Parser;
use ureq::http::Uri;

use crate::batch::MAX_EVENTS_PER_BATCH;

/// Streams files of Segment events (one JSON object a line, plain or gzip) to a Selvedge edge.
///
/// Blank lines carry no event and are passed over. Every other line ends in exactly one of: accepted, duplicate,
/// rejected, invalid (not sent) or failed. Events keep their own timestamps; one without a messageId gets one made
/// from the content of its line, so that replaying a file again changes nothing (and identical lines are one event).
///
/// Exit status: 0 nothing was rejected, invalid or failed; 1 something was; 2 the replay could not start; 130 Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "selvedge-replay", version)]
pub(crate) struct Args {
    /// Address of the edge; the events go to {url}/v1/batch
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    pub(crate) url: String,

    /// Write key of the source the events belong to
    #[arg(long, value_name = "KEY")]
    pub(crate) write_key: String,

    /// Events per request (a request is also kept under 450 kB)
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=MAX_EVENTS_PER_BATCH))]
    pub(crate) batch: u64,

    /// Requests under way at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) concurrency: u16,

    /// Seconds to keep trying one batch while the edge is away, overloaded or failing
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) max_wait: u64,

    /// Seconds to wait for one answer before the batch is sent again
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: u64,

    /// At most this many events per second (default: as fast as the edge answers)
    #[arg(long, value_name = "EVENTS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) rate: Option<u64>,

    /// Send gzip-compressed requests (Content-Encoding: gzip)
    #[arg(long)]
    pub(crate) gzip: bool,

    /// Print the report as one line of JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,

    /// First pause before a retry; later ones double. Only tests have a reason to change it.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 500, hide = true)]
    pub(crate) backoff_ms: u64,

    /// Files of events, or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
}

impl Args {
    pub(crate) fn max_wait(&self) -> Duration {
        Duration::from_secs(self.max_wait)
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    pub(crate) fn backoff(&self) -> Duration {
        Duration::from_millis(self.backoff_ms)
    }
}

/// The address without its trailing slashes; anything that is not an absolute http(s) address is refused.
fn parse_url(text: &str) -> Result<String, String> {
    let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return Err("expected something like http://127.0.0.1:8787".to_owned());
    }
    if uri.query().is_some() {
        return Err("the address can't have a query".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_loses_its_trailing_slash_and_keeps_its_path() {
        assert_eq!(parse_url("http://127.0.0.1:8787/"), Ok("http://127.0.0.1:8787".to_owned()));
        assert_eq!(parse_url("https://shop.example/edge"), Ok("https://shop.example/edge".to_owned()));
    }

    #[test]
    fn what_is_not_an_http_address_is_refused() {
        for wrong in ["", "127.0.0.1:8787", "ftp://host/", "/v1/batch", "http://host/?a=b"] {
            assert!(parse_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_batch_can_not_be_empty_or_above_the_edges_limit() {
        let parse = |size: &str| {
            Args::try_parse_from(["replay", "--url", "http://h", "--write-key", "k", "--batch", size, "-"])
        };
        assert!(parse("0").is_err());
        assert!(parse("2501").is_err());
        assert_eq!(parse("2500").unwrap().batch, 2500);
    }
}
