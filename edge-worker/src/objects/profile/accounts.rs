//! What accounts are told by this profile, and what a decision reads of them.
//!
//! What an event says of an account is written in the event's own transaction, and leaves when the account has it. The row
//! that shows the profile among the members is compared with the one told last, as for the directory: so it follows from
//! whatever changes the state, an event, a merge, an unmerge or an erasure, and nothing has to be noted where that happens.

use selvedge_engine::ordered::gather;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use selvedge_engine::account::{AccountId, Member, Report};
use selvedge_engine::config::Config;
use selvedge_engine::identity::home::{Place, Profile};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Inner;
use super::tables::Tables;
use crate::api_error::ApiError;
use crate::objects::account;
use crate::objects::account::message::{Answer, Ask, Hear};
use crate::platform::Secrets;
use crate::{config_cache, platform};

/// The row that an account took last.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct ToldAccount {
    /// Its revision.
    pub(super) revision: u64,
    /// [`Member::says`]; empty when the profile was told not to be a member.
    says: String,
}

impl ToldAccount {
    /// It was told that the profile is no member.
    pub(super) fn is_gone(&self) -> bool {
        self.says.is_empty()
    }
}

/// What an account does not know yet.
#[derive(Default)]
struct News {
    told: Vec<Report>,
    member: Option<Member>,
}

impl Inner {
    /// Tells every account what it does not know yet. Whatever fails is told by the next alarm.
    pub(super) async fn tell_accounts(&self, me: &ProfileId) -> Result<(), ApiError> {
        loop {
            let concerned = |profile: &Profile, tables: &Tables<'_>| {
                Ok(profile.folded.state.accounts.current().next().is_some() || tables.speaks_to_accounts()?)
            };
            if !self.read(me, concerned)? {
                return Ok(());
            }
            let config = config_cache::current(&self.env, 0).await?;
            let (news, more) = self.read(me, |profile, tables| news(profile, tables, &config))?;
            if news.is_empty() {
                return Ok(());
            }
            let tells = news.into_iter().map(|(id, news)| self.tell_account(me, &config, id, news));
            let tells: Vec<_> = tells.collect();
            let done: Vec<Result<Value, ApiError>> =
                stream::iter(tells).buffer_unordered(limits::CONCURRENT_OBJECTS).collect().await;
            done.into_iter().collect::<Result<Vec<_>, _>>()?;
            if !more {
                return Ok(());
            }
        }
    }

    /// The accounts that the person belongs to, as conditions see them, those last spoken of; none if they can't be read.
    /// The calls tell them at the same time what they do not know yet: what the visitor's own last event says of an account
    /// is part of the decision.
    pub(super) async fn accounts(
        &self,
        me: &ProfileId,
        config: &Config,
    ) -> Result<Option<Vec<Value>>, ApiError> {
        let asked = self.read(me, |profile, _| Ok(profile.folded.state.accounts.last_spoken_of()))?;
        if asked.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let (mut news, _) = self.read(me, |profile, tables| news(profile, tables, config))?;
        let asks = asked.into_iter().map(|id| {
            let news = news.remove(&id).unwrap_or_default();
            async { (id.clone(), self.tell_account(me, config, id, news).await) }
        });
        let asks: Vec<_> = asks.collect();
        let answers: Vec<(AccountId, Result<Value, ApiError>)> =
            stream::iter(asks).buffered(limits::CONCURRENT_OBJECTS).collect().await;
        let mut accounts = Vec::with_capacity(answers.len());
        for (id, answer) in answers {
            match answer {
                // Whoever has left while we asked is no member any more.
                Ok(account) => {
                    if self.read(me, |profile, _| Ok(profile.folded.state.accounts.is_in(&id)))? {
                        accounts.push(account);
                    }
                }
                Err(error) => {
                    worker::console_error!("profile {me}: decides without its accounts: {error}");
                    return Ok(None);
                }
            }
        }
        Ok(Some(accounts))
    }

    /// One account. What it has taken is not told again.
    async fn tell_account(
        &self,
        me: &ProfileId,
        config: &Config,
        id: AccountId,
        news: News,
    ) -> Result<Value, ApiError> {
        let secrets = Secrets::of(&self.env)?;
        let News { told, member } = news;
        let hear = Ask::Hear(Hear { account: id.clone(), config: config.version(), told, member });
        let answer = account::ask(&self.env, &secrets.names, &id, &hear).await?;
        let (Answer::Heard { account }, Ask::Hear(Hear { told, member, .. })) = (answer, hear) else {
            return Err(ApiError::internal("the account answered another question"));
        };
        if !told.is_empty() || member.is_some() {
            let heard: Vec<&MessageId> = told.iter().map(|told| &told.order.1).collect();
            let row = member.map(|member| ToldAccount { revision: member.revision, says: says(&member) });
            self.sql.atomically(|| {
                self.read(me, |profile, tables| {
                    tables.account_heard(&id, &heard, row.as_ref(), lives_here(profile))
                })
            })?;
        }
        Ok(account)
    }
}

fn lives_here(profile: &Profile) -> bool {
    matches!(profile.home.place, Place::Live | Place::Surrendering { .. })
}

fn says(member: &Member) -> String {
    if member.by.is_some() { member.says() } else { String::new() }
}

/// What each account does not know yet, and whether there is more than that.
fn news(
    profile: &Profile,
    tables: &Tables<'_>,
    config: &Config,
) -> Result<(BTreeMap<AccountId, News>, bool), ApiError> {
    let mut news: BTreeMap<AccountId, News> = BTreeMap::new();
    let words = tables.account_words(limits::TOLD_AT_A_TIME)?;
    let more = words.len() == limits::TOLD_AT_A_TIME;
    for told in words {
        news.entry(told.account.clone()).or_default().told.push(told);
    }
    let told = tables.told_accounts()?;
    let state = &profile.folded.state;
    let current = state.accounts.current().map(|(id, _)| id).filter(|_| lives_here(profile));
    let current: BTreeSet<&AccountId> = gather(current);
    // The clock keeps revisions growing also when the last one was sent and then forgotten in a crash.
    let now = u64::try_from(platform::now().0).unwrap_or_default();
    for id in current.iter().copied().chain(told.keys().filter(|id| !current.contains(*id))) {
        let last = told.get(id).cloned().unwrap_or_default();
        let revision = now.max(last.revision.saturating_add(1));
        let me = profile.home.me.clone();
        let member = if current.contains(id) {
            Member::of(me, revision, id, state, config.accounts())
        } else {
            Member::gone(me, revision)
        };
        if says(&member) != last.says {
            news.entry(id.clone()).or_default().member = Some(member);
        }
    }
    Ok((news, more))
}
