//! Rows: what read models are kept in. A table is a name, a row a key and a value.

use std::borrow::Cow;

use super::block::MAX_BYTES;
use super::writes::Writes;
use super::{ReadStore, ReadStoreError, keys};

/// Most bytes of a row, key and value together.
pub const MAX_ROW_BYTES: usize = MAX_BYTES;
/// Rows removed at once when a table is cleared.
const CLEARED_AT_ONCE: usize = 512;

/// A change of one row, part of a [`Batch`](super::Batch).
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
    /// Puts the row's table and key into the key of the tree, when the row is not too large.
    pub(super) fn checked_key(&self) -> Result<Vec<u8>, ReadStoreError> {
        let bytes = self.key.len() + self.value.as_ref().map_or(0, Vec::len);
        if bytes > MAX_ROW_BYTES {
            return Err(ReadStoreError::RowTooLarge {
                table: self.table.to_string(),
                bytes,
                limit: MAX_ROW_BYTES,
            });
        }
        Ok(keys::row(&self.table, &self.key))
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
        let value = self.tree.get(keys::row(table, key));
        let value = value.map_err(|error| self.explain(error))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn rows(&self, table: &str, prefix: &[u8]) -> Result<Vec<Row>, ReadStoreError> {
        self.scan_rows(table, prefix).collect()
    }
}

impl ReadStore {
    /// The rows whose keys begin with `prefix`, one by one in the order of their keys. A batch
    /// applied meanwhile shows in the rows that were not returned yet.
    pub fn scan_rows<'store>(
        &'store self,
        table: &'store str,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<Row, ReadStoreError>> + 'store {
        self.tree
            .scan_prefix(keys::row(table, prefix))
            .map(move |found| {
                let (key, value) = found.map_err(|error| self.explain(error))?;
                Ok((keys::row_key(table, &key).to_vec(), value.to_vec()))
            })
    }

    /// Removes every row of a table, part by part: an interruption leaves the rest.
    pub fn clear_table(&self, table: &str) -> Result<(), ReadStoreError> {
        let prefix = keys::row(table, &[]);
        loop {
            let keys = self.tree.scan_prefix(&prefix).keys().take(CLEARED_AT_ONCE);
            let keys: Result<Vec<_>, _> = keys.collect();
            let keys = keys.map_err(|error| self.explain(error))?;
            if keys.is_empty() {
                return Ok(());
            }
            let mut writes = Writes::default();
            keys.into_iter().for_each(|key| writes.remove(key));
            writes
                .apply(&self.tree)
                .map_err(|error| self.explain(error))?;
        }
    }
}
