//! Which identifiers an event carries, and how far each can be trusted.

use std::borrow::Cow;

use crate::ordered::sort_by_key;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Identifier, IdentityRules, Namespace, Refusal, Trust};
use crate::account::{AccountId, Named, account_named};
use crate::event::{Event, Kind};
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
    /// The same visitor was this anonymousId on another site (a hand-over).
    pub handed_over: Option<String>,
    /// The visitor is this user (identity token, or a device cookie that remembers one).
    pub user_id: Option<String>,
    /// The identity token named this e-mail.
    pub email: Option<String>,
    /// The identity token named these accounts.
    pub groups: Vec<String>,
}

/// A value on an event that is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoIdentifier {
    /// The namespace it was meant for.
    pub namespace: Namespace,
    /// The value, cut to what a person needs to recognise it.
    pub value: String,
    /// Why it is none.
    pub reason: Refusal,
}

/// What an event says of who it is about.
#[derive(Debug, Clone, Default)]
pub struct Extracted {
    /// Identifiers, strongest namespace first.
    pub ids: Vec<Carried>,
    /// Of an alias: the older name, if both names are proven.
    pub previous: Option<Identifier>,
    /// The account that it speaks of.
    pub account: Option<Named>,
    /// Values that stay on the event but are no identifiers.
    pub refused: Vec<NoIdentifier>,
}

/// Reads an event's identifiers by the field's promotion rules (Segment Unify): `userId`, `anonymousId`, e-mail and
/// phone from traits, context.traits or properties, and `context.externalIds`.
pub fn identifiers(event: &Event, rules: &IdentityRules, proof: &Proof) -> Extracted {
    let mut found = Extracted::default();
    let mut add = |name: &str, value: &Value| found.add(name, value, rules, proof);
    for (field, namespace) in [("userId", Namespace::USER_ID), ("anonymousId", Namespace::ANONYMOUS_ID)] {
        // An empty one is what libraries send before anybody has logged in.
        if let Some(value) = event.body.get(field).filter(|value| *value != "") {
            add(namespace, value);
        }
    }
    if let Some(value) = &proof.handed_over {
        add(Namespace::ANONYMOUS_ID, &Value::from(value.as_str()));
    }
    let context = event.context();
    // The traits of a group event are the account's: its e-mail is nobody's own.
    let traits = event.traits().filter(|_| event.kind != Kind::Group);
    let places = [traits, context.and_then(|c| c.get("traits")?.as_object()), event.properties()];
    for namespace in [Namespace::EMAIL, Namespace::PHONE] {
        let mut said = places.iter().flatten().filter_map(|place| place.get(namespace));
        if let Some(value) = said.find(|value| !value.is_null()) {
            add(namespace, value);
        }
    }
    let external = context.and_then(|c| c.get("externalIds")?.as_array());
    for entry in external.into_iter().flatten() {
        if let (Some(kind), Some(id)) = (entry.get("type").and_then(Value::as_str), entry.get("id")) {
            add(kind, id);
        }
    }
    sort_by_key(&mut found.ids, |carried| rules.priority(&carried.id.namespace));
    found.previous = previous(event, rules, proof, &mut found);
    sort_by_key(&mut found.ids, |carried| rules.priority(&carried.id.namespace));
    found.account = account(event, proof, &mut found.refused);
    found
}

impl Extracted {
    /// One more, once; what is none, or one too many, is noted.
    fn add(&mut self, name: &str, value: &Value, rules: &IdentityRules, proof: &Proof) {
        let text = match value {
            Value::Null => return,
            Value::String(text) => Cow::Borrowed(text.as_str()),
            // `42` and `"42"` are the same person.
            Value::Number(number) => Cow::Owned(number.to_string()),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                if let Some(namespace) = listed(name, rules) {
                    refuse(namespace, &value.to_string(), Refusal::Malformed, &mut self.refused);
                }
                return;
            }
        };
        let Some(id) = read(name, &text, rules, &mut self.refused) else { return };
        if self.ids.iter().any(|carried| carried.id == id) {
            return;
        }
        if self.ids.len() >= limits::IDENTIFIERS_PER_EVENT {
            return refuse(id.namespace, &text, Refusal::TooMany, &mut self.refused);
        }
        let trust = trust_of(&id, rules, proof);
        self.ids.push(Carried { id, trust });
    }
}

fn listed(name: &str, rules: &IdentityRules) -> Option<Namespace> {
    Namespace::parse(name).filter(|namespace| rules.namespaces.contains_key(namespace))
}

/// The identifier in a value, if it is one; otherwise notes why not. A namespace that isn't listed has none.
fn read(
    name: &str,
    value: &str,
    rules: &IdentityRules,
    refused: &mut Vec<NoIdentifier>,
) -> Option<Identifier> {
    let namespace = listed(name, rules)?;
    let reason = match rules.identifier(name, value) {
        Ok(id) if rules.quarantined.contains(&id) => Refusal::Quarantined,
        Ok(id) => return Some(id),
        Err(reason) => reason,
    };
    refuse(namespace, value, reason, refused);
    None
}

fn refuse(namespace: Namespace, value: &str, reason: Refusal, refused: &mut Vec<NoIdentifier>) {
    let value = value.chars().take(limits::REFUSED_VALUE_CHARS).collect();
    if refused.len() >= limits::NO_IDENTIFIERS {
        return; // a profile shows no more of them
    }
    refused.push(NoIdentifier { namespace, value, reason });
}

/// The account that an event speaks of. Who may speak of it is vouched for, never just said: its traits are shown to all
/// its members.
fn account(event: &Event, proof: &Proof, refused: &mut Vec<NoIdentifier>) -> Option<Named> {
    let (_, sent) = account_named(event)?;
    match AccountId::new(&sent) {
        Ok(id) => {
            let proven =
                proof.open || proof.groups.iter().any(|group| AccountId::new(group).as_ref() == Ok(&id));
            Some(Named { id, trust: if proven { Trust::Verified } else { Trust::Claimed } })
        }
        Err(reason) => {
            refuse(Namespace::parse(Namespace::GROUP_ID)?, &sent, reason, refused);
            None
        }
    }
}

/// The older name of an alias. Renaming somebody takes the same proof as being both. Clients send a login's name, or the
/// anonymousId that a person had before the first login, and don't say which: so it is a name of either kind, and of a
/// device only if some other event shows that device (see [`Says::may_be_device`](super::fact::Says::may_be_device)).
fn previous(
    event: &Event,
    rules: &IdentityRules,
    proof: &Proof,
    found: &mut Extracted,
) -> Option<Identifier> {
    let value = event.body.get("previousId").filter(|_| event.kind == Kind::Alias)?;
    let text = value.as_str()?;
    let device = rules.identifier(Namespace::ANONYMOUS_ID, text).ok();
    if device.is_some_and(|device| found.ids.iter().any(|carried| carried.id == device)) {
        return None; // The event shows it as its own device: that says the same.
    }
    let id = read(Namespace::USER_ID, text, rules, &mut found.refused)?;
    let named = found.ids.first().filter(|carried| carried.id.namespace == id.namespace);
    let proven =
        |named: &Carried| named.trust == Trust::Verified && trust_of(&id, rules, proof) == Trust::Verified;
    let reason = match named {
        None => Refusal::NoNewName,
        Some(named) if named.id == id => Refusal::SameName,
        Some(named) if !proven(named) => Refusal::Unproven,
        Some(_) => {
            found.add(Namespace::ANONYMOUS_ID, value, rules, proof);
            return Some(id);
        }
    };
    refuse(id.namespace, text, reason, &mut found.refused);
    None
}

fn trust_of(id: &Identifier, rules: &IdentityRules, proof: &Proof) -> Trust {
    let proven = |value: &Option<String>, namespace: &str| {
        value
            .as_deref()
            .and_then(|value| rules.identifier(namespace, value).ok())
            .is_some_and(|known| known == *id)
    };
    let verified = proof.open
        || proven(&proof.user_id, Namespace::USER_ID)
        || proven(&proof.anonymous_id, Namespace::ANONYMOUS_ID)
        || proven(&proof.handed_over, Namespace::ANONYMOUS_ID)
        || proven(&proof.email, Namespace::EMAIL);
    if verified { Trust::Verified } else { Trust::Claimed }
}
