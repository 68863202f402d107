//! The announcement of changes that are applied in pieces: while it is in the tree, they are to be
//! applied, once more if need be. They are final keys and values, so once more changes nothing.
//!
//! The head has the number of parts; the parts in their order are the encoded changes.

use sled::{IVec, Tree};

use super::error::TreeError;
use super::keys;

/// The key of the head.
pub(super) const HEAD: &[u8] = &[keys::ANNOUNCED];
/// Bytes of a part: sixteen of them make a page, which must stay in sled's log.
const PART_BYTES: usize = 64 * 1024;

const UNREADABLE: TreeError = TreeError::Unreadable("announced changes are not readable");

/// A key and its value to be, or none.
pub(super) type Announced = (Vec<u8>, Option<Vec<u8>>);

/// The keys and values that announce these changes.
pub(super) fn of<'changes>(
    changes: impl Iterator<Item = (&'changes [u8], Option<&'changes [u8]>)>,
) -> Result<Vec<(Vec<u8>, Vec<u8>)>, TreeError> {
    let changes: Vec<_> = changes.collect();
    let encoded = bincode::encode_to_vec(changes, bincode::config::standard())
        .map_err(|_| TreeError::Unreadable("changes cannot be announced"))?;
    let parts = encoded.chunks(PART_BYTES);
    let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let head = (HEAD.to_vec(), count.to_be_bytes().to_vec());
    let numbered = (0..count).zip(parts);
    let parts = numbered.map(|(number, part)| (key_of(number), part.to_vec()));
    Ok(std::iter::once(head).chain(parts).collect())
}

/// What is announced.
pub(super) fn read(tree: &Tree) -> Result<Option<Vec<Announced>>, TreeError> {
    let Some(head) = tree.get(HEAD)? else {
        return Ok(None);
    };
    let count = head.as_ref().try_into().map_err(|_| UNREADABLE)?;
    let mut encoded = Vec::new();
    for number in 0..u32::from_be_bytes(count) {
        let part: IVec = tree.get(key_of(number))?.ok_or(UNREADABLE)?;
        encoded.extend_from_slice(&part);
    }
    let decoded = bincode::decode_from_slice(&encoded, bincode::config::standard());
    match decoded {
        Ok((changes, read)) if read == encoded.len() => Ok(Some(changes)),
        _ => Err(UNREADABLE),
    }
}

fn key_of(number: u32) -> Vec<u8> {
    [HEAD, &number.to_be_bytes()].concat()
}
