//! An entry: the stored bytes of one event, self-contained and written once.
//!
//! A format byte, then a header and the event's payload. Checksums, digests, backups and copies
//! are taken over exactly these bytes; nobody serialises them again. Each entry carries the digest
//! of the entry before it in its stream, so that nobody can leave one out unseen. Sealed text is in
//! it as ciphertext: destroying a key changes no digest.

mod error;
mod header;

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod tests;

pub use error::EntryError;
pub use header::EntryHead;

use redress_domain::event::{Event, Header, Recorded};
use redress_domain::identity::StreamId;
use sha2::{Digest, Sha256};

use crate::wire::{self, MAX_PAYLOAD_BYTES, WireError, Wrong};
use header::StoredEntry;

/// The digest that the first entry of a stream carries in place of an earlier one's.
pub const NO_PREVIOUS_DIGEST: [u8; 32] = [0; 32];

/// The format of the entries written today, their first byte.
const FORMAT: u8 = 1;

/// An event as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The event, in the domain's terms of today.
    pub recorded: Recorded,
    /// SHA-256 of the stream's previous entry, [`NO_PREVIOUS_DIGEST`] for the first.
    pub previous_digest: [u8; 32],
    /// Digest of the command's body, by which a known command id is told from a reused one.
    pub command_digest: Option<[u8; 32]>,
}

/// The bytes of an entry.
///
/// # Errors
/// [`EntryError::TextNotSealed`], [`EntryError::TooLarge`], and [`EntryError::StreamMismatch`] for
/// an event that does not belong on its stream.
pub fn encode(
    recorded: &Recorded,
    previous_digest: &[u8; 32],
    command_digest: Option<[u8; 32]>,
) -> Result<Vec<u8>, EntryError> {
    let Recorded { header, event } = recorded;
    let event_type = event.name();
    if !belongs(event, &header.stream) {
        return Err(EntryError::StreamMismatch {
            event_type,
            stream: header.stream.to_string(),
        });
    }
    let mut payload = Vec::with_capacity(256);
    wire::write(event, &mut payload).map_err(|source| match source {
        WireError::Value {
            place,
            wrong: Wrong::NotSealed,
        } => EntryError::TextNotSealed { event_type, place },
        source => EntryError::Unwritable { event_type, source },
    })?;
    let bytes = payload.len();
    if bytes > MAX_PAYLOAD_BYTES {
        return Err(EntryError::TooLarge {
            event_type,
            bytes,
            limit: MAX_PAYLOAD_BYTES,
        });
    }
    assemble(
        header,
        event_type,
        wire::schema_of(event),
        &payload,
        previous_digest,
        command_digest,
    )
}

/// Puts an entry together from its header and a payload of any schema.
fn assemble(
    header: &Header,
    event_type: &'static str,
    schema: u32,
    payload: &[u8],
    previous_digest: &[u8; 32],
    command_digest: Option<[u8; 32]>,
) -> Result<Vec<u8>, EntryError> {
    let stream = header.stream.to_string();
    let stored = StoredEntry::new(
        header,
        &stream,
        event_type,
        schema,
        payload,
        previous_digest,
        command_digest,
    )
    .map_err(|misfit| EntryError::Unwritable {
        event_type,
        source: misfit.into(),
    })?;
    let mut bytes = Vec::with_capacity(512 + payload.len());
    bytes.push(FORMAT);
    stored
        .append(&mut bytes)
        .map_err(|source| EntryError::Unwritable {
            event_type,
            source: source.into(),
        })?;
    Ok(bytes)
}

/// Reads an entry whole.
///
/// # Errors
/// Bytes that are no entry, an event or schema version that this release does not know, and values
/// that the domain does not allow; each with position, type and version as far as they are known.
pub fn decode(bytes: &[u8]) -> Result<Entry, EntryError> {
    let stored = header::parse(bytes)?;
    let header = stored.header().map_err(|misfit| EntryError::Header {
        position: stored.position,
        source: misfit.into(),
    })?;
    let event = wire::read(
        &header.stream,
        stored.event_type,
        stored.schema,
        stored.payload,
    )
    .map_err(|source| EntryError::Payload {
        position: stored.position,
        stream: stored.stream.to_owned(),
        event_type: stored.event_type.to_owned(),
        schema: stored.schema,
        source,
    })?;
    Ok(Entry {
        recorded: Recorded { header, event },
        previous_digest: stored.previous_digest,
        command_digest: stored.command_digest,
    })
}

/// Reads place and origin of an entry, without its payload and without allocating.
///
/// # Errors
/// Bytes that are no entry. Values are not checked, and a type or schema version that this release
/// does not know is not noticed.
pub fn peek(bytes: &[u8]) -> Result<EntryHead<'_>, EntryError> {
    header::parse(bytes).map(|stored| stored.head())
}

/// SHA-256 over exactly the bytes of an entry.
#[must_use]
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Whether an event may stand on a stream.
const fn belongs(event: &Event, stream: &StreamId) -> bool {
    match event {
        Event::Complaint(_) => matches!(stream, StreamId::Complaint(_)),
        Event::Merchant(_) => matches!(stream, StreamId::Merchant(_)),
        Event::Agreement(_) => matches!(stream, StreamId::Agreement(_)),
        Event::Intermediary(_) => matches!(stream, StreamId::Intermediary(_)),
        Event::User(_) => matches!(stream, StreamId::User(_)),
        Event::Rulebook(_) => matches!(stream, StreamId::Rulebook),
    }
}
