//! Which imported audiences somebody is in: one shard for each identifier that lists have, all read at once.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::rc::Rc;

use futures_util::future::join_all;
use lru::LruCache;
use selvedge_engine::audience::{Audience, Generation, Name, Shard};
use selvedge_engine::config::Config;
use selvedge_engine::identity::{Identifier, Namespace};
use selvedge_engine::ids::AudienceId;
use worker::Env;

use crate::api_error::ApiError;
use crate::objects::audience::stores;
use crate::platform::Secrets;

/// Shards in this isolate's memory: 8 MB at most.
const HELD: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// Names a shard.
type Key = (Namespace, Generation, u32);

thread_local! {
    static SHARDS: RefCell<LruCache<Key, Rc<Shard>>> = RefCell::new(LruCache::new(HELD));
}

/// The audiences among `lists` that one of these identifiers is in; `None` if that can't be told now.
pub(crate) async fn of(
    env: &Env,
    config: &Config,
    lists: &[&Audience],
    ids: Vec<Identifier>,
) -> Option<BTreeSet<AudienceId>> {
    let found = read(env, config, lists, &ids).await;
    found.inspect_err(|error| worker::console_error!("audiences: {error}")).ok()
}

async fn read(
    env: &Env,
    config: &Config,
    lists: &[&Audience],
    ids: &[Identifier],
) -> Result<BTreeSet<AudienceId>, ApiError> {
    let names = &Secrets::of(env)?.names;
    let mut asked: BTreeMap<(&Namespace, u32), (Generation, Vec<Name>)> = BTreeMap::new();
    for id in ids.iter().filter(|id| lists.iter().any(|list| list.namespace == id.namespace)) {
        // Nothing was imported for this namespace yet.
        let Some(generation) = config.document().generations.get(&id.namespace) else { continue };
        let name = names.bytes(id);
        let shard = (&id.namespace, generation.shard_of(&name));
        asked.entry(shard).or_insert_with(|| (*generation, Vec::new())).1.push(name);
    }
    let read = asked.into_iter().map(|((namespace, n), (generation, names))| async move {
        let shard = shard(env, namespace, generation, n).await?;
        Ok::<_, ApiError>(names.iter().flat_map(|name| shard.audiences_of(name)).cloned().collect::<Vec<_>>())
    });
    let found: Result<Vec<Vec<AudienceId>>, ApiError> = join_all(read).await.into_iter().collect();
    Ok(found?.into_iter().flatten().filter(|id| lists.iter().any(|list| list.id == *id)).collect())
}

async fn shard(
    env: &Env,
    namespace: &Namespace,
    generation: Generation,
    n: u32,
) -> Result<Rc<Shard>, ApiError> {
    let key = (namespace.clone(), generation, n);
    if let Some(held) = SHARDS.with_borrow_mut(|shards| shards.get(&key).map(Rc::clone)) {
        return Ok(held);
    }
    let read = stores::shard(env, namespace, generation, n).await?;
    let missing =
        || ApiError::unavailable("shard_not_ready", format!("{} is not there", generation.key(namespace, n)));
    let shard = Rc::new(read.ok_or_else(missing)?);
    SHARDS.with_borrow_mut(|shards| shards.put(key, Rc::clone(&shard)));
    Ok(shard)
}
