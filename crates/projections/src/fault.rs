//! What can go wrong in a projection. Folding itself cannot fail: only rows can be out of reach.

use crate::table::BackingError;

/// Why a row could not be read or written. A projection never passes over one.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Wherever rows are kept did not answer.
    #[error(
        "table {table}, key {}: the rows behind it could not be read",
        printable(key)
    )]
    Backing {
        /// The table.
        table: &'static str,
        /// The key, or the prefix of the keys, that was asked for.
        key: Vec<u8>,
        /// What the backing says.
        source: BackingError,
    },
    /// A row that was read is not one that this release wrote.
    #[error(
        "table {table}, key {}: the row is not readable: {what}",
        printable(key)
    )]
    Undecodable {
        /// The table.
        table: &'static str,
        /// The row's key.
        key: Vec<u8>,
        /// What is wrong with it.
        what: String,
    },
    /// A row could not be encoded.
    #[error(
        "table {table}, key {}: the row could not be encoded: {what}",
        printable(key)
    )]
    Unencodable {
        /// The table.
        table: &'static str,
        /// The row's key.
        key: Vec<u8>,
        /// What is wrong with it.
        what: String,
    },
    /// An event came without the state that it led to.
    #[error("position {position}: the event came without the state of its stream")]
    StateMissing {
        /// Where in the log.
        position: u64,
    },
    /// A sealed text does not say which key sealed it.
    #[error("position {position}: a sealed text does not name its key")]
    NotSealed {
        /// Where in the log.
        position: u64,
    },
}

impl Fault {
    /// The table that it is about, if it is about one.
    #[must_use]
    pub const fn table(&self) -> Option<&'static str> {
        match self {
            Self::Backing { table, .. }
            | Self::Undecodable { table, .. }
            | Self::Unencodable { table, .. } => Some(*table),
            Self::StateMissing { .. } | Self::NotSealed { .. } => None,
        }
    }

    /// Whether rows were out of reach: that says nothing about the event or the rows, and may pass.
    /// Everything else comes again however often the same event is folded into the same rows.
    #[must_use]
    pub const fn is_out_of_reach(&self) -> bool {
        match self {
            Self::Backing { .. } => true,
            Self::Undecodable { .. }
            | Self::Unencodable { .. }
            | Self::StateMissing { .. }
            | Self::NotSealed { .. } => false,
        }
    }
}

/// A key for people: its readable characters, and a dot for everything else.
fn printable(key: &[u8]) -> String {
    key.iter()
        .map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        })
        .collect()
}
