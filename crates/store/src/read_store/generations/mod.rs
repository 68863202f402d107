//! Generations: every projection's rows under a number, so that new ones can be made beside those
//! that are read, put in their place at once, and taken back.
//!
//! A generation is files of packed rows, written by a rebuild, and above them the rows in sled that
//! changed since. One small value per projection says which generation is read and which is kept;
//! changing it, with the last rows, is one batch of sled's.
//!
//! A projection's tables are those named the same up to the first dot.

mod draft;
mod record;
mod view;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

pub use draft::{Draft, DraftRows};
pub use record::{FaultNote, GenerationNote, ProjectionRecord};
pub use view::{GenerationRows, GenerationScan, TableRow};

use super::packed::PackedRows;
use super::sheet::Sheet;
use super::writes::Writes;
use super::{ReadStore, ReadStoreError, RowChange, TreeError, keys};
use crate::file;
use draft::open_runs;
use view::Newer;
pub(super) use view::{stored_value, without_table};

/// Inside the read store's folder: a folder per generation that has packed rows.
const ROWS_FOLDER: &str = "rows";
/// Marks the folders of drafts that are only tried out.
const TRIAL: &str = ".trial";
/// Rows removed at once when a generation is cleared.
const CLEARED_AT_ONCE: usize = 512;

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

/// A draft that takes the place of the live generation.
#[derive(Debug)]
pub struct Promotion {
    /// What is made live.
    pub draft: Draft,
    /// The last position that it reflects with these rows.
    pub position: u64,
    /// Rows that changed since the draft's files.
    pub rows: Sheet,
}

/// A kept generation that takes the place of the live one again.
#[derive(Debug)]
pub struct Return {
    /// Whose.
    pub projection: String,
    /// The last position that it reflects with these rows.
    pub position: u64,
    /// Rows that changed since the position that it was kept with.
    pub rows: Sheet,
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

    /// Begins drafts of these projections' rows, each with the version of its rows. Where all of
    /// them were left at one position by somebody who was interrupted, they go on from there.
    ///
    /// # Errors
    /// When their folders cannot be made.
    pub fn drafts(&self, projections: &[(&str, u32)]) -> Result<Vec<Draft>, ReadStoreError> {
        let mut left = self.left_drafts(projections);
        let reached = left.iter().map(Draft::position).min();
        if let Some(position) = reached
            && left.len() == projections.len()
            && left.iter_mut().all(|draft| draft.cut_back(position))
        {
            return Ok(left);
        }
        drop(left);
        self.remove_unused()?;
        self.begin_drafts(projections, "")
    }

    /// Begins drafts that nobody takes up: [`ReadStore::discard`] them.
    ///
    /// # Errors
    /// When their folders cannot be made.
    pub fn trial_drafts(&self, projections: &[(&str, u32)]) -> Result<Vec<Draft>, ReadStoreError> {
        self.begin_drafts(projections, TRIAL)
    }

    fn begin_drafts(
        &self,
        projections: &[(&str, u32)],
        suffix: &str,
    ) -> Result<Vec<Draft>, ReadStoreError> {
        (self.next_number()?..)
            .zip(projections)
            .map(|(number, (name, schema))| {
                let folder = generation_folder(&self.folder, &format!("{name}{suffix}"), number);
                Draft::begin(folder, name, number, *schema)
            })
            .collect()
    }

    /// Removes a draft.
    ///
    /// # Errors
    /// When its files cannot be removed.
    pub fn discard(&self, draft: Draft) -> Result<(), ReadStoreError> {
        let path = draft.folder.clone();
        drop(draft);
        fs::remove_dir_all(&path).map_err(file::FileError::when("remove", &path))?;
        Ok(())
    }

    fn left_drafts(&self, projections: &[(&str, u32)]) -> Vec<Draft> {
        let Ok(folders) = generation_folders(&self.folder) else {
            return Vec::new();
        };
        let in_use = self.numbers_in_use();
        projections
            .iter()
            .filter_map(|(name, schema)| {
                folders
                    .iter()
                    .filter(|(number, of, _)| of == name && !in_use.contains(number))
                    .find_map(|(number, of, path)| {
                        Draft::resume(path.clone(), of, *number, *schema)
                    })
            })
            .collect()
    }

    /// Makes drafts live, all at once; what was live is kept for going back to it, unless it had
    /// stopped or cannot be read. Rows of generations that are in use no more are left for
    /// [`ReadStore::remove_unused`]. Returns the rows of each as they are at its position.
    ///
    /// # Errors
    /// When it cannot be written: then everything is as before.
    pub fn promote(
        &self,
        promotions: Vec<Promotion>,
    ) -> Result<Vec<GenerationRows>, ReadStoreError> {
        let _alone = self.applying.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writes = Writes::default();
        let mut changed = Vec::new();
        let mut frozen = Vec::new();
        for promotion in promotions {
            let Promotion {
                draft,
                position,
                rows,
            } = promotion;
            let runs: Arc<[Arc<PackedRows>]> = draft.opened().into();
            let place = Place {
                number: draft.number,
                has_packed_rows: !runs.is_empty(),
            };
            self.write_sheet(&rows, place, &mut writes)?;
            frozen.push(draft.with(&rows));
            let before = self.projections().0.get(&draft.projection).cloned();
            let before =
                before.filter(|known| known.lost.is_none() && known.record.fault.is_none());
            let known = Known {
                record: ProjectionRecord {
                    live: GenerationNote {
                        number: draft.number,
                        schema: draft.schema,
                        position,
                        runs: u32::try_from(runs.len()).unwrap_or(u32::MAX),
                    },
                    kept: before.as_ref().map(|known| GenerationNote {
                        position,
                        ..known.record.live.clone()
                    }),
                    fault: None,
                },
                live: runs,
                kept: before.map_or_else(|| Arc::from([]), |known| known.live),
                lost: None,
            };
            changed.push((draft.projection, known));
        }
        self.commit(&changed, writes)?;
        Ok(frozen)
    }

    /// Makes kept generations live again, all at once; what was live is kept in their place.
    ///
    /// # Errors
    /// When it cannot be written: then everything is as before.
    pub fn go_back(&self, returns: Vec<Return>) -> Result<(), ReadStoreError> {
        let _alone = self.applying.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writes = Writes::default();
        let mut changed = Vec::new();
        for Return {
            projection,
            position,
            rows,
        } in returns
        {
            let Some(mut known) = self.projections().0.get(&projection).cloned() else {
                continue;
            };
            let Some(kept) = known.record.kept.take() else {
                continue;
            };
            let place = Place {
                number: kept.number,
                has_packed_rows: kept.runs > 0,
            };
            self.write_sheet(&rows, place, &mut writes)?;
            let before =
                std::mem::replace(&mut known.record.live, GenerationNote { position, ..kept });
            std::mem::swap(&mut known.live, &mut known.kept);
            // One that stopped, or cannot be read, is nothing to go back to.
            let may_be_kept = known.lost.is_none() && known.record.fault.is_none();
            known.record.kept = may_be_kept.then_some(GenerationNote { position, ..before });
            known.record.fault = None;
            known.lost = None;
            changed.push((projection, known));
        }
        self.commit(&changed, writes)
    }

    /// Brings kept generations further, all at once: rows that changed up to a position since the
    /// one that they were kept with.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add_to_kept(
        &self,
        changed: &[(&str, Sheet)],
        position: u64,
    ) -> Result<(), ReadStoreError> {
        let _alone = self.applying.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writes = Writes::default();
        let mut further = Vec::new();
        for (name, rows) in changed {
            let Some(mut known) = self.projections().0.get(*name).cloned() else {
                continue;
            };
            let Some(kept) = &mut known.record.kept else {
                continue;
            };
            let place = Place {
                number: kept.number,
                has_packed_rows: kept.runs > 0,
            };
            kept.position = position;
            self.write_sheet(rows, place, &mut writes)?;
            further.push(((*name).to_owned(), known));
        }
        self.commit(&further, writes)
    }

    /// Removes the rows and files of generations that no record names: those of interrupted drafts
    /// and those that were kept before the last promotion. Live rows can be read and written
    /// meanwhile.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn remove_unused(&self) -> Result<(), ReadStoreError> {
        let in_use = self.numbers_in_use();
        for (number, _, path) in generation_folders(&self.folder)? {
            if !in_use.contains(&number) {
                fs::remove_dir_all(&path).map_err(file::FileError::when("remove", &path))?;
            }
        }
        let mut from = keys::generation(1);
        loop {
            let next = self.tree.range(from..).next().transpose();
            let next = next.map_err(|error| self.explain(error))?;
            let Some(number) = next.and_then(|(key, _)| keys::row_generation(&key)) else {
                return Ok(());
            };
            if !in_use.contains(&number) {
                self.clear(&keys::generation(number))?;
            }
            from = keys::generation(number + 1);
        }
    }

    /// Bytes of all files of packed rows, those of drafts counted.
    pub(super) fn packed_bytes(&self) -> Result<u64, ReadStoreError> {
        let mut bytes = 0;
        for (_, _, folder) in generation_folders(&self.folder)? {
            for path in file::paths_in(&folder)? {
                bytes += fs::metadata(&path).map_or(0, |found| found.len());
            }
        }
        Ok(bytes)
    }

    /// Removes everything whose key begins with `prefix`, part by part: an interruption leaves the
    /// rest.
    pub(super) fn clear(&self, prefix: &[u8]) -> Result<(), ReadStoreError> {
        loop {
            let keys = self.tree.scan_prefix(prefix).keys().take(CLEARED_AT_ONCE);
            let keys: Result<Vec<_>, _> = keys.collect();
            let keys = keys.map_err(|error| self.explain(error))?;
            if keys.is_empty() {
                return Ok(());
            }
            let mut writes = Writes::default();
            keys.into_iter().for_each(|key| writes.remove(key));
            writes
                .apply(&self.tree)
                .map_err(|error| self.explain(error))?;
        }
    }

    /// Adds rows to a batch.
    fn write_sheet(
        &self,
        sheet: &Sheet,
        place: Place,
        writes: &mut Writes,
    ) -> Result<(), ReadStoreError> {
        sheet.changes().try_for_each(|row| row.write(place, writes))
    }

    /// Notes what is known of projections now.
    fn note(&self, changed: &[(String, Known)]) -> Result<(), ReadStoreError> {
        let _alone = self.applying.lock().unwrap_or_else(PoisonError::into_inner);
        self.commit(changed, Writes::default())
    }

    /// Applies a batch together with these records. sled is asked to bring it to the disk at once:
    /// otherwise a crash takes the switch back, which loses nothing, but nobody would expect it.
    fn commit(
        &self,
        changed: &[(String, Known)],
        mut writes: Writes,
    ) -> Result<(), ReadStoreError> {
        for (name, known) in changed {
            writes.insert(keys::projection(name), known.record.encode());
        }
        writes
            .apply(&self.tree)
            .map_err(|error| self.explain(error))?;
        self.flush()?;
        let mut projections = self
            .projections
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for (name, known) in changed {
            projections.0.insert(name.clone(), known.clone());
        }
        Ok(())
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

impl RowChange {
    /// Adds the change to a batch, when the row is not too large.
    pub(super) fn write(&self, place: Place, writes: &mut Writes) -> Result<(), ReadStoreError> {
        self.check_size()?;
        let key = keys::row(place.number, &self.table, &self.key);
        match &self.value {
            // Without packed rows there is nothing to hide.
            None if !place.has_packed_rows => writes.remove(key),
            value => writes.insert(key, stored_value(value.as_deref())),
        }
        Ok(())
    }
}

/// Removes drafts that were only tried out, by somebody who was interrupted. Nobody may be trying
/// anything out.
pub(super) fn remove_trial_drafts(folder: &Path) -> Result<(), ReadStoreError> {
    for (_, name, path) in generation_folders(folder)? {
        if name.ends_with(TRIAL) {
            fs::remove_dir_all(&path).map_err(file::FileError::when("remove", &path))?;
        }
    }
    Ok(())
}

fn generation_folder(folder: &Path, projection: &str, number: u64) -> PathBuf {
    folder
        .join(ROWS_FOLDER)
        .join(format!("{number:08}-{projection}"))
}

/// Every folder of a generation: number, projection and path.
fn generation_folders(folder: &Path) -> Result<Vec<(u64, String, PathBuf)>, ReadStoreError> {
    let rows = folder.join(ROWS_FOLDER);
    if !rows.is_dir() {
        return Ok(Vec::new());
    }
    let paths = file::paths_in(&rows)?;
    let named = paths.into_iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        let (number, projection) = name.split_once('-')?;
        Some((number.parse().ok()?, projection.to_owned(), path.clone()))
    });
    Ok(named.collect())
}
