//! The keys of the one sled tree. A first byte says what a value is; numbers are big-endian, so
//! that keys sort by them.

/// Blocks of entries, by the position of their first entry.
const BLOCK: u8 = b'e';
/// Rows of tables.
const ROW: u8 = b'r';

/// The last position that everything in the store reflects.
pub(super) const APPLIED: &[u8] = b"m applied";
/// The format of the store.
pub(super) const FORMAT: &[u8] = b"m format";

/// The index from streams to positions.
pub(super) const STREAM_INDEX: u8 = b's';
/// The index from command ids to positions.
pub(super) const COMMAND_INDEX: u8 = b'c';

/// The key of the block that begins with a position.
pub(super) fn block(first_position: u64) -> Vec<u8> {
    [[BLOCK].as_slice(), &first_position.to_be_bytes()].concat()
}

/// The position that a block's key states.
pub(super) fn block_position(key: &[u8]) -> Option<u64> {
    key.strip_prefix(&[BLOCK])?
        .try_into()
        .ok()
        .map(u64::from_be_bytes)
}

/// The key of a row, or of all rows of a table whose keys begin with `key`. The length in front of
/// the table's name keeps one table's rows out of another's whose name it begins with.
pub(super) fn row(table: &str, key: &[u8]) -> Vec<u8> {
    let length = u16::try_from(table.len()).unwrap_or(u16::MAX).to_be_bytes();
    [[ROW].as_slice(), &length, table.as_bytes(), key].concat()
}

/// The key inside its table of a row's key.
pub(super) fn row_key<'key>(table: &str, key: &'key [u8]) -> &'key [u8] {
    key.get(3 + table.len()..).unwrap_or_default()
}
