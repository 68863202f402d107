//! Whom to reach under which address: a book that the operator keeps, read anew for every notice.

use std::collections::BTreeMap;
use std::path::Path;

use redress_domain::identity::StreamId;
use serde::Deserialize;

use super::letter::Language;

/// The book: by role, then by id.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Book {
    merchants: BTreeMap<String, Contact>,
    intermediaries: BTreeMap<String, Contact>,
}

/// How to reach somebody.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Contact {
    /// Addresses for email.
    pub email: Vec<String>,
    /// The language to write in.
    pub language: Language,
}

/// Looks somebody up; nothing where there is no book or they are not in it.
///
/// # Errors
/// A sentence that says why the book cannot be read.
pub fn look_up(book: Option<&Path>, stream: &StreamId) -> Result<Contact, String> {
    let Some(path) = book else {
        return Ok(Contact::default());
    };
    let bytes = std::fs::read(path)
        .map_err(|error| format!("the book of contacts cannot be read: {error}"))?;
    let mut book: Book = serde_json::from_slice(&bytes)
        .map_err(|error| format!("the book of contacts cannot be understood: {error}"))?;
    let contact = match stream {
        StreamId::Merchant(id) => book.merchants.remove(id.as_str()),
        StreamId::Intermediary(id) => book.intermediaries.remove(id.as_str()),
        StreamId::Complaint(_)
        | StreamId::Agreement(_)
        | StreamId::User(_)
        | StreamId::Rulebook => None,
    };
    Ok(contact.unwrap_or_default())
}
