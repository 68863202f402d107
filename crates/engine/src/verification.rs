//! Proof that the read models are what the log says: folded anew in memory and compared row by row.

use redress_projections::ReadModels;

use crate::engine::{Engine, Pending};
use crate::error::EngineError;
use crate::query::AsOf;
use crate::writer::Work;

/// The state of one projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionState {
    /// Its name.
    pub name: &'static str,
    /// The version of its rows.
    pub schema: u32,
    /// The position that it reflects.
    pub position: u64,
    /// Events that the read store does not have yet.
    pub lag: u64,
    /// Its rows.
    pub rows: u64,
    /// A digest over all of them.
    pub digest: String,
}

/// What a comparison of one projection with the log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Its name.
    pub name: &'static str,
    /// Rows compared.
    pub rows: u64,
    /// The first rows that differ, each with its table and key.
    pub differences: Vec<Difference>,
    /// How many rows differ.
    pub differing: u64,
}

/// A row that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// The row's key, readable as far as it is text.
    pub key: String,
    /// What differs.
    pub what: &'static str,
}

/// Differences that are told one by one.
const DIFFERENCES_SHOWN: usize = 10;

impl Engine {
    /// Every projection with what it reflects.
    ///
    /// # Errors
    /// When rows cannot be read.
    pub fn projections(&self) -> Result<Vec<ProjectionState>, EngineError> {
        let world = self.shared.world();
        let lag = self
            .store
            .as_ref()
            .map_or(0, |store| world.last_position - store.applied());
        Ok(world
            .models
            .digests()?
            .into_iter()
            .map(|digest| ProjectionState {
                name: digest.name,
                schema: digest.schema,
                position: world.last_position,
                lag,
                rows: digest.rows,
                digest: digest.digest.simple().to_string(),
            })
            .collect())
    }

    /// Folds the log anew in memory and compares every row with the live one.
    ///
    /// # Errors
    /// When the log or the rows cannot be read.
    pub fn verify_projections(&self) -> Result<Vec<Comparison>, EngineError> {
        self.settle()?;
        let mut rebuilt = self.look_back(AsOf::Position(self.last_position()))?;
        let world = self.shared.world();
        // Commands may have come in meanwhile.
        rebuilt.follow(&world)?;
        rebuilt
            .models
            .names()
            .into_iter()
            .map(|(name, _)| compare(name, &world.models, &rebuilt.models))
            .collect()
    }

    /// Drops every read model and builds it anew from the log; deadlines and streams with it.
    ///
    /// # Errors
    /// When the log cannot be read, or the read store does not take the rows.
    pub fn rebuild(&self) -> Result<(), EngineError> {
        let rebuilt = self.look_back(AsOf::Position(self.last_position()))?;
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.hand_in(Work::Replace(Box::new(rebuilt), reply));
        Pending(answer).wait()
    }

    /// Walks the whole log: checksums, positions, versions, chains within streams, decodability.
    /// Returns how many events were checked.
    ///
    /// # Errors
    /// The first thing that does not fit, with its position.
    pub fn verify_log(&self) -> Result<u64, EngineError> {
        let last = self.last_position();
        let mut chains = crate::chain::Chains::default();
        let mut reader = self.source.reader(1)?;
        while let Some(commit) = reader.next_commit()? {
            if commit.first_position > last {
                break;
            }
            for bytes in commit.entries() {
                chains.take(bytes)?;
            }
        }
        Ok(chains.entries())
    }
}

fn compare(
    name: &'static str,
    live: &ReadModels,
    rebuilt: &ReadModels,
) -> Result<Comparison, EngineError> {
    let mut comparison = Comparison {
        name,
        rows: 0,
        differences: Vec::new(),
        differing: 0,
    };
    let live: std::collections::BTreeMap<_, _> = live
        .rows(name)?
        .into_iter()
        .map(|(table, key, value)| ((table, key), value))
        .collect();
    let mut seen = 0_u64;
    for (table, key, value) in rebuilt.rows(name)? {
        comparison.rows += 1;
        let what = match live.get(&(table, key.clone())) {
            Some(theirs) if *theirs == value => {
                seen += 1;
                continue;
            }
            Some(_) => {
                seen += 1;
                "the row differs from what the log says"
            }
            None => "the row is missing",
        };
        comparison.note(table, &key, what);
    }
    if seen < live.len() as u64 {
        let known: std::collections::BTreeSet<_> = rebuilt
            .rows(name)?
            .into_iter()
            .map(|(table, key, _)| (table, key))
            .collect();
        for (table, key) in live.keys() {
            if !known.contains(&(*table, key.clone())) {
                comparison.note(table, key, "the log does not say this");
            }
        }
    }
    Ok(comparison)
}

impl Comparison {
    fn note(&mut self, table: &str, key: &[u8], what: &'static str) {
        self.differing += 1;
        if self.differences.len() < DIFFERENCES_SHOWN {
            self.differences.push(Difference {
                table: table.to_owned(),
                key: String::from_utf8_lossy(key).replace('\0', " "),
                what,
            });
        }
    }
}
