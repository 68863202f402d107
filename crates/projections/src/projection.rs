//! What all projections have in common.

use std::fmt::Debug;
use std::sync::Arc;

use crate::change::{Change, Latest};
use crate::fault::Fault;
use crate::table::{Backing, EncodedRow, RowChange};

/// A read model: a pure fold over recorded events.
pub trait Projection {
    /// Its name, for people and for keeping its rows apart.
    const NAME: &'static str;

    /// The version of its rows. Rows of another version are not read: the projection is rebuilt.
    const SCHEMA: u32;

    /// Whether its rows say of each stream only what its last event left: then
    /// [`Projection::fold_latest`] now and then gives the same rows as [`Projection::fold`] for
    /// every event.
    const FROM_LATEST: bool = false;

    /// Takes up one event. Events come in the order of their positions, each once.
    ///
    /// # Errors
    /// When a row that the fold needs cannot be read. Rows may then reflect half of the event:
    /// the read models must not be used any further.
    fn fold(&mut self, change: &Change<'_>) -> Result<(), Fault>;

    /// Takes up a stream as its last event left it. Streams come in any order; each is shown before
    /// an edition is announced, if something happened to it since it was shown last.
    ///
    /// # Errors
    /// As [`Projection::fold`].
    fn fold_latest(&mut self, _latest: &Latest<'_>) -> Result<(), Fault> {
        Ok(())
    }

    /// Its tables, in a fixed order.
    fn tables(&self) -> Vec<&dyn RowTable>;

    /// Its tables, in the same order.
    fn tables_mut(&mut self) -> Vec<&mut dyn RowTable>;
}

/// What a table can do whatever its rows are.
pub trait RowTable {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Shows the rows that changed since this was called last, each once, as a key and the encoded
    /// row, `None` where it was removed, in no particular order.
    ///
    /// # Errors
    /// When a row cannot be encoded, or `see` says so.
    fn hand_on(&mut self, see: &mut HandOn<'_>) -> Result<(), Fault>;

    /// The rows that changed since rows were handed on last, in key order, each once.
    ///
    /// # Errors
    /// When a row cannot be encoded.
    fn take_changes(&mut self) -> Result<Vec<RowChange>, Fault> {
        let table = self.name();
        let mut changes = Vec::new();
        self.hand_on(&mut |key, row| {
            changes.push(RowChange {
                table,
                key: key.to_vec(),
                value: row.map(<[u8]>::to_vec),
            });
            Ok(())
        })?;
        changes.sort_unstable_by(|left, right| left.key.cmp(&right.key));
        Ok(changes)
    }

    /// Reads what is not in memory from here from now on: it must have every row handed on so far.
    /// Rows were handed on `generation` times in the eyes of whoever lets go of them.
    fn set_backing(&mut self, backing: &Arc<dyn Backing>, generation: u64);

    /// An encoded row in words, field by field.
    ///
    /// # Errors
    /// When the row is not readable.
    fn describe(&self, key: &[u8], row: &[u8]) -> Result<String, Fault>;

    /// Every row as it is encoded, in key order.
    ///
    /// # Errors
    /// When rows behind the table cannot be read.
    fn rows_for_comparison(&self) -> Result<Vec<EncodedRow>, Fault>;

    /// Lets go of rows that the backing has: those that last changed before changes were taken
    /// for the `generation`-th time. Without a backing nothing happens.
    fn release(&mut self, generation: u64);

    /// How many rows are in memory.
    fn rows_in_memory(&self) -> usize;
}

/// Takes a row's key and the row, `None` where it was removed.
pub type HandOn<'a> = dyn FnMut(&[u8], Option<&[u8]>) -> Result<(), Fault> + 'a;

/// What can be a row: plain fields that bincode encodes.
pub trait Row: Clone + Debug + Send + Sync + bincode::Encode + bincode::Decode<()> {}

impl<R: Clone + Debug + Send + Sync + bincode::Encode + bincode::Decode<()>> Row for R {}
