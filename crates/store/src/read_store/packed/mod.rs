//! Packed rows: a file of rows in key order that is written once and then only read.
//!
//! sled takes some ten thousand values a second; a rebuild makes millions of rows, and so does a day
//! of commands. They are packed many to a compressed block instead, and an index of the blocks' first
//! keys and a filter over all keys, and over groups of keys, stay in memory. A row that says "removed" hides what older files
//! have under its key. Files that lie above each other are merged into one.
//!
//! Layout: the magic, blocks one after another, the index, the filter, and a footer of fixed size
//! that says where they are. Every part carries a CRC-32C.

mod block;
mod merge;
mod reader;
mod writer;

#[cfg(test)]
mod tests;

pub(super) use merge::merge;
pub(super) use reader::{Found, PackedRows, PackedScan};
pub(super) use writer::PackedWriter;

use super::index::Key;

/// What a file of packed rows begins with: a name and the version of the layout.
const MAGIC: [u8; 8] = *b"rdrows\0\x02";
/// Blocks are closed when they have reached so many bytes before compression.
const BLOCK_BYTES: usize = 16 * 1024;
/// Index (offset, bytes, checksum), filter (the same), checksum of the footer.
const FOOTER_BYTES: usize = 2 * (8 + 8 + 4) + 4;

/// The hash of a key, from which a filter makes its bits. Stored, so it never changes.
fn hash_of(key: &[u8]) -> u64 {
    let mut hash: u64 = 0x9e37_79b9_7f4a_7c15 ^ key.len() as u64;
    for chunk in key.chunks(8) {
        let mut word = [0; 8];
        for (place, byte) in word.iter_mut().zip(chunk) {
            *place = *byte;
        }
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^= hash >> 32;
    }
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 29)
}

/// What a hash is in a filter.
fn digest_of(hash: u64) -> Key {
    let mut digest = Key::default();
    if let Some(half) = digest.last_chunk_mut::<8>() {
        *half = hash.to_le_bytes();
    }
    digest
}
