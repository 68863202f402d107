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
/// What a projection's record is kept under, in front of the projection's name.
pub(super) const PROJECTION: &[u8] = b"m projection ";

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

/// The key of a projection's record.
pub(super) fn projection(name: &str) -> Vec<u8> {
    [PROJECTION, name.as_bytes()].concat()
}

/// What the keys of all rows of a generation begin with.
pub(super) fn generation(number: u64) -> Vec<u8> {
    [[ROW].as_slice(), &number.to_be_bytes()].concat()
}

/// What the keys of all rows begin with.
pub(super) const ROWS: [u8; 1] = [ROW];

/// The generation that a row's key states.
pub(super) fn row_generation(key: &[u8]) -> Option<u64> {
    let (number, _) = key.strip_prefix(&[ROW])?.split_first_chunk()?;
    Some(u64::from_be_bytes(*number))
}

/// The key of a row in sled, or of all rows of a table whose keys begin with `key`.
pub(super) fn row(generation_number: u64, table: &str, key: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(9 + 2 + table.len() + key.len());
    whole.push(ROW);
    whole.extend_from_slice(&generation_number.to_be_bytes());
    append_table_key(&mut whole, table, key);
    whole
}

/// A row's key without its generation, as packed rows have it.
pub(super) fn table_key(table: &str, key: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(2 + table.len() + key.len());
    append_table_key(&mut whole, table, key);
    whole
}

/// The length in front of the table's name keeps one table's rows out of another's whose name it
/// begins with.
pub(super) fn append_table_key(whole: &mut Vec<u8>, table: &str, key: &[u8]) {
    let length = u16::try_from(table.len()).unwrap_or(u16::MAX);
    whole.extend_from_slice(&length.to_be_bytes());
    whole.extend_from_slice(table.as_bytes());
    whole.extend_from_slice(key);
}

/// A row's key without its generation.
pub(super) fn without_generation(key: &[u8]) -> &[u8] {
    key.get(9..).unwrap_or_default()
}

/// The key inside its table of a row's key without generation.
pub(super) fn after_table<'key>(table: &str, key: &'key [u8]) -> &'key [u8] {
    key.get(2 + table.len()..).unwrap_or_default()
}

/// What a row's key without generation, or the beginning of one, has in common with those of its
/// group: the table, and two parts of the key with the zero byte that ends each. `None` where there
/// are not so many parts.
pub(super) fn group(key: &[u8]) -> Option<&[u8]> {
    let (_, parts) = split_table(key)?;
    let mut ends = (0..).zip(parts).filter(|(_, byte)| **byte == 0);
    let (second_end, _): (usize, _) = ends.nth(1)?;
    key.get(..=key.len() - parts.len() + second_end)
}

/// Takes a row's key without generation apart: the table and the key inside it.
pub(super) fn split_table(key: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = key.split_first_chunk()?;
    let (table, key) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((std::str::from_utf8(table).ok()?, key))
}
