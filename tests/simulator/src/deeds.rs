//! What admins and operators do, and where merges are meanwhile: `deeds.txt` says what must come up.

use std::collections::BTreeMap;

use selvedge_engine::identity::home::{Phase, Place};
use selvedge_simulator::store::Tables;

use crate::inputs::named;

/// The table, as it is committed.
const TABLE: &str = include_str!("deeds.txt");

named! {
    /// What is done.
    Deed {
        Erase => "erase",
        Unmerge => "unmerge",
        NeverMerge => "never merge",
        MergeByHand => "merge by hand",
        Publish => "publish",
        PublishRules => "publish rules",
        ApplyRules => "apply rules",
        LetGo => "let go",
    }
}

named! {
    /// Where a merge is, at the older one or at the younger one.
    Stage {
        Nothing => "nothing under way",
        Room => "older, room kept",
        Staged => "older, rows staged",
        Telling => "older, entries still to be told",
        Staging => "younger, staging",
        Absorbing => "younger, absorbing",
        Aborting => "younger, aborting",
        MovedIn => "younger, moved in",
    }
}

impl Stage {
    fn of(tables: &Tables) -> Vec<Self> {
        let Some(home) = &tables.home else { return Vec::new() };
        match &home.place {
            Place::None | Place::Erased { .. } => Vec::new(),
            Place::Forwarding { .. } => vec![Self::MovedIn],
            Place::Surrendering { phase: Phase::Staging { .. }, .. } => vec![Self::Staging],
            Place::Surrendering { phase: Phase::Absorbing, .. } => vec![Self::Absorbing],
            Place::Surrendering { phase: Phase::Aborting { .. }, .. } => vec![Self::Aborting],
            Place::Live => {
                let staged = |merge: &u64| tables.log.values().any(|(_, part)| part == merge);
                let room = |merge: &u64| if staged(merge) { Self::Staged } else { Self::Room };
                let mut all: Vec<Self> = tables.reservations.keys().map(room).collect();
                all.extend((!tables.repoints.is_empty()).then_some(Self::Telling));
                if all.is_empty() { vec![Self::Nothing] } else { all }
            }
        }
    }
}

/// How often what was done, and where a merge was then.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deeds(BTreeMap<(Deed, Stage), u64>);

impl Deeds {
    /// This is done to whoever has these tables.
    pub(crate) fn note(&mut self, deed: Deed, tables: &Tables) {
        Stage::of(tables).into_iter().for_each(|stage| *self.0.entry((deed, stage)).or_default() += 1);
    }

    /// What others have done.
    pub(crate) fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|(cell, times)| *self.0.entry(*cell).or_default() += times);
    }

    fn times(&self, cell: (Deed, Stage)) -> u64 {
        self.0.get(&cell).copied().unwrap_or(0)
    }

    /// Prints the table, with how often.
    pub(crate) fn print(&self) {
        print!("{:<34}", "where a merge is");
        Deed::ALL.iter().for_each(|deed| print!("{:>15}", deed.name()));
        println!();
        for stage in Stage::ALL {
            print!("{:<34}", stage.name());
            Deed::ALL.iter().for_each(|deed| print!("{:>15}", self.times((*deed, *stage))));
            println!();
        }
    }
}

/// What must come up, and what must not.
pub(crate) struct ExpectedDeeds(Vec<((Deed, Stage), bool)>);

impl ExpectedDeeds {
    /// # Errors
    /// Where the table is not one.
    pub(crate) fn read() -> Result<Self, String> {
        let mut all = Vec::new();
        let rows =
            TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('|'));
        let rows: BTreeMap<&str, &str> = rows.map(|(name, cells)| (name.trim(), cells)).collect();
        for deed in Deed::ALL {
            let wrong =
                || format!("deeds.txt has no row \"{}\" with {} cells", deed.name(), Stage::ALL.len());
            let cells: Vec<&str> = rows.get(deed.name()).ok_or_else(wrong)?.split_whitespace().collect();
            if cells.len() != Stage::ALL.len() {
                return Err(wrong());
            }
            for (cell, stage) in cells.into_iter().zip(Stage::ALL) {
                let comes = match cell {
                    "+" => true,
                    "-" => false,
                    _ => return Err(format!("deeds.txt: \"{}\" has a cell {cell}", deed.name())),
                };
                all.push(((*deed, *stage), comes));
            }
        }
        Ok(Self(all))
    }

    /// What is asked for and never came up.
    pub(crate) fn missed(&self, deeds: &Deeds) -> Vec<String> {
        self.broken(deeds, true, "never done")
    }

    /// What came up and nobody expected.
    pub(crate) fn unexpected(&self, deeds: &Deeds) -> Vec<String> {
        self.broken(deeds, false, "not in deeds.txt")
    }

    fn broken(&self, deeds: &Deeds, expected: bool, what: &str) -> Vec<String> {
        let broken = self.0.iter();
        let broken =
            broken.filter(|(cell, comes)| *comes == expected && (deeds.times(*cell) > 0) != expected);
        broken.map(|((deed, stage), _)| format!("{what}: {}, {}", deed.name(), stage.name())).collect()
    }
}
