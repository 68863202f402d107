//! What happened, as it is stored: one explicit struct per event and schema version.
//!
//! The structs in `v1` are apart from the domain's types. A change of the domain's types does not
//! compile until it says here what becomes of the stored shape, and a change of a stored shape
//! does not pass the golden files.
//!
//! - An identifier or a name of a closed set is text, spelled as in the contract; a numbered id
//!   (`e1`, `m3`) is its number; an instant is milliseconds since 1970 and a span milliseconds, a
//!   civil day is days since 1970, money is whole fen.
//! - Fields are read in the order of declaration and have no names, so a field that is added,
//!   moved or retyped makes a new schema version of its event: the new shape gets the next number,
//!   the old struct stays, and `upcast` says what the old one means today.
//! - Personal text is stored sealed or not at all.

mod bytes;
mod error;
mod field;
mod payload;
mod upcast;
mod v1;

#[cfg(any(test, feature = "samples"))]
pub mod samples;
#[cfg(test)]
mod tests;

pub(crate) use error::Misfit;
pub use error::{WireError, Wrong};
pub(crate) use field::{Field, restored, stored};
pub(crate) use payload::records;

use redress_domain::event::Event;
use redress_domain::identity::StreamId;

/// Largest payload of an entry, in bytes.
pub const MAX_PAYLOAD_BYTES: usize = 16 * 1024;

/// The schema version that an event is written with today.
#[must_use]
pub const fn schema_of(event: &Event) -> u32 {
    match event {
        Event::Complaint(event) => v1::complaint::schema_of(event),
        Event::Merchant(event) => v1::merchant::schema_of(event),
        Event::Agreement(event) => v1::agreement::schema_of(event),
        Event::Intermediary(event) => v1::intermediary::schema_of(event),
        Event::User(event) => v1::user::schema_of(event),
        Event::Rulebook(event) => v1::rulebook::schema_of(event),
    }
}

/// Appends an event's payload in its newest schema.
///
/// # Errors
/// [`WireError::Value`] for a text that is not sealed.
pub(crate) fn write(event: &Event, payload: &mut Vec<u8>) -> Result<(), WireError> {
    match event {
        Event::Complaint(event) => v1::complaint::write(event, payload),
        Event::Merchant(event) => v1::merchant::write(event, payload),
        Event::Agreement(event) => v1::agreement::write(event, payload),
        Event::Intermediary(event) => v1::intermediary::write(event, payload),
        Event::User(event) => v1::user::write(event, payload),
        Event::Rulebook(event) => v1::rulebook::write(event, payload),
    }
}

/// Reads a payload of any schema version. The same type name can mean different payloads on
/// streams of different kinds.
///
/// # Errors
/// A type or version that this release does not know, bytes that are not a payload of it, and
/// values that the domain does not allow.
pub(crate) fn read(
    stream: &StreamId,
    event_type: &str,
    schema: u32,
    payload: &[u8],
) -> Result<Event, WireError> {
    match stream {
        StreamId::Complaint(_) => {
            v1::complaint::read(event_type, schema, payload).map(Event::Complaint)
        }
        StreamId::Merchant(_) => {
            v1::merchant::read(event_type, schema, payload).map(Event::Merchant)
        }
        StreamId::Agreement(_) => {
            v1::agreement::read(event_type, schema, payload).map(Event::Agreement)
        }
        StreamId::Intermediary(_) => {
            v1::intermediary::read(event_type, schema, payload).map(Event::Intermediary)
        }
        StreamId::User(_) => v1::user::read(event_type, schema, payload).map(Event::User),
        StreamId::Rulebook => v1::rulebook::read(event_type, schema, payload).map(Event::Rulebook),
    }
}

/// Whether events of this type name can be in a log.
#[must_use]
pub fn is_event_type(name: &str) -> bool {
    declared().iter().any(|(_, known, _)| *known == name)
}

/// Stream kind, type name and schema version of every payload that can be read.
pub(crate) fn declared() -> Vec<(&'static str, &'static str, u32)> {
    [
        ("complaint", v1::complaint::DECLARED),
        ("merchant", v1::merchant::DECLARED),
        ("merchant", v1::measure::DECLARED),
        ("agreement", v1::agreement::DECLARED),
        ("intermediary", v1::intermediary::DECLARED),
        ("intermediary", v1::measure::DECLARED),
        ("user", v1::user::DECLARED),
        ("rulebook", v1::rulebook::DECLARED),
    ]
    .into_iter()
    .flat_map(|(kind, payloads)| {
        payloads
            .iter()
            .map(move |(name, schema)| (kind, *name, *schema))
    })
    .collect()
}

/// Payloads of schema versions that nothing writes any more.
#[cfg(test)]
pub(crate) mod older_payloads {
    use super::bytes::append;
    use super::v1::complaint::RefundReceivedSchema1;

    /// `RefundReceived`, schema 1.
    pub(crate) fn refund_received_1(refund_id: &str, amount_fen: u64, full: bool) -> Vec<u8> {
        let mut payload = Vec::new();
        let stored = RefundReceivedSchema1 {
            refund_id,
            amount_fen,
            full,
        };
        append(&stored, &mut payload).unwrap();
        payload
    }
}
