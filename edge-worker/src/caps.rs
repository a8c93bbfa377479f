//! What this isolate may give out of caps for all together, and how it gets more: see [`lease`](selvedge_engine::offer::lease).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use selvedge_engine::config::Config;
use selvedge_engine::ids::{OfferId, PlacementId};
use selvedge_engine::offer::Decided;
use selvedge_engine::offer::lease::{Ask, Cap, Tenant};
use worker::{Env, State};

use crate::objects::cap;
use crate::platform;

thread_local! {
    static TENANTS: RefCell<BTreeMap<OfferId, Tenant>> = RefCell::default();
}

/// The offers for these placements that nothing is left of. Only an isolate that has nothing yet waits for an answer; the others
/// ask for the next portion while they spend this one, behind the answer of the object that has `state`.
pub(crate) async fn full(
    env: &Env,
    config: &Config,
    placements: &[PlacementId],
    state: Option<&State>,
) -> BTreeSet<OfferId> {
    let offers = placements.iter().flat_map(|placement| config.offers_for(placement));
    let capped = offers.filter_map(|offer| Some((offer.id.clone(), Cap::of(offer)?)));
    let mut full = BTreeSet::new();
    for (offer, cap) in capped.collect::<BTreeMap<_, _>>() {
        let question =
            TENANTS.with_borrow_mut(|all| all.entry(offer.clone()).or_default().ask(platform::now()));
        match (question, state) {
            (Some(question), Some(state)) if !question.is_urgent => {
                let (env, offer) = (env.clone(), offer.clone());
                state.wait_until(async move { lease(&env, &offer, cap, &question).await });
            }
            (Some(question), _) => lease(env, &offer, cap, &question).await,
            (None, _) => {}
        }
        if !TENANTS.with_borrow(|all| all.get(&offer).is_some_and(|tenant| tenant.has_room(platform::now())))
        {
            full.insert(offer);
        }
    }
    full
}

async fn lease(env: &Env, offer: &OfferId, cap: Cap, question: &Ask) {
    let asked = cap::Ask::Lease { cap, reports: question.reports.clone() };
    match cap::ask(env, offer, &asked).await {
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
