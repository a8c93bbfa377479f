//! The account object: one per account, named by the HMAC of its id.
//!
//! Profiles tell it what events said of it, and the newest row of themselves. Both may come twice, late and in any order:
//! what an event said is kept by messageId, of a profile's rows the one with the greatest revision. See [`tables`].

pub(crate) mod message;
mod tables;

use selvedge_engine::account::{Account, AccountId, AccountRules, Member};
use selvedge_engine::config::Config;
use selvedge_engine::identity::ObjectNames;
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use self::message::{Answer, Ask, Hear};
use self::tables::Tables;
use super::call;
use super::sql::Sql;
use crate::api_error::ApiError;
use crate::{bindings, config_cache};

/// Asks the object of `account`.
pub(crate) async fn ask(
    env: &Env,
    names: &ObjectNames,
    account: &AccountId,
    question: &Ask,
) -> std::result::Result<Answer, ApiError> {
    call::call(env, bindings::ACCOUNTS, &names.account(account), question).await
}

/// See the module.
#[durable_object]
pub struct AccountObject {
    sql: Sql,
    env: Env,
}

impl DurableObject for AccountObject {
    fn new(state: State, env: Env) -> Self {
        Self { sql: Sql::new(&state), env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let answer = match call::receive::<Ask>(&mut request).await {
            Ok(question) => self.answer(question).await,
            Err(error) => Err(error),
        };
        call::reply(answer)
    }
}

impl AccountObject {
    async fn answer(&self, question: Ask) -> std::result::Result<Answer, ApiError> {
        match question {
            Ask::Hear(hear) => {
                let config = config_cache::current(&self.env, hear.config).await?;
                let account = self.sql.atomically(|| self.hear(&hear, &config))?;
                Ok(Answer::Heard { account })
            }
            Ask::Show { account, config, after, limit } => {
                let config = config_cache::current(&self.env, config).await?;
                self.sql.atomically(|| self.show(&account, &config, after.as_ref(), limit))
            }
        }
    }

    fn hear(&self, hear: &Hear, config: &Config) -> std::result::Result<Value, ApiError> {
        let rules = config.accounts();
        let nothing_new = hear.told.is_empty() && hear.member.is_none();
        let tables = match Tables::open(&self.sql)? {
            Some(tables) => tables,
            None if nothing_new => {
                let account = Account::empty(hear.account.clone());
                return Ok(account.for_conditions(account.computed(rules, |_, _| Ok::<_, ApiError>(None))?));
            }
            None => Tables::open_or_create(&self.sql)?,
        };
        let mut account = refreshed(&tables, &hear.account, rules)?;
        let mut changed = false;
        for told in &hear.told {
            if tables.log(told)? {
                account.hear(told, rules);
                changed = true;
            }
        }
        if let Some(member) = &hear.member {
            let was_full = account.full;
            let kept = tables.member(&member.profile)?;
            let admitted = account.admit(kept.as_ref(), member);
            if admitted {
                tables.put_member(member)?;
            }
            changed |= admitted || account.full != was_full;
        }
        if changed {
            tables.put_account(&account)?;
        }
        Ok(account.for_conditions(computed(&account, rules, &tables)?))
    }

    fn show(
        &self,
        id: &AccountId,
        config: &Config,
        after: Option<&ProfileId>,
        limit: usize,
    ) -> std::result::Result<Answer, ApiError> {
        let Some(tables) = Tables::open(&self.sql)? else { return Ok(Answer::NotFound) };
        let account = refreshed(&tables, id, config.accounts())?;
        // One more than a page: then it is known whether another page follows.
        let mut members = tables.members(after, limit.saturating_add(1))?;
        let more = members.len() > limit;
        members.truncate(limit);
        let next = members.last().filter(|_| more).map(|member| member.profile.clone());
        Ok(Answer::Shown {
            account: json!({
                "accountId": account.id,
                "firstSeen": account.first_seen.map(UnixMillis::to_iso),
                "lastSeen": account.last_seen.map(UnixMillis::to_iso),
                "events": account.events,
                "traits": account.traits.values(),
                "computed": computed(&account, config.accounts(), &tables)?,
                "full": account.full,
                "members": members.iter().map(shown).collect::<Vec<_>>(),
                "next": next,
                "configVersion": config.version(),
            }),
        })
    }
}

/// The account, folded anew if it was folded under other rules.
fn refreshed(
    tables: &Tables<'_>,
    id: &AccountId,
    rules: &AccountRules,
) -> std::result::Result<Account, ApiError> {
    let stored = tables.account()?.unwrap_or_else(|| Account::empty(id.clone()));
    if stored.is_folded_under(rules) {
        return Ok(stored);
    }
    let mut account = stored.without_traits();
    let mut after = MessageId::default();
    loop {
        let page = tables.told(&after, limits::TOLD_AT_A_TIME)?;
        let Some(last) = page.last() else { break };
        after = last.order.1.clone();
        page.iter().for_each(|told| account.hear(told, rules));
    }
    tables.put_account(&account)?;
    Ok(account)
}

fn computed(
    account: &Account,
    rules: &AccountRules,
    tables: &Tables<'_>,
) -> std::result::Result<Value, ApiError> {
    account.computed(rules, |key, op| tables.extreme(key, op))
}

fn shown(member: &Member) -> Value {
    let by = member.by.as_ref();
    json!({
        "profileId": member.profile,
        "at": by.map(|(at, _)| at.to_iso()),
        "messageId": by.map(|(_, id)| id),
    })
}
