//! The storage of release 0.1.0, read once by this version and converted in one transaction.
//!
//! It had a table for each kind of row (`meta`, `identifiers`, `notes`, `merges`, `reservations`, `staged`, `late`), a
//! `log` without parts, and knew no epochs of entries: those are learnt from the entries' answers. What was moving when
//! the old version stopped begins anew.

use std::collections::BTreeMap;

use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::fact::Order;
use selvedge_engine::identity::home::{
    Folded, Home, How, Ledger, Link, Note, NoteKind, Place, Repoint, Store, Write,
};
use selvedge_engine::identity::meet::{Held, HeldIds, HeldState};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::profile::ProfileState;
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;

use super::schema::{LOG_PART, SMALL};
use super::tables::Tables;
use crate::api_error::ApiError;
use crate::objects::sql::{Json, Sql};

/// Tables that this version does not have.
const OLD: [&str; 7] = ["meta", "identifiers", "notes", "merges", "reservations", "staged", "late"];

/// Home v1.
#[derive(Deserialize)]
struct OldHome {
    profile: ProfileId,
    state: String,
    created_at: Option<UnixMillis>,
    #[serde(default)]
    epoch: u64,
    to: Option<ProfileId>,
    trigger: Option<MessageId>,
}

#[derive(Deserialize)]
struct OldIdentifier {
    namespace: String,
    value: String,
    first_seen: i64,
    message_id: String,
}

#[derive(Deserialize)]
struct OldNote {
    kind: String,
    namespace: String,
    value: String,
    reason: String,
    message_id: String,
    at: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OldMerge {
    profile_id: ProfileId,
    at: String,
    message_id: MessageId,
    created_at: String,
    identifiers: Vec<Identifier>,
}

/// Whether the tables are there; those of the first release are converted.
pub(super) fn tables_are_there(sql: &Sql) -> Result<bool, ApiError> {
    #[derive(Deserialize)]
    struct Table {
        name: String,
    }
    let query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('small', 'meta')";
    let tables: Vec<Table> = sql.rows(query, vec![])?;
    if tables.is_empty() {
        return Ok(false);
    }
    if tables.iter().all(|table| table.name != "small") {
        sql.atomically(|| convert(sql))?;
    }
    Ok(true)
}

fn convert(sql: &Sql) -> Result<(), ApiError> {
    sql.run(SMALL, vec![])?;
    sql.run("ALTER TABLE log ADD COLUMN part INTEGER NOT NULL DEFAULT 0", vec![])?;
    sql.run(LOG_PART, vec![])?;
    if let Some(home) = meta::<OldHome>(sql, "home")? {
        let mut tables = Tables::new(sql, home.profile.clone(), true);
        let (home, mut folded) = Conversion { sql, tables: &mut tables }.run(&home)?;
        tables.finish(&home, &mut folded)?;
    }
    for table in OLD {
        sql.run(&format!("DROP TABLE {table}"), vec![])?;
    }
    Ok(())
}

fn meta<T: serde::de::DeserializeOwned>(sql: &Sql, key: &str) -> Result<Option<T>, ApiError> {
    let rows: Vec<Json> = sql.rows("SELECT value FROM meta WHERE key = ?", vec![key.into()])?;
    rows.first().map(|row| Ok(serde_json::from_str(&row.value)?)).transpose()
}

struct Conversion<'a, 'b> {
    sql: &'a Sql,
    tables: &'b mut Tables<'a>,
}

impl Conversion<'_, '_> {
    fn run(&mut self, old: &OldHome) -> Result<(Home, Folded), ApiError> {
        let mut home = Home::empty(old.profile.clone());
        home.epoch = old.epoch;
        home.created_at = old.created_at.unwrap_or(UnixMillis(0));
        home.place = match (old.state.as_str(), &old.to) {
            ("forwarding", Some(to)) => Place::Forwarding { to: to.clone() },
            ("live" | "surrendering", _) => Place::Live,
            _ => Place::None,
        };
        let mut folded = Folded::default();
        if home.place == Place::Live {
            let held = self.held()?;
            self.notes(&mut home)?;
            self.links(old)?;
            self.merges(&mut home, &held)?;
            folded = self.folded()?;
        }
        if let Some(told) = meta(self.sql, "told")? {
            self.tables.put_told(&told)?;
        }
        self.write(Write::Home(&home))?;
        Ok((home, folded))
    }

    fn write(&mut self, write: Write<'_>) -> Result<(), ApiError> {
        Ok(self.tables.write(write)?)
    }

    fn held(&mut self) -> Result<HeldIds, ApiError> {
        let query = "SELECT namespace, value, first_seen, message_id FROM identifiers";
        let mut all = HeldIds::new();
        for row in self.sql.rows::<OldIdentifier>(query, vec![])? {
            let Some(id) = read(&row.namespace, &row.value) else { continue };
            let held = Held {
                first_seen: UnixMillis(row.first_seen),
                by: MessageId(row.message_id),
                state: HeldState::Active,
                shared: None,
                epoch: 0,
                erased: None,
            };
            self.write(Write::Held(&id, Some(&held)))?;
            all.insert(id, held);
        }
        Ok(all)
    }

    fn old_notes(&self, kinds: &str) -> Result<Vec<OldNote>, ApiError> {
        let query = format!(
            "SELECT kind, namespace, value, reason, message_id, at FROM notes WHERE kind IN ({kinds}) \
             ORDER BY kind, namespace, value, reason"
        );
        self.sql.rows(&query, vec![])
    }

    /// What was refused, which depended on what came before it. What was claimed is in the fold.
    fn notes(&mut self, home: &mut Home) -> Result<(), ApiError> {
        let mut notes: BTreeMap<(String, Order), Vec<String>> = BTreeMap::new();
        for row in self.old_notes("'refused'")? {
            let order = (UnixMillis(row.at), MessageId(row.message_id));
            home.contested = home.contested.clone().max(Some(order.clone()));
            let id = format!("{}:{}", row.namespace, row.value);
            let reasons = notes.entry((id, order)).or_default();
            reasons.extend(Some(row.reason).filter(|reason| !reason.is_empty()));
        }
        for ((id, order), reasons) in notes {
            let kind = NoteKind::Refused;
            self.write(Write::Note(&Note { kind, id, reasons, order }))?;
            home.refusals.kept += 1;
        }
        Ok(())
    }

    /// What waited to be linked, entries that wait to be re-pointed, and a move that was under way.
    fn links(&mut self, old: &OldHome) -> Result<(), ApiError> {
        for row in self.old_notes("'link', 'repoint'")? {
            let Some(id) = read(&row.namespace, &row.value) else { continue };
            if row.kind == "link" {
                let order = (UnixMillis(row.at), MessageId(row.message_id));
                self.link(order, How::Shown { id })?;
            } else if let Some(from) = ProfileId::parse(&row.reason) {
                self.write(Write::Repoint(&id, Some(&Repoint { from, epoch: 0 })))?;
            }
        }
        if let (Some(to), Some(trigger)) = (&old.to, &old.trigger) {
            let order = (self.time_of(trigger)?.unwrap_or(UnixMillis(0)), trigger.clone());
            self.link(order, How::Plan { with: to.clone() })?;
        }
        Ok(())
    }

    fn link(&mut self, order: Order, how: How) -> Result<(), ApiError> {
        let link = Link { order, how, decides: false };
        self.write(Write::Link(&link.key(), Some(&link)))
    }

    fn time_of(&self, id: &MessageId) -> Result<Option<UnixMillis>, ApiError> {
        #[derive(Deserialize)]
        struct Row {
            at: i64,
        }
        let query = "SELECT at FROM log WHERE message_id = ?";
        let rows: Vec<Row> = self.sql.rows(query, vec![id.as_str().into()])?;
        Ok(rows.first().map(|row| UnixMillis(row.at)))
    }

    /// The ledger. What was held before a merge is what is held now without what came with it and later.
    fn merges(&mut self, home: &mut Home, held: &HeldIds) -> Result<(), ApiError> {
        let rows: Vec<Json> = self.sql.rows("SELECT value FROM merges ORDER BY at, younger", vec![])?;
        let merges: Vec<OldMerge> =
            rows.iter().map(|row| serde_json::from_str(&row.value)).collect::<Result<_, _>>()?;
        home.next = merges.len() as u64;
        let mut before: Vec<Identifier> = held.keys().cloned().collect();
        for (merge, old) in (1..).zip(&merges).collect::<Vec<_>>().into_iter().rev() {
            before.retain(|id| !old.identifiers.contains(id));
            let at = UnixMillis::parse(&old.at).unwrap_or(UnixMillis(0));
            let trigger = (self.time_of(&old.message_id)?.unwrap_or(at), old.message_id.clone());
            let entry = Ledger::Merged {
                younger: old.profile_id.clone(),
                epoch: 1,
                older: home.me.clone(),
                merge,
                trigger,
                at,
                created_at: UnixMillis::parse(&old.created_at).unwrap_or(UnixMillis(0)),
                came: old.identifiers.clone(),
                linked: Vec::new(),
                gone: Vec::new(),
                before: Some(before.clone()),
            };
            self.write(Write::Ledger(&entry))?;
        }
        Ok(())
    }

    /// The fold is made anew from the log. Since when it is in its segments can't be.
    fn folded(&mut self) -> Result<Folded, ApiError> {
        let old: serde_json::Value = meta(self.sql, "state")?.unwrap_or_default();
        let segments = old.get("segments").cloned().unwrap_or_default();
        let mut state = ProfileState::default();
        state.segments = serde_json::from_str(&segments.to_string()).unwrap_or_default();
        let folded = Folded { state, ..Folded::default() };
        self.write(Write::Folded(&folded))?;
        Ok(folded)
    }
}

fn read(namespace: &str, value: &str) -> Option<Identifier> {
    Identifier::stored(&format!("{namespace}:{value}"))
}
