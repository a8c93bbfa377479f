//! What this isolate may give out of caps for all together, and how it gets more: see [`lease`](selvedge_engine::offer::lease).

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures_util::future::join_all;
use selvedge_engine::config::Config;
use selvedge_engine::ids::{OfferId, PlacementId};
use selvedge_engine::offer::lease::{Ask, Cap, Tenant};
use selvedge_engine::offer::{Decided, Rooms};
use worker::{Env, State};

use crate::objects::cap;
use crate::platform;

thread_local! {
    static TENANTS: RefCell<BTreeMap<OfferId, Tenant>> = RefCell::default();
}

/// What this isolate may give out at this moment. Others of its objects decide, too: between a look and [`spend`] nothing may be
/// waited for.
pub(crate) struct Here;

impl Rooms for Here {
    fn has_room(&self, offer: &OfferId) -> bool {
        TENANTS.with_borrow(|all| all.get(offer).is_some_and(|tenant| tenant.has_room(platform::now())))
    }
}

/// Sees to it that there is something to give out, of the offers for these placements. Only an isolate that has nothing yet
/// waits for an answer; the others ask for the next portion while they spend this one, behind the answer of the object that
/// has `state`.
pub(crate) async fn prepare(env: &Env, config: &Config, placements: &[PlacementId], state: Option<&State>) {
    let capped: BTreeMap<_, _> = config.needs(placements).flat_map(|needs| &needs.capped).collect();
    let mut awaited = Vec::new();
    for (offer, cap) in capped {
        let question =
            TENANTS.with_borrow_mut(|all| all.entry(offer.clone()).or_default().ask(platform::now()));
        match (question, state) {
            (Some(question), Some(state)) if !question.is_urgent => {
                let (env, offer, cap) = (env.clone(), offer.clone(), cap.clone());
                state.wait_until(async move { lease(&env, &offer, &cap, &question).await });
            }
            (Some(question), _) => awaited.push(async move { lease(env, offer, cap, &question).await }),
            (None, _) => {}
        }
    }
    join_all(awaited).await;
}

async fn lease(env: &Env, offer: &OfferId, cap: &Cap, question: &Ask) {
    match cap::lease(env, offer, cap, &question.reports).await {
        Ok(grant) => TENANTS.with_borrow_mut(|all| {
            all.entry(offer.clone()).or_default().answered(question, grant);
        }),
        // Until it can be asked, nothing is given out that is not here.
        Err(error) => worker::console_error!("cap of {offer}: {error}"),
    }
}

/// These were given out.
pub(crate) fn spend(decided: &[Decided]) {
    TENANTS.with_borrow_mut(|all| {
        for offer in decided.iter().filter_map(|one| one.offer.as_ref()) {
            if let Some(tenant) = all.get_mut(offer) {
                tenant.spend(platform::now());
            }
        }
    });
}
