//! Putting generations in the place of others: all at once, and on disk before anybody takes it for
//! done.

use std::sync::PoisonError;

use super::super::sheet::Sheet;
use super::super::writes::Writes;
use super::super::{Alone, ReadStore, ReadStoreError, keys};
use super::draft::Draft;
use super::view::{GenerationRows, rows_of};
use super::{Generation, Known};

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

impl ReadStore {
    /// Makes drafts live, all at once; what was live is kept for going back to it, unless it had
    /// stopped or cannot be read. Rows of generations that are in use no more are left for
    /// [`ReadStore::remove_unused`]. Returns the rows of each as they are at its position.
    ///
    /// # Errors
    /// When it cannot be written: then everything is as before until the store is opened again,
    /// which goes on with it where it was begun.
    pub fn promote(
        &self,
        promotions: Vec<Promotion>,
    ) -> Result<Vec<GenerationRows>, ReadStoreError> {
        let alone = self.alone();
        let mut writes = Writes::default();
        let mut changed = Vec::new();
        let mut frozen = Vec::new();
        for promotion in promotions {
            let Promotion {
                draft,
                position,
                rows,
            } = promotion;
            frozen.push(draft.with(&rows));
            let live = Generation::new(draft.number, draft.schema, position, draft.runs.clone());
            self.place(&draft.projection, &live, rows_of(&rows), &mut writes)?;
            let before = self.projections().0.get(&draft.projection).cloned();
            let before = before.filter(|known| known.lost.is_none() && known.fault.is_none());
            let known = Known {
                live,
                kept: before.map(|known| Generation {
                    position,
                    ..known.live
                }),
                fault: None,
                lost: None,
            };
            changed.push((draft.projection, known));
        }
        self.commit(&alone, &changed, writes)?;
        Ok(frozen)
    }

    /// Makes kept generations live again, all at once; what was live is kept in their place.
    ///
    /// # Errors
    /// When it cannot be written: then everything is as before until the store is opened again,
    /// which goes on with it where it was begun.
    pub fn go_back(&self, returns: Vec<Return>) -> Result<(), ReadStoreError> {
        let alone = self.alone();
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
            let Some(kept) = known.kept.take() else {
                continue;
            };
            self.place(&projection, &kept, rows_of(&rows), &mut writes)?;
            let before = std::mem::replace(&mut known.live, Generation { position, ..kept });
            // One that stopped, or cannot be read, is nothing to go back to.
            let may_be_kept = known.lost.is_none() && known.fault.is_none();
            known.kept = may_be_kept.then_some(Generation { position, ..before });
            known.fault = None;
            known.lost = None;
            changed.push((projection, known));
        }
        self.commit(&alone, &changed, writes)
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
        let alone = self.alone();
        let mut writes = Writes::default();
        let mut further = Vec::new();
        for (name, rows) in changed {
            let Some(mut known) = self.projections().0.get(*name).cloned() else {
                continue;
            };
            let Some(kept) = &mut known.kept else {
                continue;
            };
            kept.position = position;
            self.place(name, kept, rows_of(rows), &mut writes)?;
            further.push(((*name).to_owned(), known));
        }
        self.commit(&alone, &further, writes)
    }

    /// Notes what is known of projections now.
    pub(super) fn note(&self, changed: &[(String, Known)]) -> Result<(), ReadStoreError> {
        let alone = self.alone();
        self.commit(&alone, changed, Writes::default())
    }

    fn commit(
        &self,
        alone: &Alone<'_>,
        changed: &[(String, Known)],
        writes: Writes,
    ) -> Result<(), ReadStoreError> {
        self.commit_with(alone, changed, writes, || self.flush())
    }

    /// Applies a batch together with these records. sled is asked to bring it to the disk at once:
    /// otherwise a crash takes the switch back, which loses nothing, but nobody would expect it.
    /// Where `flush` fails, sled has the records and nobody goes by them: nothing more is taken.
    pub(super) fn commit_with(
        &self,
        alone: &Alone<'_>,
        changed: &[(String, Known)],
        mut writes: Writes,
        flush: impl FnOnce() -> Result<(), ReadStoreError>,
    ) -> Result<(), ReadStoreError> {
        for (name, known) in changed {
            writes.insert(keys::projection(name), known.record().encode());
        }
        self.write(alone, writes)?;
        flush().inspect_err(|_| self.take_no_more())?;
        let mut projections = self
            .projections
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for (name, known) in changed {
            projections.0.insert(name.clone(), known.clone());
        }
        Ok(())
    }
}
