//! `GET /v1/accounts/{id}`: one account, and a page of its members.

use selvedge_engine::access::Right;
use selvedge_engine::account::AccountId;
use selvedge_engine::ids::ProfileId;
use worker::{Env, Request, Response};

use super::access::admit;
use super::profiles::percent_decoded;
use super::query::Query;
use crate::api_error::ApiError;
use crate::config_cache;
use crate::objects::account;
use crate::objects::account::message::{Answer, Ask};
use crate::platform::Secrets;

/// Shows an account (`?limit=`, `?cursor=` page through its members).
pub(crate) async fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadPeople).await?;
    let query = Query::of(request)?;
    let (limit, after) = (query.limit()?, query.cursor(ProfileId::parse)?);
    let name = request.path();
    let name = percent_decoded(name.strip_prefix("/v1/accounts/").unwrap_or_default())?;
    let account = AccountId::new(&name).map_err(|reason| {
        ApiError::invalid_request(format!("no account has this id: it is {}", reason.code()))
    })?;
    let config = config_cache::current(env, 0).await?.version();
    let secrets = Secrets::of(env)?;
    let question = Ask::Show { account: account.clone(), config, after, limit };
    match account::ask(env, &secrets.names, &account, &question).await? {
        Answer::Shown { account } => Ok(Response::from_json(&account)?),
        Answer::NotFound => {
            Err(ApiError::not_found("account_not_found", "nobody has said anything of this account"))
        }
        Answer::Heard { .. } => Err(ApiError::internal("the account answered another question")),
    }
}
