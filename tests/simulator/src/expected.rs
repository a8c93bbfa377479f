//! Which transitions there are, and at how many points each can be cut off: `transitions.txt`. A row for everything that the
//! engine's types say can be taken, so that nothing is left out because it never came up.

use std::collections::BTreeMap;

use crate::coverage::Cut;
use crate::inputs::{Asked, Input, Stands, Where};

/// The table, as it is committed.
const TABLE: &str = include_str!("transitions.txt");

/// A transition that can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct One {
    /// 2: it sends nothing. 3: or one thing. 4: or more.
    points: u8,
    /// At so many of these it is, in every hundred thousand schedules: chance brings the rest too seldom.
    asked: u8,
}

impl One {
    fn read(cell: &str) -> Option<Self> {
        let read = |text: &str| text.parse().ok().filter(|points| (2..=4).contains(points));
        let (asked, points) = match cell.split_once('(') {
            None => (read(cell)?, read(cell)?),
            Some(("", rare)) => (0, read(rare.strip_suffix(')')?)?),
            Some((asked, rare)) => (read(asked)?, read(rare.strip_suffix(')')?)?),
        };
        Some(Self { points, asked })
    }

    /// Whether it can be.
    pub(crate) fn is_cut_off(self, cut: Cut) -> bool {
        is_among(cut, self.points)
    }

    /// Whether it is, in every hundred thousand schedules.
    pub(crate) fn is_asked(self, cut: Cut) -> bool {
        is_among(cut, self.asked)
    }
}

fn is_among(cut: Cut, points: u8) -> bool {
    match cut {
        Cut::BeforeWrite | Cut::BeforeSending => points > 1,
        Cut::AfterSending => points > 2,
        Cut::WhileSending => points > 3,
    }
}

/// All of them.
pub(crate) struct Expected(BTreeMap<String, One>);

impl Expected {
    /// # Errors
    /// Where the table is not one.
    pub(crate) fn read() -> Result<Self, String> {
        let mut all = BTreeMap::new();
        let rows = TABLE.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        let mut rows: BTreeMap<String, Vec<&str>> = rows
            .map(|line| {
                let (name, cells) = line.split_once('|').unwrap_or((line, ""));
                (name.trim().to_owned(), cells.split_whitespace().collect())
            })
            .collect();
        let mut row = |name: String, columns: &[&str]| {
            let cells = rows.remove(&name).ok_or_else(|| format!("transitions.txt has no row \"{name}\""))?;
            if cells.len() != columns.len() {
                return Err(format!(
                    "transitions.txt: \"{name}\" has {} cells, not {}",
                    cells.len(),
                    columns.len()
                ));
            }
            for (cell, column) in cells.into_iter().zip(columns).filter(|(cell, _)| *cell != "-") {
                let one = One::read(cell)
                    .ok_or_else(|| format!("transitions.txt: \"{name}\" has a cell {cell}"))?;
                all.insert(format!("{column} {name}"), one);
            }
            Ok(())
        };
        let places: Vec<&str> = Where::ALL.iter().map(|place| place.name()).collect();
        Input::ALL.iter().try_for_each(|input| row(input.name().to_owned(), &places))?;
        let stands: Vec<&str> = Stands::ALL.iter().map(|stands| stands.name()).collect();
        Asked::ALL.iter().try_for_each(|asked| row(format!("entry {}", asked.name()), &stands))?;
        match rows.keys().next() {
            Some(name) => Err(format!("transitions.txt has a row \"{name}\" of nothing that can be taken")),
            None => Ok(Self(all)),
        }
    }

    pub(crate) fn of(&self, transition: &str) -> Option<One> {
        self.0.get(transition).copied()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, One)> {
        self.0.iter().map(|(name, one)| (name.as_str(), *one))
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Expected, Input, Stands, Where};

    #[test]
    fn everything_that_can_be_taken_has_a_row_and_comes_up() {
        let all = Expected::read().unwrap();
        for asked in Asked::ALL {
            let somewhere =
                |stands: &&Stands| all.of(&format!("{} entry {}", stands.name(), asked.name())).is_some();
            assert!(Stands::ALL.iter().any(|stands| somewhere(&stands)), "{}", asked.name());
        }
        // These are asked by an operator, whom no profile object answers for.
        let elsewhere = [Input::ReleaseAnswered, Input::BuryAnswered, Input::SuppressAnswered];
        for input in Input::ALL.iter().filter(|input| !elsewhere.contains(input)) {
            let somewhere = |place: &&Where| all.of(&format!("{} {}", place.name(), input.name())).is_some();
            assert!(Where::ALL.iter().any(|place| somewhere(&place)), "{}", input.name());
        }
    }
}
