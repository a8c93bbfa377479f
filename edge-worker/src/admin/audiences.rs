//! `GET /v1/audiences`, `…/{id}/imports`, `…/{id}/imports/{import}`, `…/parts/{n}`, `…/commit`, `…/changes`,
//! `POST …/{id}/restore`: lists of identifiers that somebody else has made.

use selvedge_engine::access::Right;
use selvedge_engine::audience::{Audience, Mode, Part, PartReport, Progress, read_rows};
use selvedge_engine::config::Config;
use selvedge_engine::identity::Namespace;
use selvedge_engine::ids::AudienceId;
use selvedge_engine::limits;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use worker::{Env, Method, Request, Response, ResponseBuilder};

use super::access::admit;
use super::profiles::percent_decoded;
use super::query::Query;
use crate::api_error::ApiError;
use crate::objects::audience::message::{Answer, Ask};
use crate::objects::audience::{ask, stores};
use crate::platform::Secrets;
use crate::{archive, body, config_cache};

/// Answers everything under `/v1/audiences`.
pub(crate) async fn respond(request: Request, env: &Env) -> Result<Response, ApiError> {
    let right = if request.method() == Method::Get { Right::ReadPeople } else { Right::Publish };
    admit(request.inner(), env, right).await?;
    // An audience that was published a moment ago is known.
    let config = config_cache::newest(env, config_cache::current(env, 0).await?).await?;
    let path = request.path();
    let rest = path.strip_prefix("/v1/audiences").unwrap_or_default();
    let segments: Vec<&str> = rest.split('/').skip(1).collect();
    if segments.is_empty() {
        return match request.method() {
            Method::Get => list(&config, env).await,
            _ => Err(ApiError::method_not_allowed("GET")),
        };
    }
    let (first, rest) = segments.split_first().unwrap_or((&"", &[]));
    let id = AudienceId::from(percent_decoded(first)?.as_str());
    let missing = || {
        let message = format!("the config has no audience `{id}`; publish audiences/{id}.json first");
        ApiError::not_found("audience_not_found", message)
    };
    let audience = config.audience(&id).ok_or_else(missing)?;
    match (request.method(), rest) {
        (Method::Get, ["imports"]) => imports(audience, env).await,
        (Method::Post, ["imports"]) => begin(request, audience, env).await,
        (_, ["imports"]) => Err(ApiError::method_not_allowed("GET and POST")),
        (Method::Get, ["imports", import]) => show(audience, import, env).await,
        (Method::Delete, ["imports", import]) => {
            known(audience, import, env).await?;
            shown(ask(env, &audience.namespace, Ask::Cancel { import: (*import).to_owned() }).await?)
        }
        (_, ["imports", _]) => Err(ApiError::method_not_allowed("GET and DELETE")),
        (Method::Put, ["imports", import, "parts", n]) => {
            take(&request, &config, audience, import, n, env).await
        }
        (_, ["imports", _, "parts", _]) => Err(ApiError::method_not_allowed("PUT")),
        (Method::Post, ["imports", import, "commit"]) => commit(request, audience, import, env).await,
        (_, ["imports", _, "commit"]) => Err(ApiError::method_not_allowed("POST")),
        (Method::Get, ["imports", import, "changes"]) => changes(&request, audience, import, env).await,
        (_, ["imports", _, "changes"]) => Err(ApiError::method_not_allowed("GET")),
        (Method::Post, ["restore"]) => restore(request, &audience.namespace, env).await,
        (_, ["restore"]) => Err(ApiError::method_not_allowed("POST")),
        _ => Err(ApiError::not_found("not_found", format!("there is nothing at {path}"))),
    }
}

fn wrong() -> ApiError {
    ApiError::internal("the audiences answered another question")
}

fn json_of(progress: &Progress) -> Value {
    let report = &progress.report;
    json!({
        "id": progress.id,
        "audience": progress.audience,
        "mode": progress.mode,
        "status": progress.status,
        "startedAt": progress.started_at.to_iso(),
        "finishedAt": progress.finished_at.map(selvedge_engine::time::UnixMillis::to_iso),
        "rows": report.rows,
        "bad": report.bad,
        "badRows": report.bad_rows,
        "generation": progress.generation.map(|generation| generation.number),
        "shards": progress.generation.map(selvedge_engine::audience::Generation::shards),
        "shardsDone": progress.shards_done,
        "entered": progress.entered,
        "left": progress.left,
        "members": progress.members,
        "error": progress.error,
    })
}

async fn list(config: &Config, env: &Env) -> Result<Response, ApiError> {
    let mut rows = Vec::new();
    let mut by_namespace: Map<String, Value> = Map::new();
    let audiences = &config.document().audiences;
    let mut namespaces: Vec<&Namespace> = audiences.iter().map(|audience| &audience.namespace).collect();
    selvedge_engine::ordered::sort_by(&mut namespaces, |a, b| a.cmp(b));
    namespaces.dedup();
    for namespace in namespaces {
        let Answer::Listed { generations, current, .. } = ask(env, namespace, Ask::List).await? else {
            return Err(wrong());
        };
        let counts = config.document().generations.get(namespace).copied();
        let current = current.filter(|current| Some(current.generation) == counts);
        for audience in audiences.iter().filter(|audience| audience.namespace == *namespace) {
            let members = current.as_ref().and_then(|current| current.members.get(&audience.id));
            rows.push(json!({
                "id": audience.id, "name": audience.name, "namespace": namespace, "members": members.unwrap_or(&0),
            }));
        }
        let kept: Vec<Value> = generations
            .iter()
            .filter(|kept| kept.removed == 0)
            .map(|kept| {
                json!({
                    "generation": kept.generation.number, "shards": kept.generation.shards(), "at": kept.at.to_iso(),
                    "import": kept.import, "members": kept.members, "current": Some(kept.generation) == counts,
                })
            })
            .collect();
        by_namespace.insert(namespace.as_str().to_owned(), json!(kept));
    }
    Ok(Response::from_json(&json!({ "audiences": rows, "generations": by_namespace }))?)
}

async fn imports(audience: &Audience, env: &Env) -> Result<Response, ApiError> {
    let Answer::Listed { imports, .. } = ask(env, &audience.namespace, Ask::List).await? else {
        return Err(wrong());
    };
    let own = imports.iter().filter(|import| import.audience == audience.id);
    Ok(Response::from_json(&json!({ "imports": own.map(json_of).collect::<Vec<_>>() }))?)
}

async fn read_body<T: DeserializeOwned>(request: &Request) -> Result<T, ApiError> {
    let text = body::read(request.inner(), limits::EVENT_BYTES).await?;
    let text = if text.trim().is_empty() { "{}" } else { &text };
    serde_json::from_str(text).map_err(|error| ApiError::invalid_request(error.to_string()))
}

async fn begin(request: Request, audience: &Audience, env: &Env) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        mode: Mode,
    }
    let Body { mode } = read_body(&request).await?;
    let begin = Ask::Begin { audience: audience.id.clone(), mode };
    Ok(shown(ask(env, &audience.namespace, begin).await?)?.with_status(201))
}

fn not_found() -> ApiError {
    ApiError::not_found("import_not_found", "this audience has no such import")
}

fn shown(answer: Answer) -> Result<Response, ApiError> {
    match answer {
        Answer::Import { import: Some(import), parts } => {
            let mut value = json_of(&import);
            if let Some(fields) = value.as_object_mut() {
                fields.insert("uploaded".into(), json!(parts));
            }
            Ok(Response::from_json(&value)?)
        }
        Answer::Import { import: None, .. } => Err(not_found()),
        Answer::NotReady { message } => Err(ApiError::conflict("import_not_ready", message)),
        Answer::Listed { .. } | Answer::Restored { .. } | Answer::Forgot { .. } => Err(wrong()),
    }
}

/// An import of this audience.
async fn known(audience: &Audience, import: &str, env: &Env) -> Result<Progress, ApiError> {
    match ask(env, &audience.namespace, Ask::Show { import: import.to_owned() }).await? {
        Answer::Import { import: Some(import), .. } if import.audience == audience.id => Ok(import),
        Answer::Import { .. } => Err(not_found()),
        _ => Err(wrong()),
    }
}

async fn show(audience: &Audience, import: &str, env: &Env) -> Result<Response, ApiError> {
    known(audience, import, env).await?;
    shown(ask(env, &audience.namespace, Ask::Show { import: import.to_owned() }).await?)
}

/// Takes a part: its rows are read and sorted here, and come to rest before the import hears of them.
async fn take(
    request: &Request,
    config: &Config,
    audience: &Audience,
    import: &str,
    n: &str,
    env: &Env,
) -> Result<Response, ApiError> {
    let n = n.parse::<u32>().ok().filter(|n| *n < limits::IMPORT_PARTS).ok_or_else(|| {
        ApiError::invalid_request(format!("parts are numbered from 0 to {}", limits::IMPORT_PARTS - 1))
    })?;
    let first_line = match Query::of(request)?.text("firstLine") {
        None => 2,
        Some(text) => text.parse().map_err(|_| {
            ApiError::invalid_request("`firstLine` is the number of the part's first row in the file")
        })?,
    };
    let progress = known(audience, import, env).await?;
    if let Err(error) = progress.takes_parts() {
        return Err(ApiError::conflict("import_not_ready", error.to_string()));
    }
    let text = body::read(request.inner(), limits::IMPORT_PART_BYTES).await?;
    let secrets = Secrets::of(env)?;
    let (mut part, mut report) = (Part::default(), PartReport::default());
    read_rows(
        &text,
        &audience.namespace,
        progress.mode,
        config.identity(),
        first_line,
        &mut |row| match row {
            Ok(row) => {
                part.add(secrets.names.bytes(&row.id), row.action);
                report.rows += 1;
            }
            Err(bad) => report.reject(bad),
        },
    )
    .map_err(|error| ApiError::invalid_request(error.to_string()))?;
    drop(text);
    stores::put_part(env, import, n, &part).await?;
    let answer = json!({ "part": n, "rows": report.rows, "bad": report.bad, "badRows": report.bad_rows });
    match ask(env, &audience.namespace, Ask::Part { import: import.to_owned(), n, report }).await? {
        Answer::Import { import: Some(_), .. } => Ok(Response::from_json(&answer)?),
        other => shown(other),
    }
}

async fn commit(
    request: Request,
    audience: &Audience,
    import: &str,
    env: &Env,
) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        parts: u32,
    }
    let Body { parts } = read_body(&request).await?;
    known(audience, import, env).await?;
    let commit = Ask::Commit { import: import.to_owned(), parts };
    Ok(shown(ask(env, &audience.namespace, commit).await?)?.with_status(202))
}

/// Who has entered and who has left: a page is what a shard has of it, `?shard=` from 0 on.
async fn changes(
    request: &Request,
    audience: &Audience,
    import: &str,
    env: &Env,
) -> Result<Response, ApiError> {
    let progress = known(audience, import, env).await?;
    let shard = Query::of(request)?.text("shard").unwrap_or_else(|| "0".to_owned());
    let shard = shard.parse::<u32>().ok().filter(|shard| *shard < progress.shards_done);
    let missing = || {
        let message = format!("`shard` is a number below {}", progress.shards_done);
        ApiError::not_found("changes_not_found", message)
    };
    let shard = shard.ok_or_else(missing)?;
    let lines = archive::bytes(&stores::changes_name(import, shard), env).await?.ok_or_else(missing)?;
    let response = ResponseBuilder::new().with_header("content-type", "application/x-ndjson")?;
    Ok(response.with_header("cache-control", "no-store")?.fixed(lines))
}

async fn restore(request: Request, namespace: &Namespace, env: &Env) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        generation: u64,
    }
    let Body { generation } = read_body(&request).await?;
    match ask(env, namespace, Ask::Restore { number: generation }).await? {
        Answer::Restored { generation } => {
            Ok(Response::from_json(&json!({ "success": true, "generation": generation.number }))?)
        }
        Answer::Import { import: None, .. } => {
            Err(ApiError::not_found("generation_not_found", "this generation is not kept"))
        }
        other => shown(other),
    }
}
