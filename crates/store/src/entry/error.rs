//! What can be wrong with an entry, with its place.

use bincode::error::DecodeError;

use crate::wire::WireError;

/// Why an entry cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// A personal text would have been stored as typed.
    #[error("{event_type}: the text in `{place}` is not sealed")]
    TextNotSealed {
        /// The event's type.
        event_type: &'static str,
        /// The field.
        place: String,
    },
    /// The event is larger than an entry may be.
    #[error("{event_type} takes {bytes} bytes, at most {limit} are stored")]
    TooLarge {
        /// The event's type.
        event_type: &'static str,
        /// Size of its payload, in bytes.
        bytes: usize,
        /// Largest payload, in bytes.
        limit: usize,
    },
    /// The event does not belong on a stream of that kind.
    #[error("{event_type} does not belong on the stream {stream}")]
    StreamMismatch {
        /// The event's type.
        event_type: &'static str,
        /// The stream.
        stream: String,
    },
    /// The event cannot be written for another reason.
    #[error("{event_type} cannot be written")]
    Unwritable {
        /// The event's type.
        event_type: &'static str,
        /// The reason.
        source: WireError,
    },
    /// There are no bytes at all.
    #[error("the entry is empty")]
    Empty,
    /// The entry has a format that this release does not know.
    #[error("the entry has format {found}, this release reads format {supported}")]
    UnknownFormat {
        /// The format it says it has.
        found: u8,
        /// The format that is known.
        supported: u8,
    },
    /// The bytes are not an entry.
    #[error("the bytes are not an entry: {0}")]
    Malformed(#[from] DecodeError),
    /// Bytes are left over behind the entry.
    #[error("the entry at position {position} has {count} bytes left over")]
    TrailingBytes {
        /// The entry's position.
        position: u64,
        /// How many.
        count: usize,
    },
    /// A value in the header is not what the domain allows.
    #[error("the header of the entry at position {position} is wrong")]
    Header {
        /// The entry's position.
        position: u64,
        /// The field, and what is wrong with it.
        source: WireError,
    },
    /// The payload cannot be read: its type or schema version is unknown, or its bytes are wrong.
    #[error(
        "the entry at position {position} (stream {stream}, {event_type}, schema {schema}) cannot be read"
    )]
    Payload {
        /// The entry's position.
        position: u64,
        /// The entry's stream.
        stream: String,
        /// The event's type, as stored.
        event_type: String,
        /// The schema version, as stored.
        schema: u32,
        /// The reason.
        source: WireError,
    },
}
