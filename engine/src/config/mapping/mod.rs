//! Mappings: what happens on a site's pages, said as events, where nobody may change the pages. They travel to every
//! visitor's browser, which reads them; here they are only checked.

mod check;
mod selector;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) use check::check;

/// What makes the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A click on the element, or in it.
    #[default]
    Click,
    /// The form is submitted.
    Submit,
    /// The element stands on the page: once in each page view.
    View,
}

impl Trigger {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a property's value is found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Property {
    /// This text, number or boolean, whatever the page says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The element that says it; without one the mapping's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// The attribute that says it; without one the element's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// It is a number as people write it: "1.299,00 €".
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub number: bool,
}

/// One thing that happens on pages, and its event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// What makes the event.
    #[serde(default, skip_serializing_if = "Trigger::is_default")]
    pub on: Trigger,
    /// The elements that it happens to.
    pub selector: String,
    /// The paths of its pages, with `*` for anything; left out, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<String>,
    /// The name of the event.
    pub event: String,
    /// The element around it in which the others are looked for; left out, the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// The product that the page describes in JSON-LD or microdata gives the properties that aren't listed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub product: bool,
    /// The event's properties. One whose element isn't there is left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Property>,
}
