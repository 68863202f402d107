//! What the runs reached.

use std::collections::BTreeMap;

/// Counts over one run or many.
#[derive(Default)]
pub struct Coverage {
    /// Accepted and refused, by the command's type.
    pub commands: BTreeMap<String, (u64, u64)>,
    /// Refusals by code.
    pub codes: BTreeMap<String, u64>,
    /// Events by type.
    pub events: BTreeMap<String, u64>,
    /// Answers that the model foretold, and all answers.
    pub foretold: u64,
    pub answers: u64,
    /// Complaints that the model followed to the end, and all complaints.
    pub followed: u64,
    pub complaints: u64,
    pub restarts: u64,
    pub faults: u64,
    pub rebuilds: u64,
    pub looks_back: u64,
    pub repeats: u64,
}

impl Coverage {
    pub fn add(&mut self, other: &Self) {
        for (kind, (accepted, refused)) in &other.commands {
            let counts = self.commands.entry(kind.clone()).or_default();
            counts.0 += accepted;
            counts.1 += refused;
        }
        for (mine, theirs) in [
            (&mut self.codes, &other.codes),
            (&mut self.events, &other.events),
        ] {
            for (key, count) in theirs {
                *mine.entry(key.clone()).or_default() += count;
            }
        }
        for (mine, theirs) in [
            (&mut self.foretold, other.foretold),
            (&mut self.answers, other.answers),
            (&mut self.followed, other.followed),
            (&mut self.complaints, other.complaints),
            (&mut self.restarts, other.restarts),
            (&mut self.faults, other.faults),
            (&mut self.rebuilds, other.rebuilds),
            (&mut self.looks_back, other.looks_back),
            (&mut self.repeats, other.repeats),
        ] {
            *mine += theirs;
        }
    }

    pub fn print(&self) {
        println!(
            "{} answers, {} foretold by the model",
            self.answers, self.foretold
        );
        println!(
            "{} complaints, {} followed by the model to the end",
            self.complaints, self.followed
        );
        println!(
            "{} restarts, {} faults of the disk, {} rebuilds, {} looks back, {} repeated commands",
            self.restarts, self.faults, self.rebuilds, self.looks_back, self.repeats
        );
        println!("commands: accepted, refused");
        for (kind, (accepted, refused)) in &self.commands {
            println!("  {kind}: {accepted}, {refused}");
        }
        println!("refusals");
        for (code, count) in &self.codes {
            println!("  {code}: {count}");
        }
        println!("events");
        for (kind, count) in &self.events {
            println!("  {kind}: {count}");
        }
    }
}
