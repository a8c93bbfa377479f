//! Other rules are in force than those by which a profile was made. By itself only what comes from then on goes by them; here
//! an admin asks for the past, too.

use super::super::IdentityRules;
use super::store::{Profile, Store};
use super::{Place, Step, Stepped};

/// What became of an admin's wish that a profile be resolved by the rules of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anew {
    /// Everything connected with it is looked at.
    Begun,
    /// No rules would make it somebody else, or nobody lives here.
    Needless,
    /// It is on its way to somebody: they are to be asked, once it is there.
    Moving,
}

impl<S: Store> Step<'_, S> {
    /// Looks at everything that is connected with this profile, by the rules of now. What has begun ends by itself, whatever
    /// crashes; doing it once more changes nothing.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn look_anew(&mut self) -> Stepped<Anew> {
        let anew = match self.profile.home.place {
            Place::Live if !is_alone(self.profile, self.config.identity()) => {
                self.unsettle()?;
                Anew::Begun
            }
            Place::Surrendering { .. } => Anew::Moving,
            Place::Live | Place::None | Place::Forwarding { .. } | Place::Erased { .. } => Anew::Needless,
        };
        // What it is busy with goes on, though nobody else comes by and its alarm was given up.
        self.advance()?;
        Ok(anew)
    }
}

/// Whether one name is all that this profile has ever shown, and no rules can do anything about that. Whoever else has shown
/// it and was refused has a record of it, and looks at the whole.
fn is_alone(profile: &Profile, rules: &IdentityRules) -> bool {
    let plain = |(id, held): (&_, &super::super::meet::Held)| rules.knows(id) && held.shared.is_none();
    profile.held.len() <= 1
        && profile.held.iter().all(plain)
        && profile.home.refusals.is_none()
        && profile.home.decrees.is_empty()
        && profile.links.is_empty()
}
