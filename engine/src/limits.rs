//! Every numeric limit, with its reason.

use crate::pressure::Allowance;

/// Bytes of one event as JSON. Segment's limit; clients split by it.
pub const EVENT_BYTES: usize = 32 * 1024;
/// Bytes of one request body, decompressed. Segment's limit.
pub const BATCH_BYTES: usize = 500 * 1024;
/// Bytes of all config files together as they are published: four times a batch is thousands of segments and offers.
pub const CONFIG_BYTES: usize = 4 * BATCH_BYTES;
/// Events in one batch. Segment's limit.
pub const BATCH_EVENTS: usize = 2_500;
/// Characters of a `messageId`. Segment's limit; it is the log's primary key.
pub const MESSAGE_ID_CHARS: usize = 100;
/// Objects inside each other that the name of one parameter of a pixel may lead into: the deepest fields of the Segment
/// spec have three names (`context.page.url`).
pub const PARAMETER_DEPTH: usize = 8;
/// Characters of an identifier's value. The longest that Segment's Profile API takes.
pub const IDENTIFIER_CHARS: usize = 500;
/// Characters of a namespace. It stands in API paths and object names.
pub const NAMESPACE_CHARS: usize = 64;
/// Identifiers one event may carry: more is a program error, and each costs an object call.
pub const IDENTIFIERS_PER_EVENT: usize = 16;
/// Characters kept of a value that is no identifier: enough to recognise it in a list.
pub const REFUSED_VALUE_CHARS: usize = 64;
/// Placements one request may ask for. A page with more slots than this is not a page.
pub const PLACEMENTS_PER_REQUEST: usize = 32;
/// Profiles that an identifier remembers beside its owner, for late events: four times what a re-resolution looks at.
pub const ENTRY_CLAIMS: usize = 200;
/// How exactly an identifier remembers when a profile has shown it last: somebody who shows it with each event costs a write
/// a minute.
pub const CLAIM_STEP_MS: i64 = 60_000;
/// Profiles that are asked for an event which may have come before with a name that it does not have now, beside whom its
/// identifiers lead to: those that have shown its strongest last. More at one device within minutes are not people.
pub const CLAIMANTS_ASKED: usize = 10;
/// Numbers that an identifier keeps to count who shows it: some 10 kB, and an estimate that is off by one part in
/// sixteen. What is not more than this is counted exactly.
pub const CROWD: usize = 256;
/// Devices that a profile has before it tells the entry of a login of each further one: more than a person has, and a
/// call that people do not pay for.
pub const DEVICES_OF_A_PERSON: usize = 5;
/// Profiles that one re-resolution may rearrange by itself; beyond that an admin is asked.
pub const RESOLVE_PROFILES: usize = 50;
/// Events that one re-resolution may read by itself; see [`RESOLVE_PROFILES`].
pub const RESOLVE_EVENTS: usize = 10_000;
/// Bytes that the identifiers of those events may take: more than ten thousand events of ten usual identifiers each. A
/// profile describes itself in one message, which stays below half of the 32 MiB that it may have, even where every character
/// has to be escaped; and a coordinator has all of them in its 128 MB of memory.
pub const RESOLVE_BYTES: usize = 8 * 1024 * 1024;
/// Identifiers that one re-resolution may ask about; see [`RESOLVE_PROFILES`]. With the profiles they must stay below the
/// 1,000 subrequests that the platform gives one invocation.
pub const RESOLVE_IDENTIFIERS: usize = 800;
/// Profiles that are asked for events which are twice there, where too much is connected to be resolved. With
/// [`RESOLVE_IDENTIFIERS`] they stay below the 1,000 subrequests, too.
pub const DOUBLES_PROFILES: usize = 2 * RESOLVE_PROFILES;
/// Merges of a profile that show what was held before them, the newest ones: of a thousand it would be tens of megabytes.
pub const MERGES_SHOWN_WHOLE: usize = 50;
/// What a source's events are bounded by in one isolate, unless the config says otherwise: two of the largest batches a
/// second, which an import of a history may take and no site's visitors send through one isolate. So only a source that has
/// run wild meets it, and leaves something to the others. The burst is ten of the largest batches.
pub const SOURCE_ALLOWANCE: Allowance = Allowance { per_second: 5_000, burst: 25_000 };
/// The same of what one address sends to a source in browsers: an office, a campus or a mobile carrier's gateway with a
/// thousand people on the site at once, each with an event every five seconds. The burst is two of the largest batches,
/// from devices that come back to the network.
pub const ADDRESS_ALLOWANCE: Allowance = Allowance { per_second: 200, burst: 5_000 };
/// Senders that an isolate remembers in each of two generations: at some 150 bytes each, 3 MB.
pub const SENDERS: usize = 10_000;
/// What one device may do, by a source of browsers: nobody does five things a second for long, or so many at once, also not
/// with all that a tag has kept while it was offline.
pub const PERSONS_PACE: Allowance = Allowance { per_second: 5, burst: 5_000 };
/// For how long a device that was quicker counts as a bot's after its last event.
pub const BOT_SECONDS: u32 = 600;
/// From here on the platform's score speaks for a person.
pub const PERSONS_SCORE: f64 = 30.0;
/// Characters of a `User-Agent` that are looked at.
pub const USER_AGENT_CHARS: usize = 1_024;
/// Characters of an anonymousId by which devices are told apart that may be too quick: whoever makes ids up may make them long.
pub const PACE_ID_CHARS: usize = 64;
/// The longest wait that a client is asked for: what Segment's clients wait at most.
pub const RETRY_AFTER_SECONDS: u32 = 300;
/// Events a second, and at once, that a limit in the config may name.
pub const ALLOWANCE: u32 = 10_000_000;
/// Calls for events that one isolate has under way to one profile, or one identifier. A person has one or two, a server that
/// reports on one of its users some more. What comes beyond that waits at the client.
pub const CALLS_PER_OBJECT: usize = 16;
/// Calls with events that a profile has taken in and not answered. Beyond that they come from very many places: the next
/// ones are asked to come again before they are read.
pub const CALLS_IN_LINE: u32 = 64;
/// Bytes of memory that an isolate gives to the requests it works on at a time, as [`weight`](crate::pressure::weight)
/// estimates them. It has 128 MB, of which the platform's side of a request, the Worker itself and what it remembers take
/// their part, and memory that was in use once is never given back.
pub const MEMORY_UNDER_WAY: usize = 48 * 1024 * 1024;
/// When whoever met an isolate or a profile with too much to do is to come again.
pub const BUSY_SECONDS: u32 = 1;
/// Objects and arrays inside each other in one event. Each message and each row that an event travels in adds some, and
/// `serde_json` reads 128; nobody's properties come near.
pub const EVENT_DEPTH: usize = 64;
/// Redirects followed in the delivery of one event, before the entries are asked who has its names by now.
pub const REDIRECTS: usize = 4;
/// Redirects followed where no entry can be asked in their place, for an admin or a decision without events, before who asks is told to
/// try again: every id ever issued leads somewhere, however often its profile has moved.
pub const REDIRECTS_ALONE: usize = 64;
/// Answers that the delivery of one event waits for before the client is asked to send it again.
pub const DELIVERY_ROUNDS: usize = 40;
/// Profile objects one request speaks to at a time. Six is the platform's limit of open connections.
pub const CONCURRENT_OBJECTS: usize = 6;
/// Entries re-pointed at a time after a merge: each is an object call.
pub const REPOINTS_AT_A_TIME: usize = 50;
/// Events in one chunk of a merge: ~100 kB typical, far below the 32 MiB a message may have.
pub const MERGE_CHUNK_EVENTS: usize = 200;
/// How long the messageId of an anonymous id's first event proves the same device again, when the answer that
/// carried the device cookie was lost. One day covers a laptop that slept through the night.
pub const FIRST_CONTACT_MS: i64 = 24 * 60 * 60 * 1000;
/// Traits a profile keeps, beside those with a rule: the most recently set ones. The whole state is one row, which may
/// have 2 MB.
pub const TRAITS: usize = 400;
/// Unproven traits a profile keeps: they are only shown.
pub const CLAIMED_TRAITS: usize = 50;
/// Rows of the record of who has asked for what, the newest: ten people at work all day for a year and more, at some 300 bytes
/// each 30 MB of the 10 GB that the workspace's object may have.
pub const AUDIT_ROWS: i32 = 100_000;
/// How long they are kept: a year, and what an inquiry about it takes.
pub const AUDIT_MS: i64 = 400 * 24 * 60 * 60 * 1000;
/// Keys that a source's identity tokens may be signed with: a few that follow each other, in each of a few systems. A token
/// without a `kid` is held against each.
pub const IDENTITY_KEYS: usize = 8;
/// Devices whose word on consent a profile keeps, those that spoke last: more than a person has. What was denied on one that
/// is older than sixteen others is not heard any more.
pub const CONSENT_DEVICES: usize = 16;
/// Identifiers that a profile keeps of those that were only claimed.
pub const CLAIMED_IDENTIFIERS: usize = 50;
/// Values that are no identifiers which a profile keeps, each with its first event.
pub const NO_IDENTIFIERS: usize = 100;
/// Numbers of forgotten names that a profile keeps, the newest ones, in its home's row: some 60 bytes each. They are of use for
/// as long as somebody's message may be out of date, and nobody is parted from so many in minutes.
pub const FORGOTTEN_KEPT: usize = 1_000;
/// Bytes of the words of admins that a profile may have before it takes no more: each names the identifiers of two sides. They
/// are part of the home's one row, which may have 2 MB; what comes with a merge or a plan comes on top.
pub const WORDS_BYTES: usize = 256 * 1024;
/// Refused links that a profile remembers, the newest ones; of older ones only how many there were. Likewise of late
/// conflicts. All of them travel in one message with a merge and a description: 100 kB of them, and half a megabyte if every
/// identifier is as long as it may be.
pub const REFUSALS_KEPT: usize = 500;
/// Identifiers whose sightings stand in the state's own row. Those of more have a row each, so that an event on a profile
/// with very many writes only its own.
pub const SIGHTINGS_IN_STATE: usize = 50;
/// Event conditions whose tallies stand in the state's own row. Those of more have a row each, so that an event writes only
/// what it has changed.
pub const TALLIES_IN_STATE: usize = 20;
/// Segments that stand in the state's own row, of some 100 bytes each. Those of a profile that is in more have a row each, so that
/// an event writes only those that it has changed.
pub const SEGMENTS_IN_STATE: usize = 50;
/// Bytes of one trait's value as JSON, with its name. Larger ones stay on the event and are not folded.
pub const TRAIT_BYTES: usize = 2_048;
/// Traits that may have a rule other than `newest`. None of them is ever dropped from a profile, because what a rule
/// gathered over many events would come back incomplete; so their number is bounded here, and with it their part of the
/// row: 600 kB at worst.
pub const TRAIT_RULES: usize = 100;
/// Members that a `union` trait keeps: the least ones, in sorted order. Which those are does not depend on the order in
/// which they came; the first or the last ones would.
pub const UNION_MEMBERS: usize = 64;
/// Bytes of one member of a `union` trait as JSON. Longer ones stay on the event. A bound on all of them together would
/// depend on the order in which they came.
pub const UNION_MEMBER_BYTES: usize = 96;
/// Accounts that a profile remembers the person to belong, or to have belonged to: those last spoken of. They are part of
/// the state's one row: 400 kB at worst.
pub const ACCOUNTS_PER_PROFILE: usize = 50;
/// Stretches of belonging and not belonging to one account that a profile remembers, the latest ones.
pub const MEMBERSHIP_STRETCHES: usize = 20;
/// Accounts that one decision reads: each is an object call. The ones last spoken of.
pub const ACCOUNTS_PER_DECISION: usize = 5;
/// Profiles whose rows an account keeps, also of those who have left, which guard against older rows: some 30 MB of an
/// object's 10 GB, and pages of members stay quick. Whoever comes after that belongs to it all the same, but is not
/// listed and not counted.
pub const ACCOUNT_MEMBERS: u64 = 100_000;
/// Aggregates over an account's members: each is part of every member's row.
pub const AGGREGATES: usize = 20;
/// Events that an account is told of at a time, and that it folds at a time: a message stays far below 32 MiB.
pub const TOLD_AT_A_TIME: usize = 200;
/// Products that one event is about: as many as GA4 takes.
pub const PRODUCTS_PER_EVENT: usize = 200;
/// Products put into the cart and taken out since it was last seen whole, the newest ones. With that, and what is said below
/// of texts, a cart is 250 kB of the state's one row at worst, and a few hundred bytes for each product as shops are.
pub const CART_OPERATIONS: usize = 200;
/// Bytes of an id, a name, a brand, a category, a variant. Longer ones stay on the event.
pub const COMMERCE_TEXT_BYTES: usize = 128;
/// Bytes of a product's address, or its picture's. Longer ones stay on the event.
pub const COMMERCE_URL_BYTES: usize = 256;
/// Letters of a currency: three by ISO 4217, and some for coins that it doesn't know.
pub const CURRENCY_BYTES: usize = 8;
/// Currencies in which a person's revenue is told apart: the least names in sorted order, as with [`UNION_MEMBERS`].
pub const CURRENCIES: usize = 10;
/// The most that one product may cost, in units: whatever the quantity, a cart's value can be reckoned exactly.
pub const PRICE: i64 = 1_000_000_000_000;
/// The most of one product that an event adds or takes away.
pub const QUANTITY: i64 = 1_000_000;
/// Events on orders that are remembered one by one, the newest ones: of these it is known which speak of the same order. Two
/// hundred are a weekly order for two years that browser and server both report; 60 kB at worst.
pub const ORDER_EVENTS: usize = 200;
/// Products last viewed: more than a page shows.
pub const LAST_VIEWED: usize = 20;
/// Categories that a profile counts: the least names in sorted order, as with [`UNION_MEMBERS`].
pub const CATEGORIES: usize = 100;
/// Life of the device cookie. 400 days is the most that browsers keep.
pub const DEVICE_COOKIE_SECONDS: i64 = 400 * 24 * 60 * 60;
/// Life of a hand-over to another site.
pub const HANDOVER_MS: i64 = 5 * 60 * 1_000;
/// Hosts of other sites of a source's.
pub const DOMAINS: usize = 50;
/// Tolerance on a token's expiry, for clocks that differ.
pub const TOKEN_LEEWAY_SECONDS: i64 = 60;
/// How long what leaves a profile is gathered before it goes to the Queue: longer is cheaper, shorter is livelier.
pub const OUTBOX_DELAY_MS: i64 = 1_000;
/// Bytes of one Queue message. The platform takes 128 kB; the rest is room for its envelope.
pub const QUEUE_MESSAGE_BYTES: usize = 100 * 1024;
/// First wait before failed work (a link, a delivery) is tried again; doubled each time.
pub const RETRY_BASE_MS: i64 = 500;
/// How long an answer waits for links and merges that its events lead to, so that it can speak of their result. A large
/// merge goes on behind it.
pub const ANSWER_WAIT_MS: u64 = 1_000;
/// How long the alarm leaves work alone that somebody is carrying on already, and how often in a row.
pub const CARRIED_MS: i64 = 5_000;
/// See [`CARRIED_MS`].
pub const CARRIED_TIMES: u32 = 10;
/// Longest wait between two tries.
pub const RETRY_MAX_MS: i64 = 5 * 60 * 1000;

/// Milliseconds until the next try after so many that failed: each time twice as long.
pub fn retry_wait(failed: u32) -> i64 {
    RETRY_BASE_MS.saturating_mul(1 << failed.min(20)).min(RETRY_MAX_MS)
}
/// Events on one page of a timeline by default, and at most.
pub const TIMELINE_PAGE: usize = 50;
/// See [`TIMELINE_PAGE`].
pub const TIMELINE_PAGE_MAX: usize = 500;
/// Matching events a count condition may ask for: its state holds this many (time, messageId) pairs at most.
pub const CONDITION_COUNT: u32 = 1_000;
/// Matching events that are kept one by one where something is made of their values, or of their order: windows and
/// sequences are exact to the millisecond for so many. 10 kB of a profile that has them all.
pub const MATCHES: usize = 100;
/// Stretches that a sliding window is divided into for what is older than [`MATCHES`]: a window of thirty days moves in steps
/// of some six hours there.
pub const STRETCHES: usize = 128;
/// Different values that are told apart in one stretch, the least in sorted order, as with [`UNION_MEMBERS`].
pub const VALUES_TOLD_APART: usize = 64;
/// Units of the calendar that a window may go back: a year of weeks.
pub const CALENDAR_BACK: u32 = 53;
/// Different events in one sequence: each is a bit.
pub const SEQUENCE_EVENTS: usize = 16;
/// Instants that a profile which slept makes up for one by one. Its alarm wakes it at each; so many are a fault.
pub const CATCH_UP: usize = 1_000;
/// Events that are read to tell where a visit began, the newest ones.
pub const VISIT_EVENTS: usize = 100;
/// Changes of memberships that a profile remembers, the newest ones.
pub const CHANGES_KEPT: usize = 200;
/// Rules inside rules. Deeper is not readable by anyone.
pub const RULE_DEPTH: usize = 20;
/// Parts of the directory: one for each first hex digit of a profile id. An object holds 10 GB and a row is about half a
/// kilobyte, so sixteen hold some 300 million profiles; asked six at a time, all have answered in three rounds. Another
/// number asks for a rebuild.
pub const DIRECTORY_SHARDS: u8 = 16;
/// How far a profile's latest event moves before the directory writes it down: steady traffic costs no writes.
pub const LAST_SEEN_STEP_MS: i64 = 60 * 60 * 1000;
/// Refused links of one profile that the directory lists, the newest ones. All of them stand on the profile.
pub const REFUSALS_LISTED: usize = 100;
/// Bytes that they may take together: a row must fit a Queue message with room for its other fields.
pub const REFUSALS_LISTED_BYTES: usize = 60 * 1024;
/// Profiles of the directory that one dry run of rules is about by default: with whom they are connected they must stay below
/// [`RESOLVE_PROFILES`].
pub const RULES_TRIED_PAGE: usize = 10;
/// Rows on one page of the directory by default, and at most.
pub const DIRECTORY_PAGE: usize = 50;
/// See [`DIRECTORY_PAGE`].
pub const DIRECTORY_PAGE_MAX: usize = 500;
/// Profiles of each shard of the directory that an estimate asks: 512 in all, so that a share of one half is told to four
/// points of a hundred, and one request stays below the 1,000 subrequests that it has.
pub const SAMPLED_PER_SHARD: usize = 32;
/// Profiles that an estimate shows.
pub const ESTIMATE_EXAMPLES: usize = 10;
/// Identifiers of each that it shows.
pub const EXAMPLE_IDENTIFIERS: usize = 5;
/// Profiles that a shard of the directory asks with one alarm when it walks through all of its own.
pub const WALK_PAGE: usize = 25;
/// How often it asks a page again of which somebody did not answer.
pub const WALK_TRIES: u32 = 3;
/// Profiles of each shard whose numbers thresholds are drawn from: up to some 80,000 people they are exact. Of more it is a sample,
/// and the share above a threshold is off by less than 0.6 points of a hundred at 999 of 1,000 refreshes, if all have the number.
pub const NUMBERS_PER_SHARD: usize = 5_000;
/// The time between two looks at what thresholds should be.
pub const THRESHOLDS_MS: i64 = 6 * 60 * 60 * 1000;
/// The time between two looks at how far a walk is.
pub const WALK_LOOK_MS: i64 = 2_000;
/// Days for which the number of a segment's members is kept: a quarter of a year.
pub const HISTORY_DAYS: i64 = 92;
/// Days that are shown unless more are asked for.
pub const HISTORY_DAYS_SHOWN: i64 = 30;
/// How often the archive is looked through for what is not retained any more.
pub const SWEEP_MS: i64 = 24 * 60 * 60 * 1_000;
/// Files of the archive that one step of that deals with: each may be read and written anew.
pub const SWEPT_FILES: usize = 50;
/// People whom a manifest names: 28 kB of hashes. A batch of the Queue has at most a hundred messages, and few of them many people.
pub const MANIFEST_PEOPLE: usize = 2_000;
/// Files of the archive that one step of an erasure looks at: of each its manifest is read, and it may be read and written anew.
pub const UNARCHIVED_FILES: usize = 100;
/// Events of somebody who was erased that are kept in mind one by one: 14 bytes each, in a row of two megabytes.
pub const ERASED_EVENTS: usize = 50_000;
/// How long it is kept in mind who was erased, since what the Queue had taken may come yet: a Queue keeps a message for 14 days at most.
pub const ERASED_KEPT_MS: i64 = 15 * 24 * 60 * 60 * 1_000;
/// Rules of `retention.json`: each event is held against them, and a profile keeps the earliest event of each.
pub const RETENTION_RULES: usize = 32;
/// Events of which retention leaves nothing but who was seen, in one step: what is left is folded anew after each.
pub const EXPIRED_AT_A_TIME: usize = 2_000;
/// Events that are looked at for that, where some among them are kept longer than others.
pub const EXPIRY_LOOKED_AT: usize = 10_000;
/// Files of the archive that one step of a rebuild reads, and their bytes: a step must stay far below the 30 seconds of
/// CPU, the 1,000 subrequests and the 128 MB that a request has. A file that is larger alone is read alone.
pub const REBUILD_FILES: usize = 100;
/// See [`REBUILD_FILES`].
pub const REBUILD_BYTES: u64 = 8 * 1024 * 1024;
/// Bytes of one file of the archive, unpacked: a batch of the Queue has at most a hundred messages of
/// [`QUEUE_MESSAGE_BYTES`], and 12 MB.
pub const ARCHIVE_FILE_BYTES: usize = 16 * 1024 * 1024;
/// Profiles that one step of a rebuild asks for their rows.
pub const REBUILD_PROFILES: usize = 100;
/// The least part of all decisions that a variant of a bandit has, however bad it looks: what has changed since is found out.
pub const BANDIT_FLOOR: f64 = 0.01;
/// Variants of one offer. A bandit's floor leaves 80 % to choose with.
pub const VARIANTS: usize = 20;
/// The most that a cap per session or per day may ask for: so many sights of an offer are remembered one by one.
pub const CAP_PER_DAY: usize = 20;
/// Offers whose sights a profile remembers: the least ids, as with [`UNION_MEMBERS`]. 120 kB at worst.
pub const OFFERS_SEEN: usize = 300;
/// Experiments that a profile remembers to be in: the least ids, likewise. 300 kB at worst, and 200 bytes for each that
/// people are in.
pub const EXPERIMENTS_JOINED: usize = 300;
/// Experiments of one person that the directory is told of: the least keys. 5 kB at worst.
pub const PARTICIPATIONS_TOLD: usize = 50;
/// What a person's orders count for at most when experiments are compared, either way: one of them must not decide by itself.
pub const REVENUE_COMPARED: i64 = 1_000_000;
/// People, and people who reached the goal, that each variant needs before anything is said of it: with fewer, a rate is not
/// spread as the intervals suppose.
pub const PEOPLE_COMPARED: (u64, u64) = (100, 10);
/// Seen decisions of one experiment that a profile remembers, the newest ones: to one of these a conversion is put down.
pub const EXPOSURES_KEPT: usize = 5;
/// Steps of the templates of one content. A loop over a full cart that prints five fields takes some 6,000.
pub const TEMPLATE_FUEL: u64 = 20_000;
/// Steps times values in the data of a content's templates: one step may compare with each value of a list, at some 75 ns, and the
/// properties of one event can be a list of 16,000.
pub const TEMPLATE_COMPARISONS: u64 = 20_000_000;
/// Expressions and loops of a template inside each other.
pub const TEMPLATE_DEPTH: usize = 50;
/// Words, signs and texts of one expression of a template.
pub const EXPRESSION_PARTS: usize = 250;
/// Versions of an experiment: each that counts no more is looked up with every decision.
pub const BUCKET_VERSIONS: u8 = 100;
/// Bytes of what becomes of one offer's content, and of one text on the way there.
pub const RENDERED_BYTES: usize = 64 * 1024;
/// Bytes that go into filters and come out of them for one offer's content: each byte that is shown may go through two.
pub const FILTERED_BYTES: usize = 4 * RENDERED_BYTES;
/// Bytes of an experiment's, a variant's or an offer's id: they travel in tokens and stand in profiles.
pub const OFFER_ID_BYTES: usize = 64;
/// The part of a cap for all, and the least number, that may be given out too often when isolates die: see
/// [`Lessor`](crate::offer::lease::Lessor).
pub const OVERSHOOT: (u64, u64) = (100, 100);
/// How long a portion of a cap for all is good for.
pub const LEASE_MS: i64 = 60_000;
/// The part of what is left of a cap that one portion is, at most.
pub const LEASE_PART: u64 = 20;
/// The most in one portion.
pub const LEASE_MOST: u64 = 1_000;

/// Identifiers of imported audiences in a shard, on average: with a few audiences each, half of
/// [`AUDIENCE_SHARD_BYTES`].
pub const AUDIENCE_SHARD_ROWS: u64 = 3_500;

/// Bytes of a shard of imported audiences. A decision reads one for each identifier that it asks about.
pub const AUDIENCE_SHARD_BYTES: usize = 256 * 1024;

/// A namespace has two to the power of so many shards at most: room for some 14 million identifiers.
pub const AUDIENCE_BITS: u8 = 12;

/// Rows of an import that could not be taken and are shown; all are counted.
pub const BAD_ROWS_SHOWN: usize = 100;

/// Bytes of one part of an upload: some 150,000 rows of e-mail addresses.
pub const IMPORT_PART_BYTES: usize = 4 * 1024 * 1024;

/// Parts of an import.
pub const IMPORT_PARTS: u32 = 64;

/// How long somebody else's server may take for an answer, and how long that may be.
pub const FETCH_MS: u64 = 5_000;
/// See above.
pub const FETCHED_BYTES: usize = 64 * 1024;

/// For how long the keys of Cloudflare Access are taken for current: they change every six weeks, and the old ones are good for a week more.
pub const ACCESS_KEYS_MS: i64 = 60 * 60 * 1_000;
/// How soon they are asked for again when a token names one that is not known, which anybody can send, or when nobody has answered.
pub const ACCESS_KEYS_AGAIN_MS: i64 = 10 * 1_000;

/// For how long a shard of a list is read from a cache, in seconds: what is read again soon is read near the visitor.
pub const SHARD_CACHED_SECONDS: u64 = 86_400;

/// For how long a list knows whom it has let go of: longer than a shard may come from a cache as it was before.
pub const FORGOTTEN_MS: i64 = 25 * 60 * 60 * 1_000;

/// Imports that are listed.
pub const IMPORTS_SHOWN: usize = 50;

/// Shards that one alarm builds: each reads a piece of every part.
pub const SHARDS_AT_ONCE: u32 = 8;

/// Shards that one alarm removes.
pub const SHARDS_REMOVED: u32 = 200;

/// Generations of imported audiences that are kept to go back to, with the one that counts.
pub const GENERATIONS_KEPT: usize = 5;

/// Variants of an experiment that are counted, for each audience.
pub const VARIANTS_COUNTED: usize = 100;

/// Rewards of an experiment that are known again when they come twice: eight bytes each, in memory and in storage.
pub const REWARDS_REMEMBERED: usize = 500_000;

/// The least time between two writes of what an experiment has learned.
pub const REWARD_WRITE_MS: i64 = 1_000;

/// The least time between two publications of it.
pub const POSTERIORS_MS: i64 = 10_000;

/// How old an isolate's copy may grow before it is read again. With the time above and that of the cache near it, what is
/// seen bears on decisions within a minute.
pub const POSTERIORS_FRESH_MS: i64 = 5_000;
/// Mappings of one source. Each is looked at with every click on its pages.
pub const MAPPINGS: usize = 100;
/// Bytes that they take together as JSON: every visitor's browser gets them, and keeps them with all else in 5 MB.
pub const MAPPING_BYTES: usize = 16 * 1024;
/// Bytes of one selector.
pub const SELECTOR_BYTES: usize = 500;

/// Hours for which it is kept what became of what came in: a month.
pub const INTAKE_HOURS: i64 = 720;

/// Characters in the name of a key.
pub const KEY_NAME_CHARS: usize = 100;

/// Keys that are good at the same time.
pub const KEYS: usize = 200;

/// Relays between whoever publishes and the pages that listen: each takes as many as an object can hold, so these are enough for
/// 240,000 open pages, and a publication costs one call for each.
pub const RELAYS: u8 = 8;
/// Pages at one relay. The platform ends an object that takes more than 32,768.
pub const LISTENERS: usize = 30_000;
/// How long after a publication the relays are told once more, should one have missed it.
pub const TELL_AGAIN_MS: i64 = 5_000;
/// The least time between two questions of a relay to the workspace, whatever version anybody claims to have seen.
pub const RELAY_ASKS_MS: i64 = 1_000;
/// How long a console may listen before it has to show its session anew: a key that is taken back ends it so late at the latest.
pub const LISTEN_MS: i64 = 10 * 60 * 1_000;
/// Events that travel with the numbers of a moment.
pub const PULSE_SAMPLE: usize = 25;
/// Letters of an event's name, and of a page's path, on them.
pub const PULSE_TEXT_CHARS: usize = 200;
/// How long what happens is told to nobody, once nobody listens.
pub const QUIET_MS: i64 = 3_000;
/// The longest that a draft can be previewed.
pub const PREVIEW_MS: i64 = 24 * 60 * 60 * 1_000;
/// Names that an isolate knows to have been told, and rows of the [catalogue](crate::catalogue) in each part of the directory.
pub const CATALOGUE_NAMES: usize = 2_000;
/// Between two times that an isolate tells the same name.
pub const CATALOGUE_TELL_MS: i64 = 10 * 60 * 1000;
/// Fields of an object whose names are gathered.
pub const CATALOGUE_FIELDS: usize = 50;
/// Bytes of a name in the catalogue: longer ones are texts.
pub const CATALOGUE_NAME_BYTES: usize = 80;
/// Bytes of a part of a path, and parts of it: more names one thing, not a kind of page.
pub const CATALOGUE_PATH_PART: usize = 40;
/// See [`CATALOGUE_PATH_PART`].
pub const CATALOGUE_PATH_PARTS: usize = 6;
/// Pages that are shown for a placement, the most frequent ones.
pub const CATALOGUE_PAGES: usize = 20;
