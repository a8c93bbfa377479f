//! Overwrites the free space of an object's database: what was deleted is still there, in free pages, in the unused rest of
//! others, and in the write-ahead log, and the platform lets nobody `VACUUM` or turn `secure_delete` on.
//!
//! What is there stays in place at all times, and each of the three transactions may be the last one: whoever wants it done
//! begins again. SQLite takes pages from its free list before it makes the file longer, zeroes them unless they carry that
//! list or were freed in the same transaction, and writes each page of a long value whole. So:
//!
//! 1. *Bricks* are laid, tables whose pages are full to the last byte, until all new pages come from beyond the end of the
//!    file. Then every table is copied to such pages and its old ones are dropped, and as many are laid once more.
//! 2. The bricks are painted. The commit before was longer than the log may be (1,000 pages), so SQLite has begun to write it
//!    from its start again; the paint is longer than anything that stood there.
//! 3. The bricks are dropped, and the indexes made anew.

use serde::Deserialize;

use super::sql::{PAGE, Sql};
use crate::api_error::ApiError;

/// Of a page that a long value goes on in, without the number of the next one.
const OVERFLOW: usize = PAGE - 4;
/// Of a long value that SQLite keeps in the table's own page, if the rest fills others to the last byte.
const LOCAL: usize = 489;
/// What it writes before a value of 8 kB to 1 MB; before a longer one it is a byte more, before a short one a byte less.
const HEADER: usize = 4;
/// Overflow pages of the longest value with that header.
const MEGABYTE: usize = 256;
/// Long values in a brick. Together with this short one they fill its first page: 8 bytes, 7 times 499, 595.
const LONG: usize = 7;
const SHORT: usize = 590 - (HEADER - 1);
/// Overflow pages of a long value: few at first, for most databases are small; a value may have 2 MB.
const SPANS: [usize; 2] = [23, 450];
/// Bricks of the smaller size. There is room for some 40 in the table that lists all tables.
const SMALL_BRICKS: usize = 9;
/// The log is written from its start again when it has more than 1,000 pages.
const LOG: usize = 1_100;

/// Overwrites everything but what is there. `schema` makes the object's tables, each line one, and their indexes.
///
/// # Errors
/// When the storage fails. Nothing is lost then, and it is to be asked for again.
pub(crate) async fn overwrite(sql: &Sql, schema: &[&str]) -> Result<(), ApiError> {
    // What was deleted is committed before.
    sql.sync().await?;
    sql.atomically(|| {
        drop_bricks(sql)?;
        let mut wall = Wall { sql, bricks: 0 };
        wall.up_to_the_end()?;
        let copied = copy(sql, schema)?;
        wall.lay(copied).map(|_| ())
    })?;
    sql.sync().await?;
    sql.atomically(|| {
        for brick in bricks(sql)? {
            sql.run(&format!("UPDATE {brick} SET a = replace(a, 'a', 'b')"), vec![])?;
        }
        Ok(())
    })?;
    sql.sync().await?;
    sql.atomically(|| {
        drop_bricks(sql)?;
        for line in schema.iter().filter_map(|line| line.strip_prefix("CREATE INDEX ")) {
            sql.run(&format!("CREATE INDEX IF NOT EXISTS {line}"), vec![])?;
        }
        Ok(())
    })?;
    sql.sync().await
}

/// Copies every table; answers how many pages have become free by that.
fn copy(sql: &Sql, schema: &[&str]) -> Result<usize, ApiError> {
    let made = |line: &&&str| line.starts_with("CREATE TABLE ");
    let name = |line: &str| line.split_whitespace().nth(2).map(str::to_owned);
    let mut tables = Vec::new();
    for line in schema.iter().filter(made) {
        let Some(table) = name(line) else { continue };
        if sql.has_table(&table)? {
            let columns = columns(sql, &table)?;
            sql.run(&line.replacen(&table, &format!("copy_of_{table}"), 1), vec![])?;
            let query = format!("INSERT INTO copy_of_{table} ({columns}) SELECT {columns} FROM {table}");
            sql.run(&query, vec![])?;
            tables.push(table);
        }
    }
    let before = sql.pages();
    for table in &tables {
        sql.run(&format!("DROP TABLE {table}"), vec![])?;
        sql.run(&format!("ALTER TABLE copy_of_{table} RENAME TO {table}"), vec![])?;
    }
    Ok(before.saturating_sub(sql.pages()))
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

fn columns(sql: &Sql, table: &str) -> Result<String, ApiError> {
    let rows: Vec<Name> = sql.rows("SELECT name FROM pragma_table_info(?)", vec![table.into()])?;
    Ok(rows.into_iter().map(|row| row.name).collect::<Vec<_>>().join(", "))
}

fn bricks(sql: &Sql) -> Result<Vec<String>, ApiError> {
    let query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'brick[0-9]*'";
    Ok(sql.rows::<Name>(query, vec![])?.into_iter().map(|row| row.name).collect())
}

fn drop_bricks(sql: &Sql) -> Result<(), ApiError> {
    for brick in bricks(sql)? {
        sql.run(&format!("DROP TABLE {brick}"), vec![])?;
    }
    Ok(())
}

struct Wall<'a> {
    sql: &'a Sql,
    bricks: usize,
}

impl Wall<'_> {
    /// Until the free list is used up. How long it is nobody says: only that a new page is the one after all that are in use. By
    /// chance it may be that for a while, as far as one page of the list goes, which names 1,017 others.
    fn up_to_the_end(&mut self) -> Result<(), ApiError> {
        // As long as the log can be, also where one transaction has written all that is here.
        let enough = LOG + self.sql.pages();
        let mut beyond = 0;
        while beyond < enough {
            let (pages, is_beyond) = self.brick(enough)?;
            beyond = if is_beyond { beyond + pages } else { 0 };
        }
        Ok(())
    }

    /// So many pages, at least.
    fn lay(&mut self, pages: usize) -> Result<usize, ApiError> {
        let mut laid = 0;
        while laid < pages {
            laid += self.brick(pages)?.0;
        }
        Ok(laid)
    }

    /// One of at least `wanted`; answers how many pages it has, and whether its first is the last one of all in use.
    fn brick(&mut self, wanted: usize) -> Result<(usize, bool), ApiError> {
        #[derive(Deserialize)]
        struct Root {
            rootpage: usize,
        }
        let brick = format!("brick{}", self.bricks);
        self.bricks += 1;
        let [few, many] = SPANS;
        let grown = if self.bricks > SMALL_BRICKS { wanted / LONG } else { 0 };
        let span = grown.clamp(few, many);
        self.sql.run(&format!("CREATE TABLE {brick} (a)"), vec![])?;
        let query = "SELECT rootpage FROM sqlite_master WHERE name = ?";
        let roots: Vec<Root> = self.sql.rows(query, vec![brick.as_str().into()])?;
        let is_beyond = roots.first().is_some_and(|root| root.rootpage == self.sql.pages());
        let header = HEADER + usize::from(span > MEGABYTE);
        let long = "a".repeat(LOCAL + span * OVERFLOW - header);
        let values = "(?1), ".repeat(LONG);
        let query = format!("INSERT INTO {brick} (a) VALUES {values}(?2)");
        self.sql.run(&query, vec![long.into(), "a".repeat(SHORT).into()])?;
        Ok((1 + LONG * span, is_beyond))
    }
}
