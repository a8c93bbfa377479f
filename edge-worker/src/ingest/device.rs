//! The visitor behind a request: which device, and who has proven to be there.
//!
//! The anonymousId is readable by page scripts and may only append. The device cookie is ours: only a request whose
//! cookie is bound to its own anonymousId gets decisions from a profile. First contact binds a fresh anonymousId.
//!
//! A page on another site, where browsers block our cookie, carries the same words in the body: a *device token*, which
//! the page keeps and its scripts can read. What a cookie has proven never becomes a token: a script that may not read the one
//! must not get it as the other.

use selvedge_engine::config::{IdentityMode, Source};
use selvedge_engine::event::{Batch, Decoded, Event};
use selvedge_engine::identity::entry::{Ask, Owner};
use selvedge_engine::identity::extract::Proof;
use selvedge_engine::identity::home::Grant;
use selvedge_engine::identity::{Identifier, IdentityRules, Namespace};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::{COOKIE_NAME, Device, cookies};
use worker::Env;

use super::proof;
use super::received::Received;
use crate::api_error::ApiError;
use crate::incoming::Incoming;
use crate::objects::identifier;
use crate::platform::{self, Secrets};

/// See the module.
pub(super) struct Visitor {
    /// The device, if it is proven.
    device: Option<Device>,
    /// What the browser's cookie says now, to send only what changes.
    had: Option<Device>,
    /// The anonymousId that the request speaks for.
    anonymous_id: Option<String>,
    /// What the anonymousId's entry has just said, if it was asked.
    granted: Option<Grant>,
    /// The device is told by the body, not by the cookie.
    by_token: bool,
}

impl Visitor {
    /// Reads the cookie; or `token`, of a page that may carry one.
    pub(super) fn greet(
        request: &Incoming,
        secrets: &Secrets,
        batch: &Batch<'_>,
        received: &[Received],
        token: Option<&str>,
    ) -> Result<Self, ApiError> {
        let open = |value: &str| Device::open(&secrets.device, value);
        let had = match token {
            Some(token) => open(token),
            None => cookies(&request.header("cookie")?.unwrap_or_default(), COOKIE_NAME).find_map(open),
        };
        let spoken = events(received).filter_map(Event::anonymous_id).next_back().map(str::to_owned);
        let anonymous_id = spoken.or_else(|| batch.anonymous_id.clone());
        let device = had.as_ref().filter(|had| Some(&had.anonymous_id) == anonymous_id.as_ref()).cloned();
        Ok(Self { device, had, anonymous_id, granted: None, by_token: token.is_some() })
    }

    /// Nobody is there: the events are the archive's.
    pub(super) fn nobody() -> Self {
        Self { device: None, had: None, anonymous_id: None, granted: None, by_token: false }
    }

    /// Claims the anonymousId for the device that sends it first, if its cookie does not speak for it.
    pub(super) async fn make_contact(
        &mut self,
        env: &Env,
        secrets: &Secrets,
        rules: &IdentityRules,
        received: &[Received],
    ) -> Result<(), ApiError> {
        let Some(anonymous_id) = self.anonymous_id.clone().filter(|_| self.device.is_none()) else {
            return Ok(());
        };
        let Ok(id) = rules.identifier(Namespace::ANONYMOUS_ID, &anonymous_id) else { return Ok(()) };
        let order = match events(received).find(|event| event.anonymous_id() == Some(&anonymous_id)) {
            Some(event) => (event.timestamp, event.message_id.clone()),
            None => (platform::now(), platform::new_message_id()?),
        };
        let claim =
            Ask::Claim { candidate: platform::new_profile_id()?, order, link: false, only_ask: false };
        let answer = identifier::ask_in_line(env, &secrets.names, &id, &claim).await?;
        let erased = answer.erased_at();
        if let Owner::Owned { profile, epoch } = answer.owner
            && answer.first_contact
        {
            self.device = Some(Device::new(anonymous_id, profile.clone(), None));
            self.granted = Some(Grant { id, profile, epoch, erased });
        }
        Ok(())
    }

    /// Checks the identity tokens that events carry. The last good one says who is here.
    pub(super) async fn prove(
        &mut self,
        env: &Env,
        source: &Source,
        received: &mut [Received],
        now: UnixMillis,
    ) {
        // A batch may have one token for all of its events.
        let mut last = None;
        for one in received {
            let Some(decoded) = one.decoded.as_mut() else { continue };
            let Some(token) = decoded.identity_token.take() else { continue };
            let asked = (token, decoded.event.user_id().map(str::to_owned));
            let said = match last.take().filter(|(before, _)| *before == asked) {
                Some((_, said)) => said,
                None => proof::claims(env, source, &asked.0, asked.1.as_deref(), now).await,
            };
            last = Some((asked, said.clone()));
            match said {
                Ok(claims) => {
                    let anonymous_id = decoded.event.anonymous_id().unwrap_or_default();
                    if let Some(device) =
                        self.device.as_mut().filter(|device| device.anonymous_id == anonymous_id)
                    {
                        device.user_id = Some(claims.sub.clone());
                    }
                    decoded.proven = Some(claims);
                }
                Err(error) => {
                    decoded.disproven = true;
                    one.warning = Some(error.to_string());
                }
            }
        }
    }

    /// What is proven about an event's sender.
    pub(super) fn proof_for(&self, source: &Source, event: &Decoded, handed_over: Option<String>) -> Proof {
        let proven = event.proven.as_ref();
        let device = self.device.as_ref();
        let same = device.filter(|device| event.event.anonymous_id() == Some(&device.anonymous_id));
        let is_taken = source.identity.mode == IdentityMode::WhenPresent && !event.disproven;
        let said = event.event.user_id().filter(|_| is_taken).map(str::to_owned);
        Proof {
            open: source.is_open(),
            handed_over,
            anonymous_id: same.map(|device| device.anonymous_id.clone()),
            user_id: proven.map(|claims| claims.sub.clone()).or(said).or_else(|| same?.user_id.clone()),
            email: proven.and_then(|claims| claims.email.clone()),
            groups: proven.map(|claims| claims.groups.clone()).unwrap_or_default(),
        }
    }

    /// Whether decisions may come from a profile.
    pub(super) fn is_bound(&self) -> bool {
        self.device.is_some()
    }

    /// The same, as the answer says it.
    pub(super) fn bond(&self) -> &'static str {
        if self.is_bound() { "bound" } else { "unbound" }
    }

    /// The anonymousId of the proven device.
    pub(super) fn bound_id(&self) -> Option<&str> {
        self.device.as_ref().map(|device| device.anonymous_id.as_str())
    }

    /// Of a device that has just been bound: who its browser's cookie says was here before.
    pub(super) fn before(&self) -> Option<&str> {
        let before = self.had.as_ref().map(|had| had.anonymous_id.as_str());
        before.filter(|before| self.bound_id().is_some_and(|now| now != *before))
    }

    /// Where the device's profile was last found.
    pub(super) fn profile(&self) -> Option<&ProfileId> {
        self.device.as_ref().map(|device| &device.profile)
    }

    /// Where the browser's cookie says that the device was found last, if it knows of no login there.
    pub(super) fn nobodys_profile(&self) -> Option<&ProfileId> {
        let known = self.had.as_ref().filter(|had| Some(had.anonymous_id.as_str()) == self.bound_id());
        known.filter(|had| had.user_id.is_none()).map(|had| &had.profile)
    }

    /// Whether the browser's cookie already knew this identifier.
    pub(super) fn is_known_as(&self, id: &Identifier, rules: &IdentityRules) -> bool {
        let known = self.had.as_ref().filter(|had| Some(had.anonymous_id.as_str()) == self.bound_id());
        known.and_then(|had| rules.identifier(Namespace::USER_ID, had.user_id.as_deref()?).ok()).as_ref()
            == Some(id)
    }

    /// What the device is known by: its anonymousId and its proven user.
    pub(super) fn identifiers(&self, rules: &IdentityRules) -> Vec<Identifier> {
        let Some(device) = self.device.as_ref() else { return Vec::new() };
        let user = device.user_id.as_deref().map(|user| rules.identifier(Namespace::USER_ID, user));
        let ids = [Some(rules.identifier(Namespace::ANONYMOUS_ID, &device.anonymous_id)), user];
        ids.into_iter().flatten().flatten().collect()
    }

    /// The entry by which that is known, if it is more than a hint.
    pub(super) fn granted(&self) -> Option<&Grant> {
        self.granted.as_ref()
    }

    /// The device's last event was taken by this profile.
    pub(super) fn found_at(&mut self, profile: &ProfileId) {
        if let Some(device) = self.device.as_mut() {
            device.profile = profile.clone();
        }
    }

    /// What is proven now, if it is not what the browser had.
    fn news(&self) -> Option<&Device> {
        self.device.as_ref().filter(|device| self.had.as_ref() != Some(device))
    }

    /// The new device token, for a page that carries one.
    pub(super) fn token(&self, secrets: &Secrets) -> Option<String> {
        self.news().filter(|_| self.by_token).map(|device| device.seal(&secrets.device))
    }

    /// The `Set-Cookie` value, if the browser's cookie must change; who `withdraws` keeps none.
    pub(super) fn cookie(
        &self,
        request: &Incoming,
        secrets: &Secrets,
        withdraws: bool,
    ) -> Result<Option<String>, ApiError> {
        let news = self.news().map(|device| (device.seal(&secrets.device), limits::DEVICE_COOKIE_SECONDS));
        let none = self.had.as_ref().map(|_| (String::new(), 0));
        let said = if withdraws { none } else { news };
        let Some((value, seconds)) = said.filter(|_| !self.by_token) else { return Ok(None) };
        let secure = if request.url().starts_with("https:") { "; Secure" } else { "" };
        Ok(Some(format!("{COOKIE_NAME}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")))
    }
}

/// The events that could be read.
fn events(received: &[Received]) -> impl DoubleEndedIterator<Item = &Event> {
    received.iter().filter_map(|one| Some(&one.decoded.as_ref()?.event))
}
