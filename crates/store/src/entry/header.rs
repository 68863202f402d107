//! The header of an entry as stored.
//!
//! bincode 2.0.1 in its standard configuration, as for payloads. Fields are stored in the order of
//! declaration; an entry with other fields has another format byte.

use bincode::config::{self, Config};
use bincode::error::EncodeError;
use redress_domain::event::Header;
use redress_domain::identity::{Actor, StreamId};
use redress_domain::instant::Instant;
use uuid::Uuid;

use crate::journal::MAX_ENTRY_BYTES;
use crate::wire::{Misfit, records, restored, stored};

use super::{EntryError, FORMAT};

/// Everything in the header is borrowed from the entry, so that reading claims no more than the
/// entry's own bytes.
const fn configuration() -> impl Config {
    config::standard().with_limit::<MAX_ENTRY_BYTES>()
}

records! {
    #[derive(Clone, Copy)]
    StoredActor<'a> of Actor {
        role: &'a str,
        id: &'a str,
    }
}

/// An entry behind its format byte.
#[derive(bincode::Encode, bincode::BorrowDecode)]
pub(super) struct StoredEntry<'a> {
    pub(super) position: u64,
    pub(super) stream: &'a str,
    version: u64,
    event_id: [u8; 16],
    pub(super) event_type: &'a str,
    pub(super) schema: u32,
    occurred_at: i64,
    counted_at: i64,
    recorded_at: i64,
    adjusted: bool,
    by: StoredActor<'a>,
    submitted_by: Option<StoredActor<'a>>,
    edition: &'a str,
    command_id: [u8; 16],
    correlation_id: Option<[u8; 16]>,
    causation_id: Option<[u8; 16]>,
    pub(super) previous_digest: [u8; 32],
    pub(super) command_digest: Option<[u8; 32]>,
    pub(super) payload: &'a [u8],
}

/// Place and origin of an entry, borrowed from its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryHead<'a> {
    /// Place in the whole log, from 1.
    pub position: u64,
    /// The stream's name.
    pub stream: &'a str,
    /// Place in the stream, from 0.
    pub version: u64,
    /// The command that it answers.
    pub command_id: Uuid,
    /// The event's type.
    pub event_type: &'a str,
    /// The schema version of the payload.
    pub schema: u32,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// SHA-256 of the stream's previous entry.
    pub previous_digest: [u8; 32],
    /// Digest of the command's body.
    pub command_digest: Option<[u8; 32]>,
}

impl<'a> StoredEntry<'a> {
    pub(super) fn new(
        header: &'a Header,
        stream: &'a str,
        event_type: &'a str,
        schema: u32,
        payload: &'a [u8],
        previous_digest: &[u8; 32],
        command_digest: Option<[u8; 32]>,
    ) -> Result<Self, Misfit> {
        Ok(Self {
            position: header.position,
            stream,
            version: header.version,
            event_id: header.event_id.into_bytes(),
            event_type,
            schema,
            occurred_at: header.occurred_at.unix_ms(),
            counted_at: header.counted_at.unix_ms(),
            recorded_at: header.recorded_at.unix_ms(),
            adjusted: header.adjusted,
            by: stored("by", &header.by)?,
            submitted_by: stored("submitted_by", &header.submitted_by)?,
            edition: stored("edition", &header.edition)?,
            command_id: header.command_id.into_bytes(),
            correlation_id: header.correlation_id.map(Uuid::into_bytes),
            causation_id: header.causation_id.map(Uuid::into_bytes),
            previous_digest: *previous_digest,
            command_digest,
            payload,
        })
    }

    pub(super) fn append(&self, bytes: &mut Vec<u8>) -> Result<(), EncodeError> {
        bincode::encode_into_std_write(self, bytes, configuration()).map(|_| ())
    }

    /// The header in the domain's terms, checked.
    pub(super) fn header(&self) -> Result<Header, Misfit> {
        Ok(Header {
            position: self.position,
            stream: StreamId::parse(self.stream)
                .ok_or_else(|| Misfit::name_unknown(self.stream).inside("stream"))?,
            version: self.version,
            event_id: Uuid::from_bytes(self.event_id),
            occurred_at: Instant::from_unix_ms(self.occurred_at),
            counted_at: Instant::from_unix_ms(self.counted_at),
            recorded_at: Instant::from_unix_ms(self.recorded_at),
            adjusted: self.adjusted,
            by: restored("by", self.by)?,
            submitted_by: restored("submitted_by", self.submitted_by)?,
            edition: restored("edition", self.edition)?,
            command_id: Uuid::from_bytes(self.command_id),
            correlation_id: self.correlation_id.map(Uuid::from_bytes),
            causation_id: self.causation_id.map(Uuid::from_bytes),
        })
    }

    pub(super) const fn head(&self) -> EntryHead<'a> {
        EntryHead {
            position: self.position,
            stream: self.stream,
            version: self.version,
            command_id: Uuid::from_bytes(self.command_id),
            event_type: self.event_type,
            schema: self.schema,
            recorded_at: Instant::from_unix_ms(self.recorded_at),
            previous_digest: self.previous_digest,
            command_digest: self.command_digest,
        }
    }
}

/// Reads the header and finds the payload.
pub(super) fn parse(bytes: &[u8]) -> Result<StoredEntry<'_>, EntryError> {
    let (format, rest) = bytes.split_first().ok_or(EntryError::Empty)?;
    if *format != FORMAT {
        return Err(EntryError::UnknownFormat {
            found: *format,
            supported: FORMAT,
        });
    }
    let (entry, read) =
        bincode::borrow_decode_from_slice::<StoredEntry<'_>, _>(rest, configuration())?;
    if read == rest.len() {
        Ok(entry)
    } else {
        Err(EntryError::TrailingBytes {
            position: entry.position,
            count: rest.len() - read,
        })
    }
}
