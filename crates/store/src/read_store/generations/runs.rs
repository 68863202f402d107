//! The files of packed rows of one generation, as they are now.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::super::packed::{PackedRows, PackedWriter};
use super::super::{ReadStoreError, keys};
use super::view::Rows;
use crate::file::{self, FileError};

/// One file and its number, which its name states.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub number: u32,
    pub rows: Arc<PackedRows>,
}

/// Files of packed rows, the oldest first. Whoever has a clone sees the same files: batches add
/// some, and merging puts one in the place of several.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs(Arc<Files>);

#[derive(Debug, Default)]
struct Files {
    now: RwLock<Arc<[Run]>>,
    /// A number that no file has or had.
    next: AtomicU32,
}

impl Runs {
    /// Opens files by their numbers.
    pub fn open(folder: &Path, numbers: &[u32]) -> Result<Self, ReadStoreError> {
        let runs = numbers.iter().map(|number| {
            let rows = PackedRows::open(&run_path(folder, *number))?;
            Ok(Run {
                number: *number,
                rows: Arc::new(rows),
            })
        });
        Ok(Self::of(runs.collect::<Result<_, ReadStoreError>>()?))
    }

    /// Files that are open.
    pub fn of(runs: Vec<Run>) -> Self {
        let these = Self::default();
        these.set(runs);
        these
    }

    /// The files as they are now.
    pub fn now(&self) -> Arc<[Run]> {
        let now = self.0.now.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&now)
    }

    /// The numbers of the files as they are now.
    pub fn numbers(&self) -> Vec<u32> {
        self.now().iter().map(|run| run.number).collect()
    }

    /// A number for one more file, which is given to nobody else.
    pub fn reserve(&self) -> u32 {
        self.0.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Puts these in the place of all.
    pub fn set(&self, runs: Vec<Run>) {
        let behind = runs.iter().map(|run| run.number + 1).max().unwrap_or(0);
        self.0.next.fetch_max(behind, Ordering::Relaxed);
        *self.0.now.write().unwrap_or_else(PoisonError::into_inner) = runs.into();
    }

    /// Writes rows into a file above all others, durably.
    pub fn add(&self, folder: &Path, rows: &Rows) -> Result<(), ReadStoreError> {
        let number = self.reserve();
        let mut writer = PackedWriter::create(&run_path(folder, number))?;
        for (key, value) in rows {
            writer.push(key, value.as_deref())?;
        }
        let rows = Arc::new(writer.finish()?);
        let mut runs = self.now().to_vec();
        runs.push(Run { number, rows });
        self.set(runs);
        Ok(())
    }

    /// Removes files that are none of these: they were written and not noted, or merged.
    pub fn remove_others(&self, folder: &Path) -> Result<(), FileError> {
        if !folder.is_dir() {
            return Ok(());
        }
        let numbers = self.numbers();
        let these: Vec<_> = numbers.iter().map(|run| run_path(folder, *run)).collect();
        let paths = file::paths_in(folder)?;
        let others = paths.iter().filter(|path| !these.contains(path));
        others
            .into_iter()
            .try_for_each(|path| file::remove_if_present(path))
    }

    /// The same files, whatever becomes of these.
    pub fn fixed(&self) -> Self {
        Self::of(self.now().to_vec())
    }

    /// The value of a row as the newest file has it, `None` when there is no such row.
    pub fn row(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ReadStoreError> {
        let runs = self.now();
        if runs.is_empty() {
            return Ok(None);
        }
        let key = keys::table_key(table, key);
        for run in runs.iter().rev() {
            if let Some(value) = run.rows.row(&key)? {
                return Ok(value);
            }
        }
        Ok(None)
    }
}

/// Where the file of a number is.
pub(super) fn run_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:04}.rows"))
}
