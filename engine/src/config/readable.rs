//! Segments of a published config, of which some may be beyond this version.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::ids::SegmentId;
use crate::segment::{Rule, Segment};

/// Reads segments one by one. One that can't be read is kept by its id, and holds for nobody.
pub(super) fn segments<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Segment>, D::Error> {
    let read = |value: Value| serde_json::from_value(value.clone()).unwrap_or_else(|_| unreadable(value));
    Ok(Vec::<Value>::deserialize(from)?.into_iter().map(read).collect())
}

fn unreadable(mut value: Value) -> Segment {
    let mut take = |field: &str| value.get_mut(field).map(Value::take).unwrap_or_default();
    let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
    Segment {
        id: SegmentId(text(take("id"))),
        name: text(take("name")),
        description: text(take("description")),
        rule: Rule::Unreadable(take("rule")),
    }
}
