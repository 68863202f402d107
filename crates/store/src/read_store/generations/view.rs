//! The rows of one generation: those in sled, and under them files of packed rows, the newest first.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::super::packed::{Found, PackedRows, PackedScan};
use super::super::{LastHandle, ReadStoreError, Row, TreeError, keys, noted};

/// A value in sled begins with one of these.
const REMOVED: u8 = 0;
const PRESENT: u8 = 1;

/// A row's value as it lies in sled; one that was removed hides packed rows.
pub(in super::super) fn stored_value(value: Option<&[u8]>) -> Vec<u8> {
    match value {
        None => vec![REMOVED],
        Some(value) => {
            let mut stored = Vec::with_capacity(value.len() + 1);
            stored.push(PRESENT);
            stored.extend_from_slice(value);
            stored
        }
    }
}

fn read_value(stored: &[u8]) -> Result<Option<Vec<u8>>, TreeError> {
    match stored.split_first() {
        Some((&PRESENT, value)) => Ok(Some(value.to_vec())),
        Some((&REMOVED, [])) => Ok(None),
        _ => Err(TreeError::Unreadable("a row in sled is not readable")),
    }
}

/// Where the rows lie that are newer than the packed ones.
#[derive(Clone, Debug)]
pub(super) enum Newer {
    /// In sled, under the generation's number.
    Tree(Arc<LastHandle>, u64),
    /// In memory, by table and key: the rows as they were at one position.
    Memory(Arc<BTreeMap<Vec<u8>, Option<Vec<u8>>>>),
}

/// The rows of one generation. Reading it sees what is written to it meanwhile, unless it is no
/// longer written to.
#[derive(Clone, Debug)]
pub struct GenerationRows {
    pub(super) folder: Arc<std::path::Path>,
    pub(super) newer: Newer,
    /// The oldest first.
    pub(super) runs: Arc<[Arc<PackedRows>]>,
}

impl GenerationRows {
    /// The value of a row, `None` when there is no such row.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn row(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ReadStoreError> {
        self.find(table, key)
            .map_err(|error| noted(&self.folder, error))
    }

    fn find(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ReadStoreError> {
        let newer = match &self.newer {
            Newer::Tree(handle, number) => handle
                .get(keys::row(*number, table, key))
                .map_err(TreeError::from)
                .and_then(|found| found.map(|stored| read_value(&stored)).transpose())
                .map_err(|error| error.in_folder(&self.folder))?,
            Newer::Memory(rows) => rows.get(&keys::table_key(table, key)).cloned(),
        };
        if let Some(value) = newer {
            return Ok(value);
        }
        packed_row(&self.runs, table, key)
    }

    /// Rows of one table whose keys begin with `prefix`, in the order of their keys.
    pub fn scan(&self, table: &str, prefix: &[u8]) -> GenerationScan {
        self.scan_from(&keys::table_key(table, prefix), None)
    }

    /// The same behind the key `after`, which need not be a row's.
    pub fn scan_after(&self, table: &str, prefix: &[u8], after: &[u8]) -> GenerationScan {
        self.scan_from(
            &keys::table_key(table, prefix),
            Some(&keys::table_key(table, after)),
        )
    }

    /// Every row of every table, in the order of the tables' names by length, and of the keys.
    pub fn scan_all(&self) -> GenerationScan {
        self.scan_from(&[], None)
    }

    fn scan_from(&self, prefix: &[u8], after: Option<&[u8]>) -> GenerationScan {
        // Nothing of the prefix lies before it.
        let after = after.filter(|after| *after >= prefix);
        let newer = match &self.newer {
            Newer::Tree(handle, number) => {
                let of_generation =
                    |key: &[u8]| [keys::generation(*number).as_slice(), key].concat();
                let rows = match after {
                    None => handle.scan_prefix(of_generation(prefix)),
                    Some(after) => handle.scan_after(of_generation(after)),
                };
                rows.map_or_else(
                    || NewerScan::Memory(Vec::new().into_iter()),
                    |rows| NewerScan::Tree(Box::new(rows), of_generation(prefix)),
                )
            }
            Newer::Memory(rows) => NewerScan::Memory(
                rows.range::<[u8], _>((
                    after.map_or(Bound::Included(prefix), Bound::Excluded),
                    Bound::Unbounded,
                ))
                .take_while(|(key, _)| key.starts_with(prefix))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect::<Vec<_>>()
                .into_iter(),
            ),
        };
        let mut sources = vec![Source::Newer(newer)];
        let newest_first = self.runs.iter().rev();
        sources.extend(
            newest_first.map(|run| Source::Packed(run.scan(prefix, after.unwrap_or_default()))),
        );
        let heads = sources.iter().map(|_| Head::Unread).collect();
        GenerationScan {
            folder: Arc::clone(&self.folder),
            sources,
            heads,
        }
    }
}

/// The row of a key in files of packed rows, of which the last is the newest.
pub(super) fn packed_row(
    runs: &[Arc<PackedRows>],
    table: &str,
    key: &[u8],
) -> Result<Option<Vec<u8>>, ReadStoreError> {
    if runs.is_empty() {
        return Ok(None);
    }
    let key = keys::table_key(table, key);
    for run in runs.iter().rev() {
        if let Some(value) = run.row(&key)? {
            return Ok(value);
        }
    }
    Ok(None)
}

#[derive(Debug)]
enum Source {
    Newer(NewerScan),
    Packed(PackedScan),
}

enum NewerScan {
    /// Rows in sled, and the beginning of the keys that belong to the scan.
    Tree(Box<sled::Iter>, Vec<u8>),
    Memory(std::vec::IntoIter<Found>),
}

impl std::fmt::Debug for NewerScan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("NewerScan")
    }
}

/// What a source has next.
#[derive(Debug)]
enum Head {
    Unread,
    Row(Found),
    End,
}

/// Rows of a generation one by one, merged from all places where they lie.
#[derive(Debug)]
pub struct GenerationScan {
    folder: Arc<std::path::Path>,
    /// The newest first: of equal keys the first source is right.
    sources: Vec<Source>,
    heads: Vec<Head>,
}

impl GenerationScan {
    fn fill(&mut self) -> Result<(), ReadStoreError> {
        for (source, head) in self.sources.iter_mut().zip(&mut self.heads) {
            if !matches!(head, Head::Unread) {
                continue;
            }
            let found = match source {
                Source::Packed(scan) => scan.next_row()?,
                Source::Newer(NewerScan::Memory(rows)) => rows.next(),
                Source::Newer(NewerScan::Tree(rows, prefix)) => rows
                    .next()
                    .filter(|found| {
                        let key = found.as_ref().map(|(key, _)| key);
                        key.map_or(true, |key| key.starts_with(prefix))
                    })
                    .map(|found| {
                        let (key, stored) = found?;
                        let value = read_value(&stored)?;
                        Ok((keys::without_generation(&key).to_vec(), value))
                    })
                    .transpose()
                    .map_err(|error: TreeError| error.in_folder(&self.folder))?,
            };
            *head = found.map_or(Head::End, Head::Row);
        }
        Ok(())
    }

    /// The next key without generation, and its row.
    fn next_found(&mut self) -> Result<Option<Found>, ReadStoreError> {
        loop {
            self.fill()?;
            let least = self.heads.iter().filter_map(|head| match head {
                Head::Row((key, _)) => Some(key),
                Head::Unread | Head::End => None,
            });
            let Some(least) = least.min().cloned() else {
                return Ok(None);
            };
            let mut value = None;
            for head in &mut self.heads {
                if matches!(head, Head::Row((key, _)) if *key == least)
                    && let Head::Row((_, found)) = std::mem::replace(head, Head::Unread)
                    && value.is_none()
                {
                    value = Some(found);
                }
            }
            if let Some(Some(value)) = value {
                return Ok(Some((least, Some(value))));
            }
        }
    }
}

/// A row with its table, key and value.
pub type TableRow = (String, Vec<u8>, Vec<u8>);

impl Iterator for GenerationScan {
    type Item = Result<TableRow, ReadStoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.next_found().transpose()?;
        let found = found.map_err(|error| noted(&self.folder, error));
        Some(found.and_then(|(key, value)| {
            let (table, key) = keys::split_table(&key)
                .ok_or(TreeError::Unreadable("a row's key is not readable"))
                .map_err(|error| error.in_folder(&self.folder))?;
            Ok((table.to_owned(), key.to_vec(), value.unwrap_or_default()))
        }))
    }
}

/// A row without its table.
pub(in super::super) fn without_table(
    found: Result<TableRow, ReadStoreError>,
) -> Result<Row, ReadStoreError> {
    found.map(|(_, key, value)| (key, value))
}
