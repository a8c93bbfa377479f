//! Which of the user agents on its input, one a line, are no browser's: for each a 1 or a 0. For `tests/bots`, which holds that against
//! isbot itself.

use std::io::{self, BufRead, BufWriter, Write};

use selvedge_engine::bot::is_bots;

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        writeln!(out, "{}", u8::from(is_bots(&line?)))?;
    }
    out.flush()
}
