//! Putting generations in the place of others: all at once, and on disk before anybody takes it for
//! done.

use std::sync::{Arc, PoisonError};

use super::super::packed::PackedRows;
use super::super::sheet::Sheet;
use super::super::writes::Writes;
use super::super::{Alone, ReadStore, ReadStoreError, RowChange, keys};
use super::draft::Draft;
use super::record::{GenerationNote, ProjectionRecord};
use super::view::{GenerationRows, stored_value};
use super::{Known, Place};

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
        self.commit(&alone, &further, writes)
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
            writes.insert(keys::projection(name), known.record.encode());
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

impl RowChange {
    /// Adds the change to a batch, when the row is not too large.
    pub(in super::super) fn write(
        &self,
        place: Place,
        writes: &mut Writes,
    ) -> Result<(), ReadStoreError> {
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
