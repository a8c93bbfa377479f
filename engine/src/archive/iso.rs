//! Instants as the archive's readers know them: `2026-11-21T22:45:01.000Z`.

use serde::{Deserialize, Deserializer, Serializer, de};

use crate::time::UnixMillis;

pub(super) fn serialize<S: Serializer>(at: &UnixMillis, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&at.to_iso())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<UnixMillis, D::Error> {
    let text = String::deserialize(from)?;
    UnixMillis::parse(&text).ok_or_else(|| de::Error::custom("not an instant"))
}
