//! The doors for JavaScript: functions of numbers around the one machine of a page.
//!
//! By hand instead of by wasm-bindgen: with numbers alone there is nothing to convert, so there is no glue either.

use core::cell::UnsafeCell;

use crate::consent::Status;
use crate::duplicate::Actions;
use crate::engagement::Engagement;
use crate::identity::{self, Binding};
use crate::queue::{self, Kind, Queue};
use crate::sender::Sender;
use crate::{consent, session};

struct Machine {
    queue: Queue,
    sender: Sender,
    status: Status,
    actions: Actions,
    engagement: Engagement,
    binding: Binding,
}

struct Page(UnsafeCell<Machine>);

#[expect(unsafe_code, reason = "wasm32-unknown-unknown without atomics has one thread")]
// SAFETY: a page runs its wasm on one thread.
unsafe impl Sync for Page {}

static PAGE: Page = Page(UnsafeCell::new(Machine {
    queue: Queue::new(),
    sender: Sender::new(),
    status: Status::Granted,
    actions: Actions::new(),
    engagement: Engagement::new(),
    binding: Binding::new(),
}));

fn machine() -> &'static mut Machine {
    #[expect(unsafe_code, reason = "the one place where a door reaches its machine")]
    // SAFETY: one thread, each door takes it once, and the module imports nothing that could call back into a door.
    unsafe {
        &mut *PAGE.0.get()
    }
}

/// A slot as JavaScript has it; −1 is none.
#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "slots are fewer than 2,000")]
fn number(slot: Option<usize>) -> i32 {
    slot.map_or(-1, |slot| slot as i32)
}

/// Declares doors: exported functions of numbers.
macro_rules! doors {
    ($($(#[$doc:meta])* fn $name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)? $body:block)*) => {
        $(
            $(#[$doc])*
            #[expect(unsafe_code, reason = "an export needs its name; no other module has it")]
            #[unsafe(no_mangle)]
            extern "C" fn $name($($argument: $kind),*) $(-> $result)? $body
        )*
    };
}

doors! {
    /// The visitor's choice (1 yes, 0 no, −1 none), a signal's refusal and the page's requirement: 0 granted, 1 held, 2 denied.
    fn consent(choice: i32, refused_by_signal: bool, required: bool) -> u32 {
        let choice = if choice < 0 { None } else { Some(choice > 0) };
        let status = consent::status(choice, refused_by_signal, required);
        machine().status = status;
        status as u32
    }

    /// Whether so many events of so many bytes make one parcel.
    fn fits(events: u32, size: u32) -> bool {
        queue::fits(events, size)
    }

    /// A parcel is to be stored. Kinds: 0 page view, 1 event, 2 order. Its slot; −1, there is no room for it; −2, there is no slot for it
    /// yet.
    fn add(at: f64, size: u32, events: u32, kind: u32) -> i32 {
        let kind = match kind {
            0 => Kind::PageView,
            1 => Kind::Event,
            _ => Kind::Order,
        };
        let slot = machine().queue.add(at, size, events, kind);
        if slot.is_none() && kind == Kind::Order { -2 } else { number(slot) }
    }

    /// A parcel to give up, or −1.
    fn shed() -> i32 {
        number(machine().queue.shed())
    }

    /// Milliseconds until the next request, or −1.
    fn due(now: f64, shows: bool) -> f64 {
        let Machine { sender, queue, status, .. } = machine();
        sender.due(now, queue, shows, *status).unwrap_or(-1.0)
    }

    /// A request is made, if this is not 0.
    fn begin(leaves: bool, shows: bool) -> bool {
        let Machine { sender, queue, status, .. } = machine();
        sender.begin(queue, leaves, shows, *status)
    }

    /// A parcel of the request, or −1 when it is full.
    fn take() -> i32 {
        number(machine().queue.take())
    }

    /// A request has ended; `own`: by an answer of the edge. 0: its events are settled; 1: they are to be kept; 2: they were refused.
    fn ended(now: f64, status: u32, own: bool, retry_after: f64, random: f64, asked: bool) -> u32 {
        machine().sender.ended(now, status, own, retry_after, random, asked) as u32
    }

    /// A parcel has left for good.
    fn gone(slot: u32) {
        machine().queue.gone(slot as usize);
    }

    /// A parcel waits again, because it was refused or for another reason.
    fn back(slot: u32, refused: bool) {
        machine().queue.back(slot as usize, refused);
    }

    /// Decisions are wanted.
    fn want() {
        machine().sender.want();
    }

    /// The network or the visitor is back.
    fn woken() {
        machine().sender.woken();
    }

    /// Whether an `identify` names another person.
    fn other(named: bool, known: bool, same: bool) -> bool {
        identity::is_other(named, known, same)
    }

    /// What to do about an unbound anonymous id: 0 nothing, 1 ask again, 2 replace it and ask.
    fn unbound() -> u32 {
        machine().binding.unbound() as u32
    }

    /// Whether an event begins a session.
    fn session(now: f64, last: f64, campaign: bool) -> bool {
        session::begins(now, last, campaign)
    }

    /// Whether another way of capture has seen this action. `old`: it may have been at any time before.
    fn seen(now: f64, what: u32, way: u32, old: bool) -> bool {
        machine().actions.seen(now, what, way, old)
    }

    /// Somebody is there: 1; the page went out of view: 0.
    fn alive(now: f64, alive: bool) {
        let engagement = &mut machine().engagement;
        if alive { engagement.sign(now, true) } else { engagement.hidden(now) }
    }

    /// Milliseconds of engagement since the last time this was asked.
    fn engaged(now: f64) -> f64 {
        machine().engagement.take(now)
    }
}

/// A bug becomes a trap, which the core catches: the page goes on without the tag. Nothing here can panic, so it is not
/// even in the module.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
