//! Folders of generations, and removing what no record names any more.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::writes::Writes;
use super::super::{ReadStore, ReadStoreError, keys};
use crate::file;

/// Inside the read store's folder: a folder per generation that has packed rows.
const ROWS_FOLDER: &str = "rows";
/// Rows removed at once when a generation is cleared.
const CLEARED_AT_ONCE: usize = 512;

impl ReadStore {
    /// Removes the rows and files of generations that no record names: those of interrupted drafts
    /// and those that were kept before the last promotion. Live rows can be read and written
    /// meanwhile.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn remove_unused(&self) -> Result<(), ReadStoreError> {
        self.expect_taking()?;
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
    pub(in super::super) fn packed_bytes(&self) -> Result<u64, ReadStoreError> {
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
    pub(in super::super) fn clear(&self, prefix: &[u8]) -> Result<(), ReadStoreError> {
        loop {
            let keys = self.tree.scan_prefix(prefix).keys().take(CLEARED_AT_ONCE);
            let keys: Result<Vec<_>, _> = keys.collect();
            let keys = keys.map_err(|error| self.explain(error))?;
            if keys.is_empty() {
                return Ok(());
            }
            let mut writes = Writes::default();
            keys.into_iter().for_each(|key| writes.remove(key));
            self.write(&self.alone(), writes)?;
        }
    }
}

pub(super) fn generation_folder(folder: &Path, projection: &str, number: u64) -> PathBuf {
    folder
        .join(ROWS_FOLDER)
        .join(format!("{number:08}-{projection}"))
}

/// Every folder of a generation: number, projection and path.
pub(super) fn generation_folders(
    folder: &Path,
) -> Result<Vec<(u64, String, PathBuf)>, ReadStoreError> {
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
