//! Whoever is erased is taken out of what was imported: of the shards of all generations that are kept or being built, and of what says who
//! entered and left.
//!
//! A shard may be read from a cache as it was a day before. So who was erased within that time is kept in mind, by name, and whoever writes a
//! shard takes all of them out. What is imported after an erasure is about somebody new.

use selvedge_engine::audience::{Generation, Name};
use selvedge_engine::identity::{Namespace, ObjectNames};
use selvedge_engine::time::UnixMillis;

use super::message::Answer;
use super::tables::Tables;
use super::{AudienceObject, stores};
use crate::api_error::ApiError;
use crate::platform;

impl AudienceObject {
    /// To [`Ask::Forget`](super::message::Ask::Forget).
    pub(super) async fn forget(
        &self,
        tables: &Tables<'_>,
        namespace: &Namespace,
        name: Name,
    ) -> Result<Answer, ApiError> {
        let now = platform::now();
        tables.put_forgotten(&name, now)?;
        // What is kept in mind is forgotten in its turn.
        self.sql.set_alarm(now)?;
        let kept =
            tables.generations()?.into_iter().filter(|kept| kept.generation.shard_of(&name) >= kept.removed);
        let mut made: Vec<(Generation, UnixMillis)> = kept.map(|kept| (kept.generation, kept.at)).collect();
        if let Some(import) = tables.building()?
            && let Some(generation) = import.generation
        {
            made.push((generation, import.started_at));
        }
        let mut entries = 0;
        for (generation, at) in made {
            let n = generation.shard_of(&name);
            entries += u64::from(self.clear(tables, namespace, (generation, n), at, &name).await?);
        }
        let text = ObjectNames::of_bytes(&name);
        for import in tables.built()? {
            if let Some(generation) = import.generation {
                entries += self.clear_changes(tables, &import.id, generation.shard_of(&name), &text).await?;
            }
        }
        Ok(Answer::Forgot { entries })
    }

    /// Takes whoever was erased since it was made out of a shard. Whether this name was among them.
    pub(super) async fn clear(
        &self,
        tables: &Tables<'_>,
        namespace: &Namespace,
        (generation, n): (Generation, u32),
        made: UnixMillis,
        name: &Name,
    ) -> Result<bool, ApiError> {
        loop {
            let Some(shard) = stores::shard(&self.env, namespace, generation, n).await? else {
                return Ok(false);
            };
            let forgotten = tables.forgotten()?;
            let (left, dropped) = shard.without(|one| forgotten.has(one, made));
            let had = shard.audiences_of(name).next().is_some();
            if dropped > 0 {
                stores::put_shard(&self.env, namespace, generation, n, &left).await?;
            }
            // Somebody else may have been erased meanwhile.
            if tables.forgotten()? == forgotten {
                return Ok(had);
            }
        }
    }

    /// The same of what says who entered and left by a shard. How many lines named this one.
    async fn clear_changes(
        &self,
        tables: &Tables<'_>,
        import: &str,
        n: u32,
        name: &str,
    ) -> Result<u64, ApiError> {
        loop {
            let Some(lines) = stores::changes(&self.env, import, n).await? else { return Ok(0) };
            let of_this = lines.lines().filter(|line| line.contains(name)).count() as u64;
            if of_this == 0 {
                return Ok(0);
            }
            let forgotten = tables.forgotten()?;
            let left = lines.lines().filter(|line| !forgotten.is_in(line));
            stores::put_changes(&self.env, import, n, left.map(|line| format!("{line}\n")).collect()).await?;
            if tables.forgotten()? == forgotten {
                return Ok(of_this);
            }
        }
    }
}
