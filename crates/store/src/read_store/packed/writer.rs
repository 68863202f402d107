//! Writes a file of packed rows.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::super::filter::Filter;
use super::super::{ReadStoreError, keys};
use super::{BLOCK_BYTES, MAGIC, PackedRows, block, digest_of, hash_of};
use crate::file::{FileError, sync_directory};

/// Takes rows in the order of their keys, each key once. What is not finished is no file of packed
/// rows.
pub(in super::super) struct PackedWriter {
    path: PathBuf,
    file: BufWriter<File>,
    /// Bytes written so far.
    offset: u64,
    block: Vec<u8>,
    first_key: Vec<u8>,
    /// Of every block: the first key behind its length, offset and stored bytes.
    index: Vec<u8>,
    /// Of every key and every group; the filter's size is known when all of them are.
    hashes: Vec<u64>,
    last_group: Vec<u8>,
}

impl PackedWriter {
    /// Begins a file, in place of one that may be there.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let file = File::create(path).map_err(FileError::when("create", path))?;
        let mut writer = Self {
            path: path.to_path_buf(),
            file: BufWriter::with_capacity(256 * 1024, file),
            offset: 0,
            block: Vec::with_capacity(2 * BLOCK_BYTES),
            first_key: Vec::new(),
            index: Vec::new(),
            hashes: Vec::new(),
            last_group: Vec::new(),
        };
        writer.write(&MAGIC)?;
        Ok(writer)
    }

    /// Adds a row, or `None` to hide what older files have.
    pub fn push(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), FileError> {
        if self.block.is_empty() {
            self.first_key.clear();
            self.first_key.extend_from_slice(key);
        }
        block::push(&mut self.block, key, value);
        self.hashes.push(hash_of(key));
        if let Some(group) = keys::group(key)
            && *group != *self.last_group
        {
            self.hashes.push(hash_of(group));
            self.last_group.clear();
            self.last_group.extend_from_slice(group);
        }
        if self.block.len() >= BLOCK_BYTES {
            self.end_block()?;
        }
        Ok(())
    }

    /// Writes what is left, makes the file durable, and opens it: what stays in memory of it is here
    /// already.
    pub fn finish(mut self) -> Result<PackedRows, ReadStoreError> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        let mut filter = Filter::for_keys(self.hashes.len());
        for hash in &self.hashes {
            filter.insert(&digest_of(*hash));
        }
        let index = std::mem::take(&mut self.index);
        let encoded_filter = filter.encode_whole();
        let mut footer = Vec::new();
        for part in [&index, &encoded_filter] {
            footer.extend_from_slice(&self.offset.to_le_bytes());
            footer.extend_from_slice(&(part.len() as u64).to_le_bytes());
            footer.extend_from_slice(&crc32c::crc32c(part).to_le_bytes());
            self.write(part)?;
        }
        footer.extend_from_slice(&crc32c::crc32c(&footer).to_le_bytes());
        self.write(&footer)?;
        let Self { path, file, .. } = self;
        let file = file
            .into_inner()
            .map_err(|error| FileError::when("write", &path)(error.into_error()))?;
        file.sync_all().map_err(FileError::when("sync", &path))?;
        path.parent().map_or(Ok(()), sync_directory)?;
        PackedRows::written(&path, &index, filter)
    }

    fn end_block(&mut self) -> Result<(), FileError> {
        let stored = lz4_flex::block::compress_prepend_size(&self.block);
        let key_bytes = u32::try_from(self.first_key.len()).unwrap_or(u32::MAX);
        let stored_bytes = u32::try_from(stored.len()).unwrap_or(u32::MAX);
        self.index.extend_from_slice(&key_bytes.to_le_bytes());
        self.index.extend_from_slice(&self.offset.to_le_bytes());
        self.index.extend_from_slice(&stored_bytes.to_le_bytes());
        self.index
            .extend_from_slice(&crc32c::crc32c(&stored).to_le_bytes());
        self.index.extend_from_slice(&self.first_key);
        self.block.clear();
        self.write(&stored)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.offset += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(FileError::when("write", &self.path))
    }
}
