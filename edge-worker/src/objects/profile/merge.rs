//! Two profiles become one. The engine says who survives and whether the rules allow it; here are the steps, each
//! durable and repeatable:
//!
//! 1. propose: the side that found the shared identifier shows itself to the other;
//! 2. reserve: the older side durably keeps room for the younger;
//! 3. surrender: the younger logs on, but starts no link and accepts no merge;
//! 4. stage: its rows are copied to the older side, invisible there;
//! 5. commit: one transaction at the older side takes them in;
//! 6. absorb and forward: what the younger logged since follows; it forwards from then on and drops its data.

use selvedge_engine::config::Config;
use selvedge_engine::identity::admission::Held;
use selvedge_engine::identity::home::{Home, Party, Proposal, Reservation, propose, reserve};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use selvedge_engine::profile::Logged;
use serde_json::json;

use super::ProfileObject;
use super::append::STORED_BEFORE;
use super::link::Linked;
use super::message::{Absorb, Answer, Ask, Commit, Luggage, Note};
use super::store::{Loaded, Store, kind};
use crate::api_error::ApiError;
use crate::{config_cache, platform};

impl ProfileObject {
    /// This profile as it shows itself to another: with what it holds, and with what it is about to.
    fn party(&self) -> Result<Party, ApiError> {
        let waiting = self.store.notes_if_any(kind::LINK, self.with(|loaded| loaded.links)?)?;
        let shown = self.with(|loaded| {
            let mut held = loaded.held.clone();
            held.extend(waiting.into_iter().map(|note| Held { id: note.id, first_seen: note.at }));
            Some(Party {
                profile: loaded.me.clone()?,
                created_at: loaded.home.created_at()?,
                epoch: loaded.home.epoch(),
                held,
            })
        })?;
        shown.ok_or_else(|| ApiError::internal("nobody lives here"))
    }

    /// The reservations in force. Older ones are dropped with what was staged for them: a younger side that took so long
    /// is refused at its commit, lives on and asks again.
    fn reservations(&self) -> Result<Vec<Reservation>, ApiError> {
        let now = platform::now();
        let all = self.store.reservations()?;
        let (kept, old): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|reservation| now.since(reservation.at) < limits::RESERVATION_MS);
        for reservation in old {
            self.give_up_room(&reservation.younger.profile)?;
        }
        Ok(kept)
    }

    fn give_up_room(&self, younger: &ProfileId) -> Result<(), ApiError> {
        self.change(|_, store| {
            store.remove_staged(younger)?;
            store.remove_reservation(younger)
        })
    }

    /// `other` owns an identifier that one of our events carries.
    pub(super) async fn merge_with(
        &self,
        owner: ProfileId,
        note: &Note,
        config: &Config,
    ) -> Result<Linked, ApiError> {
        let mut other = owner.clone();
        for _ in 0..=limits::REDIRECTS {
            let me = self.party()?;
            if other == me.profile {
                // The entry still names a profile that has moved in here.
                self.settle_held(note)?;
                self.change(|_, store| store.put_note(kind::REPOINT, &repoint(note, &owner)))?;
                self.retry_later().await;
                return Ok(Linked::Settled);
            }
            let ask = Ask::Propose { to: other.clone(), from: me.clone() };
            let Answer::Proposed(proposal) = super::ask(&self.env, &other, &ask).await? else {
                return Ok(Linked::Waiting);
            };
            match proposal {
                Proposal::Moved { to } => other = to,
                Proposal::Later => return Ok(Linked::Waiting),
                Proposal::Refused { violation } => {
                    self.settle_refused(note, &violation.code())?;
                    return Ok(Linked::Settled);
                }
                Proposal::Surrender => {
                    let moved = self.surrender(&other, &note.message_id).await?;
                    return Ok(if moved { Linked::Settled } else { Linked::Waiting });
                }
                Proposal::Survive { younger } => return self.take_in(&younger, note, config).await,
            }
        }
        Ok(Linked::Waiting)
    }

    /// We are the older side: keep room, then call the younger in.
    async fn take_in(&self, younger: &Party, note: &Note, config: &Config) -> Result<Linked, ApiError> {
        let me = self.party()?;
        let reserved = self.reservations()?;
        if let Err(violation) = reserve(&me, &reserved, younger, config.identity()) {
            self.settle_refused(note, &violation.code())?;
            return Ok(Linked::Settled);
        }
        self.keep_room(younger)?;
        let ask = Ask::Surrender { to: me, trigger: note.message_id.clone() };
        match super::ask(&self.env, &younger.profile, &ask).await? {
            Answer::Done => {
                self.settle_held(note)?;
                Ok(Linked::Settled)
            }
            _ => {
                self.give_up_room(&younger.profile)?;
                Ok(Linked::Waiting)
            }
        }
    }

    fn keep_room(&self, younger: &Party) -> Result<(), ApiError> {
        let reservation = Reservation { younger: younger.clone(), at: platform::now() };
        self.change(|_, store| store.put_reservation(&reservation))
    }

    /// Another profile found that we share an identifier.
    pub(super) async fn answer_proposal(&self, me: &ProfileId, from: &Party) -> Result<Proposal, ApiError> {
        if self.with(|loaded| loaded.home == Home::None)? {
            return self.yield_to(me, from);
        }
        if let Some(to) = self.with(|loaded| super::append::forwarded(&loaded.home))? {
            return Ok(Proposal::Moved { to });
        }
        let config = config_cache::current(&self.env, 0).await?;
        let reserved = self.reservations()?;
        let party = self.party()?;
        let home = self.with(|loaded| loaded.home.clone())?;
        let proposal = propose(&home, &party, &reserved, from, config.identity());
        if proposal == Proposal::Surrender {
            self.keep_room(from)?;
        }
        Ok(proposal)
    }

    /// An identifier was claimed for us but its event never came: whoever has one may have the place.
    fn yield_to(&self, me: &ProfileId, from: &Party) -> Result<Proposal, ApiError> {
        self.change(|loaded, store| {
            loaded.me = Some(me.clone());
            loaded.home = Home::Forwarding { epoch: 0, to: from.profile.clone() };
            store.put_home(loaded)
        })?;
        Ok(Proposal::Moved { to: from.profile.clone() })
    }

    /// The older side has room for us.
    pub(super) async fn surrender_when_asked(
        &self,
        to: &Party,
        trigger: &MessageId,
    ) -> Result<Answer, ApiError> {
        let (live, gone) = self.with(|loaded| match &loaded.home {
            Home::Live { .. } => (true, false),
            Home::Surrendering { to: already, .. } => (*already == to.profile, false),
            Home::Forwarding { to: already, .. } => (false, *already == to.profile),
            Home::None => (false, false),
        })?;
        if gone {
            return Ok(Answer::Done);
        }
        if !live || !to.survives(&self.party()?) || !self.reservations()?.is_empty() {
            return Ok(Answer::Refused);
        }
        Ok(if self.surrender(&to.profile, trigger).await? { Answer::Done } else { Answer::Refused })
    }

    /// Moves this profile to `to`; false if `to` has no room any more, and then this profile lives on.
    pub(super) async fn surrender(&self, to: &ProfileId, trigger: &MessageId) -> Result<bool, ApiError> {
        if !self.reservations()?.is_empty() {
            // A home that holds reservations sees them through first.
            return Ok(false);
        }
        // Entries that still name who moved in here must name us before we move on.
        self.repoint_all().await?;
        // Cut off anywhere from here on, the alarm carries it through.
        self.retry_later().await;
        self.change(|loaded, store| {
            if let Home::Live { created_at, epoch } = loaded.home {
                loaded.home =
                    Home::Surrendering { created_at, epoch, to: to.clone(), trigger: trigger.clone() };
                store.put_home(loaded)?;
            }
            Ok(())
        })?;
        self.finish_surrender().await
    }

    /// Carries a surrender through, from wherever it was cut off.
    pub(super) async fn finish_surrender(&self) -> Result<bool, ApiError> {
        let home = self.with(|loaded| loaded.home.clone())?;
        let Home::Surrendering { created_at, epoch, to, trigger } = home else { return Ok(true) };
        let me = Party { held: self.with(|loaded| loaded.held.clone())?, ..self.party()? };
        self.stage_all(&me.profile, &to).await?;
        let commit = Commit { younger: me.clone(), trigger, luggage: self.luggage()? };
        if let Answer::Refused = super::ask(&self.env, &to, &Ask::Commit(commit)).await? {
            self.change(|loaded, store| {
                // Unless another hand has finished it meanwhile.
                if matches!(loaded.home, Home::Surrendering { .. }) {
                    loaded.home = Home::Live { created_at, epoch };
                    store.put_home(loaded)?;
                }
                Ok(())
            })?;
            return Ok(false);
        }
        self.hand_over_late(&me.profile, &to).await?;
        Ok(true)
    }

    fn luggage(&self) -> Result<Luggage, ApiError> {
        Ok(Luggage {
            links: self.store.notes(kind::LINK)?,
            claimed: self.store.notes(kind::CLAIMED)?,
            refusals: self.store.notes(kind::REFUSED)?,
            merges: self.store.merges()?,
        })
    }

    async fn stage_all(&self, me: &ProfileId, to: &ProfileId) -> Result<(), ApiError> {
        let mut after = String::new();
        loop {
            let rows = self.store.log_after(&after, limits::MERGE_CHUNK_EVENTS)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.event.message_id.as_str().to_owned();
            let stage = Ask::Stage { younger: me.clone(), rows };
            super::ask::<Answer>(&self.env, to, &stage).await?;
        }
    }

    /// Sends what was logged since the move began, until nothing is left; then forwards.
    async fn hand_over_late(&self, me: &ProfileId, to: &ProfileId) -> Result<(), ApiError> {
        loop {
            let rows = self.store.late(limits::MERGE_CHUNK_EVENTS)?;
            if rows.is_empty() {
                return self.forward(to);
            }
            let luggage = self.luggage()?;
            let sent: Vec<MessageId> = rows.iter().map(|row| row.event.message_id.clone()).collect();
            let ask = Ask::Absorb(Absorb { younger: me.clone(), rows, luggage });
            super::ask::<Answer>(&self.env, to, &ask).await?;
            self.change(|_, store| sent.iter().try_for_each(|id| store.remove_late(id)))?;
        }
    }

    fn forward(&self, to: &ProfileId) -> Result<(), ApiError> {
        self.change(|loaded, store| {
            loaded.home = Home::Forwarding { epoch: loaded.home.epoch(), to: to.clone() };
            store.put_home(loaded)?;
            store.clear()?;
            loaded.held.clear();
            loaded.links = 0;
            loaded.state = selvedge_engine::profile::ProfileState::empty();
            Ok(())
        })
    }

    /// At the older side: keep the younger's rows aside.
    pub(super) fn stage(&self, younger: &ProfileId, rows: &[Logged]) -> Result<Answer, ApiError> {
        self.change(|_, store| {
            let room =
                store.reservations()?.iter().any(|reservation| reservation.younger.profile == *younger);
            if !room || store.has_merged(younger)? {
                // Nothing to keep: the commit will say what it has come to.
                return Ok(Answer::Done);
            }
            rows.iter().try_for_each(|row| store.stage(younger, row))?;
            Ok(Answer::Done)
        })
    }

    /// At the older side: the commit point.
    pub(super) async fn commit(&self, commit: &Commit) -> Result<Answer, ApiError> {
        if let Some(to) = self.with(|loaded| super::append::forwarded(&loaded.home))? {
            // We have moved on since. Whether the commit was taken before stands in the ledger, which went along.
            return super::ask(&self.env, &to, &Ask::Commit(commit.clone())).await;
        }
        let config = config_cache::current(&self.env, 0).await?;
        let now = platform::now();
        self.bring_up_to_date(&config)?;
        let answer = self.change(|loaded, store| {
            let younger = &commit.younger;
            if store.has_merged(&younger.profile)? {
                return Ok(false);
            }
            let room = store.reservations()?.into_iter().any(|reservation| {
                reservation.younger.profile == younger.profile && reservation.younger.epoch == younger.epoch
            });
            if !room || !matches!(loaded.home, Home::Live { .. }) {
                store.remove_staged(&younger.profile)?;
                return Ok(true);
            }
            let mut after = String::new();
            loop {
                let rows = store.staged_after(&younger.profile, &after, limits::MERGE_CHUNK_EVENTS)?;
                let Some(last) = rows.last() else { break };
                after = last.event.message_id.as_str().to_owned();
                take_rows(loaded, store, &rows, &config)?;
            }
            take_identifiers(loaded, store, commit)?;
            let entry = json!({
                "profileId": younger.profile, "at": now.to_iso(), "messageId": commit.trigger,
                "createdAt": younger.created_at.to_iso(), "identifiers": younger.held,
            });
            store.put_merge(younger.profile.as_str(), now, &entry)?;
            for earlier in &commit.luggage.merges {
                let id = earlier.get("profileId").and_then(|id| id.as_str()).unwrap_or_default();
                store.put_merge(id, now, earlier)?;
            }
            store.remove_staged(&younger.profile)?;
            store.remove_reservation(&younger.profile)?;
            loaded.links = store.notes(kind::LINK)?.len();
            loaded.state.refresh_segments(&config, now, Some(&commit.trigger));
            store.put_state(&loaded.state)?;
            Ok(false)
        })?;
        // The entries are re-pointed by the alarm; until then the younger forwards.
        self.schedule(now.plus(limits::OUTBOX_DELAY_MS)).await?;
        Ok(if answer { Answer::Refused } else { Answer::Done })
    }

    /// At the older side: what the younger logged while it moved.
    pub(super) async fn absorb(&self, absorb: &Absorb) -> Result<Answer, ApiError> {
        let config = config_cache::current(&self.env, 0).await?;
        let now = platform::now();
        if let Some(to) = self.with(|loaded| super::append::forwarded(&loaded.home))? {
            return super::ask(&self.env, &to, &Ask::Absorb(absorb.clone())).await;
        }
        self.bring_up_to_date(&config)?;
        self.change(|loaded, store| {
            take_rows(loaded, store, &absorb.rows, &config)?;
            take_notes(loaded, store, &absorb.luggage)?;
            if matches!(loaded.home, Home::Surrendering { .. }) {
                absorb.rows.iter().try_for_each(|row| store.put_late(&row.event.message_id))?;
            }
            loaded.links = store.notes(kind::LINK)?.len();
            loaded.state.refresh_segments(&config, now, None);
            store.put_state(&loaded.state)
        })?;
        self.schedule(now.plus(limits::OUTBOX_DELAY_MS)).await?;
        Ok(Answer::Done)
    }
}

/// Logs and folds rows that were stored with consent before; those already here are skipped.
fn take_rows(loaded: &mut Loaded, store: &Store, rows: &[Logged], config: &Config) -> Result<(), ApiError> {
    loaded.state.drop_stale_conditions(config);
    for row in rows {
        let Some(consent) = row.consent.unwrap_or(STORED_BEFORE).may_store() else { continue };
        if store.log(row)? {
            loaded.state.apply(row, config, consent);
        }
    }
    Ok(())
}

fn take_identifiers(loaded: &mut Loaded, store: &Store, commit: &Commit) -> Result<(), ApiError> {
    for held in &commit.younger.held {
        store.put_identifier(held, &commit.trigger)?;
        store.remove_note(kind::LINK, &held.id)?;
        let note = Note {
            id: held.id.clone(),
            message_id: commit.trigger.clone(),
            at: held.first_seen,
            reason: String::new(),
        };
        store.put_note(kind::REPOINT, &repoint(&note, &commit.younger.profile))?;
        if !loaded.held.iter().any(|have| have.id == held.id) {
            loaded.held.push(held.clone());
        }
    }
    take_notes(loaded, store, &commit.luggage)
}

/// Takes over what waits, was claimed or refused; what is held by now needs no link any more.
fn take_notes(loaded: &Loaded, store: &Store, luggage: &Luggage) -> Result<(), ApiError> {
    let open = |note: &&Note| !loaded.held.iter().any(|held| held.id == note.id);
    let kinds = [(kind::CLAIMED, &luggage.claimed), (kind::REFUSED, &luggage.refusals)];
    for note in luggage.links.iter().filter(open) {
        store.put_note(kind::LINK, note)?;
    }
    for (kind, notes) in kinds {
        notes.iter().try_for_each(|note| store.put_note(kind, note).map(|_| ()))?;
    }
    Ok(())
}

/// The reminder that this identifier's entry still names `from`.
fn repoint(note: &Note, from: &ProfileId) -> Note {
    Note { reason: from.as_str().to_owned(), ..note.clone() }
}
