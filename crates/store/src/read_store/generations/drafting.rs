//! Beginning drafts, taking up those that were left, and dropping those that were only tried out.

use std::fs;
use std::path::Path;

use super::super::{ReadStore, ReadStoreError};
use super::clearing::{generation_folder, generation_folders};
use super::draft::Draft;
use crate::file;

/// Marks the folders of drafts that are only tried out.
const TRIAL: &str = ".trial";

impl ReadStore {
    /// Begins drafts of these projections' rows, each with the version of its rows. Where all of
    /// them were left at one position by somebody who was interrupted, they go on from there.
    ///
    /// # Errors
    /// When their folders cannot be made.
    pub fn drafts(&self, projections: &[(&str, u32)]) -> Result<Vec<Draft>, ReadStoreError> {
        self.expect_taking()?;
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
}

/// Removes drafts that were only tried out, by somebody who was interrupted. Nobody may be trying
/// anything out.
pub(in super::super) fn remove_trial_drafts(folder: &Path) -> Result<(), ReadStoreError> {
    for (_, name, path) in generation_folders(folder)? {
        if name.ends_with(TRIAL) {
            fs::remove_dir_all(&path).map_err(file::FileError::when("remove", &path))?;
        }
    }
    Ok(())
}
