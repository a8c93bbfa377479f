//! What is happening now, told to whoever looks at it: added up by this isolate, and told once a second at most. While nobody looks,
//! it is asked now and then whether somebody does, and nothing else.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use selvedge_engine::directory::Shard;
use selvedge_engine::limits;
use selvedge_engine::live::{Pulse, Seen};
use selvedge_engine::offer::Decided;
use selvedge_engine::time::UnixMillis;
use worker::{Context, Delay, Env};

use crate::objects::directory::ask_each;
use crate::objects::directory::message::{Answer, Ask};
use crate::objects::relay;
use crate::platform;

/// How long decisions are gathered.
const GATHER: Duration = Duration::from_secs(1);

thread_local! {
    static PENDING: RefCell<Pulse> = RefCell::default();
    /// Somebody will tell it.
    static LEAVING: Cell<bool> = const { Cell::new(false) };
    /// Until then nobody listens, as far as is known.
    static QUIET_UNTIL: Cell<UnixMillis> = const { Cell::new(UnixMillis(0)) };
    /// Somebody listened when something was last told.
    static IS_HEARD: Cell<bool> = const { Cell::new(false) };
}

/// Whether nobody listens, as far as is known.
pub(crate) fn is_quiet() -> bool {
    platform::now() < QUIET_UNTIL.get()
}

/// These were decided.
pub(crate) fn decided(decided: &[Decided]) {
    if !is_quiet() {
        PENDING.with_borrow_mut(|pulse| pulse.decided(decided));
    }
}

/// Lets what was decided be told, after the answer.
pub(crate) fn leave(env: &Env, context: &Context) {
    if PENDING.with_borrow(Pulse::is_empty) || LEAVING.replace(true) {
        return;
    }
    let env = env.clone();
    context.wait_until(async move {
        Delay::from(GATHER).await;
        LEAVING.set(false);
        tell(&env, Pulse::default()).await;
    });
}

/// Tells what a batch of the Queue's came to.
pub(crate) async fn of_batch(env: &Env, mut pulse: Pulse) {
    if IS_HEARD.get() {
        add_segments(env, &mut pulse.sample).await;
    }
    tell(env, pulse).await;
}

/// What can't be told is forgotten: what happens now is no news later.
async fn tell(env: &Env, pulse: Pulse) {
    let mut all = PENDING.take();
    all.join(Pulse { at: platform::now(), ..pulse });
    if all.is_empty() {
        return;
    }
    let listeners = relay::pulse(env, &all).await.unwrap_or_else(|error| {
        worker::console_error!("pulse: {error}");
        0
    });
    IS_HEARD.set(listeners > 0);
    if listeners == 0 {
        QUIET_UNTIL.set(platform::now().plus(limits::QUIET_MS));
    }
}

/// Which segments these people are in: the directory has it from the same batch.
async fn add_segments(env: &Env, sample: &mut [Seen]) {
    let mut asked: Vec<(Shard, Ask)> = Vec::new();
    for shard in Shard::all() {
        let of_shard = |seen: &&Seen| Shard::of(&seen.profile) == shard;
        let profiles: Vec<_> = sample.iter().filter(of_shard).map(|seen| seen.profile.clone()).collect();
        if !profiles.is_empty() {
            asked.push((shard, Ask::Those { profiles }));
        }
    }
    for (_, answer) in ask_each(env, asked).await {
        let Ok(Answer::Rows { rows }) = answer else { continue };
        for row in rows {
            for seen in sample.iter_mut().filter(|seen| seen.profile == row.profile) {
                seen.segments.clone_from(&row.segments);
            }
        }
    }
}
