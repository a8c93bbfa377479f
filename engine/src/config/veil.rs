//! The config for who may not speak as a server: a server's write key is a secret, as its word counts.

use serde_json::Value;

use super::Files;

/// In the place of a key.
const VEILED: &str = "••••••";

/// The same files, without the write keys of servers.
pub fn veiled(mut files: Files) -> Files {
    let sources = files.get_mut("sources.json").and_then(|file| file.get_mut("sources"));
    for source in sources.and_then(Value::as_array_mut).into_iter().flatten() {
        if source.get("kind").and_then(Value::as_str) != Some("browser")
            && let Some(key) = source.get_mut("writeKey")
        {
            *key = VEILED.into();
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::veiled;
    use crate::config::Files;

    #[test]
    fn a_browsers_key_is_public_and_a_servers_is_not() {
        let source = |id: &str, kind: &str, key: &str| json!({ "id": id, "kind": kind, "writeKey": key });
        let file =
            |key: &str| json!({ "sources": [source("a", "browser", "public"), source("b", "server", key)] });
        let files: Files = [("sources.json".to_owned(), file("secret"))].into();
        assert_eq!(veiled(files)["sources.json"], file("••••••"));
    }
}
