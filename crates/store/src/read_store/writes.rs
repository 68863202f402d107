//! What is to be written at once, and how small values at an end are merged.

use std::collections::BTreeMap;

use sled::{Batch, IVec, Tree};

use super::announcement;
use super::error::TreeError;
use crate::step::{self, Safeguard, Step};

/// Changes that sled is given in one operation.
///
/// sled answers nobody while it applies a batch. Measured with 64 clients: batches of 4096 entries
/// as one operation kept the writer waiting for 42 ms, and one command in a hundred with it; in
/// pieces of this size, for 20 ms.
const TOGETHER: usize = 128;

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

    /// Applies the changes. Many of them are announced first, in one operation, and then applied
    /// in pieces, between which others are answered: [`finish`] does the rest after a crash.
    pub fn apply(self, tree: &Tree) -> Result<(), TreeError> {
        let together = step::bytes_or("REDRESS_CHANGES_TOGETHER", TOGETHER);
        if self.changes.len() <= together {
            return apply(tree, self.changes.iter());
        }
        let parts = if step::is_without(Safeguard::WritesAnnounced) {
            0
        } else {
            let changes = self.changes.iter();
            let changes = changes.map(|(key, value)| (&**key, value.as_deref()));
            announcement::announce(tree, changes)?
        };
        self.apply_in_pieces(tree, together)?;
        announcement::withdraw(tree, parts)
    }

    /// What replaces something is there before that is taken away: who reads between two pieces
    /// finds the one or the other.
    fn apply_in_pieces(&self, tree: &Tree, together: usize) -> Result<(), TreeError> {
        let (inserted, removed): (Vec<_>, Vec<_>) =
            self.changes.iter().partition(|(_, value)| value.is_some());
        for piece in inserted.chunks(together).chain(removed.chunks(together)) {
            apply(tree, piece.iter().copied())?;
            step::reached(Step::AmidSledBatch);
        }
        Ok(())
    }
}

/// Applies what was announced before the process ended, if something was.
pub(super) fn finish(tree: &Tree) -> Result<(), TreeError> {
    let Some(announced) = announcement::read(tree)? else {
        return Ok(());
    };
    let changes = announced
        .changes
        .into_iter()
        .map(|(key, value)| (key.into(), value.map(IVec::from)))
        .collect();
    Writes { changes }.apply_in_pieces(tree, TOGETHER)?;
    announcement::withdraw(tree, announced.parts)
}

/// Applies changes at once, and lets sled free what they replaced.
///
/// sled frees memory only when an operation begins, and a batch, however large, is one operation:
/// measured with batches of 4096 rows, a million of them took 2.6 GB and 10 s; with a read for every
/// second change after each batch, 0.17 GB and 6.5 s.
fn apply<'changes>(
    tree: &Tree,
    changes: impl Iterator<Item = (&'changes IVec, &'changes Option<IVec>)>,
) -> Result<(), TreeError> {
    let mut batch = Batch::default();
    let mut count: usize = 0;
    for (key, value) in changes {
        match value {
            Some(value) => batch.insert(key, value),
            None => batch.remove(key),
        }
        count += 1;
    }
    tree.apply_batch(batch)?;
    for _ in 0..count.div_ceil(2) {
        tree.get([])?;
    }
    Ok(())
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
