//! Payload structs to bytes and back.
//!
//! bincode 2.0.1 in its standard configuration: little endian, integers of variable length, an
//! enum as its number, texts and lists behind their length. None of it may ever change.

use bincode::config::{self, Config};
use bincode::{BorrowDecode, Encode};

use super::{MAX_PAYLOAD_BYTES, WireError};

/// How much reading one payload may claim, in bytes: what it reads and the room that its lists
/// take in memory, which bincode claims before it allocates. No list element takes more than 20
/// bytes in memory for one byte in a payload, so 32 lets every payload through and stops a
/// corrupt length.
const MAX_CLAIMED_BYTES: usize = 32 * MAX_PAYLOAD_BYTES;

const fn configuration() -> impl Config {
    config::standard().with_limit::<MAX_CLAIMED_BYTES>()
}

/// Appends a payload struct.
pub(super) fn append(payload: &impl Encode, bytes: &mut Vec<u8>) -> Result<(), WireError> {
    bincode::encode_into_std_write(payload, bytes, configuration())?;
    Ok(())
}

/// Reads a payload struct that takes up all of the bytes.
pub(super) fn parse<'a, W: BorrowDecode<'a, ()>>(bytes: &'a [u8]) -> Result<W, WireError> {
    let (payload, read) = bincode::borrow_decode_from_slice(bytes, configuration())?;
    if read == bytes.len() {
        Ok(payload)
    } else {
        Err(WireError::TrailingBytes {
            count: bytes.len() - read,
        })
    }
}
