//! What strangers write and we must read: cookies, tokens, consent strings.
//!
//! Each function takes any bytes and holds a law; that reading ends, and does not panic, is part of each. `tests/laws.rs` gives them random
//! and damaged bytes in every check; a fuzzer finds its own ways:
//! `cargo install cargo-fuzz && cargo +nightly fuzz run --features libfuzzer tcf`.

#![expect(clippy::panic, reason = "that is how a law says no")]

use selvedge_engine::access::{Assertion, KeyText, Session, SigningKey};
use selvedge_engine::consent::{Consent, Signals};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::{Algorithm, COOKIE_NAME, Device, IdentityToken, SealKey, cookies, public_key};
use serde_json::{Map, Value, json};

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
const SECRET: &[u8] = b"a secret that no stranger knows";

/// What is good, to be damaged. Those of consent are of `@iabtcf/core` and `@iabgpp/cmpapi`.
pub const SEEDS: [&str; 10] = [
    "selvedge_device=eyJ2IjoxfQ.AAAA; a=b; selvedge_device=",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjdXN0LTEiLCJleHAiOjIwMDAwMDAwMDB9.AAAA",
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJodHRwczovL2EuY2xvdWRmbGFyZWFjY2Vzcy5jb20iLCJhdWQiOlsidCJdLCJlbWFpbCI6ImEifQ.AAAA",
    "0fd2e1c2d1b5d3a4e5f60718293a4b5c6d7e8f900fd2e1c2d1b5d3a4e5f60718",
    "{\"keys\":[{\"kid\":\"a\",\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
    "CQuIxQAQuIxQAAHABAENBkFgAP_gAAAAAAYgF5wAoAAgAEAvMAAAAAAA.YAAAAAAAAAAA",
    "CQuIxQAQuIxQAAHABAENBkFgALAAAEAAAAYgF5wAoAAgAEAvMAAAAAAA.YAAAAAAAAAAA",
    "DBABLA~CAAgAAAAAABA.QA",
    "DBACRkY~BAQAABA~BQAQ.QA",
    "DBACMMA~CQuIxQAQuIxQAAAAAAENAAFgAP_gAAAAAAAAAAAAAAAA.IAAA.YAAAAAAAAAAA~CAAgAAAAAABA.QA",
];

/// Nobody but us makes a cookie, and whatever stands around one of ours, it is found.
pub fn cookie(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let key = SealKey::derive(SECRET, "device-cookie");
    let open = |header: &str| cookies(header, COOKIE_NAME).find_map(|value| Device::open(&key, value));
    assert_eq!(open(&text), None, "made by a stranger");
    let device = Device::new(text.chars().take(40).collect(), ProfileId::from_random([7; 16]), None);
    let sealed = device.seal(&key);
    // What begins with a name of its own swallows the next separator only.
    let (before, after) =
        text.split_at(text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at));
    for header in [
        format!("{COOKIE_NAME}={sealed}"),
        format!("{before}; {COOKIE_NAME}={sealed}; {after}"),
        format!("{COOKIE_NAME}={before};{COOKIE_NAME}={sealed};{after}"),
    ] {
        assert_eq!(open(&header).as_ref(), Some(&device), "{header}");
    }
    let damaged = format!("{sealed}{text}");
    assert!(text.is_empty() || Device::open(&key, &damaged).is_none(), "longer than it was");
    assert!(
        Session::open(&text, &key, NOW).is_none() && Session::open(&sealed, &key, NOW).is_none(),
        "of another kind"
    );
    assert!(KeyText::open(&text, &key).is_none());
}

/// No token of a stranger's is signed with our secret, or read as another kind than it is; and of a key set only good keys are taken.
pub fn token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for user in [None, Some("cust-1"), Some(&*text)] {
        let Ok(token) = IdentityToken::read(&text, user) else { continue };
        assert!(!token.is_signed_with(SECRET), "signed by a stranger");
        let all = [Algorithm::Hs256, Algorithm::Es256, Algorithm::Rs256, Algorithm::Hmac];
        let fits = all.into_iter().filter(|algorithm| token.may_be_of(None, *algorithm)).count();
        assert!(fits <= 1, "one token, one algorithm");
        let _ = token.claims(NOW);
    }
    if Assertion::read(&text).is_ok() {
        let token = IdentityToken::read(&text, None);
        assert!(
            token.is_ok_and(|token| token.may_be_of(None, Algorithm::Rs256)),
            "Access signs with RSA alone"
        );
    }
    for key in SigningKey::read_all(bytes) {
        assert!(key.as_jwk().len() > 340, "a key of 2048 bits at least");
    }
    let is_key = [Algorithm::Es256, Algorithm::Rs256].map(|algorithm| public_key(&text, algorithm).is_ok());
    assert!(is_key != [true, true], "no key is one of both kinds");
}

fn said(fields: Value) -> Map<String, Value> {
    match fields {
        Value::Object(map) => map,
        _ => panic!("an object is meant"),
    }
}

fn word(unless_said: Consent, gpc: bool, fields: Value) -> Consent {
    Consent::in_force(unless_said, Signals { gpc, said: Some(&said(fields)) })
}

/// What such a string allows where nothing else does.
pub fn allowed(field: &str, text: &str) -> Consent {
    word(Consent::default(), false, json!({ field: text }))
}

/// Of several words the most restrictive counts, whatever the string says; and a string that is no good says no to everything.
fn consent(field: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (nothing, all) = (Consent::default(), Consent::ALL);
    for unless_said in [nothing, all] {
        let alone = word(unless_said, false, json!({ field: text }));
        // A good word of either kind, beside it: together they allow no more than each of them does alone.
        for (other, good) in
            [("tcf", SEEDS[5]), ("gpp", SEEDS[7])].into_iter().filter(|(other, _)| *other != field)
        {
            let both = word(unless_said, false, json!({ field: text, other: good }));
            let most = |field: &str, text: &str| word(Consent::ALL, false, json!({ field: text }));
            assert_eq!(both.and(most(field, &text)), both, "another word allows what this one denies");
            assert_eq!(both.and(most(other, good)), both, "this word allows what another one denies");
        }
        let with_control = word(unless_said, true, json!({ field: text }));
        assert!(!with_control.advertising && !with_control.sale_or_share, "Global Privacy Control objects");
        assert_eq!(with_control.and(alone), with_control, "an objection allows nothing more");
        let denied = json!({ field: text, "categoryPreferences": {} });
        assert_eq!(word(unless_said, false, denied), nothing, "who denies all denies all");
        let broken = word(unless_said, false, json!({ field: format!("\u{0}{text}") }));
        assert_eq!(broken, nothing, "what can't be understood is a no");
    }
    // Who has said nothing else is allowed no more by a silence than by a yes.
    let (least, most) =
        (word(nothing, false, json!({ field: text })), word(all, false, json!({ field: text })));
    assert_eq!(least.and(most), least);
    // Nothing that is not written as such a string says yes: its first six bits tell the kind. A TC string may stand where a GPP
    // string belongs.
    let (kinds, letters) = if field == "tcf" { (&['C'][..], "-_.") } else { (&['C', 'D'][..], "-_.~") };
    let is_one =
        text.starts_with(kinds) && text.chars().all(|c| c.is_ascii_alphanumeric() || letters.contains(c));
    assert!(is_one || least == nothing, "{text:?} is no string of this kind, and allows something");
}

/// Strings of the Transparency and Consent Framework.
pub fn tcf(bytes: &[u8]) {
    consent("tcf", bytes);
}

/// Strings of the Global Privacy Platform.
pub fn gpp(bytes: &[u8]) {
    consent("gpp", bytes);
}
