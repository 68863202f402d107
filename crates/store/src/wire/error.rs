//! What can be wrong with a payload, with its place.

use bincode::error::{DecodeError, EncodeError};
use redress_domain::identity::IdentifierError;

/// Why a payload cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// No event of that name on a stream of that kind.
    #[error("this release knows no such event on such a stream")]
    UnknownType,
    /// A schema version that this release does not know.
    #[error("this release knows schema versions up to {newest} of this event")]
    UnknownSchema {
        /// The newest version that it knows.
        newest: u32,
    },
    /// The bytes are not a payload of this event and version.
    #[error("the bytes are not a payload of this event: {0}")]
    Malformed(#[from] DecodeError),
    /// Bytes are left over behind the payload.
    #[error("{count} bytes are left over")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// A value that must not be stored, or that the domain does not allow.
    #[error("`{place}`: {wrong}")]
    Value {
        /// The field, as `orders[1].order_id`.
        place: String,
        /// What is wrong with it.
        wrong: Wrong,
    },
    /// bincode refused to write; it has no reason to.
    #[error("the payload cannot be written: {0}")]
    Unwritable(#[from] EncodeError),
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A personal text that was not sealed before.
    #[error("the text is not sealed")]
    NotSealed,
    /// A text that is no identifier of its kind.
    #[error("not an identifier: {0:?}")]
    Identifier(IdentifierError),
    /// A name that is not in its closed set.
    #[error("`{0}` is not one of the names known here")]
    NameUnknown(String),
    /// Two values under one key.
    #[error("the same key is there twice")]
    KeyTwice,
}

/// A value that does not fit, on its way out to the whole payload.
#[derive(Debug)]
pub(crate) struct Misfit {
    place: String,
    wrong: Wrong,
}

impl Misfit {
    /// Something wrong right here.
    pub(crate) const fn here(wrong: Wrong) -> Self {
        Self {
            place: String::new(),
            wrong,
        }
    }

    /// A name that is not in its closed set.
    pub(crate) fn name_unknown(name: &str) -> Self {
        Self::here(Wrong::NameUnknown(name.to_owned()))
    }

    /// The same, seen from around the field.
    pub(crate) fn inside(self, field: &str) -> Self {
        let joint = if self.place.is_empty() || self.place.starts_with('[') {
            ""
        } else {
            "."
        };
        Self {
            place: format!("{field}{joint}{}", self.place),
            wrong: self.wrong,
        }
    }

    /// The same, seen from around the list.
    pub(crate) fn inside_list(self, index: usize) -> Self {
        self.inside(&format!("[{index}]"))
    }
}

impl From<IdentifierError> for Misfit {
    fn from(error: IdentifierError) -> Self {
        Self::here(Wrong::Identifier(error))
    }
}

impl From<Misfit> for WireError {
    fn from(misfit: Misfit) -> Self {
        Self::Value {
            place: misfit.place,
            wrong: misfit.wrong,
        }
    }
}
