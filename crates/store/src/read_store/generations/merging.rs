//! Merging files of packed rows: where several of similar size lie above each other, one takes
//! their place. So a generation has a few files however long it is written to, and a row is written
//! again a few times only.

use std::ops::Range;
use std::sync::Arc;

use super::super::packed::merge;
use super::super::writes::Writes;
use super::super::{ReadStore, ReadStoreError, keys};
use super::Generation;
use super::clearing::generation_folder;
use super::runs::{Run, run_path};
use crate::file;
use crate::step::{self, Step};

/// So many files of similar size are merged.
const MERGED_AT_ONCE: usize = 6;
/// Files up to this size are similar; above it those are whose sizes are between the same powers of
/// [`MERGED_AT_ONCE`] times it.
const SMALL_BYTES: u64 = 128 * 1024;

impl ReadStore {
    /// Merges files of one live generation, if there are many of similar size; batches go on
    /// meanwhile. Returns whether it did, so that it may be called again. Nothing comes of it once
    /// `is_unwanted`.
    ///
    /// # Errors
    /// When files cannot be read or written: then everything is as before.
    pub fn merge(&self, is_unwanted: impl Fn() -> bool) -> Result<bool, ReadStoreError> {
        self.expect_taking()?;
        let Some((projection, generation, range)) = self.to_be_merged() else {
            return Ok(false);
        };
        let runs = generation.runs.now();
        let Some(merged) = runs.get(range.clone()) else {
            return Ok(false);
        };
        let folder = generation_folder(&self.folder, &projection, generation.number);
        let number = generation.runs.reserve();
        let path = run_path(&folder, number);
        let files: Vec<_> = merged.iter().map(|run| Arc::clone(&run.rows)).collect();
        let written = merge(&path, &files, range.start == 0, is_unwanted);
        let written = match written {
            Ok(Some(rows)) => Run {
                number,
                rows: Arc::new(rows),
            },
            Ok(None) => {
                file::remove_if_present(&path)?;
                return Ok(false);
            }
            Err(error) => {
                let _ = file::remove_if_present(&path);
                return Err(error);
            }
        };
        step::reached(Step::RowsMerged);
        if !self.exchange(&projection, &generation, range, written)? {
            file::remove_if_present(&path)?;
            return Ok(true);
        }
        step::reached(Step::RowsExchanged);
        // A power cut takes back what was not synced: a record that names the old files must not
        // come back when they are gone.
        self.flush()?;
        file::sync(&self.folder.join(SLED_LOG))?;
        for run in merged {
            file::remove_if_present(&run_path(&folder, run.number))?;
        }
        step::reached(Step::RowsRemoved);
        Ok(true)
    }

    /// Puts a file in the place of those that it was made of. Returns false where the generation is
    /// no longer live.
    fn exchange(
        &self,
        projection: &str,
        generation: &Generation,
        range: Range<usize>,
        written: Run,
    ) -> Result<bool, ReadStoreError> {
        let alone = self.alone();
        let known = self.projections().0.get(projection).cloned();
        let Some(known) = known.filter(|known| known.live.number == generation.number) else {
            return Ok(false);
        };
        // Files were added behind these meanwhile, and nothing else happened to them.
        let mut runs = generation.runs.now().to_vec();
        runs.splice(range, [written]);
        generation.runs.set(runs);
        let mut writes = Writes::default();
        writes.insert(keys::projection(projection), known.record().encode());
        self.write(&alone, writes)?;
        Ok(true)
    }

    /// Files of a live generation that are to be merged.
    fn to_be_merged(&self) -> Option<(String, Generation, Range<usize>)> {
        let projections = self.projections();
        projections.0.iter().find_map(|(name, known)| {
            let sizes: Vec<_> = known
                .live
                .runs
                .now()
                .iter()
                .map(|run| run.rows.bytes())
                .collect();
            Some((name.clone(), known.live.clone(), similar(&sizes)?))
        })
    }
}

/// sled's log inside its folder.
const SLED_LOG: &str = "db";

/// The newest files, of which many are of similar size and none is larger; sizes are given the
/// oldest first.
fn similar(sizes: &[u64]) -> Option<Range<usize>> {
    let magnitudes: Vec<_> = sizes.iter().map(|bytes| magnitude(*bytes)).collect();
    let largest = magnitudes.iter().copied().max()?;
    (0..=largest).find_map(|limit| {
        let newest = magnitudes.iter().rev().take_while(|one| **one <= limit);
        let alike = newest.clone().filter(|one| **one == limit).count();
        (alike >= MERGED_AT_ONCE).then(|| sizes.len() - newest.count()..sizes.len())
    })
}

fn magnitude(bytes: u64) -> u32 {
    let times = bytes / SMALL_BYTES;
    times
        .checked_ilog(MERGED_AT_ONCE as u64)
        .map_or(0, |power| power + 1)
}

#[cfg(test)]
mod tests {
    use super::{SMALL_BYTES, similar};

    #[test]
    fn many_files_of_similar_size_at_the_end_are_merged() {
        let small = SMALL_BYTES / 2;
        let large = SMALL_BYTES * 7;
        assert_eq!(similar(&[]), None);
        assert_eq!(similar(&[small; 5]), None);
        assert_eq!(similar(&[small; 6]), Some(0..6));
        assert_eq!(similar(&[large, small, small, small, small, small]), None);
        let after_a_large_one = [large, small, small, small, small, small, small];
        assert_eq!(similar(&after_a_large_one), Some(1..7));
        let many_large = [
            SMALL_BYTES * 50,
            large,
            large,
            large,
            large,
            large,
            large,
            small,
        ];
        assert_eq!(similar(&many_large), Some(1..8));
    }
}
