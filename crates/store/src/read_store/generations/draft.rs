//! A generation that is being made: files of packed rows in a folder of its own, with a note of how
//! far they go, so that whoever is interrupted can go on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bincode::{Decode, Encode, config};

use super::super::packed::PackedWriter;
use super::super::sheet::Sheet;
use super::super::{ReadStoreError, Row};
use super::runs::{Run, Runs, run_path};
use super::view::{GenerationRows, Newer, rows_of, without_table};
use crate::file;

const NOTE_FILE: &str = "draft";
/// Most bytes of a note: a damaged length must not take all memory.
const NOTE_BYTES_MAX: usize = 1024 * 1024;

/// A generation that is being made.
#[derive(Debug)]
pub struct Draft {
    pub(super) projection: String,
    pub(super) number: u64,
    pub(super) schema: u32,
    pub(super) folder: PathBuf,
    pub(super) runs: Runs,
    /// After every sheet: the position that it goes to, and how many files there are.
    reached: Vec<(u64, u32)>,
}

/// How far a draft's files go.
#[derive(Clone, Debug, Encode, Decode)]
struct Note {
    schema: u32,
    reached: Vec<(u64, u32)>,
}

/// The rows that a draft has so far, for whoever folds into it.
#[derive(Clone, Debug)]
pub struct DraftRows {
    folder: Arc<Path>,
    runs: Runs,
}

impl Draft {
    pub(super) fn begin(
        folder: PathBuf,
        projection: &str,
        number: u64,
        schema: u32,
    ) -> Result<Self, ReadStoreError> {
        file::create_directory(&folder)?;
        Ok(Self {
            projection: projection.to_owned(),
            number,
            schema,
            folder,
            runs: Runs::default(),
            reached: Vec::new(),
        })
    }

    /// Takes up a draft that was left, if its files are whole and of this schema.
    pub(super) fn resume(
        folder: PathBuf,
        projection: &str,
        number: u64,
        schema: u32,
    ) -> Option<Self> {
        let note = fs::read(folder.join(NOTE_FILE)).ok()?;
        let (note, _): (Note, usize) =
            bincode::decode_from_slice(&note, config::standard().with_limit::<NOTE_BYTES_MAX>())
                .ok()?;
        if note.schema != schema {
            return None;
        }
        let (_, files) = note.reached.last()?;
        let numbers: Vec<_> = (0..*files).collect();
        let runs = Runs::open(&folder, &numbers).ok()?;
        Some(Self {
            projection: projection.to_owned(),
            number,
            schema,
            folder,
            runs,
            reached: note.reached,
        })
    }

    /// Leaves out what goes beyond a position; false when it was never exactly there.
    pub(super) fn cut_back(&mut self, position: u64) -> bool {
        self.reached.retain(|(reached, _)| *reached <= position);
        let Some((reached, files)) = self.reached.last() else {
            return false;
        };
        let mut runs = self.runs.now().to_vec();
        runs.truncate(*files as usize);
        self.runs.set(runs);
        *reached == position
    }

    /// The projection whose rows these are.
    #[must_use]
    pub fn projection(&self) -> &str {
        &self.projection
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The last position that its files reflect; 0 for a new one.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.reached.last().map_or(0, |(position, _)| *position)
    }

    /// The rows that it has so far.
    #[must_use]
    pub fn rows(&self) -> DraftRows {
        DraftRows {
            folder: Arc::from(self.folder.as_path()),
            runs: self.runs.clone(),
        }
    }

    /// Writes rows, durably: those that changed up to a position since the last sheet.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&mut self, sheet: &Sheet, position: u64) -> Result<(), ReadStoreError> {
        let mut runs = self.runs.now().to_vec();
        let files = |runs: &Vec<Run>| u32::try_from(runs.len()).unwrap_or(u32::MAX);
        if !sheet.is_empty() {
            let number = files(&runs);
            let mut writer = PackedWriter::create(&run_path(&self.folder, number))?;
            sheet.write(&mut writer)?;
            let rows = Arc::new(writer.finish()?);
            runs.push(Run { number, rows });
        }
        self.reached.push((position, files(&runs)));
        let note = Note {
            schema: self.schema,
            reached: self.reached.clone(),
        };
        let note = bincode::encode_to_vec(&note, config::standard()).unwrap_or_default();
        file::replace(&self.folder.join(NOTE_FILE), &note, false)?;
        self.runs.set(runs);
        Ok(())
    }

    /// The rows that it has with these, which changed since its files.
    #[must_use]
    pub fn with(&self, rows: &Sheet) -> GenerationRows {
        GenerationRows {
            folder: Arc::from(self.folder.as_path()),
            newer: Newer::Memory(Arc::new(rows_of(rows))),
            runs: self.runs.fixed(),
        }
    }

    /// Bytes of its files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.runs.now().iter().map(|run| run.rows.bytes()).sum()
    }
}

impl DraftRows {
    /// The value of a row, `None` when there is no such row.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn row(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ReadStoreError> {
        self.runs.row(table, key)
    }

    /// The rows whose keys begin with `prefix`, in the order of their keys.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn rows(&self, table: &str, prefix: &[u8]) -> Result<Vec<Row>, ReadStoreError> {
        let rows = self.as_packed();
        rows.scan(table, prefix).map(without_table).collect()
    }

    /// The first of them behind the key `after`, at most so many.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn rows_after(
        &self,
        table: &str,
        prefix: &[u8],
        after: &[u8],
        limit: usize,
    ) -> Result<Vec<Row>, ReadStoreError> {
        let rows = self.as_packed().scan_after(table, prefix, after);
        rows.take(limit).map(without_table).collect()
    }

    fn as_packed(&self) -> GenerationRows {
        GenerationRows {
            folder: Arc::clone(&self.folder),
            newer: Newer::Memory(Arc::default()),
            runs: self.runs.clone(),
        }
    }
}
