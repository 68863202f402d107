//! A batch of wrapped keys and the file it is kept in.
//!
//! ```text
//! magic    format  first number  slots…                          CRC-32C
//! 8 bytes  u32     u64           1024 × (state u8, 72 bytes)     u32      (little-endian)
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use super::error::VaultError;
use super::key::{KeyEncryptionKey, SecretKey, WRAPPED_BYTES, random_key};
use crate::file::{self, FileError};

/// Keys in one file. Part of the format: the numbers in a file are a multiple of this and on.
pub(super) const BATCH_KEYS: u64 = 1024;
/// The newest format of vault files that this release writes and reads.
pub(super) const FORMAT: u32 = 1;

const MAGIC: &[u8; 8] = b"redressV";
/// Suffix of the files.
pub(super) const SUFFIX: &str = "keys";
const HEADER_BYTES: usize = 8 + 4 + 8;
const SLOT_BYTES: usize = 1 + WRAPPED_BYTES;
const PRESENT: u8 = 1;
const DESTROYED: u8 = 2;

/// Wrapped keys with consecutive numbers; `None` is a key that was destroyed.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub first_number: u64,
    slots: Vec<Option<[u8; WRAPPED_BYTES]>>,
}

impl Batch {
    /// New random keys, wrapped.
    pub fn generate(first_number: u64, wrapping: &KeyEncryptionKey) -> Result<Self, VaultError> {
        let slots = (first_number..first_number + BATCH_KEYS)
            .map(|number| wrapping.wrap(&random_key()?, &name(number)).map(Some))
            .collect::<Result<_, VaultError>>()?;
        Ok(Self {
            first_number,
            slots,
        })
    }

    /// Number of the first key of the batch that holds a key.
    pub fn first_number_of(number: u64) -> u64 {
        number - number % BATCH_KEYS
    }

    /// The wrapped key of a number of this batch, `None` when it was destroyed.
    pub fn wrapped(&self, number: u64) -> Option<[u8; WRAPPED_BYTES]> {
        let slot = usize::try_from(number.checked_sub(self.first_number)?).ok()?;
        self.slots.get(slot).copied().flatten()
    }

    /// This batch without the key of a number.
    pub fn without(&self, number: u64) -> Self {
        let mut batch = self.clone();
        let numbers = batch.first_number..;
        for (_, slot) in numbers
            .zip(&mut batch.slots)
            .filter(|(at, _)| *at == number)
        {
            *slot = None;
        }
        batch
    }

    /// Writes the batch's file, replacing an earlier one.
    pub fn write(&self, folder: &Path) -> Result<(), FileError> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.slots.len() * SLOT_BYTES + 4);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&self.first_number.to_le_bytes());
        for slot in &self.slots {
            bytes.push(if slot.is_some() { PRESENT } else { DESTROYED });
            bytes.extend_from_slice(&slot.unwrap_or([0; WRAPPED_BYTES]));
        }
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        file::replace(&path(folder, self.first_number), &bytes, true)
    }

    /// Reads the file of the batch that begins with a number.
    pub fn read(folder: &Path, first_number: u64) -> Result<Self, VaultError> {
        let file = path(folder, first_number);
        let bytes = fs::read(&file).map_err(FileError::when("read", &file))?;
        Self::parse_file(&file, &bytes)?.ok_or(VaultError::Corrupt { file })
    }

    /// Reads a batch from the bytes of its file; `None` when they are not what was written, or not
    /// the batch that the file's name says.
    pub fn parse_file(file: &Path, bytes: &[u8]) -> Result<Option<Self>, VaultError> {
        let found = format(bytes);
        if let Some(found) = found.filter(|found| *found > FORMAT) {
            return Err(VaultError::NewerFormat {
                file: file.to_path_buf(),
                found,
                supported: FORMAT,
            });
        }
        let batch = found.and_then(|_| Self::parse(bytes));
        Ok(batch.filter(|batch| file.ends_with(name_of_file(batch.first_number))))
    }

    /// How many keys of the batch were destroyed.
    pub fn destroyed(&self) -> u64 {
        self.slots.iter().filter(|slot| slot.is_none()).count() as u64
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (checked, checksum) = bytes.split_last_chunk::<4>()?;
        if crc32c::crc32c(checked) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let (header, rest) = checked.split_at_checked(HEADER_BYTES)?;
        let first_number = u64::from_le_bytes(*header.last_chunk::<8>()?);
        let (slots, rest) = rest.as_chunks::<SLOT_BYTES>();
        if slots.len() as u64 != BATCH_KEYS || !rest.is_empty() {
            return None;
        }
        let slots = slots.iter().map(parse_slot).collect::<Option<_>>()?;
        Some(Self {
            first_number,
            slots,
        })
    }
}

fn parse_slot(slot: &[u8; SLOT_BYTES]) -> Option<Option<[u8; WRAPPED_BYTES]>> {
    let (state, wrapped) = slot.split_first()?;
    match *state {
        PRESENT => Some(Some(*wrapped.first_chunk()?)),
        DESTROYED => Some(None),
        _ => None,
    }
}

fn format(bytes: &[u8]) -> Option<u32> {
    let format = bytes.strip_prefix(MAGIC)?.first_chunk()?;
    Some(u32::from_le_bytes(*format))
}

/// The key of a number, unwrapped; `None` when the wrapped bytes were changed.
pub(super) fn unwrap(
    wrapping: &KeyEncryptionKey,
    wrapped: &[u8; WRAPPED_BYTES],
    number: u64,
) -> Option<SecretKey> {
    wrapping.unwrap(wrapped, &name(number))
}

/// What a wrapped key is bound to, so that wrapped keys cannot change places.
fn name(number: u64) -> Vec<u8> {
    [b"pool".as_slice(), &number.to_le_bytes()].concat()
}

/// The file of the batch that begins with a number.
pub(super) fn path(folder: &Path, first_number: u64) -> PathBuf {
    folder.join(name_of_file(first_number))
}

/// The name of that file.
pub(super) fn name_of_file(first_number: u64) -> String {
    format!("{first_number:020}.{SUFFIX}")
}

/// First numbers of the batches in a folder, in order.
pub(super) fn list(folder: &Path) -> Result<Vec<u64>, FileError> {
    let mut numbers: Vec<u64> = file::paths_in(folder)?
        .iter()
        .filter(|path| path.extension().is_some_and(|suffix| suffix == SUFFIX))
        .filter_map(|path| path.file_stem()?.to_str()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}
