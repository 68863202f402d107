//! What can go wrong with a backup, with the place.

use std::path::PathBuf;

use redress_domain::instant::Instant;

use crate::file::FileError;
use crate::journal::JournalError;
use crate::lock::LockError;
use crate::vault::VaultError;

/// Why a backup could not be made, checked or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// A segment of the store or of the backup is damaged or could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Keys could not be copied or are damaged.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Somebody else works on the backup, or on the place to restore into.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The directory holds something that no backup wrote.
    #[error("{} holds something else than a backup", directory.display())]
    NotABackup {
        /// The directory.
        directory: PathBuf,
    },
    /// No backup was ever finished there.
    #[error("there is no finished backup in {}", directory.display())]
    NoBackup {
        /// The directory.
        directory: PathBuf,
    },
    /// The manifest is not what was written.
    #[error("the manifest {} is damaged: {what}", path.display())]
    ManifestDamaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        what: &'static str,
    },
    /// The manifest was written by a later release.
    #[error("{} has backup format {found}, this release reads up to {supported}", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// The format it says it has.
        found: u32,
        /// The newest format that this release knows.
        supported: u32,
    },
    /// The document of the first edition is missing or is not the one that the log is bound to.
    #[error("{} is not the document that the log is bound to", path.display())]
    FirstEditionDamaged {
        /// The file.
        path: PathBuf,
    },
    /// The backup is of a log that begins with another edition.
    #[error("{} holds the backup of another log: its first edition differs", directory.display())]
    AnotherLog {
        /// The backup.
        directory: PathBuf,
    },
    /// The store's log is not a continuation of the one in the backup.
    #[error(
        "{} holds the backup of another log: the store's log is a different one somewhere from \
         position {position} on; use a directory of its own for this store",
        directory.display()
    )]
    Diverged {
        /// The backup.
        directory: PathBuf,
        /// Where the segment begins in which both differ.
        position: u64,
    },
    /// The store has less than the backup: it lost events, or was restored from an older one.
    #[error(
        "the store's log ends at position {store}, the backup in {} at {backup}: it stays as it \
         is; use a directory of its own for this store",
        directory.display()
    )]
    StoreEndsBefore {
        /// The backup.
        directory: PathBuf,
        /// Last position of the backup.
        backup: u64,
        /// Last position of the store.
        store: u64,
    },
    /// Two places that must be apart are not.
    #[error("{} and {} must not lie inside each other", one.display(), other.display())]
    NotApart {
        /// One of them.
        one: PathBuf,
        /// The other.
        other: PathBuf,
    },
    /// There is something in the place to restore into.
    #[error("{} is not empty: a restore writes over nothing", directory.display())]
    NotEmpty {
        /// The place.
        directory: PathBuf,
    },
    /// A restore was asked to end where the backup has no event.
    #[error("the backup holds positions 1 to {last}; there is no position {asked}")]
    PositionUnknown {
        /// What was asked for.
        asked: u64,
        /// The last position of the backup.
        last: u64,
    },
    /// A restore was asked to end in the middle of what one command recorded.
    #[error(
        "position {asked} lies inside the events of one command, {first} to {last}: end at \
         {} or at {last}",
        first - 1
    )]
    InsideCommand {
        /// What was asked for.
        asked: u64,
        /// The command's first position.
        first: u64,
        /// Its last position.
        last: u64,
    },
    /// A restore was asked to end before anything was recorded.
    #[error("nothing was recorded by then; the first event was at {first:?}")]
    NothingRecorded {
        /// When the first event was recorded.
        first: Instant,
    },
    /// What was written reads differently.
    #[error("what was restored to {} does not read as it was written", directory.display())]
    ReadBack {
        /// The place.
        directory: PathBuf,
    },
}
