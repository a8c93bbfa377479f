//! Deciding: the engine is given all that it asks, and what it gives somebody is written into their log.

use std::rc::Rc;

use selvedge_engine::config::Config;
use selvedge_engine::event::Event;
use selvedge_engine::exposure::Assignment;
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::home::{Item, Profile};
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use selvedge_engine::offer::{
    Decided, Decisions, Nobody, Person, Request, Rooms, Trace, decide, defaults, explain, explain_defaults,
};
use selvedge_engine::profile::{Fold, ProfileState};
use selvedge_engine::segment::{Given, Members, visit};
use serde_json::{Value, json};

use super::Inner;
use super::message::{Decide, Only};
use crate::api_error::ApiError;
use crate::{audiences, caps, drafts, platform, posteriors};

impl Inner {
    /// Decides after `last` was taken in, if an event came along; and says why, if somebody wants to know.
    pub(super) async fn decide(
        self: &Rc<Self>,
        me: &ProfileId,
        config: &Rc<Config>,
        wanted: &Decide,
        last: Option<&Item>,
    ) -> Result<(Vec<Decided>, Option<Trace>), ApiError> {
        let preview = wanted.preview.as_ref();
        let draft = match preview.and_then(|preview| preview.draft.as_ref()) {
            Some(draft) => Some(drafts::of(&self.env, draft, config.version()).await?),
            None => None,
        };
        let published = config;
        let config = draft.as_ref().unwrap_or(config);
        let request = Request {
            placements: wanted.placements.clone(),
            now: preview.and_then(|preview| preview.at).unwrap_or_else(platform::now),
            seed: platform::new_seed()?,
            event: last.map_or(Value::Null, |item| for_templates(&item.logged.event)),
            context: last
                .map_or(&wanted.for_templates, |item| {
                    item.logged.event.body.get("context").unwrap_or(&Value::Null)
                })
                .clone(),
        };
        // What is left of a draft's caps for all nobody knows: they count as not reached.
        let rooms: &dyn Rooms = if draft.is_some() { &() } else { &caps::Here };
        if draft.is_none() {
            caps::prepare(&self.env, config, &wanted.placements, Some(&self.state)).await;
        }
        let consent = self.read(me, |profile, _| {
            let state = &profile.folded.state;
            let by_person = preview.is_some_and(|preview| !preview.on_page);
            Ok(if by_person {
                state.allowed().unwrap_or_default()
            } else {
                state.allowed_on(wanted.spoken_by.as_deref(), wanted.consent)
            })
        })?;
        let is_asker = self.read(me, |profile, _| {
            let nobody = profile.held.is_empty() || wanted.asked_by.is_empty();
            Ok(nobody || wanted.asked_by.iter().any(|id| is_here(profile, id)))
        })?;
        let may_decide = consent.may_decide().filter(|_| is_asker);
        let (decisions, trace) = match may_decide {
            None => {
                let reason = if is_asker { "no_consent" } else { "unbound_device" };
                let nobody = Nobody { rooms, request: &request };
                if preview.is_some() {
                    let (decisions, trace) = explain_defaults(&nobody, config, &request, reason);
                    (decisions, Some(trace))
                } else {
                    let decided = defaults(&nobody, config, &request, reason);
                    (Decisions { decided, assignments: Vec::new() }, None)
                }
            }
            Some(may_decide) => {
                let by_accounts = config.needs(&wanted.placements).any(|needs| needs.accounts);
                let accounts = if by_accounts { self.accounts(me, config).await? } else { None };
                let lists = config.decides_by_audiences(&wanted.placements);
                let audiences = if lists.is_empty() {
                    None
                } else {
                    let ids = self.read(me, |profile, _| Ok(profile.held.keys().cloned().collect()))?;
                    audiences::of(&self.env, config, &lists, ids).await
                };
                let anew = draft.as_ref().map(|draft| self.folded_under(me, draft)).transpose()?.flatten();
                let bandits = config.needs(&wanted.placements).flat_map(|needs| &needs.bandits);
                let posteriors = posteriors::of(&self.env, bandits).await;
                self.read(me, |profile, tables| {
                    let state = anew.as_ref().unwrap_or(&profile.folded.state);
                    let mut context = wanted.context.clone();
                    if let Some(context) = context.as_mut().filter(|_| config.program().reads_visit()) {
                        let rows = tables.timeline(&Only::default(), None, limits::VISIT_EVENTS)?;
                        if let Some(context) = context.as_object_mut() {
                            let began = state.exposures.visit().began(request.now);
                            context.insert(
                                "visit".into(),
                                visit(rows.iter().map(|row| &row.event), began, state.first_seen),
                            );
                        }
                    }
                    let given = Given {
                        accounts: accounts.as_deref(),
                        context: context.as_ref(),
                        audiences: audiences.as_ref(),
                    };
                    let segments = Members::of(state, config, request.now, given);
                    let person = Person {
                        profile: me,
                        state,
                        identifiers: &|| profile.held.keys().collect(),
                        segments: &segments,
                        rooms,
                        posteriors: &posteriors,
                        request: &request,
                        config,
                    };
                    Ok(if preview.is_some() {
                        let (decisions, trace) = explain(&person, config, &request, may_decide);
                        (decisions, Some(trace))
                    } else {
                        (decide(&person, config, &request, may_decide), None)
                    })
                })?
            }
        };
        if preview.is_none() {
            caps::spend(&decisions.decided);
            self.assign(me, published, &decisions.assignments, wanted, last)?;
        }
        Ok((decisions.decided, trace))
    }

    /// The state as this config has it, if it has another one: of the whole log, in memory alone. For a preview, which may count what
    /// nobody has counted.
    fn folded_under(&self, me: &ProfileId, config: &Config) -> Result<Option<ProfileState>, ApiError> {
        self.read(me, |profile, tables| {
            if profile.folded.state.is_folded_under(config) {
                return Ok(None);
            }
            let mut fold = Fold::new();
            let mut after = String::new();
            for _ in 0..limits::RESOLVE_EVENTS / limits::TIMELINE_PAGE_MAX {
                let rows = tables.page(None, &after, limits::TIMELINE_PAGE_MAX)?;
                let Some(last) = rows.last() else { break };
                after = last.event.message_id.to_string();
                rows.iter().for_each(|row| fold.take(row, config));
            }
            fold.remember_segments(&profile.folded.state);
            Ok(Some(fold.done().0))
        })
    }

    /// Writes down what was given, under the identifiers that asked: whoever they belong to after an unmerge has it.
    fn assign(
        self: &Rc<Self>,
        me: &ProfileId,
        config: &Rc<Config>,
        assignments: &[Assignment],
        wanted: &Decide,
        last: Option<&Item>,
    ) -> Result<(), ApiError> {
        let proven = |id: &Identifier| Carried { id: id.clone(), trust: Trust::Verified };
        let ids: Vec<Carried> = match last {
            Some(item) => {
                item.logged.ids.iter().filter(|one| one.trust == Trust::Verified).cloned().collect()
            }
            None => wanted.asked_by.iter().map(proven).collect(),
        };
        // Nobody to remember it of, or no leave to: the hash gives the same again.
        if assignments.is_empty() || ids.is_empty() || wanted.consent.may_store().is_none() {
            return Ok(());
        }
        let source = last.map_or(&wanted.source, |item| &item.logged.event.source);
        let item = |assignment: &Assignment| Item {
            logged: assignment.logged(&ids, source, wanted.consent, config.version()),
            granted: None,
            consent: wanted.consent,
            apart_since: None,
            not_identifiers: Vec::new(),
            replayed: false,
        };
        let items: Vec<Item> = assignments.iter().map(item).collect();
        let (_, effects) = self.step(me, config, |step| step.take(&items))?;
        self.carry_in_background(me, Rc::clone(config), effects);
        Ok(())
    }
}

fn for_templates(event: &Event) -> Value {
    json!({ "name": event.name(), "properties": event.properties(), "timestamp": event.timestamp.to_iso() })
}

/// Whether this profile answers for the identifier: its own, or a device that several people use and that has its
/// profile here.
fn is_here(profile: &Profile, id: &Identifier) -> bool {
    profile.held.contains_key(id) || profile.held.contains_key(&id.shared_device())
}
