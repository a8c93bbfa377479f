//! What clients really send, in one schedule of three: bodies for the engine to read, with values among the names that name nobody,
//! and with names that nothing proves. What each event was meant to say is kept for the [laws](selvedge_simulator::meant).

use std::collections::BTreeMap;

use fastrand::Rng;
use selvedge_engine::event::Kind;
use selvedge_engine::identity::extract::{Carried, Proof, identifiers};
use selvedge_engine::identity::home::Item;
use selvedge_engine::identity::{Identifier, IdentityRules, Trust};
use selvedge_simulator::meant::{Meant, NOBODY, NOBODY_HERE};
use selvedge_simulator::sabotage::Sabotage;
use serde_json::json;

/// Names that an event can carry.
const NAMESPACES: [&str; 4] = ["user_id", "email", "crm_id", "anonymous_id"];

/// The clients of one schedule. They have chances of their own, so that the others are the same without them.
pub(crate) struct Senders(Rng);

impl Senders {
    pub(crate) fn of(seed: u64) -> Option<Self> {
        let mut rng = Rng::with_seed(seed ^ 0x0073_656e_6465_7273);
        (rng.u32(0..3) == 0).then_some(Self(rng))
    }

    /// The rules, by which some values name nobody in this workspace.
    pub(crate) fn rules(&self, mut rules: IdentityRules) -> IdentityRules {
        for rule in rules.namespaces.values_mut() {
            rule.blocked = NOBODY_HERE.map(str::to_owned).into();
        }
        rules
    }

    /// The event as a Worker reads it that such a client has sent it to, and what it was meant to say.
    pub(crate) fn send(
        &mut self,
        item: Item,
        rules: &IdentityRules,
        sabotage: Option<Sabotage>,
    ) -> (Item, Meant) {
        let mut said: BTreeMap<&str, String> = BTreeMap::new();
        for carried in &item.logged.ids {
            let namespace = NAMESPACES.into_iter().find(|name| *name == carried.id.namespace.as_str());
            said.extend(namespace.map(|name| (name, carried.id.value.clone())));
        }
        let (proof, open) = self.proof(&said);
        let mut meant = Meant::default();
        let nobody = self.misname(&mut said);
        for carried in &item.logged.ids {
            let namespace = carried.id.namespace.as_str();
            if nobody.as_ref().is_some_and(|(of, _)| *of == namespace) {
                continue;
            }
            let proven = match namespace {
                "user_id" => &proof.user_id,
                "email" => &proof.email,
                "anonymous_id" => &proof.anonymous_id,
                _ => &None,
            };
            let of = if open || proven.is_some() { &mut meant.proven } else { &mut meant.claimed };
            of.insert(carried.id.clone());
        }
        // A rename takes the proof of being both.
        let named = meant.proven.iter().any(|id| id.namespace.as_str() == "user_id");
        meant.renamed = item.logged.previous.clone().filter(|_| open && named);
        let believed =
            if sabotage == Some(Sabotage::BelieveClaims) { Proof { open: true, ..proof } } else { proof };
        let mut read = read(item, &said, rules, &believed);
        if let Some((namespace, value)) = nobody.filter(|_| sabotage == Some(Sabotage::AdmitAnything)) {
            let id = Identifier::stored(&format!("{namespace}:{value}"));
            let carried = id.map(|id| Carried { id, trust: Trust::Verified });
            read.logged.ids.extend(carried);
            read.logged.ids.sort_by_key(|carried| rules.priority(&carried.id.namespace));
        }
        (read, meant)
    }

    /// What is proven of the sender, and whether that is everything: half of them are servers.
    fn proof(&mut self, said: &BTreeMap<&str, String>) -> (Proof, bool) {
        let Self(rng) = self;
        let open = rng.bool();
        let mut some = |name: &str, most| said.get(name).cloned().filter(|_| rng.u32(0..most) > 0);
        // Most browsers have the cookie of their device, and half of the logins come with a token.
        let (anonymous_id, user_id, email) = (some("anonymous_id", 5), some("user_id", 2), some("email", 2));
        (Proof { open, anonymous_id, user_id, email, ..Proof::default() }, open)
    }

    /// One event in five has no value for one of its names, or for one that others have, and sends what a program sends then.
    fn misname(&mut self, said: &mut BTreeMap<&str, String>) -> Option<(&'static str, String)> {
        let Self(rng) = self;
        if rng.u32(0..5) > 0 {
            return None;
        }
        let namespace = *rng.choice(&NAMESPACES)?;
        let value = *rng.choice(NOBODY.iter().chain(&NOBODY_HERE).collect::<Vec<_>>())?;
        said.insert(namespace, (*value).to_owned());
        Some((namespace, (*value).to_owned()))
    }
}

/// What a client sends that has these names, as the engine reads it.
fn read(mut item: Item, said: &BTreeMap<&str, String>, rules: &IdentityRules, proof: &Proof) -> Item {
    let event = &mut item.logged.event;
    let mut put = |field: &str, value: Option<&String>| {
        event.body.extend(value.map(|value| (field.to_owned(), value.as_str().into())));
    };
    put("userId", said.get("user_id"));
    put("anonymousId", said.get("anonymous_id"));
    if event.kind == Kind::Alias {
        let previous = item.logged.previous.as_ref().map(|id| id.value.as_str().into());
        event.body.extend(previous.map(|value| ("previousId".to_owned(), value)));
    }
    let mut context = serde_json::Map::new();
    if let Some(email) = said.get("email") {
        // As people write it.
        context.insert("traits".into(), json!({ "email": format!(" {}", email.to_uppercase()) }));
    }
    if let Some(id) = said.get("crm_id") {
        context.insert("externalIds".into(), json!([{ "type": "crm_id", "id": id }]));
    }
    event.body.insert("context".into(), context.into());
    let found = identifiers(event, rules, proof);
    item.logged.ids = found.ids;
    item.logged.previous = found.previous;
    item.not_identifiers = found.refused;
    item
}
