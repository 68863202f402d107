//! What is to be written at once, and how small values at an end are merged.

use std::collections::BTreeMap;

use sled::{Batch, IVec, Tree};

use super::error::TreeError;

/// Changes of the tree that are applied together or not at all.
#[derive(Debug, Default)]
pub(super) struct Writes {
    /// By key: neighbours lie on the same pages.
    changes: BTreeMap<IVec, Option<IVec>>,
}

impl Writes {
    pub fn insert(&mut self, key: impl Into<IVec>, value: impl Into<IVec>) {
        self.changes.insert(key.into(), Some(value.into()));
    }

    pub fn remove(&mut self, key: impl Into<IVec>) {
        self.changes.insert(key.into(), None);
    }

    /// Applies the changes, and lets sled free what they replaced. sled answers nobody meanwhile, so
    /// there should be some hundred of them and not many thousand.
    ///
    /// sled frees memory only when an operation begins, and a batch, however large, is one operation:
    /// measured with batches of 4096 rows, a million of them took 2.6 GB and 10 s; with a read for
    /// every second change after each batch, 0.17 GB and 6.5 s.
    pub fn apply(self, tree: &Tree) -> Result<(), TreeError> {
        let count = self.changes.len();
        let mut batch = Batch::default();
        for (key, value) in self.changes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        tree.apply_batch(batch)?;
        for _ in 0..count.div_ceil(2) {
            tree.get([])?;
        }
        Ok(())
    }
}

/// How many of the last values, whose `sizes` are given in order, are to be merged with `incoming`
/// more: as in adding to a binary counter, those that are not larger than all that follows. Each
/// thing is so written again a few times only, and few small values remain.
pub(super) fn count_to_merge(
    sizes: impl DoubleEndedIterator<Item = usize>,
    incoming: usize,
) -> usize {
    let mut total = incoming;
    sizes
        .rev()
        .take_while(|size| {
            let merge = *size <= total;
            total += size;
            merge
        })
        .count()
}
