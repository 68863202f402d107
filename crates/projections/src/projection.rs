//! What all projections have in common.

use crate::change::Change;
use crate::fault::Fault;
use crate::table::{EncodedRow, RowChange};

/// A read model: a pure fold over recorded events.
pub trait Projection {
    /// Its name, for people and for keeping its rows apart.
    const NAME: &'static str;

    /// The version of its rows. Rows of another version are not read: the projection is rebuilt.
    const SCHEMA: u32;

    /// Takes up one event. Events come in the order of their positions, each once.
    ///
    /// # Errors
    /// When a row that the fold needs cannot be read. Rows may then reflect half of the event:
    /// the read models must not be used any further.
    fn fold(&mut self, change: &Change<'_>) -> Result<(), Fault>;

    /// Its tables, in a fixed order.
    fn tables(&self) -> Vec<&dyn RowTable>;

    /// Its tables, in the same order.
    fn tables_mut(&mut self) -> Vec<&mut dyn RowTable>;
}

/// What a table can do whatever its rows are.
pub trait RowTable {
    /// Its name.
    fn name(&self) -> &'static str;

    /// The rows that changed since this was called last, in key order, each once.
    ///
    /// # Errors
    /// When a row cannot be encoded.
    fn take_changes(&mut self) -> Result<Vec<RowChange>, Fault>;

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

/// What can be a row: plain fields that bincode encodes.
pub trait Row: Clone + Send + Sync + bincode::Encode + bincode::Decode<()> {}

impl<R: Clone + Send + Sync + bincode::Encode + bincode::Decode<()>> Row for R {}
