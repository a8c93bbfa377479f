//! Which identifiers an event carries, and how far each can be trusted.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Identifier, IdentityRules, Namespace, Refusal, Trust};
use crate::event::Event;
use crate::limits;

/// One identifier of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// What it is.
    #[serde(flatten)]
    pub id: Identifier,
    /// How far it is proven.
    pub trust: Trust,
}

/// What is proven about the sender of a request.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// The source vouches for all that it sends (a server with its secret key, or `identity: open`).
    pub open: bool,
    /// The device is bound to this anonymousId (device cookie, or first contact).
    pub anonymous_id: Option<String>,
    /// The visitor is this user (identity token, or a device cookie that remembers one).
    pub user_id: Option<String>,
    /// The identity token named this e-mail.
    pub email: Option<String>,
}

/// An event's identifiers, strongest namespace first, and those values that are none, each with the reason.
#[derive(Debug, Clone, Default)]
pub struct Extracted {
    /// Identifiers.
    pub ids: Vec<Carried>,
    /// Values that stay on the event but are no identifiers.
    pub refused: Vec<(String, Refusal)>,
}

/// Reads an event's identifiers by the field's promotion rules (Segment Unify): `userId`, `anonymousId`, e-mail and
/// phone from traits, context.traits or properties, and `context.externalIds`.
pub fn identifiers(event: &Event, rules: &IdentityRules, proof: &Proof) -> Extracted {
    let mut found = Extracted::default();
    let mut add = |namespace: &str, value: &str| {
        let known = Namespace::parse(namespace).is_some_and(|ns| rules.namespaces.contains_key(&ns));
        if !known || found.ids.len() >= limits::IDENTIFIERS_PER_EVENT {
            return;
        }
        match Identifier::new(namespace, value) {
            Ok(id) if found.ids.iter().any(|carried| carried.id == id) => {}
            Ok(id) => {
                let trust = trust_of(&id, proof);
                found.ids.push(Carried { id, trust });
            }
            Err(refusal) => found.refused.push((namespace.to_owned(), refusal)),
        }
    };
    if let Some(value) = event.user_id() {
        add(Namespace::USER_ID, value);
    }
    if let Some(value) = event.anonymous_id() {
        add(Namespace::ANONYMOUS_ID, value);
    }
    let context = event.context();
    let places = [event.traits(), context.and_then(|c| c.get("traits")?.as_object()), event.properties()];
    for namespace in [Namespace::EMAIL, Namespace::PHONE] {
        let text =
            |place: &&Map<String, Value>| place.get(namespace).and_then(Value::as_str).map(str::to_owned);
        if let Some(value) = places.iter().flatten().find_map(text) {
            add(namespace, &value);
        }
    }
    let external = context.and_then(|c| c.get("externalIds")?.as_array());
    for entry in external.into_iter().flatten() {
        if let (Some(kind), Some(id)) =
            (entry.get("type").and_then(Value::as_str), entry.get("id").and_then(Value::as_str))
        {
            add(kind, id);
        }
    }
    found.ids.sort_by_key(|carried| rules.priority(&carried.id.namespace));
    found
}

fn trust_of(id: &Identifier, proof: &Proof) -> Trust {
    let proven = |value: &Option<String>, namespace: &str| {
        value
            .as_deref()
            .and_then(|value| Identifier::new(namespace, value).ok())
            .is_some_and(|known| known == *id)
    };
    let verified = proof.open
        || proven(&proof.user_id, Namespace::USER_ID)
        || proven(&proof.anonymous_id, Namespace::ANONYMOUS_ID)
        || proven(&proof.email, Namespace::EMAIL);
    if verified { Trust::Verified } else { Trust::Claimed }
}
