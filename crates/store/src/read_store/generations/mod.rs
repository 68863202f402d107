//! Generations: every projection's rows under a number, so that new ones can be made beside those
//! that are read, put in their place at once, and taken back.
//!
//! A generation is files of packed rows, written by a rebuild and by large batches, and above them
//! the few rows in sled that changed since. One small value per projection says which generation is
//! read and which is kept, and of which files they are; changing it, with the last rows, is one batch
//! of sled's.
//!
//! A projection's tables are those named the same up to the first dot.

mod clearing;
mod draft;
mod drafting;
mod merging;
mod placing;
mod record;
mod runs;
mod switching;
mod view;

#[cfg(test)]
mod merging_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};

pub use draft::{Draft, DraftRows};
pub use record::{FaultNote, GenerationNote, ProjectionRecord};
pub use switching::{Promotion, Return};
pub use view::{GenerationRows, GenerationScan, TableRow};

use super::writes::Writes;
use super::{ReadStore, ReadStoreError, TreeError, keys};
use clearing::{generation_folder, generation_folders};
use placing::projection_of;
use runs::Runs;
use view::Newer;

pub(super) use drafting::remove_trial_drafts;
pub(super) use view::without_table;

/// Every projection that the store has a record of.
#[derive(Debug, Default)]
pub(super) struct Projections(BTreeMap<String, Known>);

/// A projection as far as it is in memory.
#[derive(Clone, Debug)]
struct Known {
    live: Generation,
    kept: Option<Generation>,
    fault: Option<FaultNote>,
    /// Why the live generation cannot be read, when it cannot.
    lost: Option<String>,
}

/// A generation as far as it is in memory. Clones are of the same files and rows.
#[derive(Clone, Debug)]
struct Generation {
    number: u64,
    schema: u32,
    /// As in [`GenerationNote::position`].
    position: u64,
    runs: Runs,
    /// Rows in sled, at the most.
    in_sled: Arc<AtomicUsize>,
}

/// Projections that stop with a batch.
#[derive(Debug)]
pub(super) struct Stopped(Vec<(String, Known)>);

impl Generation {
    fn new(number: u64, schema: u32, position: u64, runs: Runs) -> Self {
        Self {
            number,
            schema,
            position,
            runs,
            in_sled: Arc::default(),
        }
    }

    /// Opens the files that are noted.
    fn open(
        folder: &Path,
        projection: &str,
        note: &GenerationNote,
    ) -> Result<Self, ReadStoreError> {
        let folder = generation_folder(folder, projection, note.number);
        let runs = Runs::open(&folder, &note.runs)?;
        if let Err(error) = runs.remove_others(&folder) {
            tracing::warn!(%error, "files of rows that are not read were left");
        }
        Ok(Self::new(note.number, note.schema, note.position, runs))
    }

    fn count_in_sled(&self, tree: &sled::Tree) -> Result<(), TreeError> {
        let keys = tree.scan_prefix(keys::generation(self.number)).keys();
        self.set_in_sled(keys.map(|key| key.map(|_| 1)).sum::<Result<_, _>>()?);
        Ok(())
    }

    fn note(&self) -> GenerationNote {
        GenerationNote {
            number: self.number,
            schema: self.schema,
            position: self.position,
            runs: self.runs.numbers(),
        }
    }

    fn in_sled(&self) -> usize {
        self.in_sled.load(Ordering::Relaxed)
    }

    fn set_in_sled(&self, rows: usize) {
        self.in_sled.store(rows, Ordering::Relaxed);
    }
}

impl Known {
    fn record(&self) -> ProjectionRecord {
        ProjectionRecord {
            live: self.live.note(),
            kept: self.kept.as_ref().map(Generation::note),
            fault: self.fault.clone(),
        }
    }
}

impl Projections {
    /// Reads every record and opens the files of its generations.
    pub fn load(tree: &sled::Tree, folder: &Path) -> Result<Self, TreeError> {
        let mut projections = BTreeMap::new();
        for found in tree.scan_prefix(keys::PROJECTION) {
            let (key, value) = found?;
            let name = key.strip_prefix(keys::PROJECTION).unwrap_or_default();
            let name = String::from_utf8_lossy(name).into_owned();
            let record = ProjectionRecord::decode(&value).ok_or(TreeError::Unreadable(
                "a projection's record is not readable",
            ))?;
            let open = |note: &GenerationNote| Generation::open(folder, &name, note);
            let (live, lost) = match open(&record.live) {
                Ok(live) => (live, None),
                Err(error) => {
                    let note = &record.live;
                    let live =
                        Generation::new(note.number, note.schema, note.position, Runs::default());
                    (live, Some(error.to_string()))
                }
            };
            let known = Known {
                live,
                kept: record.kept.as_ref().and_then(|kept| open(kept).ok()),
                fault: record.fault,
                lost,
            };
            known.live.count_in_sled(tree)?;
            if let Some(kept) = &known.kept {
                kept.count_in_sled(tree)?;
            }
            projections.insert(name, known);
        }
        Ok(Self(projections))
    }

    /// Adds to a batch that projections stopped; returns what is to be known then.
    pub fn stop(&self, faults: Vec<(String, FaultNote)>, writes: &mut Writes) -> Stopped {
        let mut stopped = Vec::new();
        for (name, fault) in faults {
            if let Some(known) = self.0.get(&name)
                && known.fault.as_ref() != Some(&fault)
            {
                let mut known = known.clone();
                known.fault = Some(fault);
                writes.insert(keys::projection(&name), known.record().encode());
                stopped.push((name, known));
            }
        }
        Stopped(stopped)
    }

    /// Brings what is in memory up to a batch that is in sled now.
    pub fn take(&mut self, stopped: Stopped) {
        self.0.extend(stopped.0);
    }
}

impl ReadStore {
    /// What is noted of a projection; `None` when it was never declared.
    #[must_use]
    pub fn projection(&self, name: &str) -> Option<ProjectionRecord> {
        let known = self.projections();
        known.0.get(name).map(Known::record)
    }

    /// Why a projection's live rows cannot be read, when they cannot: it has to be rebuilt.
    #[must_use]
    pub fn lost(&self, name: &str) -> Option<String> {
        self.projections().0.get(name)?.lost.clone()
    }

    /// Gives a projection an empty generation of rows of a schema, in place of whatever it had.
    ///
    /// # Errors
    /// When it cannot be noted.
    pub fn declare(&self, name: &str, schema: u32) -> Result<(), ReadStoreError> {
        let number = self.next_number()?;
        let known = Known {
            live: Generation::new(number, schema, 0, Runs::default()),
            kept: None,
            fault: None,
            lost: None,
        };
        self.note(&[(name.to_owned(), known)])
    }

    /// The live rows of a projection, or of the one that a table belongs to.
    #[must_use]
    pub fn live_rows(&self, name: &str) -> GenerationRows {
        let projections = self.projections();
        match projections.0.get(projection_of(name)) {
            Some(known) => self.view(&known.live),
            None => self.view(&Generation::new(0, 0, 0, Runs::default())),
        }
    }

    /// The rows of the generation that is kept; `None` when none is.
    #[must_use]
    pub fn kept_rows(&self, name: &str) -> Option<GenerationRows> {
        let projections = self.projections();
        let kept = projections.0.get(name)?.kept.as_ref()?;
        Some(self.view(kept))
    }

    fn view(&self, generation: &Generation) -> GenerationRows {
        GenerationRows {
            folder: Arc::from(self.folder.as_path()),
            newer: Newer::Tree(Arc::clone(&self.last), generation.number),
            runs: generation.runs.clone(),
        }
    }

    fn numbers_in_use(&self) -> Vec<u64> {
        let projections = self.projections();
        let known = projections.0.values();
        known
            .flat_map(|known| std::iter::once(&known.live).chain(&known.kept))
            .map(|generation| generation.number)
            .collect()
    }

    /// A number that no generation has or had as far as anything of it is left.
    fn next_number(&self) -> Result<u64, ReadStoreError> {
        let folders = generation_folders(&self.folder)?;
        let of_folders = folders.iter().map(|(number, _, _)| *number);
        let last_row = self.tree.scan_prefix(keys::ROWS).next_back().transpose();
        let last_row = last_row.map_err(|error| self.explain(error))?;
        let of_rows = last_row.and_then(|(key, _)| keys::row_generation(&key));
        Ok(self
            .numbers_in_use()
            .into_iter()
            .chain(of_folders)
            .chain(of_rows)
            .max()
            .unwrap_or(0)
            + 1)
    }

    pub(super) fn projections(&self) -> std::sync::RwLockReadGuard<'_, Projections> {
        self.projections
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
