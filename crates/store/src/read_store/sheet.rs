//! Rows that are to be packed, gathered in any order.

use std::ops::Range;

use super::keys;
use super::packed::PackedWriter;
use super::rows::MAX_ROW_BYTES;
use super::{ReadStoreError, RowChange};

/// Rows in the order in which they came, each key once, in one piece of memory: a rebuild makes
/// them faster than they could be allocated one by one.
#[derive(Debug, Default)]
pub struct Sheet {
    bytes: Vec<u8>,
    parts: Vec<Part>,
    /// Memory of parts that were cleared, the first one last.
    spare: Vec<Vec<Place>>,
}

/// The rows of one table.
#[derive(Debug)]
struct Part {
    table: String,
    rows: Vec<Place>,
}

/// Where a row is: its whole key begins at `start`, its value follows.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    key_bytes: u32,
    /// One more than the bytes of the value; 0 where the row was removed.
    value_bytes: u32,
}

impl Place {
    fn key(self) -> Range<usize> {
        self.start..self.start + self.key_bytes as usize
    }

    fn value(self) -> Option<Range<usize>> {
        let bytes = (self.value_bytes as usize).checked_sub(1)?;
        let start = self.start + self.key_bytes as usize;
        Some(start..start + bytes)
    }
}

/// Sixteen bytes of a key behind what all keys of the table begin with, and the row's number: most
/// rows are ordered by these alone, without a look at their keys.
type SortKey = (u128, u32);

impl Sheet {
    /// Adds a row, or `None` for one that was removed. Rows of a table come one after another.
    ///
    /// # Errors
    /// [`ReadStoreError::RowTooLarge`].
    pub fn push(
        &mut self,
        table: &str,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), ReadStoreError> {
        let bytes = key.len() + value.map_or(0, <[u8]>::len);
        if bytes > MAX_ROW_BYTES {
            return Err(ReadStoreError::RowTooLarge {
                table: table.to_owned(),
                bytes,
                limit: MAX_ROW_BYTES,
            });
        }
        if self.parts.last().is_none_or(|part| part.table != table) {
            self.parts.push(Part {
                table: table.to_owned(),
                rows: self.spare.pop().unwrap_or_default(),
            });
        }
        let start = self.bytes.len();
        keys::append_table_key(&mut self.bytes, table, key);
        let key_bytes = self.bytes.len() - start;
        self.bytes.extend_from_slice(value.unwrap_or_default());
        let as_u32 = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        if let Some(part) = self.parts.last_mut() {
            part.rows.push(Place {
                start,
                key_bytes: as_u32(key_bytes),
                value_bytes: value.map_or(0, |value| as_u32(value.len() + 1)),
            });
        }
        Ok(())
    }

    /// Forgets every row and keeps the memory for others.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.spare.clear();
        self.spare
            .extend(self.parts.drain(..).rev().map(|mut part| {
                part.rows.clear();
                part.rows
            }));
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.parts.iter().map(|part| part.rows.len()).sum()
    }

    /// The rows as changes one by one, in the order in which they came.
    pub fn changes(&self) -> impl Iterator<Item = RowChange> {
        self.parts.iter().flat_map(move |part| {
            part.rows.iter().map(move |row| RowChange {
                table: part.table.clone().into(),
                key: keys::after_table(&part.table, self.slice(row.key())).to_vec(),
                value: row.value().map(|value| self.slice(value).to_vec()),
            })
        })
    }

    /// Hands the rows to a writer in the order of their keys.
    pub(super) fn write(&self, writer: &mut PackedWriter) -> Result<(), ReadStoreError> {
        let mut parts: Vec<&Part> = self.parts.iter().collect();
        // As keys order tables: by the length of the name, then by the name.
        parts.sort_by_key(|part| (part.table.len(), part.table.as_str()));
        for part in parts {
            for (_, number) in self.sorted(part) {
                if let Some(row) = part.rows.get(number as usize) {
                    let value = row.value().map(|value| self.slice(value));
                    writer.push(self.slice(row.key()), value)?;
                }
            }
        }
        Ok(())
    }

    fn sorted(&self, part: &Part) -> Vec<SortKey> {
        let common = self.common_prefix(part);
        let mut order: Vec<SortKey> = (0..)
            .zip(&part.rows)
            .map(|(number, row)| {
                let rest = self.slice(row.key()).get(common..).unwrap_or_default();
                let mut head = [0; 16];
                for (place, byte) in head.iter_mut().zip(rest) {
                    *place = *byte;
                }
                (u128::from_be_bytes(head), number)
            })
            .collect();
        let key = |number: u32| {
            let row = part.rows.get(number as usize);
            row.map(|row| self.slice(row.key())).unwrap_or_default()
        };
        order.sort_unstable_by(|left, right| {
            (left.0.cmp(&right.0)).then_with(|| key(left.1).cmp(key(right.1)))
        });
        order
    }

    fn common_prefix(&self, part: &Part) -> usize {
        let Some((first, others)) = part.rows.split_first() else {
            return 0;
        };
        let first = self.slice(first.key());
        others.iter().fold(first.len(), |common, row| {
            let key = self.slice(row.key());
            match (key.get(..common), first.get(..common)) {
                (Some(theirs), Some(ours)) if theirs == ours => common,
                _ => first.iter().zip(key).take_while(|(a, b)| a == b).count(),
            }
        })
    }

    fn slice(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }
}
