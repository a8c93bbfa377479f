//! What holds for somebody who has said nothing, by where they are.

use serde::{Deserialize, Serialize};

use super::Consent;

/// Where a visitor is, as the platform tells it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'a> {
    /// The country: two letters of ISO 3166-1.
    pub country: Option<&'a str>,
    /// Its part: what follows the hyphen in ISO 3166-2.
    pub region: Option<&'a str>,
}

/// Places with one law.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Jurisdiction {
    /// Countries (`DE`) and their parts (`US-CA`).
    pub places: Vec<String>,
    /// What may be done without a word of the visitor. What is left out is denied.
    pub unless_said: Consent,
}

/// What each place's law allows without a word of the visitor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Jurisdictions {
    /// The places. Left out, they are those of [`Jurisdictions::STANDARD`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdictions: Option<Vec<Jurisdiction>>,
    /// Everywhere else. Left out, nothing.
    pub elsewhere: Consent,
}

impl Jurisdictions {
    /// Where the law asks for an opt-out only: the United States. Everywhere else somebody is asked first.
    const STANDARD: [&str; 1] = ["US"];

    /// What may be done at a place without a word of the visitor. At one that is not known: nothing.
    pub fn unless_said(&self, place: Place<'_>) -> Consent {
        // Cloudflare's names for no country, and for the Tor network.
        let Some(country) = place.country.filter(|country| !matches!(*country, "XX" | "T1")) else {
            return Consent::default();
        };
        let Some(listed) = &self.jurisdictions else {
            let stands = Self::STANDARD.contains(&country);
            return if stands { Consent::ALL } else { self.elsewhere };
        };
        let part = place.region.map(|region| format!("{country}-{region}"));
        let find = |name: &str| listed.iter().find(|one| one.places.iter().any(|place| place == name));
        let found = part.as_deref().and_then(find).or_else(|| find(country));
        found.map_or(self.elsewhere, |one| one.unless_said)
    }

    /// What is wrong with it, each with its path.
    pub(crate) fn check(&self, report: &mut dyn FnMut(String, String)) {
        let mut seen = std::collections::BTreeSet::new();
        for (index, one) in self.jurisdictions.iter().flatten().enumerate() {
            for (n, place) in one.places.iter().enumerate() {
                let path = || format!("jurisdictions[{index}].places[{n}]");
                if !is_place(place) {
                    report(path(), "write a country as `DE`, or a part of it as `US-CA`".into());
                } else if !seen.insert(place) {
                    report(path(), format!("`{place}` is listed twice"));
                }
            }
        }
    }
}

/// A country, or a part of one, as ISO 3166 writes them.
fn is_place(text: &str) -> bool {
    let (country, part) = text.split_once('-').unwrap_or((text, "X"));
    let is_code =
        |code: &str| code.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
    country.len() == 2
        && country.bytes().all(|letter| letter.is_ascii_uppercase())
        && (1..=3).contains(&part.len())
        && is_code(part)
}
