//! How far the numbers of keys may have been used, in a file of its own.
//!
//! ```text
//! first number that cannot have been used   CRC-32C
//! u64                                       u32      (little-endian)
//! ```

use std::fs;
use std::io;
use std::path::Path;

use super::error::VaultError;
use crate::file::{self, FileError};

const FILE: &str = "used";
/// Numbers that are marked at once, at the most twice so many are left out after a crash. A divisor of
/// the keys in a batch.
pub(super) const STEP: u64 = 256;

/// What to mark when `number` is used.
pub(super) fn step_above(number: u64) -> u64 {
    (number / STEP + 1) * STEP
}

/// The first number that cannot have been used. Without the file any number below `end`, where the
/// keys end, can.
pub(super) fn read(folder: &Path, end: u64) -> Result<u64, VaultError> {
    let path = folder.join(FILE);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(end),
        read => read.map_err(FileError::when("read", &path))?,
    };
    bytes
        .split_last_chunk::<4>()
        .filter(|(number, checksum)| crc32c::crc32c(number) == u32::from_le_bytes(**checksum))
        .and_then(|(number, _)| number.try_into().ok())
        .map(u64::from_le_bytes)
        .ok_or(VaultError::Corrupt { file: path })
}

/// Marks every number below `unused_from` as one that may have been used.
pub(super) fn write(folder: &Path, unused_from: u64) -> Result<(), FileError> {
    let mut bytes = unused_from.to_le_bytes().to_vec();
    bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
    file::replace(&folder.join(FILE), &bytes, true)
}
