//! The Transparency & Consent Framework's TC string, of TCF 2.0 to 2.3 (version 2 of the string).
//!
//! Selvedge is the site's own tool, and no vendor of the framework's list: of the string only the purposes count, neither
//! vendors nor the restrictions that publishers make for them.
//! <https://github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework>

use super::Word;
use super::bits::{Bits, are_bits};

/// The version of the string's format, of all framework versions from 2.0 on.
const VERSION: u32 = 2;

/// Purposes, by the framework's numbers.
const STORE_ON_DEVICE: u32 = 1;
const LIMITED_ADS: u32 = 2;
const ADS_PROFILE: u32 = 3;
const PERSONALISED_ADS: u32 = 4;
const CONTENT_PROFILE: u32 = 5;
const PERSONALISED_CONTENT: u32 = 6;
const MEASURE_CONTENT: u32 = 8;

/// What a string says of purposes: a bit for each, the first one highest.
struct Tcf {
    consents: u32,
    interests: u32,
}

impl Tcf {
    fn read(text: &str) -> Option<Self> {
        let mut bits = Bits::of(text.split('.').next()?);
        if !text.split('.').all(are_bits) || bits.take(6)? != VERSION {
            return None;
        }
        // When it was made and changed; the CMP and its version, screen and language; the versions of vendor list and policy;
        // scope, stacks and special features.
        bits.skip(36 + 36 + 12 + 12 + 6 + 12 + 12 + 6 + 1 + 1 + 12);
        Some(Self { consents: bits.take(24)?, interests: bits.take(24)? })
    }

    fn consents(&self, purpose: u32) -> bool {
        self.consents >> (24 - purpose) & 1 == 1
    }

    /// Whether this may be done by consent or by a legitimate interest that was not objected to. Since TCF 2.2 only the
    /// purposes 2 and 7 to 11 may rest on the latter, so it is asked of these alone.
    fn allows(&self, purpose: u32) -> bool {
        self.consents(purpose) || self.interests >> (24 - purpose) & 1 == 1
    }
}

/// What a string says. Everything here is kept in the browser, so nothing goes without the first purpose.
pub(super) fn word(text: &str) -> Word {
    let Some(said) = Tcf::read(text) else { return Word::NO };
    let stores = said.consents(STORE_ON_DEVICE);
    let advertises =
        stores && said.allows(LIMITED_ADS) && said.consents(ADS_PROFILE) && said.consents(PERSONALISED_ADS);
    Word {
        analytics: Some(stores && said.allows(MEASURE_CONTENT)),
        personalisation: Some(
            stores && said.consents(CONTENT_PROFILE) && said.consents(PERSONALISED_CONTENT),
        ),
        advertising: Some(advertises),
        // The framework has no purpose of its own for it; whoever is given data there gets it to advertise.
        sale_or_share: Some(advertises),
    }
}
