//! Rows: what read models are kept in. A table is a name, a row a key and a value.

use std::borrow::Cow;

use super::block::MAX_BYTES;
use super::generations::without_table;
use super::{ReadStore, ReadStoreError};

/// Most bytes of a row, key and value together.
pub const MAX_ROW_BYTES: usize = MAX_BYTES;

/// A change of one row, part of a [`Batch`](super::Batch): of the live rows of the table's
/// projection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// The table's name.
    pub table: Cow<'static, str>,
    /// The row's key; rows are kept in the order of their keys.
    pub key: Vec<u8>,
    /// The new value, or `None` to remove the row.
    pub value: Option<Vec<u8>>,
}

impl RowChange {
    pub(super) fn check_size(&self) -> Result<(), ReadStoreError> {
        let bytes = self.key.len() + self.value.as_ref().map_or(0, Vec::len);
        if bytes > MAX_ROW_BYTES {
            return Err(ReadStoreError::RowTooLarge {
                table: self.table.to_string(),
                bytes,
                limit: MAX_ROW_BYTES,
            });
        }
        Ok(())
    }
}

/// A row's key and value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Where rows can be read, by key and in order.
pub trait RowSource {
    /// The value of a row, `None` when there is no such row.
    fn row(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ReadStoreError>;

    /// The rows whose keys begin with `prefix`, in the order of their keys.
    fn rows(&self, table: &str, prefix: &[u8]) -> Result<Vec<Row>, ReadStoreError>;
}

impl RowSource for ReadStore {
    fn row(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ReadStoreError> {
        self.live_rows(table).row(table, key)
    }

    fn rows(&self, table: &str, prefix: &[u8]) -> Result<Vec<Row>, ReadStoreError> {
        self.scan_rows(table, prefix).collect()
    }
}

impl ReadStore {
    /// The live rows whose keys begin with `prefix`, one by one in the order of their keys. A batch
    /// applied meanwhile shows in the rows that were not returned yet.
    pub fn scan_rows(
        &self,
        table: &str,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<Row, ReadStoreError>> + use<> {
        self.live_rows(table).scan(table, prefix).map(without_table)
    }
}
