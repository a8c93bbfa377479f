//! Segments of a published config, of which some may be beyond this version.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::ids::SegmentId;
use crate::segment::{Rule, Segment};

/// Reads segments one by one. One that can't be read is kept by its id, and holds for nobody.
pub(super) fn segments<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Segment>, D::Error> {
    // As files are read: a second way to read a rule would be a second copy of all its types in the Worker.
    let read = |value: &Value| serde_path_to_error::deserialize(value).unwrap_or_else(|_| unreadable(value));
    Ok(Vec::<Value>::deserialize(from)?.iter().map(read).collect())
}

fn unreadable(value: &Value) -> Segment {
    let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    Segment {
        id: SegmentId(text("id")),
        name: text("name"),
        description: text("description"),
        rule: Rule::Unreadable(value.get("rule").cloned().unwrap_or_default()),
    }
}
