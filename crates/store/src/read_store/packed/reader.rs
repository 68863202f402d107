//! Reads a file of packed rows.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::filter::Filter;
use super::super::{ReadStoreError, keys};
use super::{FOOTER_BYTES, MAGIC, block, digest_of, hash_of};
use crate::file::FileError;

/// Decoded blocks kept in memory of one file.
const BLOCKS_KEPT: usize = 64;
/// Most bytes of a block before compression: one row may be as large as a row may be.
const BLOCK_BYTES_MAX: usize = 256 * 1024;

/// A file of packed rows that is open. Can be shared between threads.
#[derive(Debug)]
pub(in super::super) struct PackedRows {
    path: PathBuf,
    places: Vec<Place>,
    filter: Filter,
    bytes: u64,
    file: File,
    /// The blocks read last, the latest in front.
    kept: Mutex<VecDeque<(usize, Arc<[u8]>)>>,
}

/// Where a block is.
#[derive(Debug)]
struct Place {
    first_key: Box<[u8]>,
    offset: u64,
    stored_bytes: usize,
    checksum: u32,
}

impl PackedRows {
    /// Opens a file and reads its index and its filter.
    pub fn open(path: &Path) -> Result<Self, ReadStoreError> {
        let failed = |error| ReadStoreError::from(FileError::when("read", path)(error));
        let file = File::open(path).map_err(FileError::when("open", path))?;
        let bytes = file.metadata().map_err(failed)?.len();
        let damaged = |what| unreadable(path, what);
        let footer_at = bytes
            .checked_sub(FOOTER_BYTES as u64)
            .ok_or_else(|| damaged("it is cut short"))?;
        let magic = read_at(&file, 0, MAGIC.len()).map_err(failed)?;
        if magic != MAGIC {
            return Err(damaged("it does not begin as one"));
        }
        let footer = read_at(&file, footer_at, FOOTER_BYTES).map_err(failed)?;
        let footer = Footer::parse(&footer).ok_or_else(|| damaged("its footer is damaged"))?;
        let part = |(offset, length, checksum): (u64, u64, u32), what| {
            let end = offset.checked_add(length);
            if end.is_none_or(|end| end > footer_at) {
                return Err(damaged(what));
            }
            let length = usize::try_from(length).map_err(|_| damaged(what))?;
            let content = read_at(&file, offset, length).map_err(failed)?;
            match crc32c::crc32c(&content) == checksum {
                true => Ok(content),
                false => Err(damaged(what)),
            }
        };
        let index = part(footer.index, "its index is damaged")?;
        let filter = part(footer.filter, "its filter is damaged")?;
        Ok(Self {
            path: path.to_path_buf(),
            places: parse_index(&index).ok_or_else(|| damaged("its index is damaged"))?,
            filter: Filter::decode_whole(&filter)
                .ok_or_else(|| damaged("its filter is damaged"))?,
            bytes,
            file,
            kept: Mutex::default(),
        })
    }

    /// A file that was just written, with its index and its filter.
    pub(super) fn written(
        path: &Path,
        index: &[u8],
        filter: Filter,
    ) -> Result<Self, ReadStoreError> {
        let file = File::open(path).map_err(FileError::when("open", path))?;
        let bytes = file
            .metadata()
            .map_err(FileError::when("read", path))?
            .len();
        let places = parse_index(index).ok_or_else(|| unreadable(path, "its index is damaged"))?;
        Ok(Self {
            path: path.to_path_buf(),
            places,
            filter,
            bytes,
            file,
            kept: Mutex::default(),
        })
    }

    /// The row of a key: `None` when nothing is said of it here, `Some(None)` when it was removed.
    pub fn row(&self, key: &[u8]) -> Result<Option<Option<Vec<u8>>>, ReadStoreError> {
        if !self.may_hold(key) {
            return Ok(None);
        }
        let Some(number) = self.block_of(key) else {
            return Ok(None);
        };
        let content = self.block(number, true)?;
        let mut rest = content.as_ref();
        while let Some(((found, value), after)) = block::split_row(rest) {
            match found.cmp(key) {
                std::cmp::Ordering::Less => rest = after,
                std::cmp::Ordering::Equal => return Ok(Some(value.map(<[u8]>::to_vec))),
                std::cmp::Ordering::Greater => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The rows whose keys begin with `prefix`, in key order.
    /// With `after` only those behind that key; an empty one is before all.
    pub fn scan(self: &Arc<Self>, prefix: &[u8], after: &[u8]) -> PackedScan {
        let may_hold = keys::group(prefix).is_none_or(|group| self.may_hold(group));
        PackedScan {
            rows: Arc::clone(self),
            prefix: prefix.to_vec(),
            after: after.to_vec(),
            number: match may_hold {
                true => self.block_of(prefix.max(after)).unwrap_or(0),
                false => self.places.len(),
            },
            content: Arc::from([]),
            at: 0,
            row: None,
        }
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether there may be a key, or keys of a group; `false` is certain.
    fn may_hold(&self, key_or_group: &[u8]) -> bool {
        self.filter.may_hold(&digest_of(hash_of(key_or_group)))
    }

    /// The last block that does not begin behind a key.
    fn block_of(&self, key: &[u8]) -> Option<usize> {
        self.places
            .partition_point(|place| *place.first_key <= *key)
            .checked_sub(1)
    }

    fn block(&self, number: usize, keep: bool) -> Result<Arc<[u8]>, ReadStoreError> {
        if let Some(content) = self.kept_block(number) {
            return Ok(content);
        }
        let place = self
            .places
            .get(number)
            .ok_or_else(|| unreadable(&self.path, "a block is missing"))?;
        let stored = read_at(&self.file, place.offset, place.stored_bytes)
            .map_err(|error| FileError::when("read", &self.path)(error))?;
        let damaged = || unreadable(&self.path, "a block is damaged");
        if crc32c::crc32c(&stored) != place.checksum {
            return Err(damaged());
        }
        let (size, _) = lz4_flex::block::uncompressed_size(&stored).map_err(|_| damaged())?;
        if size > BLOCK_BYTES_MAX {
            return Err(damaged());
        }
        let content: Arc<[u8]> = lz4_flex::block::decompress_size_prepended(&stored)
            .map_err(|_| damaged())?
            .into();
        if keep {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.truncate(BLOCKS_KEPT - 1);
            kept.push_front((number, Arc::clone(&content)));
        }
        Ok(content)
    }

    fn kept_block(&self, number: usize) -> Option<Arc<[u8]>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(kept, _)| *kept == number)?;
        let found = kept.remove(place)?;
        let content = Arc::clone(&found.1);
        kept.push_front(found);
        Some(content)
    }
}

/// A key, and the row's value; `None` where the row was removed.
pub(in super::super) type Found = (Vec<u8>, Option<Vec<u8>>);

/// Rows of one file one by one.
#[derive(Debug)]
pub(in super::super) struct PackedScan {
    rows: Arc<PackedRows>,
    prefix: Vec<u8>,
    /// The key behind which it begins; empty for all.
    after: Vec<u8>,
    /// The block to be read next.
    number: usize,
    content: Arc<[u8]>,
    /// Where what was not looked at yet begins in the block.
    at: usize,
    /// Where the row is that it stands at, in the block.
    row: Option<(Range<usize>, Option<Range<usize>>)>,
}

impl PackedScan {
    /// The next key and its value; `None` as a value where the row was removed.
    pub fn next_row(&mut self) -> Result<Option<Found>, ReadStoreError> {
        self.advance()?;
        Ok(self
            .head()
            .map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))))
    }

    /// The row that it stands at: `None` before the first and behind the last.
    pub(super) fn head(&self) -> Option<block::PackedRow<'_>> {
        let (key, value) = self.row.clone()?;
        let value = value.map(|value| self.content.get(value).unwrap_or_default());
        Some((self.content.get(key)?, value))
    }

    /// Goes on to the next row.
    pub(super) fn advance(&mut self) -> Result<(), ReadStoreError> {
        self.row = None;
        loop {
            let rest = self.content.get(self.at..).unwrap_or_default();
            let Some(((key, value), after)) = block::split_row(rest) else {
                if self.number >= self.rows.places.len() {
                    return Ok(());
                }
                // A short look at a few rows comes again; a long scan would only wash blocks away.
                self.content = self.rows.block(self.number, self.content.is_empty())?;
                self.number += 1;
                self.at = 0;
                continue;
            };
            let end = self.content.len() - after.len();
            self.at = end;
            if !self.after.is_empty() && key <= self.after.as_slice() {
                continue;
            }
            if key.starts_with(&self.prefix) {
                let value_at = end - value.map_or(0, <[u8]>::len);
                let key_at = value_at - key.len();
                self.row = Some((key_at..value_at, value.map(|_| value_at..end)));
                return Ok(());
            }
            if key > self.prefix.as_slice() {
                self.number = self.rows.places.len();
                self.content = Arc::from([]);
                self.at = 0;
                return Ok(());
            }
        }
    }
}

/// The end of a file of packed rows.
struct Footer {
    /// Offset, bytes, checksum.
    index: (u64, u64, u32),
    filter: (u64, u64, u32),
}

impl Footer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (content, checksum) = bytes.split_last_chunk::<4>()?;
        if crc32c::crc32c(content) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let mut rest = content;
        let index = (number(&mut rest)?, number(&mut rest)?, short(&mut rest)?);
        let filter = (number(&mut rest)?, number(&mut rest)?, short(&mut rest)?);
        rest.is_empty().then_some(Self { index, filter })
    }
}

fn parse_index(bytes: &[u8]) -> Option<Vec<Place>> {
    let mut rest = bytes;
    let mut places = Vec::new();
    while !rest.is_empty() {
        let key_bytes = usize::try_from(short(&mut rest)?).ok()?;
        let offset = number(&mut rest)?;
        let stored_bytes = usize::try_from(short(&mut rest)?).ok()?;
        let checksum = short(&mut rest)?;
        let (first_key, after) = rest.split_at_checked(key_bytes)?;
        rest = after;
        places.push(Place {
            first_key: first_key.into(),
            offset,
            stored_bytes,
            checksum,
        });
    }
    Some(places)
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u64::from_le_bytes(*bytes))
}

fn short(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u32::from_le_bytes(*bytes))
}

fn read_at(file: &File, offset: u64, bytes: usize) -> std::io::Result<Vec<u8>> {
    let mut content = vec![0; bytes];
    file.read_exact_at(&mut content, offset)?;
    Ok(content)
}

fn unreadable(path: &Path, what: &str) -> ReadStoreError {
    ReadStoreError::Damaged {
        folder: path.to_path_buf(),
        what: format!("packed rows are not readable: {what}"),
    }
}
