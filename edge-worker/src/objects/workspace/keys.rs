//! Keys of people and programs: table `keys` (`id` PRIMARY KEY, `v`, `value`: a [`Key`]). A key that was taken back stays, so
//! that it is known whose it was.

use selvedge_engine::access::{KEY_VERSION, Key, KeyId};
use selvedge_engine::limits;

use crate::api_error::ApiError;
use crate::objects::sql::{Json, Sql};
use crate::platform;

/// The keys.
pub(super) struct Keys<'a>(pub(super) &'a Sql);

impl Keys<'_> {
    /// All, in the order in which they were made.
    pub(super) fn all(&self) -> Result<Vec<Key>, ApiError> {
        if !self.0.has_table("keys")? {
            return Ok(Vec::new());
        }
        let rows: Vec<Json> = self.0.rows("SELECT value FROM keys ORDER BY rowid", vec![])?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.value)?)).collect()
    }

    fn of(&self, id: &KeyId) -> Result<Option<Key>, ApiError> {
        if !self.0.has_table("keys")? {
            return Ok(None);
        }
        let rows: Vec<Json> =
            self.0.rows("SELECT value FROM keys WHERE id = ?", vec![id.0.as_str().into()])?;
        rows.first().map(|row| Ok(serde_json::from_str(&row.value)?)).transpose()
    }

    /// Keeps a new one; none if there are too many.
    pub(super) fn keep(&self, key: Key) -> Result<Option<Key>, ApiError> {
        let good = self.all()?.iter().filter(|key| key.revoked_at.is_none()).count();
        if good >= limits::KEYS {
            return Ok(None);
        }
        let table =
            "CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL)";
        self.0.run(table, vec![])?;
        self.put(&key)?;
        Ok(Some(key))
    }

    /// The key, if it is good; that it was used is noted.
    pub(super) fn opened(&self, id: &KeyId, hash: &str) -> Result<Option<Key>, ApiError> {
        let now = platform::now();
        let Some(mut key) = self.of(id)?.filter(|key| key.is_opened_by(hash, now)) else { return Ok(None) };
        if key.notes_use(now) {
            key.last_used_at = Some(now);
            self.put(&key)?;
        }
        Ok(Some(key))
    }

    /// It is good for nothing from now on.
    pub(super) fn revoke(&self, id: &KeyId) -> Result<Option<Key>, ApiError> {
        let Some(mut key) = self.of(id)? else { return Ok(None) };
        if key.revoked_at.is_none() {
            key.revoked_at = Some(platform::now());
            self.put(&key)?;
        }
        Ok(Some(key))
    }

    fn put(&self, key: &Key) -> Result<(), ApiError> {
        let query = "INSERT INTO keys (id, v, value) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET v = excluded.v, value = excluded.value";
        let values = vec![
            key.id.0.as_str().into(),
            i32::from(KEY_VERSION).into(),
            serde_json::to_string(key)?.as_str().into(),
        ];
        self.0.run(query, values)?;
        Ok(())
    }
}
