//! What can fail around a decision. A refusal by a rule is not among these.

use redress_projections::Fault;
use redress_store::backup::BackupError;
use redress_store::entry::EntryError;
use redress_store::journal::JournalError;
use redress_store::lock::LockError;
use redress_store::read_store::ReadStoreError;
use redress_store::vault::VaultError;

/// Why the engine could not do what it was asked, though no rule stood against it.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal could not be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The read store could not be read or written.
    #[error(transparent)]
    ReadStore(#[from] ReadStoreError),
    /// Keys of personal texts could not be read or written.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// An entry could not be encoded or decoded.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// A read model could not be folded.
    #[error(transparent)]
    Projection(#[from] Fault),
    /// A backup could not be made, checked or restored.
    #[error(transparent)]
    Backup(BackupError),
    /// Another process has the store open.
    #[error(transparent)]
    Locked(#[from] LockError),
    /// The log does not continue: an entry is not the one that must follow.
    #[error("position {position}: {what}")]
    Broken {
        /// Where in the log.
        position: u64,
        /// What does not fit.
        what: String,
    },
    /// Nothing lies at that position of the log.
    #[error("the log ends at position {last}; there is no position {asked}")]
    PositionUnknown {
        /// What was asked for.
        asked: u64,
        /// Where the log ends.
        last: u64,
    },
    /// A projection could not take up an event, or its rows could not be read: it stands still, and
    /// what needs it is not answered, until it is rebuilt. Everything else goes on.
    #[error("projection {name} is faulted at position {position}: {cause}")]
    ProjectionFaulted {
        /// The projection.
        name: &'static str,
        /// Where in the log.
        position: u64,
        /// What was wrong.
        cause: String,
    },
    /// A projection's rows are being built: what needs them is answered when they are there.
    #[error("projection {name} is being rebuilt, and has come to position {position}")]
    ProjectionBuilding {
        /// The projection.
        name: &'static str,
        /// The last position folded.
        position: u64,
    },
    /// There are no rows from before a rebuild to go back to.
    #[error("nothing is kept to go back to{}", of(names))]
    NothingKept {
        /// The projections that were asked for; empty for all.
        names: String,
    },
    /// The writer stopped after a failure: nothing more is taken until the store is opened again.
    #[error("the engine stopped taking commands: {because}")]
    Stopped {
        /// The failure.
        because: String,
    },
    /// As [`EngineError::Stopped`]: there was no room on the disk.
    #[error("the engine stopped taking commands, because the disk is full: {because}")]
    DiskFull {
        /// The failure.
        because: String,
    },
}

/// What a backup shares with a store is told in one way.
impl From<BackupError> for EngineError {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Journal(error) => Self::Journal(error),
            BackupError::Vault(error) => Self::Vault(error),
            BackupError::Lock(error) => Self::Locked(error),
            other => Self::Backup(other),
        }
    }
}

impl EngineError {
    /// Whether it is damage to what was stored, and not a passing failure.
    #[must_use]
    pub fn is_integrity_failure(&self) -> bool {
        match self {
            Self::Journal(error) => matches!(
                error,
                JournalError::Corrupt { .. } | JournalError::GenesisDiffers { .. }
            ),
            Self::Vault(error) => matches!(
                error,
                VaultError::Corrupt { .. }
                    | VaultError::BatchMissing { .. }
                    | VaultError::UnknownKey { .. }
                    | VaultError::Tampered { .. }
            ),
            Self::Backup(error) => matches!(
                error,
                BackupError::ManifestDamaged { .. }
                    | BackupError::FirstEditionDamaged { .. }
                    | BackupError::ReadBack { .. }
            ),
            Self::Entry(_) | Self::Broken { .. } => true,
            Self::ReadStore(_)
            | Self::Projection(_)
            | Self::Locked(_)
            | Self::PositionUnknown { .. }
            | Self::ProjectionFaulted { .. }
            | Self::ProjectionBuilding { .. }
            | Self::NothingKept { .. }
            | Self::Stopped { .. }
            | Self::DiskFull { .. } => false,
        }
    }
}

fn of(names: &str) -> String {
    match names {
        "" => String::new(),
        names => format!(" for {names}"),
    }
}
