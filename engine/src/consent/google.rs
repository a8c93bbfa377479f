//! Google's Consent Mode, version 2: what `gtag("consent", …)` was told.
//! <https://developers.google.com/tag-platform/security/guides/consent>

use serde_json::{Map, Value};

use super::Word;

/// What these say. Everything but `granted` is a no; a storage that is not named says nothing, but of the three about
/// advertising all must be granted once one is named.
pub(super) fn word(said: &Map<String, Value>) -> Word {
    let granted = |name: &str| said.get(name).map(|value| value.as_str() == Some("granted"));
    let of_ads = ["ad_storage", "ad_user_data", "ad_personalization"].map(granted);
    let all = |named: &[Option<bool>]| {
        named.iter().any(Option::is_some).then(|| named.iter().all(|granted| *granted == Some(true)))
    };
    Word {
        analytics: granted("analytics_storage"),
        personalisation: granted("personalization_storage"),
        advertising: all(&of_ads),
        sale_or_share: all(&of_ads),
    }
}
