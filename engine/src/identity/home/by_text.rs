//! Maps by identifier as JSON, whose keys are text: `namespace:value`.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::Identifier;

pub(super) fn serialize<V: Serialize, S: Serializer>(
    map: &BTreeMap<Identifier, V>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(map.iter().map(|(id, value)| (id.to_string(), value)))
}

pub(super) fn deserialize<'de, V: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Identifier, V>, D::Error> {
    let stored = BTreeMap::<String, V>::deserialize(deserializer)?;
    let mut read = BTreeMap::new();
    for (text, value) in stored {
        let Some(id) = Identifier::stored(&text) else {
            return Err(D::Error::custom("an identifier is `namespace:value`"));
        };
        read.insert(id, value);
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::super::Identifier;
    use super::super::super::meet::{Held, HeldState};
    use super::super::{Body, Home, Message, Settlement};
    use crate::ids::{MessageId, ProfileId};
    use crate::time::UnixMillis;

    #[test]
    fn a_message_with_identifiers_reads_as_it_was_written() {
        let held = Held {
            first_seen: UnixMillis(5),
            by: MessageId::from("m"),
            state: HeldState::Active,
            shared: None,
            epoch: 3,
            erased: None,
        };
        let device = Identifier::new("anonymous_id", "a:b").unwrap();
        let ids = [(device.clone(), held.clone()), (device.shared_device(), held)].into_iter().collect();
        let settlement = Settlement { ids, ..Settlement::default() };
        let give = super::super::Give {
            gift: 1,
            after: String::new(),
            rows: Vec::new(),
            settlement: Some(settlement),
            origins: BTreeSet::new(),
        };
        let home = Home::empty(ProfileId::from_random([1; 16]));
        let message = Message::new(&home, ProfileId::from_random([2; 16]), Body::Give(Box::new(give)));
        let json = serde_json::to_string(&message).unwrap();
        assert!(json.contains(r#""_shared_device:anonymous_id:a:b":"#), "{json}");
        assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), message);
    }
}
