//! What an erasure means, where one place sees everything.
//!
//! It takes whom the facts that have arrived by then make of a name: all events of that person, and all their names. From
//! then on such a name is nobody's, for whatever happened until the erasure: an event that it decides is rejected, on
//! other people's events it links nobody. What happens later starts anew.

use std::collections::BTreeSet;

use selvedge_engine::identity::fact::{Fact, Says};
use selvedge_engine::identity::resolve::{Person, RefusedLink, resolve};
use selvedge_engine::identity::{Identifier, IdentityRules, Refusal, Violation};
use selvedge_engine::ids::MessageId;
use selvedge_engine::time::UnixMillis;

use crate::{Erased, Erasure, Taken};

impl Taken {
    /// Takes an erasure: who has the name goes.
    pub(crate) fn erase(&mut self, erasure: &Erasure, rules: &IdentityRules) {
        let people = resolve(&self.facts, rules).people;
        let (gone, others): (Vec<Person>, Vec<Person>) =
            people.into_iter().partition(|person| person.ids.contains_key(&erasure.who));
        let Some(person) = gone.into_iter().next() else { return };
        let until = if erasure.suppress { UnixMillis(i64::MAX) } else { erasure.order.0 };
        self.tombstones.extend(person.ids.keys().map(|id| (id.clone(), until)));
        self.erased.push(Erased {
            ids: person.ids.keys().map(ToString::to_string).collect(),
            events: person.events.iter().map(ToString::to_string).collect(),
        });
        let events: BTreeSet<MessageId> = person.events.into_iter().collect();
        self.logged.retain(|row| !events.contains(&row.event.message_id));
        let mut left = std::mem::take(&mut self.facts);
        left.retain(|fact| !events.contains(&fact.order.1));
        for fact in left {
            let filed = others.iter().find(|person| person.events.contains(&fact.order.1));
            self.facts.push(self.of_others(fact, filed));
        }
    }

    /// What somebody else's event says still. One that showed nothing but a shared device stays with what that device did.
    fn of_others(&self, mut fact: Fact, filed: Option<&Person>) -> Fact {
        let at = fact.order.0;
        fact.says.retain(|id| !self.is_erased(id, at));
        if let Says::Seen { ids, .. } = &mut fact.says
            && ids.is_empty()
        {
            let apart = filed.into_iter().flat_map(|person| person.ids.keys());
            ids.extend(apart.filter(|id| id.namespace.is_reserved()).cloned());
        }
        fact
    }

    /// Whether an event that comes now is about somebody who was erased after it happened.
    pub(crate) fn is_about_erased(&self, fact: &Fact) -> bool {
        match &fact.says {
            Says::Seen { ids, .. } => ids.first().is_some_and(|id| self.is_erased(id, fact.order.0)),
            Says::Together { .. } | Says::Apart(_) => false,
        }
    }

    /// An event that comes now links no name that was erased after it happened; that is recorded.
    pub(crate) fn without_erased(&mut self, fact: Fact) -> Fact {
        let at = fact.order.0;
        if let Says::Seen { ids, .. } = &fact.says {
            let erased = ids.iter().filter(|id| self.is_erased(id, at));
            let refused = erased.map(|id| RefusedLink {
                id: id.clone(),
                order: fact.order.clone(),
                violations: vec![Violation { reason: Refusal::Erased, namespace: id.namespace.clone() }],
            });
            let refused: Vec<RefusedLink> = refused.collect();
            self.refused.extend(refused);
        }
        self.of_others(fact, None)
    }

    fn is_erased(&self, id: &Identifier, at: UnixMillis) -> bool {
        self.tombstones.get(id).is_some_and(|erased| at <= *erased)
    }
}
