//! What a person has said of consent, device by device. Each device keeps its visitor's choice for itself, and people who
//! become one bring several: then the most restrictive of them counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ConsentSaid, Logged, ProfileState};
use crate::consent::{CHOICE, Consent, speaks};
use crate::identity::{Namespace, Trust};
use crate::ids::MessageId;
use crate::limits;
use crate::time::UnixMillis;

/// In place of a device: what was said for the person as a whole. No device has the name.
const PERSON: &str = "";

/// By anonymous id, its newest word.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(BTreeMap<String, ConsentSaid>);

impl Words {
    /// Whether nobody has said anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes in what an event says itself. A server's word of a person, and a choice that somebody makes who is logged in,
    /// are the person's.
    pub(super) fn hear(&mut self, logged: &Logged) {
        let event = &logged.event;
        let Some(consent) = logged.consent.filter(|_| event.consent().is_some_and(speaks)) else { return };
        let said = ConsentSaid { consent, at: event.timestamp, by: event.message_id.clone() };
        let carried = |namespace| logged.ids.iter().find(move |one| one.id.namespace.as_str() == namespace);
        let is_known = carried(Namespace::USER_ID).is_some_and(|user| user.trust == Trust::Verified);
        let is_choice = is_known && event.name() == CHOICE;
        if logged.is_trusted() && (event.anonymous_id().is_none() || is_choice) {
            self.put(PERSON, &said);
        }
        if let Some(device) = carried(Namespace::ANONYMOUS_ID) {
            self.put(&device.id.value, &said);
        }
    }

    /// Takes in those of another log.
    pub(super) fn absorb(&mut self, other: &Self) {
        for (device, said) in &other.0 {
            self.put(device, said);
        }
    }

    fn put(&mut self, device: &str, said: &ConsentSaid) {
        if self.0.get(device).is_none_or(|known| order(known) < order(said)) {
            self.0.insert(device.to_owned(), said.clone());
        }
        let devices = || self.0.iter().filter(|(device, _)| *device != PERSON);
        if devices().count() > limits::CONSENT_DEVICES {
            // In whatever order they came: what is left are the newest.
            let oldest = devices().min_by_key(|(_, said)| order(said)).map(|(device, _)| device.clone());
            drop(oldest.and_then(|oldest| self.0.remove(&oldest)));
        }
    }

    /// The most restrictive of what counts, but for this device: the person's own word, and what devices have said since.
    fn in_force(&self, but: Option<&str>) -> Option<Consent> {
        let person = self.0.get(PERSON);
        let since = |said: &ConsentSaid| person.is_none_or(|person| order(person) < order(said));
        let devices = self.0.iter().filter(|(device, said)| Some(device.as_str()) != but && since(said));
        devices.map(|(_, said)| said).chain(person).map(|said| said.consent).reduce(Consent::and)
    }
}

fn order(said: &ConsentSaid) -> (UnixMillis, &MessageId) {
    (said.at, &said.by)
}

impl ProfileState {
    /// The consent in force for the person: what they have said, or else what was in force for their newest event.
    pub fn allowed(&self) -> Option<Consent> {
        self.words.in_force(None).or_else(|| self.consent.as_ref().map(|said| said.consent))
    }

    /// What a request from this device may do, beside its own consent: what the person has denied on others, it may not.
    pub fn allowed_on(&self, device: Option<&str>, consent: Consent) -> Consent {
        self.words.in_force(device).map_or(consent, |others| others.and(consent))
    }
}
