//! Taking events in: admit, log, fold and note what must leave, in one transaction; then link; then decide.

use selvedge_engine::config::Config;
use selvedge_engine::consent::{Consent, MaySend};
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::admission::{Admission, Held, admit};
use selvedge_engine::identity::home::Home;
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use selvedge_engine::offer::{Decided, decide, defaults};
use selvedge_engine::profile::{Logged, ProfileState, STATE_VERSION};
use selvedge_engine::time::UnixMillis;

use super::ProfileObject;
use super::message::{Answer, Append, Appended, Ask, Decide, Item, Note, Taken};
use super::outbox::rows_of;
use super::store::{Loaded, Store, kind};
use crate::api_error::ApiError;
use crate::{config_cache, platform};

impl ProfileObject {
    /// See [`Append`].
    pub(super) async fn append(&self, append: Append) -> Result<Appended, ApiError> {
        let config = config_cache::current(&self.env, append.config).await?;
        if let Some(to) = self.with(|loaded| forwarded(&loaded.home))? {
            let items = append.items.iter().map(|_| Taken::Moved).collect();
            return Ok(Appended { owner: to, items, decisions: None });
        }
        self.bring_up_to_date(&config)?;
        let now = platform::now();
        let items = if append.items.is_empty() {
            Vec::new()
        } else {
            self.change(|loaded, store| take_all(loaded, store, &append, &config, now))?
        };
        if items.contains(&Taken::Accepted) {
            self.schedule(now.plus(limits::OUTBOX_DELAY_MS)).await?;
        }
        self.link_and_merge(&config).await;
        let owner = self.with(|loaded| forwarded(&loaded.home))?.unwrap_or_else(|| append.profile.clone());
        let decisions = match append.decide {
            None => None,
            Some(decide) if owner == append.profile => Some(self.decide(&config, &decide, now)?),
            Some(decide) => self.decide_at(&owner, append.config, decide).await?,
        };
        Ok(Appended { owner, items, decisions })
    }

    /// Before anything is folded or shown: a state of another version is folded anew, and conditions that the config has
    /// and the state has not are counted over the log, once.
    pub(super) fn bring_up_to_date(&self, config: &Config) -> Result<(), ApiError> {
        let (foreign, missing) = self.with(|loaded| {
            let state = &loaded.state;
            (state.v != STATE_VERSION, state.events > 0 && !state.missing_conditions(config).is_empty())
        })?;
        if !foreign && !missing {
            return Ok(());
        }
        self.change(|loaded, store| {
            let mut failed = None;
            if foreign {
                loaded.state = ProfileState::empty();
                loaded.state.backfill(config, std::iter::empty());
                for row in store.whole_log(&mut failed) {
                    if let Some(consent) = row.consent.unwrap_or(STORED_BEFORE).may_store() {
                        loaded.state.apply(&row, config, consent);
                    }
                }
                loaded.state.refresh_segments(config, platform::now(), None);
            } else {
                loaded.state.backfill(config, store.whole_log(&mut failed));
            }
            match failed {
                Some(error) => Err(error),
                None => store.put_state(&loaded.state),
            }
        })
    }

    fn decide(&self, config: &Config, wanted: &Decide, now: UnixMillis) -> Result<Vec<Decided>, ApiError> {
        let holds = |id: &Identifier| self.with(|loaded| loaded.held.iter().any(|held| held.id == *id));
        let empty = self.with(|loaded| loaded.held.is_empty())?;
        if !empty
            && !wanted.asked_by.is_empty()
            && !wanted.asked_by.iter().any(|id| holds(id).unwrap_or(false))
        {
            return Ok(defaults(config, &wanted.placements, now, "unbound_device"));
        }
        match wanted.consent.may_decide() {
            Some(consent) => {
                self.with(|loaded| decide(&loaded.state, config, &wanted.placements, now, consent))
            }
            None => Ok(defaults(config, &wanted.placements, now, "no_consent")),
        }
    }

    /// The profile has just merged into another one, which decides.
    async fn decide_at(
        &self,
        owner: &ProfileId,
        config: u64,
        wanted: Decide,
    ) -> Result<Option<Vec<Decided>>, ApiError> {
        let ask = Ask::Append(Append { profile: owner.clone(), config, items: vec![], decide: Some(wanted) });
        match super::ask::<Answer>(&self.env, owner, &ask).await? {
            Answer::Appended(appended) => Ok(appended.decisions),
            _ => Err(ApiError::internal("the profile answered another question")),
        }
    }
}

/// Rows of the first release don't say under which consent they were stored; without any they were not.
pub(super) const STORED_BEFORE: Consent =
    Consent { analytics: true, personalisation: false, advertising: false, sale_or_share: false };

/// Where a profile has gone, if it has.
pub(super) fn forwarded(home: &Home) -> Option<ProfileId> {
    match home {
        Home::Forwarding { to, .. } => Some(to.clone()),
        Home::None | Home::Live { .. } | Home::Surrendering { .. } => None,
    }
}

fn take_all(
    loaded: &mut Loaded,
    store: &Store,
    append: &Append,
    config: &Config,
    now: UnixMillis,
) -> Result<Vec<Taken>, ApiError> {
    let mut taken = Vec::with_capacity(append.items.len());
    let mut leaving: Vec<(&Logged, MaySend)> = Vec::new();
    let mut last: Option<&MessageId> = None;
    if loaded.state.events == 0 {
        // Nothing to count over: every condition starts here, and none has to be filled in later.
        loaded.state.backfill(config, std::iter::empty());
    }
    loaded.state.drop_stale_conditions(config);
    for item in &append.items {
        let outcome = take(loaded, store, &append.profile, item, config, now)?;
        if outcome == Taken::Accepted {
            last = Some(&item.logged.event.message_id);
            leaving.extend(item.consent.may_archive().map(|consent| (&item.logged, consent)));
        }
        taken.push(outcome);
    }
    if last.is_some() {
        loaded.state.refresh_segments(config, now, last);
        store.put_state(&loaded.state)?;
        for body in rows_of(&append.profile, &leaving)? {
            store.put_outbox(&body)?;
        }
    }
    Ok(taken)
}

fn take(
    loaded: &mut Loaded,
    store: &Store,
    me: &ProfileId,
    item: &Item,
    config: &Config,
    now: UnixMillis,
) -> Result<Taken, ApiError> {
    let Some(consent) = item.consent.may_store() else { return Ok(Taken::Denied) };
    let event = &item.logged.event;
    if store.is_logged(&event.message_id)? {
        return Ok(Taken::Duplicate);
    }
    let waiting = store_waiting(loaded, store)?;
    let held: Vec<Held> = loaded.held.iter().chain(&waiting).cloned().collect();
    let admission = admit(&item.logged.ids, &held, item.granted.as_ref(), config.identity(), event.timestamp);
    let Admission::Mine { link, refused, claimed } = admission else { return Ok(Taken::NotMine) };
    if loaded.home == Home::None {
        loaded.me = Some(me.clone());
        loaded.home = loaded.home.settled(now);
        store.put_home(loaded)?;
    }
    store.log(&item.logged)?;
    if matches!(loaded.home, Home::Surrendering { .. }) {
        store.put_late(&event.message_id)?;
    }
    loaded.state.apply(&item.logged, config, consent);
    let note = |id: &Identifier, reason: &str| Note {
        id: id.clone(),
        message_id: event.message_id.clone(),
        at: event.timestamp,
        reason: reason.to_owned(),
    };
    for id in &link {
        if item.granted.as_ref() == Some(id) {
            hold(loaded, store, &item.logged, id)?;
        } else if store.put_note(kind::LINK, &note(id, ""))? {
            loaded.links += 1;
        }
    }
    for (id, violation) in &refused {
        store.put_note(kind::REFUSED, &note(id, &violation.code()))?;
    }
    for id in &claimed {
        store.put_note(kind::CLAIMED, &note(id, ""))?;
    }
    Ok(Taken::Accepted)
}

/// Identifiers that wait to be linked count as held: two events must not both bring a unique one.
fn store_waiting(loaded: &Loaded, store: &Store) -> Result<Vec<Held>, ApiError> {
    if loaded.links == 0 {
        return Ok(Vec::new());
    }
    let notes = store.notes(kind::LINK)?;
    Ok(notes.into_iter().map(|note| Held { id: note.id, first_seen: note.at }).collect())
}

/// The identifier is this profile's now.
fn hold(loaded: &mut Loaded, store: &Store, logged: &Logged, id: &Identifier) -> Result<(), ApiError> {
    let held = Held { id: id.clone(), first_seen: logged.event.timestamp };
    store.put_identifier(&held, &logged.event.message_id)?;
    loaded.held.push(held);
    Ok(())
}
