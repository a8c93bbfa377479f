//! One step of a case: an event, or an admin's word.

use selvedge_engine::identity::fact::{Edge, Fact, Order, Says};
use selvedge_engine::identity::{Identifier, Namespace};
use selvedge_engine::ids::MessageId;
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;
use serde_json::Value;

/// When an event reaches the edge, if its step doesn't say: after everything that a case tells of.
const RECEIVED: &str = "2027-01-01T00:00:00Z";

const UNSIGNED: &str = "what an admin says needs `by` (its messageId) and `at` (its time)";

/// What arrives.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Written")]
pub enum Step {
    /// An event.
    Event(Sent),
    /// An admin joins two people, or parts them.
    Said(Fact),
    /// An admin erases a person.
    Erase(Erasure),
}

/// Who is erased, and when.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// A name that the person has.
    pub who: Identifier,
    /// When, and by which word.
    pub order: Order,
    /// They are kept out from then on.
    pub suppress: bool,
}

/// An event, and how it came.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The client's JSON.
    pub event: Value,
    /// Nothing but its anonymousId is proven. Otherwise everything on it is.
    pub unsigned: bool,
    /// When the edge got it.
    pub received: UnixMillis,
    /// The case says so.
    pub clocked: bool,
}

/// A step as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    event: Option<Value>,
    #[serde(default)]
    unsigned: bool,
    received: Option<String>,
    unmerge: Option<Sides>,
    merge: Option<Pair>,
    erase: Option<String>,
    #[serde(default)]
    suppress: bool,
    by: Option<String>,
    at: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sides {
    left: Vec<String>,
    right: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    current: String,
    retired: String,
}

impl TryFrom<Written> for Step {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { event, unsigned, received, unmerge, merge, erase, suppress, by, at } = written;
        let by = by.map(|by| MessageId::from(by.as_str()));
        let order = at.map(|at| instant(&at)).transpose()?.zip(by.clone());
        let says = match (event, unmerge, merge, erase) {
            (Some(event), None, None, None) if order.is_none() && by.is_none() => {
                let clocked = received.is_some();
                let received = instant(received.as_deref().unwrap_or(RECEIVED))?;
                return Ok(Self::Event(Sent { event, unsigned, received, clocked }));
            }
            (None, Some(Sides { left, right }), None, None) => {
                Says::Apart(Edge { left: identifiers(&left)?, right: identifiers(&right)? })
            }
            (None, None, Some(Pair { current, retired }), None) => {
                Says::Together { current: identifier(&current)?, retired: identifier(&retired)? }
            }
            (None, None, None, Some(who)) => {
                let who = identifier(&who)?;
                return Ok(Self::Erase(Erasure { who, order: order.ok_or(UNSIGNED)?, suppress }));
            }
            _ => return Err("a step is one of `event`, `unmerge`, `merge` or `erase`".into()),
        };
        Ok(Self::Said(Fact { order: order.ok_or(UNSIGNED)?, says }))
    }
}

fn instant(text: &str) -> Result<UnixMillis, String> {
    UnixMillis::parse(text).ok_or_else(|| format!("{text:?} is no instant"))
}

fn identifiers(texts: &[String]) -> Result<Vec<Identifier>, String> {
    texts.iter().map(|text| identifier(text)).collect()
}

/// Names that only Selvedge itself writes are read too: an admin may part a person from a shared device's profile.
fn identifier(text: &str) -> Result<Identifier, String> {
    let (namespace, value) =
        text.split_once(':').ok_or_else(|| format!("{text:?} is not namespace:value"))?;
    let namespace = Namespace::try_from(namespace.to_owned()).map_err(str::to_owned)?;
    Ok(Identifier { namespace, value: value.to_owned() })
}
