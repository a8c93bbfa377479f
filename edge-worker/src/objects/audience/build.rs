//! What the alarm does: some shards at a time, until all are there; then the generation is published, and what nobody needs
//! any more is removed. Each step can be cut off and made again.

use std::collections::BTreeSet;

use selvedge_engine::audience::{Generation, Import, Name, Part, PartRow, Progress, Status};
use selvedge_engine::config::Config;
use selvedge_engine::identity::{Namespace, ObjectNames};
use selvedge_engine::ids::AudienceId;
use selvedge_engine::limits;
use serde_json::json;

use super::tables::{Kept, Tables};
use super::{AudienceObject, stores};
use crate::api_error::ApiError;
use crate::objects::workspace;
use crate::{config_cache, platform};

impl AudienceObject {
    /// One piece of work, and the alarm for the next one.
    pub(super) async fn carry_on(&self) -> Result<(), ApiError> {
        let Some((tables, namespace)) = Tables::known(&self.sql)? else { return Ok(()) };
        let more = match tables.building()? {
            Some(import) => {
                self.build(&tables, &namespace, import).await?;
                true
            }
            None => self.sweep(&tables, &namespace).await?,
        };
        let now = platform::now();
        match tables.forget_forgotten(now)?.filter(|_| !more).or(more.then_some(now)) {
            Some(at) => self.sql.set_alarm(at),
            None => Ok(()),
        }
    }

    async fn build(
        &self,
        tables: &Tables<'_>,
        namespace: &Namespace,
        mut import: Progress,
    ) -> Result<(), ApiError> {
        let mut config = config_cache::current(&self.env, 0).await?;
        if config.audience(&import.audience).is_none() {
            // It was published a moment ago, perhaps.
            config = config_cache::newest(&self.env, config).await?;
        }
        let known: BTreeSet<AudienceId> =
            config.document().audiences.iter().map(|audience| audience.id.clone()).collect();
        if !known.contains(&import.audience) {
            let gone = format!("the config has no audience `{}` any more", import.audience);
            import.end(Status::Failed, Some(gone), platform::now());
            return tables.put_import(&import);
        }
        let base = tables.current()?;
        for _ in 0..limits::SHARDS_AT_ONCE {
            let Some((generation, n)) = import.next_shard() else { break };
            self.build_shard(tables, &mut import, namespace, (generation, n), base.as_ref(), &known).await?;
        }
        if import.status == Status::Building && import.next_shard().is_none() {
            self.finish(tables, namespace, &mut import, base.as_ref()).await?;
        }
        // Somebody may have called it off meanwhile.
        let is_wanted = tables.import(&import.id)?.is_some_and(|now| now.status == Status::Building);
        if is_wanted { tables.put_import(&import) } else { Ok(()) }
    }

    async fn build_shard(
        &self,
        tables: &Tables<'_>,
        import: &mut Progress,
        namespace: &Namespace,
        (generation, n): (Generation, u32),
        base: Option<&Kept>,
        known: &BTreeSet<AudienceId>,
    ) -> Result<(), ApiError> {
        let mut previous = Vec::new();
        if let Some(base) = base {
            // A shard of more is a piece of one of fewer.
            let within = n >> generation.bits.saturating_sub(base.generation.bits);
            let shard = stores::shard(&self.env, namespace, base.generation, within).await?;
            previous.push(shard.ok_or_else(|| {
                ApiError::unavailable("shard_not_ready", "a shard of the last generation can't be read yet")
            })?);
        }
        let mut rows = self.rows(import, generation, n).await?;
        // Who was erased meanwhile stands in neither.
        let forgotten = tables.forgotten()?;
        rows.retain(|(name, _)| !forgotten.has(name, import.started_at));
        let made = base.map_or(import.started_at, |base| base.at);
        let belongs = |name: &Name| generation.shard_of(name) == n && !forgotten.has(name, made);
        let merging = Import { audience: &import.audience, mode: import.mode, known };
        let Ok((shard, changed)) = merging.merge(&previous, belongs, rows.into_iter()) else {
            stores::remove_shards(&self.env, namespace, generation, 0..n).await?;
            import.widen(platform::now());
            return Ok(());
        };
        let members = shard.members(&import.audience);
        let entered = changed.iter().filter(|one| one.entered).count();
        let lines: String = changed
            .iter()
            .map(|one| {
                let name = ObjectNames::of_bytes(&one.name);
                format!("{}\n", json!({ "audience": import.audience, "name": name, "entered": one.entered }))
            })
            .collect();
        stores::put_shard(&self.env, namespace, generation, n, &shard).await?;
        stores::put_changes(&self.env, &import.id, n, lines).await?;
        if tables.forgotten()? != forgotten {
            // Once more, without those who were erased just now.
            return Ok(());
        }
        import.built(entered as u64, (changed.len() - entered) as u64, members as u64);
        Ok(())
    }

    /// The rows of all parts that belong into this shard, those of later parts later.
    async fn rows(
        &self,
        import: &Progress,
        generation: Generation,
        n: u32,
    ) -> Result<Vec<PartRow>, ApiError> {
        let mut rows = Vec::new();
        for part in 0..import.parts.unwrap_or(0) {
            let key = (import.id.clone(), part);
            if !self.indexes.borrow().contains_key(&key) {
                let index = stores::part(&self.env, &import.id, part, 0..Part::INDEX_BYTES).await?;
                self.indexes.borrow_mut().insert(key.clone(), index);
            }
            let span = self.indexes.borrow().get(&key).and_then(|index| Part::span(index, generation, n));
            let span = span.ok_or_else(|| ApiError::internal("a part without an index"))?;
            rows.extend(Part::rows(&stores::part(&self.env, &import.id, part, span).await?));
        }
        Ok(rows)
    }

    /// All shards are there: from now on they count.
    async fn finish(
        &self,
        tables: &Tables<'_>,
        namespace: &Namespace,
        import: &mut Progress,
        base: Option<&Kept>,
    ) -> Result<(), ApiError> {
        let Some(generation) = import.generation else { return Ok(()) };
        let now = platform::now();
        let mut members = base.map(|base| base.members.clone()).unwrap_or_default();
        members.insert(import.audience.clone(), import.members);
        let identifiers = members.values().sum();
        let kept = Kept { generation, at: now, import: import.id.clone(), members, identifiers, removed: 0 };
        tables.put_generation(&kept)?;
        self.publish(namespace, generation).await?;
        tables.make_current(generation)?;
        self.indexes.borrow_mut().clear();
        import.end(Status::Done, None, now);
        tables.put_import(import)
    }

    /// The workspace publishes which generation counts; this isolate goes by it, too.
    pub(super) async fn publish(
        &self,
        namespace: &Namespace,
        generation: Generation,
    ) -> Result<(), ApiError> {
        let ask = workspace::Ask::Count { namespace: namespace.clone(), generation };
        match workspace::ask(&self.env, &ask).await? {
            workspace::Answer::Changed { version, .. } => {
                let counts =
                    |config: &Config| config.document().generations.get(namespace) == Some(&generation);
                let config = config_cache::current(&self.env, version).await?;
                if counts(&config) {
                    return Ok(());
                }
                Err(ApiError::unavailable("config_not_ready", "the config is on its way"))
            }
            _ => Err(ApiError::internal("the workspace answered another question")),
        }
    }

    /// Removes what nobody needs any more; true if there may be more of it.
    async fn sweep(&self, tables: &Tables<'_>, namespace: &Namespace) -> Result<bool, ApiError> {
        if let Some(import) = tables.left_over()? {
            stores::remove_parts(&self.env, &import, &tables.part_numbers(&import)?).await?;
            tables.forget_parts(&import)?;
            return Ok(true);
        }
        if let Some(mut import) = tables.abandoned()? {
            let Some(generation) = import.generation else { return Ok(false) };
            let rest = import.shards_done.saturating_sub(limits::SHARDS_REMOVED);
            stores::remove_shards(&self.env, namespace, generation, rest..import.shards_done).await?;
            import.shards_done = rest;
            tables.put_import(&import)?;
            return Ok(true);
        }
        let current = tables.current()?.map(|current| current.generation);
        let mut old = tables.generations()?.into_iter().skip(limits::GENERATIONS_KEPT);
        let Some(mut old) = old.find(|old| Some(old.generation) != current) else { return Ok(false) };
        let upto = old.removed.saturating_add(limits::SHARDS_REMOVED).min(old.generation.shards());
        stores::remove_shards(&self.env, namespace, old.generation, old.removed..upto).await?;
        old.removed = upto;
        if upto < old.generation.shards() {
            tables.put_generation(&old)?;
        } else {
            tables.forget_generation(old.generation)?;
        }
        Ok(true)
    }
}
