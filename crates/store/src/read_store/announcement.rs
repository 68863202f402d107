//! The announcement of changes that are applied in pieces: while it is in the tree, they are to be
//! applied, once more if need be. They are final keys and values, so once more changes nothing.
//!
//! The head has the number of parts; the parts in their order are the encoded
//! changes, compressed: sled reads all that was ever written when it is opened after a crash.

use sled::{Batch, IVec, Tree};

use super::error::TreeError;
use super::keys;

/// The key of the head.
pub(super) const HEAD: &[u8] = &[keys::ANNOUNCED];
/// Bytes of a part: sixteen of them make a page, which must stay in sled's log.
const PART_BYTES: usize = 64 * 1024;

/// Most bytes that announced changes may have: a damaged length must not take all memory.
const MAX_BYTES: usize = 1 << 30;

const UNREADABLE: TreeError = TreeError::Unreadable("announced changes are not readable");

/// Changes that are to be applied: keys with their values to be, or none.
pub(super) struct Announced {
    pub changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// How many parts the announcement has.
    pub parts: u32,
}

/// Announces changes, all at once. Returns how many parts the announcement has.
pub(super) fn announce<'changes>(
    tree: &Tree,
    changes: impl Iterator<Item = (&'changes [u8], Option<&'changes [u8]>)>,
) -> Result<u32, TreeError> {
    let changes: Vec<_> = changes.collect();
    let encoded = bincode::encode_to_vec(changes, bincode::config::standard())
        .map_err(|_| TreeError::Unreadable("changes cannot be announced"))?;
    let compressed = lz4_flex::block::compress_prepend_size(&encoded);
    let parts = compressed.chunks(PART_BYTES);
    let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let mut announced = Batch::default();
    announced.insert(HEAD, &count.to_be_bytes());
    for (number, part) in (0..count).zip(parts) {
        announced.insert(key_of(number), part);
    }
    tree.apply_batch(announced)?;
    Ok(count)
}

/// Takes an announcement of so many parts back, when everything is applied.
pub(super) fn withdraw(tree: &Tree, parts: u32) -> Result<(), TreeError> {
    let mut withdrawn = Batch::default();
    withdrawn.remove(HEAD);
    for number in 0..parts {
        withdrawn.remove(key_of(number));
    }
    tree.apply_batch(withdrawn)?;
    Ok(())
}

/// What is announced.
pub(super) fn read(tree: &Tree) -> Result<Option<Announced>, TreeError> {
    let Some(head) = tree.get(HEAD)? else {
        return Ok(None);
    };
    let parts = head.as_ref().try_into().map_err(|_| UNREADABLE)?;
    let parts = u32::from_be_bytes(parts);
    let mut compressed = Vec::new();
    for number in 0..parts {
        let part: IVec = tree.get(key_of(number))?.ok_or(UNREADABLE)?;
        compressed.extend_from_slice(&part);
    }
    let (size, _) = lz4_flex::block::uncompressed_size(&compressed).map_err(|_| UNREADABLE)?;
    if size > MAX_BYTES {
        return Err(UNREADABLE);
    }
    let encoded =
        lz4_flex::block::decompress_size_prepended(&compressed).map_err(|_| UNREADABLE)?;
    let decoded = bincode::decode_from_slice(&encoded, bincode::config::standard());
    match decoded {
        Ok((changes, read)) if read == encoded.len() => Ok(Some(Announced { changes, parts })),
        _ => Err(UNREADABLE),
    }
}

fn key_of(number: u32) -> Vec<u8> {
    [HEAD, &number.to_be_bytes()].concat()
}
