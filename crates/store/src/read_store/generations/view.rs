//! The rows of one generation: those in sled, and under them files of packed rows, the newest first.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::super::packed::{Found, PackedScan};
use super::super::sheet::Sheet;
use super::super::{LastHandle, ReadStoreError, Row, TreeError, keys, noted};
use super::runs::Runs;

/// Rows by table and key; `None` where one was removed.
pub(super) type Rows = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// The rows of a sheet.
pub(super) fn rows_of(sheet: &Sheet) -> Rows {
    let changes = sheet.changes();
    changes
        .map(|row| (keys::table_key(&row.table, &row.key), row.value))
        .collect()
}

/// A value in sled begins with one of these.
const REMOVED: u8 = 0;
const PRESENT: u8 = 1;

/// A row's value as it lies in sled; one that was removed hides packed rows.
pub(super) fn stored_value(value: Option<&[u8]>) -> Vec<u8> {
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

pub(super) fn read_value(stored: &[u8]) -> Result<Option<Vec<u8>>, TreeError> {
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
    Memory(Arc<Rows>),
}

/// The rows of one generation. Reading it sees what is written to it meanwhile, unless it is no
/// longer written to.
#[derive(Clone, Debug)]
pub struct GenerationRows {
    pub(super) folder: Arc<std::path::Path>,
    pub(super) newer: Newer,
    pub(super) runs: Runs,
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
        self.runs.row(table, key)
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
        // Rows that become a file are in the file first and then leave sled, so sled is read first;
        // it has a few hundred.
        let newer = self.newer_rows(prefix, after);
        let mut sources = vec![Source::Newer(newer.into_iter())];
        let runs = self.runs.now();
        let newest_first = runs.iter().rev();
        sources.extend(
            newest_first
                .map(|run| Source::Packed(run.rows.scan(prefix, after.unwrap_or_default()))),
        );
        let heads = sources.iter().map(|_| Head::Unread).collect();
        GenerationScan {
            folder: Arc::clone(&self.folder),
            sources,
            heads,
        }
    }

    /// The rows that are newer than the packed ones, from `prefix` on and behind `after`.
    fn newer_rows(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
    ) -> Vec<Result<Found, ReadStoreError>> {
        match &self.newer {
            Newer::Tree(handle, number) => {
                let of_generation =
                    |key: &[u8]| [keys::generation(*number).as_slice(), key].concat();
                let wanted = of_generation(prefix);
                let rows = match after {
                    None => handle.scan_prefix(wanted.clone()),
                    Some(after) => handle.scan_after(of_generation(after)),
                };
                let rows = rows.into_iter().flatten();
                rows.take_while(|found| {
                    let key = found.as_ref().map(|(key, _)| key);
                    key.map_or(true, |key| key.starts_with(&wanted))
                })
                .map(|found| {
                    let (key, stored) = found.map_err(TreeError::from)?;
                    let value = read_value(&stored)?;
                    Ok((keys::without_generation(&key).to_vec(), value))
                })
                .map(|found| found.map_err(|error: TreeError| error.in_folder(&self.folder)))
                .collect()
            }
            Newer::Memory(rows) => {
                let from = after.map_or(Bound::Included(prefix), Bound::Excluded);
                let rows = rows.range::<[u8], _>((from, Bound::Unbounded));
                rows.take_while(|(key, _)| key.starts_with(prefix))
                    .map(|(key, value)| Ok((key.clone(), value.clone())))
                    .collect()
            }
        }
    }
}

#[derive(Debug)]
enum Source {
    Newer(std::vec::IntoIter<Result<Found, ReadStoreError>>),
    Packed(PackedScan),
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
                Source::Newer(rows) => rows.next().transpose()?,
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
