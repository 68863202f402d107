//! Typed rows under byte keys: in memory, over an optional backing that holds what was handed on.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::{Bound, ControlFlow};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::fault::Fault;
use crate::projection::{HandOn, Row, RowTable};

#[cfg(test)]
mod tests;

/// Most bytes that a row may have when it is decoded: a damaged length must not take all memory.
const MAX_ROW_BYTES: usize = 8 * 1024 * 1024;

/// Rows that are read from a backing at a time where not all of them are wanted.
const BATCH_ROWS: usize = 256;

/// A row's key and the encoded row.
pub type EncodedRow = (Vec<u8>, Vec<u8>);

/// Where rows are kept once they were handed on by [`Table::take_changes`].
pub trait Backing: Send + Sync {
    /// One row.
    ///
    /// # Errors
    /// When the row is there and cannot be read.
    fn row(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, BackingError>;

    /// Every row whose key begins with `prefix`, in key order.
    ///
    /// # Errors
    /// When rows are there and cannot be read.
    fn rows(&self, table: &str, prefix: &[u8]) -> Result<Vec<EncodedRow>, BackingError>;

    /// The first rows whose keys begin with `prefix` and lie behind `after`, in key order, at most
    /// so many.
    ///
    /// # Errors
    /// When rows are there and cannot be read.
    fn rows_after(
        &self,
        table: &str,
        prefix: &[u8],
        after: &[u8],
        limit: usize,
    ) -> Result<Vec<EncodedRow>, BackingError>;
}

/// What a backing says when it cannot answer.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct BackingError(#[from] pub Box<dyn std::error::Error + Send + Sync>);

/// A row that changed since changes were taken last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// The table.
    pub table: &'static str,
    /// The row's key.
    pub key: Vec<u8>,
    /// The row as it is now; `None` when it was removed.
    pub value: Option<Vec<u8>>,
}

/// Rows of one type.
pub struct Table<R> {
    name: &'static str,
    backing: Option<Arc<dyn Backing>>,
    /// Boxed, so that the map stays small when it grows and moves.
    rows: FxHashMap<Arc<[u8]>, Box<Slot<R>>>,
    /// The same keys in order, from the first scan on: a rebuild scans nothing.
    order: OnceLock<BTreeSet<Arc<[u8]>>>,
    dirty: Vec<Arc<[u8]>>,
    /// How often changes were taken.
    generation: u64,
}

struct Slot<R> {
    key: Arc<[u8]>,
    /// `None` hides what the backing still has.
    row: Option<R>,
    dirty: bool,
    /// Whether the row was handed on at some time, so that its removal must be.
    handed_on: bool,
    /// The generation in which it last changed.
    changed_in: u64,
}

impl<R: Row> Table<R> {
    /// An empty table over what the backing has under `name`.
    #[must_use]
    pub fn new(name: &'static str, backing: Option<Arc<dyn Backing>>) -> Self {
        Self {
            name,
            backing,
            rows: FxHashMap::default(),
            order: OnceLock::new(),
            dirty: Vec::new(),
            generation: 0,
        }
    }

    /// The row of a key: borrowed where it is in memory, else read from the backing.
    ///
    /// # Errors
    /// When the backing fails or the row is not readable.
    pub fn get(&self, key: &[u8]) -> Result<Option<Cow<'_, R>>, Fault> {
        match self.rows.get(key) {
            Some(slot) => Ok(slot.row.as_ref().map(Cow::Borrowed)),
            None => Ok(self.read(key)?.map(Cow::Owned)),
        }
    }

    /// The row of a key, kept in memory from now on: for rows that a fold looks at again and again.
    ///
    /// # Errors
    /// When the backing fails or the row is not readable.
    pub fn load(&mut self, key: &[u8]) -> Result<Option<&R>, Fault> {
        if self.backing.is_some() && !self.rows.contains_key(key) {
            let row = self.read(key)?;
            let handed_on = row.is_some();
            self.insert(key, row, handed_on, false);
        }
        Ok(self.rows.get(key).and_then(|slot| slot.row.as_ref()))
    }

    /// Changes the row of a key in place. `change` sees `None` where there is no row, and leaves
    /// `None` to remove it.
    ///
    /// # Errors
    /// When the backing fails or the row is not readable.
    pub fn change<T>(
        &mut self,
        key: &[u8],
        change: impl FnOnce(&mut Option<R>) -> T,
    ) -> Result<T, Fault> {
        if let Some(slot) = self.rows.get_mut(key) {
            let was_there = slot.row.is_some();
            let answer = change(&mut slot.row);
            if was_there || slot.row.is_some() {
                slot.changed_in = self.generation;
                if !slot.dirty {
                    slot.dirty = true;
                    self.dirty.push(slot.key.clone());
                }
            }
            return Ok(answer);
        }
        let mut row = self.read(key)?;
        let was_there = row.is_some();
        let answer = change(&mut row);
        if was_there || row.is_some() {
            self.insert(key, row, was_there, true);
        }
        Ok(answer)
    }

    /// Puts a row, whatever was there before.
    pub fn put(&mut self, key: &[u8], row: R) {
        self.replace(key, Some(row));
    }

    /// Removes a row, if there is one.
    pub fn remove(&mut self, key: &[u8]) {
        if self.backing.is_some() || self.rows.contains_key(key) {
            self.replace(key, None);
        }
    }

    /// Shows every row whose key begins with `prefix`, in key order.
    ///
    /// # Errors
    /// When the backing fails, a row is not readable, or `see` says so.
    pub fn visit<'a>(
        &'a self,
        prefix: &[u8],
        mut see: impl FnMut(&[u8], Cow<'a, R>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut behind = self.rows_behind(prefix)?.into_iter().peekable();
        for slot in self.slots(prefix) {
            while let Some((key, value)) = behind.next_if(|(key, _)| **key < *slot.key) {
                see(&key, Cow::Owned(self.decode(&key, &value)?))?;
            }
            behind.next_if(|(key, _)| **key == *slot.key);
            if let Some(row) = &slot.row {
                see(&slot.key, Cow::Borrowed(row))?;
            }
        }
        for (key, value) in behind {
            see(&key, Cow::Owned(self.decode(&key, &value)?))?;
        }
        Ok(())
    }

    /// Shows rows whose keys begin with `prefix` and lie behind `after`, in key order, until `see`
    /// breaks off. The backing is read a batch at a time.
    ///
    /// # Errors
    /// When the backing fails, a row is not readable, or `see` says so.
    pub fn visit_after<'a>(
        &'a self,
        prefix: &[u8],
        after: &[u8],
        mut see: impl FnMut(&[u8], Cow<'a, R>) -> Result<ControlFlow<()>, Fault>,
    ) -> Result<(), Fault> {
        let mut after = after.to_vec();
        loop {
            let batch = match &self.backing {
                Some(backing) => backing
                    .rows_after(self.name, prefix, &after, BATCH_ROWS)
                    .map_err(|source| self.out_of_reach(prefix, source))?,
                None => Vec::new(),
            };
            // A full batch says nothing of what lies behind its last key.
            let end = batch.get(BATCH_ROWS - 1).map(|(key, _)| key.clone());
            let mut behind = batch.into_iter().peekable();
            let in_memory = self
                .slots_after(prefix, &after)
                .take_while(|slot| end.as_deref().is_none_or(|end| *slot.key <= *end));
            for slot in in_memory {
                while let Some((key, value)) = behind.next_if(|(key, _)| **key < *slot.key) {
                    if see(&key, Cow::Owned(self.decode(&key, &value)?))?.is_break() {
                        return Ok(());
                    }
                }
                behind.next_if(|(key, _)| **key == *slot.key);
                if let Some(row) = &slot.row
                    && see(&slot.key, Cow::Borrowed(row))?.is_break()
                {
                    return Ok(());
                }
            }
            for (key, value) in behind {
                if see(&key, Cow::Owned(self.decode(&key, &value)?))?.is_break() {
                    return Ok(());
                }
            }
            match end {
                Some(end) => after = end,
                None => return Ok(()),
            }
        }
    }

    /// Every row whose key begins with `prefix`, in key order.
    ///
    /// # Errors
    /// When the backing fails or a row is not readable.
    pub fn scan(&self, prefix: &[u8]) -> Result<Vec<Cow<'_, R>>, Fault> {
        let mut found = Vec::new();
        self.visit(prefix, |_, row| {
            found.push(row);
            Ok(())
        })?;
        Ok(found)
    }

    fn slots(&self, prefix: &[u8]) -> impl Iterator<Item = &Slot<R>> {
        self.slots_after(prefix, &[])
    }

    /// Slots whose keys begin with `prefix` and lie behind `after`.
    fn slots_after(&self, prefix: &[u8], after: &[u8]) -> impl Iterator<Item = &Slot<R>> {
        let from = match after >= prefix && !after.is_empty() {
            true => Bound::Excluded(after),
            false => Bound::Included(prefix),
        };
        self.order
            .get_or_init(|| self.rows.keys().cloned().collect())
            .range::<[u8], _>((from, Bound::Unbounded))
            .take_while(move |key| key.starts_with(prefix))
            .filter_map(|key| self.rows.get(key).map(Box::as_ref))
    }

    fn replace(&mut self, key: &[u8], row: Option<R>) {
        match self.rows.get_mut(key) {
            Some(slot) => {
                slot.row = row;
                slot.changed_in = self.generation;
                if !slot.dirty {
                    slot.dirty = true;
                    self.dirty.push(slot.key.clone());
                }
            }
            // Without looking, the backing may have one.
            None => self.insert(key, row, self.backing.is_some(), true),
        }
    }

    fn insert(&mut self, key: &[u8], row: Option<R>, handed_on: bool, dirty: bool) {
        let key: Arc<[u8]> = Arc::from(key);
        let slot = Slot {
            key: key.clone(),
            row,
            dirty,
            handed_on,
            changed_in: self.generation,
        };
        self.rows.insert(key.clone(), Box::new(slot));
        if let Some(order) = self.order.get_mut() {
            order.insert(key.clone());
        }
        if dirty {
            self.dirty.push(key);
        }
    }

    fn read(&self, key: &[u8]) -> Result<Option<R>, Fault> {
        let Some(backing) = &self.backing else {
            return Ok(None);
        };
        let value = backing
            .row(self.name, key)
            .map_err(|source| self.out_of_reach(key, source))?;
        value.map(|value| self.decode(key, &value)).transpose()
    }

    fn rows_behind(&self, prefix: &[u8]) -> Result<Vec<EncodedRow>, Fault> {
        match &self.backing {
            Some(backing) => backing
                .rows(self.name, prefix)
                .map_err(|source| self.out_of_reach(prefix, source)),
            None => Ok(Vec::new()),
        }
    }

    fn out_of_reach(&self, key: &[u8], source: BackingError) -> Fault {
        Fault::Backing {
            table: self.name,
            key: key.to_vec(),
            source,
        }
    }

    fn decode(&self, key: &[u8], value: &[u8]) -> Result<R, Fault> {
        decode(self.name, key, value)
    }
}

/// Encodes a row.
pub(crate) fn encode<R: bincode::Encode>(
    table: &'static str,
    key: &[u8],
    row: &R,
) -> Result<Vec<u8>, Fault> {
    let mut encoded = Vec::new();
    encode_into(table, key, row, &mut encoded)?;
    Ok(encoded)
}

/// Encodes a row behind what is there, the only way in which rows are encoded.
pub(crate) fn encode_into<R: bincode::Encode>(
    table: &'static str,
    key: &[u8],
    row: &R,
    encoded: &mut Vec<u8>,
) -> Result<(), Fault> {
    bincode::encode_into_std_write(row, encoded, bincode::config::standard())
        .map(|_| ())
        .map_err(|error| Fault::Unencodable {
            table,
            key: key.to_vec(),
            what: error.to_string(),
        })
}

/// Decodes a row whole.
pub(crate) fn decode<R: bincode::Decode<()>>(
    table: &'static str,
    key: &[u8],
    value: &[u8],
) -> Result<R, Fault> {
    let undecodable = |what: String| Fault::Undecodable {
        table,
        key: key.to_vec(),
        what,
    };
    let limited = bincode::config::standard().with_limit::<MAX_ROW_BYTES>();
    let (row, read) = bincode::decode_from_slice(value, limited)
        .map_err(|error| undecodable(error.to_string()))?;
    if read == value.len() {
        Ok(row)
    } else {
        Err(undecodable(format!(
            "{} bytes are left over",
            value.len() - read
        )))
    }
}

impl<R: Row> RowTable for Table<R> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn hand_on(&mut self, see: &mut HandOn<'_>) -> Result<(), Fault> {
        let mut encoded = Vec::new();
        for key in std::mem::take(&mut self.dirty) {
            let Some(slot) = self.rows.get_mut(&key) else {
                continue;
            };
            if let Some(row) = &slot.row {
                encoded.clear();
                encode_into(self.name, &key, row, &mut encoded)?;
                see(&key, Some(&encoded))?;
            } else if slot.handed_on {
                see(&key, None)?;
            }
            slot.dirty = false;
            slot.handed_on = true;
            // Without a backing nothing is there that a removed row must hide.
            if slot.row.is_none() && self.backing.is_none() {
                self.rows.remove(&key);
                if let Some(order) = self.order.get_mut() {
                    order.remove(&key);
                }
            }
        }
        self.generation += 1;
        Ok(())
    }

    fn set_backing(&mut self, backing: &Arc<dyn Backing>, generation: u64) {
        self.backing = Some(Arc::clone(backing));
        self.generation = generation;
    }

    fn describe(&self, key: &[u8], row: &[u8]) -> Result<String, Fault> {
        Ok(format!("{:#?}", self.decode(key, row)?))
    }

    fn rows_for_comparison(&self) -> Result<Vec<EncodedRow>, Fault> {
        let mut rows = Vec::new();
        self.visit(&[], |key, row| {
            rows.push((key.to_vec(), encode(self.name, key, &*row)?));
            Ok(())
        })?;
        Ok(rows)
    }

    fn release(&mut self, generation: u64) {
        if self.backing.is_none() {
            return;
        }
        self.rows
            .retain(|_, slot| slot.dirty || slot.changed_in >= generation);
        self.order = OnceLock::new();
    }

    fn rows_in_memory(&self) -> usize {
        self.rows.len()
    }
}
