//! Keys that the log names and that are not here: a log restored without them.
//!
//! ```text
//! first number that is not missing   position of the log when it was restored   CRC-32C
//! u64                                u64                                        u32   (little-endian)
//! ```

use std::fs;
use std::io;
use std::path::Path;

use super::batch::BATCH_KEYS;
use super::error::VaultError;
use crate::file::{self, FileError};

pub(super) const FILE: &str = "not-restored";

/// What is not here; nothing, by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Absent {
    /// Every key with a smaller number is missing. The first number of a batch.
    pub below: u64,
    /// Digests of commands up to this position were made with a store key that is missing.
    pub position: u64,
}

impl Absent {
    /// What is missing when none of the keys below `named` was restored, nor the store key that
    /// was in use up to `position`.
    pub fn all(named: u64, position: u64) -> Self {
        Self {
            below: named.next_multiple_of(BATCH_KEYS),
            position,
        }
    }

    /// Reads what a vault says is missing; without the file, nothing.
    pub fn read(folder: &Path) -> Result<Self, VaultError> {
        let path = folder.join(FILE);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            read => Self::parse(&read.map_err(FileError::when("read", &path))?)
                .ok_or(VaultError::Corrupt { file: path }),
        }
    }

    /// Writes it into a vault's folder, durably.
    pub fn write(self, folder: &Path) -> Result<(), FileError> {
        let mut bytes = self.below.to_le_bytes().to_vec();
        bytes.extend_from_slice(&self.position.to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        file::replace(&folder.join(FILE), &bytes, true)
    }

    /// Reads the file's content; `None` when it is not what was written.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (checked, checksum) = bytes.split_last_chunk::<4>()?;
        if crc32c::crc32c(checked) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let (below, rest) = checked.split_first_chunk::<8>()?;
        let absent = Self {
            below: u64::from_le_bytes(*below),
            position: u64::from_le_bytes(rest.try_into().ok()?),
        };
        absent.below.is_multiple_of(BATCH_KEYS).then_some(absent)
    }
}
