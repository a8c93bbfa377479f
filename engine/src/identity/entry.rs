//! The identifier object's state machine: who owns this identifier, who else has shown it, and how many.

use serde::{Deserialize, Serialize};

use super::QuarantineRule;
use super::crowd::{Crowd, number};
use super::fact::Order;
use crate::ids::{MessageId, ProfileId};
use crate::limits;
use crate::ordered::sort_by_key;
use crate::time::UnixMillis;

/// The version of a stored [`Entry`].
pub const ENTRY_VERSION: u8 = 6;

/// Who owns an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Owner {
    /// Nobody yet.
    Fresh,
    /// Nobody any more: who had it could not hold it.
    Freed {
        /// See [`Owner::Owned`].
        epoch: u64,
    },
    /// This profile, since this epoch.
    Owned {
        /// The owner.
        profile: ProfileId,
        /// Counts the owners this identifier has had; older epochs are ignored.
        epoch: u64,
    },
    /// The person it named was erased: what happened before is dropped, what happens later is somebody new.
    Erased {
        /// See [`Owner::Owned`].
        epoch: u64,
        /// When.
        at: UnixMillis,
        /// The profile that has the receipt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<ProfileId>,
    },
}

impl Owner {
    /// How many owners there have been.
    pub fn epoch(&self) -> u64 {
        match self {
            Self::Fresh => 0,
            Self::Owned { epoch, .. } | Self::Erased { epoch, .. } | Self::Freed { epoch } => *epoch,
        }
    }

    /// The owner, if there is one.
    pub fn profile(&self) -> Option<&ProfileId> {
        match self {
            Self::Owned { profile, .. } => Some(profile),
            Self::Fresh | Self::Freed { .. } | Self::Erased { .. } => None,
        }
    }
}

/// A profile that showed an identifier which another one owned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Which profile.
    pub profile: ProfileId,
    /// With which event first.
    pub order: Order,
    /// When it has done so last, within [`limits::CLAIM_STEP_MS`].
    pub at: UnixMillis,
    /// On an event that does not prove it: only whoever looks for that event is told. Anybody can make such claims, so they
    /// are few, and count for nothing else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unproven: bool,
}

/// The last instant that can be written as a date: the end of the year 9999.
const FOREVER: UnixMillis = UnixMillis(253_402_300_799_999);

/// An admin's last word on whether an identifier may name anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// When it was said: the newest counts, in whatever order words come.
    pub at: UnixMillis,
    /// It names nobody, whatever happens.
    pub on: bool,
}

impl Suppression {
    /// What counts of two.
    fn or(known: Option<Self>, said: Self) -> Self {
        known.filter(|known| known.at > said.at).unwrap_or(said)
    }
}

/// What an identifier object stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Row version.
    pub v: u8,
    /// The owner.
    #[serde(flatten)]
    pub owner: Owner,
    /// When whom it named before was erased, if anybody was: what happened up to then names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<UnixMillis>,
    /// Whoever it named is to be kept out, or was once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Suppression>,
    /// A device that two people had logged in on when the one who had it was erased, and since when: it stays one of several
    /// people until somebody logs in on it. Nothing in it says who they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<UnixMillis>,
    /// The first event that named this identifier, and when: the proof of first contact.
    pub first: Option<(MessageId, UnixMillis)>,
    /// Who else has shown it: whom a late event may concern. Bounded; the oldest are forgotten first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// How many show it: profiles beside the owner, and devices beside those that a person has.
    #[serde(default, skip_serializing_if = "Crowd::is_empty")]
    pub crowd: Crowd,
    /// It gathered too many profiles too fast, since when: no more are joined by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantined: Option<UnixMillis>,
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            v: ENTRY_VERSION,
            owner: Owner::Fresh,
            erased: None,
            suppression: None,
            shared: None,
            first: None,
            claims: Vec::new(),
            crowd: Crowd::default(),
            quarantined: None,
        }
    }
}

impl Entry {
    fn tombstone(&self) -> Option<UnixMillis> {
        tombstone(self.erased, &self.owner)
    }

    /// Until when it names nobody: see [`Answer::erased_at`].
    pub fn erased_at(&self) -> Option<UnixMillis> {
        names_nobody_until(self.tombstone(), self.is_suppressed())
    }

    fn is_suppressed(&self) -> bool {
        self.suppression.is_some_and(|suppression| suppression.on)
    }
}

/// See [`Entry::erased`]; a row, or an object, of an older version says so only as long as nobody has come since.
fn tombstone(erased: Option<UnixMillis>, owner: &Owner) -> Option<UnixMillis> {
    erased.max(if let Owner::Erased { at, .. } = owner { Some(*at) } else { None })
}

fn names_nobody_until(tombstone: Option<UnixMillis>, suppressed: bool) -> Option<UnixMillis> {
    if suppressed { Some(FOREVER) } else { tombstone }
}

/// What an identifier object can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Who owns it?
    Lookup,
    /// Who owns it, and who else has shown it?
    Who {
        /// For which gathering of the asker's.
        #[serde(default)]
        gathering: u64,
    },
    /// Who owns it, and who else has shown it since then? Asked for an event that may have come before with a name that it
    /// does not have now: whoever took it then is among them.
    Shown {
        /// When the event happened.
        since: UnixMillis,
        /// Who asks has it, with another name, and is to be told of: see [`Claim::unproven`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<ProfileId>,
    },
    /// Give it to `candidate` if nobody owns it. Asked by a Worker for a new person and by a profile for a link.
    Claim {
        /// The profile that would own it.
        candidate: ProfileId,
        /// The event that names it.
        order: Order,
        /// A profile asks: remember it if somebody else is the owner.
        #[serde(default)]
        link: bool,
        /// It could not be held now: only say who owns it, and remember who asked.
        #[serde(default)]
        only_ask: bool,
    },
    /// `from` no longer holds it and `to` does.
    Move {
        /// The owner so far.
        from: ProfileId,
        /// The owner from now on.
        to: ProfileId,
        /// The epoch in which `from` owned it.
        epoch: u64,
    },
    /// `from` can't hold it after all.
    Free {
        /// The owner so far.
        from: ProfileId,
        /// The epoch in which it owned it.
        epoch: u64,
    },
    /// The person it names is erased.
    Erase {
        /// The owner.
        from: ProfileId,
        /// The epoch in which it owned it.
        epoch: u64,
        /// When.
        at: UnixMillis,
        /// The profile that has the receipt.
        #[serde(default)]
        receipt: Option<ProfileId>,
        /// All who had shown it have heard so, and need not be known any more.
        #[serde(default)]
        told: bool,
        /// See [`Entry::shared`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shared: Option<UnixMillis>,
        /// It is to name nobody any more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        suppress: bool,
    },
    /// The archive says that whom it named was erased: a replay must not bring them back.
    Bury {
        /// When.
        at: UnixMillis,
    },
    /// An admin says whether it may name anybody from now on. Who has it keeps it, and nothing more comes to them by it.
    Suppress(Suppression),
    /// Its owner has it on one more device than a person has.
    OnDevice {
        /// The device's [`number`].
        device: u64,
    },
    /// An admin lets it go from quarantine.
    Release,
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The owner after the question.
    pub owner: Owner,
    /// The asker is the device of first contact: it claimed a fresh identifier, or repeats that very message soon
    /// after because the answer was lost.
    pub first_contact: bool,
    /// See [`Entry::erased`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<UnixMillis>,
    /// Whatever happens, it names nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suppressed: bool,
    /// See [`Entry::shared`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<UnixMillis>,
    /// To [`Ask::Who`], [`Ask::Shown`] and [`Ask::Erase`]: who else has shown it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claimants: Vec<ProfileId>,
    /// It is under quarantine: to be published by whoever hears it and goes by a config that does not say so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quarantined: bool,
}

impl Answer {
    /// Whether what happened at this time is about somebody who was erased since, or is kept out.
    pub fn is_erased(&self, at: UnixMillis) -> bool {
        self.erased_at().is_some_and(|erased| at <= erased)
    }

    /// Until when it names nobody: for ever, if it is suppressed.
    pub fn erased_at(&self) -> Option<UnixMillis> {
        names_nobody_until(self.tombstone(), self.suppressed)
    }

    /// When whom it named was erased, if anybody was.
    pub fn tombstone(&self) -> Option<UnixMillis> {
        tombstone(self.erased, &self.owner)
    }
}

/// Answers `ask`. The entry, if it is returned, must be stored before the answer leaves.
pub fn apply(entry: &Entry, ask: &Ask, rule: QuarantineRule, now: UnixMillis) -> (Option<Entry>, Answer) {
    let mut next = entry.clone();
    let mut first_contact = false;
    match ask {
        Ask::Lookup | Ask::Who { .. } | Ask::Shown { by: None, .. } => {}
        Ask::Shown { by: Some(profile), .. } => remember_unproven(&mut next, profile, now),
        Ask::Claim { candidate, order, link, only_ask } => {
            first_contact = claim(&mut next, candidate, order, *only_ask, now);
            if *link && entry.owner.profile().is_none() && next.owner.profile().is_some() {
                // Somebody has logged in on it: the others were before the erasure.
                next.shared = None;
            }
            if *link || *only_ask {
                remember(&mut next, candidate, order, rule, now);
            }
        }
        Ask::Move { from, to, epoch } => {
            if owned_by(entry, from, *epoch) {
                next.owner = Owner::Owned { profile: to.clone(), epoch: epoch.saturating_add(1) };
                next.claims.retain(|claim| claim.profile != *to);
                had_it(&mut next, from, now);
            }
        }
        Ask::Free { from, epoch } => {
            if owned_by(entry, from, *epoch) {
                next.owner = Owner::Freed { epoch: epoch.saturating_add(1) };
                had_it(&mut next, from, now);
            }
        }
        Ask::Erase { from, epoch, at, receipt, told, shared, suppress } => {
            if owned_by(entry, from, *epoch) {
                let said = suppress.then_some(Suppression { at: *at, on: true });
                // Whoever was erased before them stays so.
                let at = entry.tombstone().max(Some(*at)).unwrap_or(*at);
                let (epoch, receipt) = (epoch.saturating_add(1), receipt.clone());
                next = Entry {
                    owner: Owner::Erased { epoch, at, receipt },
                    erased: Some(at),
                    // Until they have heard: see `told`.
                    claims: entry.claims.clone(),
                    shared: entry.shared.or(*shared),
                    suppression: said
                        .map(|said| Suppression::or(entry.suppression, said))
                        .or(entry.suppression),
                    // Too many have shown it, whoever it was.
                    quarantined: entry.quarantined,
                    ..Entry::default()
                };
            } else if let (true, Owner::Erased { at, .. }) = (told, &entry.owner) {
                // Who has shown it since has an event that may come again without this person's name.
                let since = at.plus(-2 * limits::CLAIM_STEP_MS);
                next.claims.retain(|claim| claim.at >= since);
            }
        }
        Ask::Bury { at } => bury(&mut next, *at),
        Ask::Suppress(said) => next.suppression = Some(Suppression::or(entry.suppression, *said)),
        Ask::OnDevice { device } => count(&mut next, *device, rule, now),
        Ask::Release => release(&mut next),
    }
    let answer = Answer {
        owner: next.owner.clone(),
        first_contact,
        erased: next.tombstone(),
        suppressed: next.is_suppressed(),
        shared: next.shared,
        claimants: match ask {
            Ask::Who { .. } | Ask::Erase { .. } => next
                .claims
                .iter()
                .filter(|claim| !claim.unproven)
                .map(|claim| claim.profile.clone())
                .collect(),
            Ask::Shown { since, .. } => shown_since(&next, *since),
            _ => Vec::new(),
        },
        quarantined: next.quarantined.is_some(),
    };
    next.v = ENTRY_VERSION;
    ((next != *entry).then_some(next), answer)
}

/// Who has it since keeps it: what happened before names nobody.
fn bury(entry: &mut Entry, at: UnixMillis) {
    let at = entry.tombstone().max(Some(at)).unwrap_or(at);
    entry.erased = Some(at);
    match &mut entry.owner {
        Owner::Owned { .. } => {}
        Owner::Erased { at: known, .. } => *known = at,
        Owner::Fresh | Owner::Freed { .. } => {
            let epoch = entry.owner.epoch().saturating_add(1);
            entry.owner = Owner::Erased { epoch, at, receipt: None };
        }
    }
}

/// Who has shown it is forgotten with the quarantine, for they are too many to be looked at: all but the last ones, who may
/// have an event that comes again without its other names. Where there is none, as when it is said again or replayed from the
/// archive, they are whom a late event may concern.
fn release(entry: &mut Entry) {
    if entry.quarantined.take().is_none() {
        return;
    }
    sort_by_key(&mut entry.claims, |claim| claim.at);
    let old = entry.claims.len().saturating_sub(limits::CLAIMANTS_ASKED);
    entry.claims.drain(..old);
    entry.crowd = Crowd::default();
}

/// An older epoch is an echo of an earlier owner.
fn owned_by(entry: &Entry, from: &ProfileId, at: u64) -> bool {
    matches!(&entry.owner, Owner::Owned { profile, epoch } if profile == from && *epoch == at)
}

/// True for the device of first contact.
fn claim(entry: &mut Entry, candidate: &ProfileId, order: &Order, only_ask: bool, now: UnixMillis) -> bool {
    let erased = entry.tombstone();
    let free = entry.owner.profile().is_none() && entry.erased_at().is_none_or(|at| order.0 > at);
    if free && !only_ask {
        let epoch = entry.owner.epoch().saturating_add(1);
        entry.owner = Owner::Owned { profile: candidate.clone(), epoch };
        entry.erased = erased;
        entry.first = Some((order.1.clone(), now));
        return true;
    }
    if entry.owner == Owner::Fresh && only_ask {
        // Somebody has shown it and could not hold it: whoever gets it is not the first.
        entry.owner = Owner::Freed { epoch: 1 };
    }
    let repeats = |(first, at): &(MessageId, UnixMillis)| {
        *first == order.1 && now.since(*at) <= limits::FIRST_CONTACT_MS
    };
    entry.first.as_ref().is_some_and(repeats)
}

/// Keeps the claim of a profile that is not the owner, and counts.
fn remember(entry: &mut Entry, candidate: &ProfileId, order: &Order, rule: QuarantineRule, now: UnixMillis) {
    if entry.owner.profile() == Some(candidate) {
        return;
    }
    keep(entry, Claim { profile: candidate.clone(), order: order.clone(), at: now, unproven: false });
    count(entry, number(candidate.as_str()), rule, now);
}

/// One more shows it: beyond what the rule allows it comes under quarantine. Then there is nothing left to count.
fn count(entry: &mut Entry, number: u64, rule: QuarantineRule, now: UnixMillis) {
    if entry.quarantined.is_some() {
        return;
    }
    let period = i64::from(rule.within_hours).saturating_mul(3_600_000);
    entry.crowd.add(number, now, period);
    if entry.crowd.count(now, period) > u64::from(rule.profiles) {
        entry.quarantined = Some(now);
        entry.crowd = Crowd::default();
    }
}

/// Those who have shown it since then, the last ones first. When that was is known within [`limits::CLAIM_STEP_MS`], and
/// clocks differ.
fn shown_since(entry: &Entry, since: UnixMillis) -> Vec<ProfileId> {
    let since = since.plus(-2 * limits::CLAIM_STEP_MS);
    let mut claims: Vec<&Claim> = entry.claims.iter().filter(|claim| claim.at >= since).collect();
    sort_by_key(&mut claims, |claim| std::cmp::Reverse(claim.at));
    claims.into_iter().take(limits::CLAIMANTS_ASKED).map(|claim| claim.profile.clone()).collect()
}

/// What happened while it was theirs may still matter.
fn had_it(entry: &mut Entry, from: &ProfileId, now: UnixMillis) {
    let (profile, order) = (from.clone(), Order::default());
    keep(entry, Claim { profile, order, at: now, unproven: false });
}

/// The oldest of such claims makes room.
fn remember_unproven(entry: &mut Entry, profile: &ProfileId, now: UnixMillis) {
    if entry.owner.profile() == Some(profile) {
        return;
    }
    let such = entry.claims.iter().filter(|claim| claim.unproven && claim.profile != *profile);
    if such.count() >= limits::CLAIMANTS_ASKED
        && let Some(oldest) = entry.claims.iter().position(|claim| claim.unproven)
    {
        entry.claims.remove(oldest);
    }
    let (profile, order) = (profile.clone(), Order::default());
    keep(entry, Claim { profile, order, at: now, unproven: true });
}

fn keep(entry: &mut Entry, claim: Claim) {
    if let Some(known) = entry.claims.iter_mut().find(|known| known.profile == claim.profile) {
        if known.unproven && !claim.unproven {
            *known = claim;
            return;
        }
        if claim.at.since(known.at) > limits::CLAIM_STEP_MS {
            known.at = claim.at;
        }
    } else {
        entry.claims.push(claim);
        if entry.claims.len() > limits::ENTRY_CLAIMS {
            entry.claims.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ask, Crowd, Entry, Owner, QuarantineRule, Suppression, apply};
    use crate::ids::{MessageId, ProfileId};
    use crate::time::UnixMillis;

    const NOW: UnixMillis = UnixMillis(1_000);

    fn profile(n: u8) -> ProfileId {
        ProfileId::from_random([n; 16])
    }

    fn claim(n: u8, message: &str) -> Ask {
        let order = (NOW, MessageId::from(message));
        Ask::Claim { candidate: profile(n), order, link: false, only_ask: false }
    }

    fn asked(entry: &Entry, ask: &Ask, now: UnixMillis) -> (Option<Entry>, super::Answer) {
        apply(entry, ask, QuarantineRule { profiles: 3, within_hours: 1 }, now)
    }

    #[test]
    fn the_first_claim_wins_and_repeating_it_changes_nothing() {
        let (stored, answer) = asked(&Entry::default(), &claim(1, "m1"), NOW);
        let entry = stored.unwrap();
        assert!(answer.first_contact);
        let (again, answer) = asked(&entry, &claim(2, "m1"), NOW.plus(5));
        assert!(again.is_none() && answer.first_contact, "a lost answer is made good");
        assert_eq!(answer.owner, Owner::Owned { profile: profile(1), epoch: 1 });
        let (_, other) = asked(&entry, &claim(2, "m2"), NOW.plus(5));
        assert!(!other.first_contact, "another device is not the first");
        let (_, late) = asked(&entry, &claim(1, "m1"), NOW.plus(2 * 86_400_000));
        assert!(!late.first_contact, "the proof expires");
    }

    #[test]
    fn what_is_claimed_without_proof_is_told_to_whoever_looks_for_that_event_and_to_nobody_else() {
        let mut entry = asked(&Entry::default(), &claim(1, "m1"), NOW).0.unwrap();
        let shown = |by| Ask::Shown { since: NOW, by };
        for n in 2..=30 {
            entry = asked(&entry, &shown(Some(profile(n))), NOW.plus(i64::from(n))).0.unwrap();
        }
        assert!(entry.quarantined.is_none() && entry.crowd.is_empty(), "anybody can do that");
        let told = |entry: &Entry, ask: &Ask| asked(entry, ask, NOW).1.claimants;
        let mut last: Vec<_> = (21..=30).map(profile).collect();
        last.reverse();
        assert_eq!(told(&entry, &shown(None)), last);
        assert_eq!(told(&entry, &Ask::Who { gathering: 1 }), []);
        assert!(asked(&entry, &shown(Some(profile(1))), NOW).0.is_none(), "the owner is known");
        let proven = Ask::Claim {
            candidate: profile(25),
            order: (NOW, MessageId::from("m2")),
            link: true,
            only_ask: true,
        };
        entry = asked(&entry, &proven, NOW).0.unwrap();
        assert_eq!(told(&entry, &Ask::Who { gathering: 1 }), [profile(25)]);
        assert!(asked(&entry, &shown(Some(profile(25))), NOW).0.is_none(), "what is proven stays so");
    }

    #[test]
    fn only_the_owner_of_this_epoch_can_be_moved_away_from() {
        let entry = asked(&Entry::default(), &claim(1, "m1"), NOW).0.unwrap();
        let to = |from, epoch| Ask::Move { from: profile(from), to: profile(2), epoch };
        assert!(asked(&entry, &to(3, 1), NOW).0.is_none());
        assert!(asked(&entry, &to(1, 2), NOW).0.is_none());
        let moved = asked(&entry, &to(1, 1), NOW).0.unwrap();
        assert_eq!(moved.owner, Owner::Owned { profile: profile(2), epoch: 2 });
        assert!(asked(&moved, &to(1, 1), NOW).0.is_none(), "moving twice changes nothing");
    }

    #[test]
    fn an_erased_identifier_drops_what_was_before_and_is_somebody_new_after() {
        let entry = asked(&Entry::default(), &claim(1, "m1"), NOW).0.unwrap();
        let erase = |told| {
            let (from, receipt) = (profile(1), Some(profile(1)));
            Ask::Erase { from, epoch: 1, at: NOW.plus(10), receipt, told, shared: None, suppress: false }
        };
        let erased = asked(&entry, &erase(false), NOW.plus(10)).0.unwrap();
        assert!(matches!(asked(&erased, &claim(2, "m2"), NOW.plus(20)).1.owner, Owner::Erased { .. }));
        let order = (NOW.plus(11), MessageId::from("m3"));
        let later = Ask::Claim { candidate: profile(2), order, link: false, only_ask: false };
        let (stored, answer) = asked(&erased, &later, NOW.plus(20));
        assert_eq!(answer.owner, Owner::Owned { profile: profile(2), epoch: 3 });
        let owned = stored.unwrap();
        let lookup = asked(&owned, &Ask::Lookup, NOW.plus(30)).1;
        assert!(
            lookup.is_erased(NOW.plus(10)) && !lookup.is_erased(NOW.plus(11)),
            "its new owner is not who it was"
        );
        let free = Ask::Free { from: profile(2), epoch: 3 };
        let freed = asked(&owned, &free, NOW.plus(40)).0.unwrap();
        let answer = asked(&freed, &claim(3, "m4"), NOW.plus(50)).1;
        assert!(matches!(answer.owner, Owner::Freed { .. }), "nor is it anybody's by what was before");
    }

    #[test]
    fn what_is_suppressed_names_nobody_until_a_later_word_says_otherwise() {
        let entry = asked(&Entry::default(), &claim(1, "m1"), NOW).0.unwrap();
        let erase = Ask::Erase {
            from: profile(1),
            epoch: 1,
            at: NOW.plus(10),
            receipt: Some(profile(1)),
            told: false,
            shared: None,
            suppress: true,
        };
        let kept_out = asked(&entry, &erase, NOW.plus(10)).0.unwrap();
        let order = (NOW.plus(1_000_000), MessageId::from("m2"));
        let later = Ask::Claim { candidate: profile(2), order, link: false, only_ask: false };
        let (stored, answer) = asked(&kept_out, &later, NOW.plus(1_000_000));
        assert!(stored.is_none() && answer.is_erased(NOW.plus(1_000_000)), "however late");
        let say = |at, on| Ask::Suppress(Suppression { at: NOW.plus(at), on });
        let let_in = asked(&kept_out, &say(20, false), NOW.plus(20)).0.unwrap();
        assert!(asked(&let_in, &say(15, true), NOW.plus(30)).0.is_none(), "an older word comes late");
        let answer = asked(&let_in, &later, NOW.plus(1_000_000)).1;
        assert_eq!(answer.owner.profile(), Some(&profile(2)));
        assert!(answer.is_erased(NOW.plus(10)) && !answer.is_erased(NOW.plus(11)), "who it was stays erased");
    }

    #[test]
    fn an_erased_identifier_knows_who_has_shown_it_until_they_have_heard() {
        let [then, erased] = [0, 600_000].map(|later| NOW.plus(later));
        let shown = |n: u8, at: UnixMillis, link| {
            let order = (at, MessageId(format!("m{n}")));
            Ask::Claim { candidate: profile(n), order, link, only_ask: false }
        };
        let mut entry = asked(&Entry::default(), &claim(1, "m1"), NOW).0.unwrap();
        entry = asked(&entry, &shown(2, then, true), then).0.unwrap();
        let erase = |told| {
            let (from, receipt) = (profile(1), Some(profile(1)));
            Ask::Erase { from, epoch: 1, at: erased, receipt, told, shared: None, suppress: false }
        };
        let (stored, answer) = asked(&entry, &erase(false), erased);
        assert_eq!(answer.claimants, [profile(2)]);
        entry = stored.unwrap();
        assert_eq!(asked(&entry, &erase(false), erased).1.claimants, [profile(2)], "an answer that was lost");
        entry = asked(&entry, &shown(4, erased.plus(-1), true), erased).0.unwrap();
        let heard = asked(&entry, &erase(true), erased).0.unwrap().claims;
        assert_eq!(heard.into_iter().map(|claim| claim.profile).collect::<Vec<_>>(), [profile(4)], "of then");
        entry = asked(&entry, &shown(3, erased.plus(20), false), erased).0.unwrap();
        assert!(asked(&entry, &erase(true), erased).0.is_none(), "what somebody new's is needed for stays");
    }

    #[test]
    fn too_many_profiles_too_fast_are_not_one_person() {
        let mut entry = asked(&Entry::default(), &claim(1, "m1"), NOW).0.unwrap();
        let ask = |n: u8| {
            let order = (NOW, MessageId(format!("m{n}")));
            Ask::Claim { candidate: profile(n), order, link: true, only_ask: false }
        };
        for n in 2..=4 {
            let (stored, answer) = asked(&entry, &ask(n), NOW);
            entry = stored.unwrap();
            assert!(!answer.quarantined, "{n}");
        }
        let (stored, answer) = asked(&entry, &ask(5), NOW);
        assert!(answer.quarantined);
        let again = asked(stored.as_ref().unwrap(), &ask(5), NOW);
        assert!(again.0.is_none() && again.1.quarantined, "it says so until everybody knows");
        assert_eq!(answer.owner.profile(), Some(&profile(1)), "members keep resolving");
        let released = asked(&stored.unwrap(), &Ask::Release, NOW).0.unwrap();
        assert_eq!((released.quarantined, released.crowd), (None, Crowd::default()));
        assert_eq!(released.claims.len(), 4, "they may have an event that comes again");
    }

    #[test]
    fn a_release_of_what_is_under_no_quarantine_changes_nothing() {
        let owned = asked(&Entry::default(), &claim(1, "m1"), NOW).0.unwrap();
        let order = (NOW, MessageId::from("m2"));
        let shown = Ask::Claim { candidate: profile(2), order, link: true, only_ask: false };
        let entry = asked(&owned, &shown, NOW).0.unwrap();
        assert!(
            asked(&entry, &Ask::Release, NOW).0.is_none(),
            "a late event still finds whoever has shown it"
        );
    }

    #[test]
    fn a_quarantine_may_ask_for_more_than_an_entry_remembers() {
        let rule = QuarantineRule { profiles: 5_000, within_hours: 1 };
        let mut entry = asked(&Entry::default(), &claim(1, "m1"), NOW).0.unwrap();
        let mut shown = 0;
        while entry.quarantined.is_none() && shown < 10_000u64 {
            let ask = match shown % 2 {
                0 => Ask::OnDevice { device: super::number(&shown.to_string()) },
                _ => {
                    let mut random = [0; 16];
                    random[..8].copy_from_slice(&shown.to_be_bytes());
                    let order = (NOW, MessageId(format!("m{shown}")));
                    let candidate = ProfileId::from_random(random);
                    Ask::Claim { candidate, order, link: true, only_ask: false }
                }
            };
            entry = apply(&entry, &ask, rule, NOW).0.unwrap_or(entry);
            shown += 1;
            assert!(serde_json::to_string(&entry).unwrap().len() < 64 * 1024);
        }
        assert!((4_000..6_000).contains(&shown), "{shown}");
    }
}
