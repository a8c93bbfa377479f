//! What became of what came in, and which names were in it, counted by this isolate and told to a shard of the directory a moment later, so that one call
//! tells of many requests. Which shard is left to chance, once for each isolate: nobody's counts are all in one place.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use selvedge_engine::catalogue::Gathered;
use selvedge_engine::directory::Shard;
use selvedge_engine::operation::Intake;
use worker::{Context, Delay, Env};

use crate::objects::directory;
use crate::objects::directory::message::Ask;
use crate::platform;

/// How long counts are gathered.
const GATHER: Duration = Duration::from_secs(1);

thread_local! {
    static PENDING: RefCell<Intake> = RefCell::default();
    static SEEN: RefCell<Gathered> = RefCell::default();
    /// Somebody will tell it.
    static LEAVING: Cell<bool> = const { Cell::new(false) };
    static SHARD: Cell<Option<Shard>> = const { Cell::new(None) };
}

/// Counts.
pub(crate) fn count(add: impl FnOnce(&mut Intake)) {
    PENDING.with_borrow_mut(add);
}

/// Gathers names.
pub(crate) fn see(gather: impl FnOnce(&mut Gathered)) {
    SEEN.with_borrow_mut(gather);
}

/// Lets what was counted leave, after the answer.
pub(crate) fn leave(env: &Env, context: &Context) {
    if PENDING.with_borrow(Intake::is_empty) || LEAVING.replace(true) {
        return;
    }
    let env = env.clone();
    context.wait_until(async move {
        Delay::from(GATHER).await;
        LEAVING.set(false);
        tell(&env).await;
    });
}

/// Once: counts that were told and not answered would count twice.
async fn tell(env: &Env) {
    let intake = PENDING.take();
    let seen = SEEN.with_borrow_mut(|seen| seen.take(platform::now()));
    let told = match shard() {
        Some(shard) => directory::ask(env, shard, &Ask::CameIn { intake, seen }).await.map(|_| ()),
        None => return,
    };
    if let Err(error) = told {
        worker::console_error!("intake: {error}");
    }
}

fn shard() -> Option<Shard> {
    if SHARD.get().is_none() {
        SHARD.set(platform::new_profile_id().ok().as_ref().map(Shard::of));
    }
    SHARD.get()
}
