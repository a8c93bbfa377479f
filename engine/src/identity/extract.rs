//! Which identifiers an event carries, and how far each can be trusted.

use crate::ordered::sort_by_key;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
    let mut add = |name: &str, value: &str| {
        if found.ids.len() >= limits::IDENTIFIERS_PER_EVENT {
            return;
        }
        if let Some(id) = read(name, value, rules, &mut found.refused)
            && found.ids.iter().all(|carried| carried.id != id)
        {
            let trust = trust_of(&id, rules, proof);
            found.ids.push(Carried { id, trust });
        }
    };
    if let Some(value) = event.user_id() {
        add(Namespace::USER_ID, value);
    }
    if let Some(value) = event.anonymous_id() {
        add(Namespace::ANONYMOUS_ID, value);
    }
    if let Some(value) = &proof.handed_over {
        add(Namespace::ANONYMOUS_ID, value);
    }
    let context = event.context();
    // The traits of a group event are the account's: its e-mail is nobody's own.
    let traits = event.traits().filter(|_| event.kind != Kind::Group);
    let places = [traits, context.and_then(|c| c.get("traits")?.as_object()), event.properties()];
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
    sort_by_key(&mut found.ids, |carried| rules.priority(&carried.id.namespace));
    found.previous = previous(event, rules, proof, &mut found);
    found.account = account(event, proof, &mut found.refused);
    found
}

/// The identifier in a value, if it is one; otherwise notes why not. A namespace that isn't listed has none.
fn read(
    name: &str,
    value: &str,
    rules: &IdentityRules,
    refused: &mut Vec<NoIdentifier>,
) -> Option<Identifier> {
    let namespace = Namespace::parse(name).filter(|ns| rules.namespaces.contains_key(ns))?;
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

/// The older name of an alias. Renaming somebody takes the same proof as being both.
fn previous(
    event: &Event,
    rules: &IdentityRules,
    proof: &Proof,
    found: &mut Extracted,
) -> Option<Identifier> {
    if event.kind != Kind::Alias {
        return None;
    }
    let id = read(Namespace::USER_ID, event.text("previousId")?, rules, &mut found.refused)?;
    let named = found.ids.first().filter(|c| c.id.namespace == id.namespace && c.trust == Trust::Verified)?;
    let device = event.anonymous_id() == Some(&id.value);
    (named.id != id && !device && trust_of(&id, rules, proof) == Trust::Verified).then_some(id)
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
