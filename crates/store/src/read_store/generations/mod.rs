//! Generations: every projection's rows under a number, so that new ones can be made beside those
//! that are read, put in their place at once, and taken back.
//!
//! A generation is files of packed rows, written by a rebuild, and above them the rows in sled that
//! changed since. One small value per projection says which generation is read and which is kept;
//! changing it, with the last rows, is one batch of sled's.
//!
//! A projection's tables are those named the same up to the first dot.

mod clearing;
mod draft;
mod drafting;
mod record;
mod switching;
mod view;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError};

pub use draft::{Draft, DraftRows};
pub use record::{FaultNote, GenerationNote, ProjectionRecord};
pub use switching::{Promotion, Return};
pub use view::{GenerationRows, GenerationScan, TableRow};

use super::packed::PackedRows;
use super::writes::Writes;
use super::{ReadStore, ReadStoreError, TreeError, keys};
use clearing::{generation_folder, generation_folders};
use draft::open_runs;
use view::Newer;

pub(super) use drafting::remove_trial_drafts;
pub(super) use view::without_table;

/// Every projection that the store has a record of.
#[derive(Debug, Default)]
pub(super) struct Projections(BTreeMap<String, Known>);

/// A projection as far as it is in memory.
#[derive(Clone, Debug)]
struct Known {
    record: ProjectionRecord,
    live: Arc<[Arc<PackedRows>]>,
    kept: Arc<[Arc<PackedRows>]>,
    /// Why the live generation cannot be read, when it cannot.
    lost: Option<String>,
}

/// Projections that stop with a batch.
#[derive(Debug)]
pub(super) struct Stopped(Vec<(String, Known)>);

/// Where a row is written: under which generation, and whether packed rows lie below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub number: u64,
    pub has_packed_rows: bool,
}

impl Projections {
    /// Reads every record and opens the files of its generations.
    pub fn load(tree: &sled::Tree, folder: &Path) -> Result<Self, TreeError> {
        let mut projections = BTreeMap::new();
        for found in tree.scan_prefix(keys::PROJECTION) {
            let (key, value) = found?;
            let name = key.strip_prefix(keys::PROJECTION).unwrap_or_default();
            let name = String::from_utf8_lossy(name).into_owned();
            let mut record = ProjectionRecord::decode(&value).ok_or(TreeError::Unreadable(
                "a projection's record is not readable",
            ))?;
            let open = |note: &GenerationNote| {
                open_runs(&generation_folder(folder, &name, note.number), note.runs)
            };
            let (live, lost) = match open(&record.live) {
                Ok(runs) => (runs, None),
                Err(error) => (Vec::new(), Some(error.to_string())),
            };
            let kept = match record.kept.as_ref().map(open) {
                Some(Ok(runs)) => runs,
                Some(Err(_)) | None => {
                    record.kept = None;
                    Vec::new()
                }
            };
            let known = Known {
                record,
                live: live.into(),
                kept: kept.into(),
                lost,
            };
            projections.insert(name, known);
        }
        Ok(Self(projections))
    }

    /// Adds to a batch that projections stopped; returns what is to be known then.
    pub fn stop(&self, faults: Vec<(String, FaultNote)>, writes: &mut Writes) -> Stopped {
        let mut stopped = Vec::new();
        for (name, fault) in faults {
            if let Some(known) = self.0.get(&name)
                && known.record.fault.as_ref() != Some(&fault)
            {
                let mut known = known.clone();
                known.record.fault = Some(fault);
                writes.insert(keys::projection(&name), known.record.encode());
                stopped.push((name, known));
            }
        }
        Stopped(stopped)
    }

    /// Brings what is in memory up to a batch that is in sled now.
    pub fn take(&mut self, stopped: Stopped) {
        self.0.extend(stopped.0);
    }

    fn of_table(&self, table: &str) -> Option<&Known> {
        let name = table.split_once('.').map_or(table, |(name, _)| name);
        self.0.get(name)
    }

    /// Where the live rows of a table are written.
    pub fn place(&self, table: &str) -> Place {
        self.of_table(table).map_or(
            Place {
                number: 0,
                has_packed_rows: false,
            },
            |known| Place {
                number: known.record.live.number,
                has_packed_rows: !known.live.is_empty(),
            },
        )
    }

    fn live_rows(&self, table: &str) -> (u64, Arc<[Arc<PackedRows>]>) {
        self.of_table(table).map_or_else(
            || (0, Arc::from([])),
            |known| (known.record.live.number, Arc::clone(&known.live)),
        )
    }
}

impl ReadStore {
    /// What is noted of a projection; `None` when it was never declared.
    #[must_use]
    pub fn projection(&self, name: &str) -> Option<ProjectionRecord> {
        let known = self.projections();
        known.0.get(name).map(|known| known.record.clone())
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
        self.note(&[(
            name.to_owned(),
            Known {
                record: ProjectionRecord {
                    live: GenerationNote {
                        number,
                        schema,
                        position: 0,
                        runs: 0,
                    },
                    kept: None,
                    fault: None,
                },
                live: Arc::from([]),
                kept: Arc::from([]),
                lost: None,
            },
        )])
    }

    /// The live rows of a projection.
    #[must_use]
    pub fn live_rows(&self, name: &str) -> GenerationRows {
        let (number, runs) = self.projections().live_rows(name);
        self.view(number, runs)
    }

    /// The rows of the generation that is kept; `None` when none is.
    #[must_use]
    pub fn kept_rows(&self, name: &str) -> Option<GenerationRows> {
        let projections = self.projections();
        let known = projections.0.get(name)?;
        let kept = known.record.kept.as_ref()?;
        Some(self.view(kept.number, Arc::clone(&known.kept)))
    }

    fn view(&self, number: u64, runs: Arc<[Arc<PackedRows>]>) -> GenerationRows {
        GenerationRows {
            folder: Arc::from(self.folder.as_path()),
            newer: Newer::Tree(Arc::clone(&self.last), number),
            runs,
        }
    }

    fn numbers_in_use(&self) -> Vec<u64> {
        let projections = self.projections();
        let records = projections.0.values().map(|known| &known.record);
        records
            .flat_map(|record| std::iter::once(&record.live).chain(&record.kept))
            .map(|note| note.number)
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
