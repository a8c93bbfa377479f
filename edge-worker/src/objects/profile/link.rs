//! Linking: an identifier on a logged event becomes this profile's, or leads to a merge, or is refused and recorded.

use selvedge_engine::config::Config;
use selvedge_engine::identity::admission::Held;
use selvedge_engine::identity::entry::{Ask as EntryAsk, Owner};
use selvedge_engine::identity::home::Home;
use selvedge_engine::identity::{Identifier, Violation};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::time::UnixMillis;

use super::ProfileObject;
use super::message::Note;
use super::store::kind;
use crate::api_error::ApiError;
use crate::objects::identifier;
use crate::platform::Secrets;

/// What became of one identifier that waited.
pub(super) enum Linked {
    /// Settled: held, refused, or moved away with this profile.
    Settled,
    /// Still waiting.
    Waiting,
}

impl ProfileObject {
    /// Finishes what waits to be linked. Failures stay waiting for the alarm; the events are durable either way.
    pub(super) async fn link_and_merge(&self, config: &Config) {
        let busy = self.with(|loaded| loaded.links == 0 || !matches!(loaded.home, Home::Live { .. }));
        if busy.unwrap_or(true) || self.linking.replace(true) {
            return;
        }
        let outcome = self.link_all(config).await;
        self.linking.set(false);
        if let Err(error) = outcome {
            worker::console_error!("linking waits: {error}");
            self.forget();
        }
        if self.with(|loaded| loaded.links > 0).unwrap_or(true) {
            self.retry_later().await;
        }
    }

    async fn link_all(&self, config: &Config) -> Result<(), ApiError> {
        // The strongest first: who a person is by login decides before an e-mail that two may share.
        let mut notes = self.store.notes(kind::LINK)?;
        notes.sort_by_key(|note| config.identity().priority(&note.id.namespace));
        for note in notes {
            if self.with(|loaded| !matches!(loaded.home, Home::Live { .. }))? {
                return Ok(());
            }
            if let Linked::Waiting = self.link(&note, config).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn link(&self, note: &Note, config: &Config) -> Result<Linked, ApiError> {
        // A merge may have brought what this identifier can't stand beside.
        if let Err(violation) = self.with(|loaded| fits(note, &loaded.held, config))? {
            self.settle_refused(note, &violation.code())?;
            return Ok(Linked::Settled);
        }
        let me = self.me()?;
        let secrets = Secrets::load(&self.env)?;
        let claim = EntryAsk::Claim { candidate: me.clone(), message_id: note.message_id.clone() };
        let answer = identifier::ask(&self.env, &secrets.names, &note.id, &claim).await?;
        match answer.owner {
            Owner::Owned { profile, .. } if profile == me => {
                self.settle_held(note)?;
                Ok(Linked::Settled)
            }
            Owner::Owned { profile, .. } => self.merge_with(profile, note, config).await,
            Owner::Fresh => Ok(Linked::Waiting),
        }
    }

    /// The profile's own id.
    pub(super) fn me(&self) -> Result<ProfileId, ApiError> {
        self.with(|loaded| loaded.me.clone())?.ok_or_else(|| ApiError::internal("nobody lives here"))
    }

    /// The entry names this profile: the identifier is held.
    pub(super) fn settle_held(&self, note: &Note) -> Result<(), ApiError> {
        self.change(|loaded, store| {
            store.remove_note(kind::LINK, &note.id)?;
            let held = Held { id: note.id.clone(), first_seen: note.at };
            store.put_identifier(&held, &note.message_id)?;
            if !loaded.held.iter().any(|have| have.id == note.id) {
                loaded.held.push(held);
            }
            loaded.links = store.notes(kind::LINK)?.len();
            Ok(())
        })
    }

    /// The rules forbid the link: it is recorded, with the reason.
    pub(super) fn settle_refused(&self, note: &Note, reason: &str) -> Result<(), ApiError> {
        self.change(|loaded, store| {
            store.remove_note(kind::LINK, &note.id)?;
            store.put_note(kind::REFUSED, &Note { reason: reason.to_owned(), ..note.clone() })?;
            loaded.links = store.notes(kind::LINK)?.len();
            Ok(())
        })
    }
}

/// Whether an identifier may stand beside those that are held.
fn fits(note: &Note, held: &[Held], config: &Config) -> Result<(), Violation> {
    let mut set: Vec<(&Identifier, UnixMillis)> =
        held.iter().map(|held| (&held.id, held.first_seen)).collect();
    if !held.iter().any(|held| held.id == note.id) {
        set.push((&note.id, note.at));
    }
    config.identity().check_first(&set)
}
