//! `selvedge-fold`: who events come to be, by the engine alone. What a running edge came to is held against this.
//!
//! Usage: `selvedge-fold CONFIG [NOW] < steps`. CONFIG is a JSON file of config files by their names. A line of the input is
//! `{"steps": […]}` as in a [case](../cases), about people who have nothing to do with those of other lines; it gives a
//! line `{"people": […]}`, with the segments that they are in at the instant NOW; now, if that is left out.

use std::io::{BufRead, Write, stdin, stdout};
use std::time::{SystemTime, UNIX_EPOCH};

use selvedge_engine::config::{Config, read_files};
use selvedge_engine::profile::{Asked, ProfileState};
use selvedge_engine::segment::memberships;
use selvedge_engine::time::UnixMillis;
use selvedge_identity_cases::{Actual, Refused, Step, Taken, folded};
use serde::Deserialize;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    steps: Vec<Step>,
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: selvedge-fold CONFIG [NOW] < steps")?;
    let files = serde_json::from_slice(&std::fs::read(path)?)?;
    let document = read_files(&files).map_err(|errors| format!("the config is not valid: {errors:?}"))?;
    let config = Config::new(1, document);
    let now = match arguments.next() {
        Some(at) => UnixMillis::parse(&at).ok_or("NOW is a time such as 2017-07-01T00:00:00Z")?,
        None => UnixMillis(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?),
    };
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let Line { steps } = serde_json::from_str(&line?)?;
        let people = folded(&Taken::from_steps(&steps, config.identity()), &config);
        let people: Vec<Value> =
            people.iter().map(|(person, state)| shown(person, state, &config, now)).collect();
        writeln!(out, "{}", json!({ "people": people }))?;
    }
    Ok(())
}

fn shown(person: &Actual, state: &ProfileState, config: &Config, now: UnixMillis) -> Value {
    json!({
        "ids": person.ids,
        "retired": person.retired,
        "released": person.released,
        "events": person.events,
        "merges": person.merges,
        "refusals": person.refusals.iter().map(refused).collect::<Vec<_>>(),
        "traits": person.traits,
        "computed": state.computed(&Asked::all()),
        "segments": memberships(state, config, now),
    })
}

fn refused(refused: &Refused) -> Value {
    json!({ "id": refused.id, "by": refused.by, "reason": refused.reason, "also": refused.also })
}
