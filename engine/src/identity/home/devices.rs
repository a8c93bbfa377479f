//! A login that a program has hard-coded is shown by ever more devices, and all of their events come to whoever has it.
//! Its entry is told of each device beyond what a person has, so that it can come under quarantine.

use super::super::crowd::number;
use super::super::entry::Ask;
use super::super::fact::{Fact, Says};
use super::super::{Identifier, IdentifierKind};
use super::store::Store;
use super::{Link, Step};
use crate::limits;

impl<S: Store> Step<'_, S> {
    /// An event was taken that asks for these links. It is only a count: what is lost is not told again.
    pub(super) fn tell_of_devices(&mut self, fact: &Fact, links: &[Link]) {
        let Says::Seen { ids, .. } = &fact.says else { return };
        let rules = self.config.identity();
        let is_device = |id: &Identifier| rules.kind(&id.namespace) == IdentifierKind::Device;
        let Some(name) = ids.first().filter(|name| !is_device(name)) else { return };
        if !self.profile.held.contains_key(name) || rules.quarantined.contains(name) {
            return;
        }
        let new: Vec<&Identifier> = links.iter().filter_map(Link::id).filter(|id| is_device(id)).collect();
        let few = limits::DEVICES_OF_A_PERSON.min(rules.quarantine.profiles as usize);
        if new.is_empty() || self.profile.held.keys().filter(|id| is_device(id)).count() < few {
            return;
        }
        for device in new {
            // A device that is refused comes with each of its events.
            if self.profile.under_way.sent.insert(format!("on device:{device}")) {
                self.ask_entry(name, Ask::OnDevice { device: number(&device.to_string()) });
            }
        }
    }
}
