//! What must hold of the archive of those who were erased: it is told enough to let go of all their lines, and of nobody else's.

use std::collections::BTreeSet;

use selvedge_engine::archive::{Erased, Left, Line, Record, left};
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::crowd::number;
use selvedge_engine::identity::home::{Home, Item, Place};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::profile::Logged;

use crate::laws::{Scene, Verdict};

fn mark(id: &Identifier) -> u64 {
    number(&id.to_string())
}

fn all(scene: &Scene<'_>) -> Vec<Erased> {
    let homes = scene.objects.values().filter_map(|tables| tables.home.as_ref());
    homes.filter_map(|home| home.archived.as_deref().cloned()).collect()
}

fn goes(erased: &[Erased], line: &Line) -> bool {
    let record = Record::Event(Box::new(line.clone()));
    left(&record, erased.iter(), &mark).0 == Left::Nothing
}

fn line_of(who: &ProfileId, row: &Logged) -> Line {
    let item = Item {
        granted: None,
        consent: row.stored_under(),
        logged: row.clone(),
        apart_since: None,
        not_identifiers: Vec::new(),
        replayed: false,
    };
    Line::of(who, &item)
}

/// See the module.
///
/// # Errors
/// Which line stays, or goes.
pub(crate) fn theirs_alone_goes(scene: &Scene<'_>) -> Verdict {
    let erased = all(scene);
    let lives = |home: &Home| home.place == Place::Live;
    let mut living = BTreeSet::new();
    for (who, tables) in &scene.objects {
        if !tables.home.as_deref().is_some_and(lives) {
            continue;
        }
        for row in tables.visible() {
            living.insert(row.event.message_id.clone());
            if goes(&erased, &line_of(who, row)) {
                let line = line_of(who, row);
                let name = line.filed_under().map_or_else(String::new, |id| id.to_string());
                return Err(format!(
                    "{} of {name} at {} lives at {who} and its line goes: {erased:?}",
                    row.event.message_id, row.event.timestamp.0
                ));
            }
        }
    }
    for line in scene.lines.values().filter(|line| !living.contains(&line.message_id)) {
        if !goes(&erased, line) {
            let name = line.filed_under().map_or_else(String::new, |id| id.to_string());
            return Err(format!(
                "{} of {name} at {} is nobody's and its line stays: {erased:?}",
                line.id, line.timestamp.0
            ));
        }
    }
    Ok(())
}
