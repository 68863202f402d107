//! One block of packed rows, before compression.

/// A row's key and value; `None` where the row was removed.
pub(super) type PackedRow<'block> = (&'block [u8], Option<&'block [u8]>);

/// Appends a row: the key's length, the value's length plus one or zero for a removed row, the key,
/// and the value.
pub(super) fn push(block: &mut Vec<u8>, key: &[u8], value: Option<&[u8]>) {
    let key_bytes = u32::try_from(key.len()).unwrap_or(u32::MAX);
    let value_bytes = value.map_or(0, |value| {
        u32::try_from(value.len() + 1).unwrap_or(u32::MAX)
    });
    block.extend_from_slice(&key_bytes.to_le_bytes());
    block.extend_from_slice(&value_bytes.to_le_bytes());
    block.extend_from_slice(key);
    block.extend_from_slice(value.unwrap_or_default());
}

/// Takes the first row of what is left of a block; `None` at its end and where it is not readable,
/// which its checksum rules out.
pub(super) fn split_row(rest: &[u8]) -> Option<(PackedRow<'_>, &[u8])> {
    let (key_bytes, rest) = rest.split_first_chunk::<4>()?;
    let (value_bytes, rest) = rest.split_first_chunk::<4>()?;
    let (key, rest) = rest.split_at_checked(length(*key_bytes)?)?;
    match length(*value_bytes)?.checked_sub(1) {
        None => Some(((key, None), rest)),
        Some(bytes) => {
            let (value, rest) = rest.split_at_checked(bytes)?;
            Some(((key, Some(value)), rest))
        }
    }
}

fn length(bytes: [u8; 4]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}
