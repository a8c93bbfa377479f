//! Which transitions were taken, and where in each an object has crashed.

use std::collections::BTreeMap;

/// How often a transition was taken whole, and how often it was cut off where.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cuts {
    pub(crate) whole: u64,
    /// Before its writes were durable.
    pub(crate) before_write: u64,
    /// After that, before anything was sent.
    pub(crate) before_sending: u64,
    /// Between two of the things it sends.
    pub(crate) while_sending: u64,
    /// The most it had to send.
    pub(crate) most_outputs: usize,
}

/// By transition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coverage(pub(crate) BTreeMap<String, Cuts>);

impl Coverage {
    pub(crate) fn hit(&mut self, label: &str, crash: Option<usize>, outputs: usize) {
        if !self.0.contains_key(label) {
            self.0.insert(label.to_owned(), Cuts::default());
        }
        let Some(cuts) = self.0.get_mut(label) else { return };
        cuts.most_outputs = cuts.most_outputs.max(outputs);
        match crash {
            None => cuts.whole += 1,
            Some(0) => cuts.before_write += 1,
            Some(1) => cuts.before_sending += 1,
            Some(_) => cuts.while_sending += 1,
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (label, more) in &other.0 {
            let cuts = self.0.entry(label.clone()).or_default();
            cuts.whole += more.whole;
            cuts.before_write += more.before_write;
            cuts.before_sending += more.before_sending;
            cuts.while_sending += more.while_sending;
            cuts.most_outputs = cuts.most_outputs.max(more.most_outputs);
        }
    }
}

impl Coverage {
    /// Prints the table; false if some transition was never cut off somewhere it can be.
    pub(crate) fn print(&self) -> bool {
        println!(
            "{:<34}{:>12}{:>14}{:>16}{:>15}",
            "transition", "whole", "before write", "before sending", "while sending"
        );
        let mut complete = true;
        for (label, cuts) in &self.0 {
            let sends = cuts.most_outputs > 2;
            let while_sending = if sends { cuts.while_sending.to_string() } else { "-".into() };
            println!(
                "{label:<34}{:>12}{:>14}{:>16}{while_sending:>15}",
                cuts.whole, cuts.before_write, cuts.before_sending
            );
            let never =
                cuts.before_write == 0 || cuts.before_sending == 0 || (sends && cuts.while_sending == 0);
            // What happens only when nothing goes wrong any more is not cut off.
            let at_rest = label.ends_with(" read") || label.ends_with(" looked up");
            if never && cuts.whole > 1_000 && !at_rest {
                println!("  ^ never cut off everywhere");
                complete = false;
            }
        }
        complete
    }
}
