//! Blocks: many entries in one compressed value.
//!
//! A value per entry is what makes sled slow and large; but to read one entry its whole block is
//! read, and sled reads sixteen blocks at once. A batch becomes blocks of up to 32 entries: with 128
//! a store of three million events took two thirds more time to open after a crash, and one percent
//! less room. Small batches leave small blocks at the end, which are merged like the digits of a
//! counter, so that an entry is written again at most five times and few small blocks remain.

use super::error::TreeError;

/// Most entries of a block.
pub(super) const MAX_ENTRIES: usize = 32;
/// Most bytes of a block before compression: a value well above this would leave sled's log for a
/// file of its own that is never synced.
pub(super) const MAX_BYTES: usize = 96 * 1024;

const UNREADABLE: TreeError = TreeError::Unreadable("a block of entries is not readable");

/// How large a block that is in the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockSize {
    pub first_position: u64,
    pub entries: usize,
    bytes: usize,
}

impl BlockSize {
    /// Whether the block is large enough to stay as it is.
    pub fn is_settled(self) -> bool {
        self.entries > MAX_ENTRIES / 2 || self.bytes > MAX_BYTES / 2
    }
}

/// Entries of consecutive positions, uncompressed.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    pub first_position: u64,
    /// Each entry's length as u32, and its bytes.
    content: Vec<u8>,
    entries: usize,
}

impl Block {
    /// Bytes that an entry takes in a block.
    pub const fn bytes_of(entry: &[u8]) -> usize {
        4 + entry.len()
    }

    pub fn new(first_position: u64) -> Self {
        Self {
            first_position,
            ..Self::default()
        }
    }

    /// Reads a block as it is stored.
    pub fn decode(first_position: u64, stored: &[u8]) -> Result<Self, TreeError> {
        let (size, _) = lz4_flex::block::uncompressed_size(stored).map_err(|_| UNREADABLE)?;
        if size > MAX_BYTES {
            return Err(UNREADABLE);
        }
        let content = lz4_flex::block::decompress_size_prepended(stored).map_err(|_| UNREADABLE)?;
        let mut block = Self {
            first_position,
            content,
            entries: 0,
        };
        let mut rest = block.content.as_slice();
        while !rest.is_empty() {
            rest = split_entry(rest).ok_or(UNREADABLE)?.1;
            block.entries += 1;
        }
        Ok(block)
    }

    /// The block as it is stored.
    pub fn encode(&self) -> Vec<u8> {
        lz4_flex::block::compress_prepend_size(&self.content)
    }

    pub fn size(&self) -> BlockSize {
        BlockSize {
            first_position: self.first_position,
            entries: self.entries,
            bytes: self.content.len(),
        }
    }

    /// Position behind the last entry.
    pub fn next_position(&self) -> u64 {
        self.first_position + self.entries as u64
    }

    /// Whether one more entry fits.
    pub fn has_room_for(&self, entry: &[u8]) -> bool {
        self.entries < MAX_ENTRIES && self.content.len() + Self::bytes_of(entry) <= MAX_BYTES
    }

    pub fn push(&mut self, entry: &[u8]) {
        let length = u32::try_from(entry.len()).unwrap_or(u32::MAX);
        self.content.extend_from_slice(&length.to_le_bytes());
        self.content.extend_from_slice(entry);
        self.entries += 1;
    }

    /// The entries with their positions, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut rest = self.content.as_slice();
        let entries = std::iter::from_fn(move || {
            let (entry, after) = split_entry(rest)?;
            rest = after;
            Some(entry)
        });
        (self.first_position..).zip(entries)
    }

    /// The entry of a position.
    pub fn entry(&self, position: u64) -> Option<&[u8]> {
        self.iter()
            .find(|(at, _)| *at == position)
            .map(|(_, entry)| entry)
    }
}

fn split_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}
