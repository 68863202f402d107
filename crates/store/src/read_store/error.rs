//! What can go wrong with the read store. None of it loses anything: it is rebuilt from the journal.

use std::path::PathBuf;

use crate::file::FileError;

/// Why the read store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ReadStoreError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// What is on disk is not what was written. Wipe it and rebuild it from the journal.
    #[error("the read store in {} is damaged: {what}", folder.display())]
    Damaged {
        /// The folder of the read store.
        folder: PathBuf,
        /// What was found.
        what: String,
    },
    /// The read store has another format than this release keeps. Wipe it and rebuild it.
    #[error(
        "the read store in {} has format {found}, this release keeps {supported}",
        folder.display()
    )]
    OtherFormat {
        /// The folder of the read store.
        folder: PathBuf,
        /// The format it says it has.
        found: u64,
        /// The format this release keeps.
        supported: u64,
    },
    /// Reading or writing failed for a reason outside the store's content, such as a full disk.
    #[error("the read store failed: {0}")]
    Sled(sled::Error),
    /// A write failed before: what is on disk is only known when the store is opened again.
    #[error("the read store takes no more since a write failed: open the store again")]
    TakesNoMore,
    /// The batch does not continue where the store is.
    #[error("the batch continues at position {found}, the read store at {expected}")]
    OutOfOrder {
        /// The position that must come next.
        expected: u64,
        /// The position that came.
        found: u64,
    },
    /// A row is larger than a row may be.
    #[error("a row of table {table} has {bytes} bytes, the limit is {limit}")]
    RowTooLarge {
        /// The table.
        table: String,
        /// Bytes of key and value together.
        bytes: usize,
        /// The largest size allowed.
        limit: usize,
    },
    /// An entry is larger than an entry may be.
    #[error("the entry at position {position} has {bytes} bytes, the limit is {limit}")]
    EntryTooLarge {
        /// The entry's position.
        position: u64,
        /// Its size in bytes.
        bytes: usize,
        /// The largest size allowed.
        limit: usize,
    },
}

impl ReadStoreError {
    /// Whether the remedy is to wipe the read store and rebuild it from the journal.
    pub fn needs_rebuild(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::OtherFormat { .. })
    }
}

/// A value in the tree that cannot be what was written; becomes [`ReadStoreError::Damaged`].
#[derive(Debug)]
pub(super) enum TreeError {
    Sled(sled::Error),
    Unreadable(&'static str),
}

impl From<sled::Error> for TreeError {
    fn from(error: sled::Error) -> Self {
        Self::Sled(error)
    }
}

impl TreeError {
    /// The error for the caller, with the folder.
    pub fn in_folder(self, folder: &std::path::Path) -> ReadStoreError {
        let what = match self {
            Self::Unreadable(what) => what.to_owned(),
            Self::Sled(error @ sled::Error::Io(_)) => return ReadStoreError::Sled(error),
            Self::Sled(error) => error.to_string(),
        };
        ReadStoreError::Damaged {
            folder: folder.to_path_buf(),
            what,
        }
    }
}
