//! What must hold of the queue and the sender, whatever happens in whatever order.

use proptest::prelude::*;
use selvedge_collector::consent::Status;
use selvedge_collector::limits::{
    BATCH_EVENTS, BATCH_SIZE, GATHER, QUEUE_EVENTS, QUEUE_SIZE, REFUSALS, SLOTS, UNANSWERED,
};
use selvedge_collector::queue::{Kind, Queue};
use selvedge_collector::retry::Fate;
use selvedge_collector::sender::Sender;

#[derive(Clone, Debug)]
enum Step {
    Record { size: u32, events: u32, kind: Kind },
    Request,
    Answer { fate: Fate },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kind = prop_oneof![Just(Kind::PageView), Just(Kind::Event), Just(Kind::Order)];
    let fate = prop_oneof![Just(Fate::Settled), Just(Fate::Kept), Just(Fate::Refused)];
    let size = prop_oneof![8 => 200_u32..3_000, 1 => 3_000_u32..40_000];
    let record =
        (size, 1_u32..=50, kind).prop_map(|(size, events, kind)| Step::Record { size, events, kind });
    let step =
        prop_oneof![8 => record, 1 => Just(Step::Request), 1 => fate.prop_map(|fate| Step::Answer { fate })];
    prop::collection::vec(step, 1..400)
}

/// A parcel as the test knows it.
#[derive(Clone, Debug)]
struct Known {
    at: f64,
    size: u32,
    events: u32,
    kind: Kind,
    slot: usize,
    away: bool,
    refused: u32,
}

proptest! {
    #[test]
    fn nothing_is_lost_but_what_there_is_no_room_for(steps in steps()) {
        let mut queue = Queue::new();
        let mut known: Vec<Known> = Vec::new();
        let mut at = 0.0;
        for step in steps {
            at += 1.0;
            match step {
                Step::Record { size, events, kind } => {
                    let slot = queue.add(at, size, events, kind).expect("a slot");
                    prop_assert!(known.iter().all(|parcel| parcel.slot != slot), "a slot has one parcel");
                    known.push(Known { at, size, events, kind, slot, away: false, refused: 0 });
                    while let Some(slot) = queue.shed() {
                        let shed = known.iter().position(|parcel| parcel.slot == slot).expect("a known parcel");
                        let shed = known.remove(shed);
                        prop_assert!(shed.kind != Kind::Order && !shed.away);
                        let total = |f: fn(&Known) -> u32| known.iter().map(f).sum::<u32>();
                        prop_assert!(
                            total(|parcel| parcel.events) + shed.events > QUEUE_EVENTS || total(|parcel| parcel.size) + shed.size > QUEUE_SIZE,
                            "there was room"
                        );
                        for other in known.iter().filter(|parcel| !parcel.away && parcel.kind != Kind::Order) {
                            let spared = other.kind == Kind::PageView && shed.kind == Kind::Event;
                            prop_assert!(!spared, "page views go first");
                            prop_assert!(other.kind != shed.kind || other.at > shed.at, "the oldest go first");
                        }
                    }
                }
                Step::Request => {
                    queue.fill();
                    let (mut events, mut size, mut last, mut count) = (0, 0, (0, 0.0), 0);
                    while let Some(slot) = queue.take() {
                        let parcel = known.iter_mut().find(|parcel| parcel.slot == slot).expect("a known parcel");
                        prop_assert!(!parcel.away, "nothing goes twice at once");
                        prop_assert!((parcel.refused, parcel.at) > last, "in order, what was refused after the rest");
                        parcel.away = true;
                        last = (parcel.refused, parcel.at);
                        events += parcel.events;
                        size += parcel.size;
                        count += 1;
                    }
                    prop_assert!(count <= 1 || (events <= BATCH_EVENTS && size <= BATCH_SIZE));
                    prop_assert!(count <= 1 || events << last.0 <= BATCH_EVENTS, "with less company each time");
                    prop_assert!(count > 0 || known.iter().all(|parcel| parcel.away || parcel.refused >= REFUSALS), "what waits goes");
                }
                Step::Answer { fate } => {
                    for parcel in known.iter_mut().filter(|parcel| parcel.away) {
                        if fate != Fate::Settled {
                            queue.back(parcel.slot, fate == Fate::Refused);
                            parcel.refused += u32::from(fate == Fate::Refused);
                            parcel.away = false;
                        } else {
                            queue.gone(parcel.slot);
                        }
                    }
                    known.retain(|parcel| !parcel.away);
                }
            }
            let total = |f: fn(&Known) -> u32| known.iter().map(f).sum::<u32>();
            prop_assert_eq!(queue.total(), (total(|parcel| parcel.events), total(|parcel| parcel.size)));
            let waiting = known.iter().filter(|parcel| !parcel.away && parcel.refused < REFUSALS);
            let next = waiting.min_by(|one, other| (one.refused, one.at).partial_cmp(&(other.refused, other.at)).expect("an order"));
            prop_assert_eq!(queue.since(), next.map(|parcel| parcel.at));
        }
    }

    /// As long as an event waits, the sender has a time at which it goes: at once, after a while for company, or at a retry.
    #[test]
    fn what_waits_has_a_time(
        answers in prop::collection::vec((prop_oneof![Just(0_u32), Just(200), Just(400), Just(429), Just(503)], any::<bool>(), 0.0..600.0), 1..40),
        shows in any::<bool>(),
    ) {
        let (mut queue, mut sender, mut now) = (Queue::new(), Sender::new(), 1e12);
        let mut unanswered = 0;
        for (status, own, retry_after) in answers {
            now += 1.0;
            let slot = queue.add(now, 300, 1, Kind::Event).expect("a slot");
            let due = sender.due(now, &queue, shows, Status::Granted);
            if unanswered >= UNANSWERED {
                prop_assert_eq!(due, None);
                sender.woken();
                unanswered = 0;
            }
            let due = sender.due(now, &queue, shows, Status::Granted).expect("a time");
            prop_assert!((0.0..=360_000.0_f64.max(GATHER)).contains(&due));
            prop_assert_eq!(sender.due(now, &queue, shows, Status::Held), None);
            prop_assert!(!sender.begin(&mut queue, false, shows, Status::Held));
            prop_assert!(sender.begin(&mut queue, false, shows, Status::Granted));
            prop_assert!(!sender.begin(&mut queue, false, shows, Status::Granted), "one request at a time");
            prop_assert_eq!(sender.due(now, &queue, shows, Status::Granted), None);
            let mut sent = Vec::new();
            while let Some(slot) = queue.take() {
                sent.push(slot);
            }
            prop_assert!(sent.contains(&slot), "what is new is never behind what was refused");
            now += due;
            match sender.ended(now, status, own, retry_after, 0.5, true) {
                Fate::Settled => {
                    unanswered = 0;
                    sent.into_iter().for_each(|slot| queue.gone(slot));
                }
                fate => {
                    unanswered = if own || status >= 500 { 0 } else { unanswered + 1 };
                    sent.into_iter().for_each(|slot| queue.back(slot, fate == Fate::Refused));
                    if unanswered < UNANSWERED {
                        let due = sender.due(now, &queue, shows, Status::Granted).expect("a retry");
                        prop_assert!(due >= 500.0, "no retry comes at once");
                        prop_assert!(status == 0 || due >= (retry_after * 1000.0).min(300_000.0));
                    }
                }
            }
        }
    }
}

#[test]
fn a_thousand_orders_outlast_everything_else() {
    let mut queue = Queue::new();
    let mut slots = Vec::new();
    for n in 0..1_000 {
        slots.push(queue.add(f64::from(n), 500, 1, Kind::Order).expect("a slot"));
    }
    assert_eq!(queue.shed(), None);
    let late = queue.add(1_000.0, 500, 1, Kind::Event).expect("a slot");
    assert_eq!(queue.shed(), Some(late), "even the newest event goes before an order");
    assert!(queue.add(1_001.0, 500, 1, Kind::Order).is_some());
    assert_eq!(queue.shed(), None, "orders are kept beyond the bound");
}

#[test]
fn what_finds_no_slot_is_told_so_and_finds_one_later() {
    let mut queue = Queue::new();
    for n in 0..SLOTS {
        assert!(queue.add(n as f64, 500, 1, Kind::Order).is_some());
    }
    assert_eq!(queue.add(2_000.0, 500, 1, Kind::Order), None);
    queue.gone(7);
    assert_eq!(queue.add(2_000.0, 500, 1, Kind::Order), Some(7));
}

/// A firewall dislikes one event of hundreds: all others arrive, and soon.
#[test]
fn one_event_that_is_refused_on_the_way_holds_up_no_other() {
    let (mut queue, mut requests) = (Queue::new(), 0);
    for n in 0..400 {
        queue.add(f64::from(n), 300, 1, Kind::Event).expect("a slot");
    }
    let disliked = 123;
    while queue.since().is_some() {
        requests += 1;
        queue.fill();
        let mut sent = Vec::new();
        while let Some(slot) = queue.take() {
            sent.push(slot);
        }
        let is_refused = sent.contains(&disliked);
        for slot in sent {
            if is_refused { queue.back(slot, true) } else { queue.gone(slot) }
        }
    }
    assert_eq!(queue.total(), (1, 300), "all but this one");
    assert!(requests < 40, "{requests} requests");
}

#[test]
fn the_first_request_goes_at_once_and_later_events_gather() {
    let (mut queue, mut sender) = (Queue::new(), Sender::new());
    let now = 1e12;
    let slot = queue.add(now, 300, 1, Kind::PageView).expect("a slot");
    assert_eq!(sender.due(now, &queue, false, Status::Granted), Some(0.0));
    assert!(sender.begin(&mut queue, false, false, Status::Granted));
    assert_eq!(queue.take(), Some(slot));
    assert_eq!(sender.ended(now, 200, true, 0.0, 0.0, true), Fate::Settled);
    queue.gone(slot);
    assert_eq!(sender.due(now, &queue, false, Status::Granted), None);
    queue.add(now, 300, 1, Kind::Event);
    assert_eq!(sender.due(now + 500.0, &queue, false, Status::Granted), Some(GATHER - 500.0));
    assert_eq!(
        sender.due(now + 500.0, &queue, true, Status::Granted),
        Some(0.0),
        "a placement may change at once"
    );
    for n in 1..50 {
        queue.add(now + f64::from(n), 300, 1, Kind::Event);
    }
    assert_eq!(
        sender.due(now + 500.0, &queue, false, Status::Granted),
        Some(0.0),
        "a full request waits for nothing"
    );
}

#[test]
fn a_page_that_is_left_sends_though_a_request_is_under_way() {
    let (mut queue, mut sender) = (Queue::new(), Sender::new());
    queue.add(1.0, 300, 1, Kind::Event);
    sender.want();
    assert!(sender.begin(&mut queue, false, true, Status::Granted));
    while queue.take().is_some() {}
    assert!(!sender.begin(&mut queue, true, true, Status::Granted), "there is nothing more to say");
    queue.add(2.0, 300, 1, Kind::Event);
    assert!(sender.begin(&mut queue, true, true, Status::Granted));
    assert_eq!(sender.ended(3.0, 0, true, 0.0, 0.0, false), Fate::Kept);
    assert_eq!(sender.due(4.0, &queue, true, Status::Granted), None, "the first request is still under way");
}

#[test]
fn who_refused_is_asked_nothing_but_the_withdrawal_is_sent() {
    let (mut queue, mut sender) = (Queue::new(), Sender::new());
    sender.want();
    assert_eq!(sender.due(1.0, &queue, true, Status::Denied), None);
    assert!(!sender.begin(&mut queue, false, true, Status::Denied));
    queue.add(1.0, 300, 1, Kind::Event);
    assert!(sender.begin(&mut queue, false, true, Status::Denied));
}
