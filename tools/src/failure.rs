//! How a command ends: exit codes as other programs know them, and what is told on the way.

use std::io::ErrorKind;
use std::process::ExitCode;

use redress_engine::EngineError;
use redress_store::backup::BackupError;

/// A rule refused, or a scenario does not hold.
pub const REFUSED: u8 = 3;
/// The stream is not at the version that the caller saw.
pub const VERSION_CONFLICT: u8 = 4;
/// What is stored is damaged, or is not what the log says.
pub const INTEGRITY: u8 = 5;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was asked for makes no sense; exit code 2.
    #[error("{0}")]
    Usage(String),
    /// What was asked for is not there, or something failed; exit code 1.
    #[error("{0}")]
    Failed(String),
    /// A rule refused, or a service refused the caller; exit code 3.
    #[error("refused: {message}")]
    Refused {
        /// The stable code.
        code: String,
        /// The clause, where a rule refused.
        clause: Option<String>,
        /// Why.
        message: String,
    },
    /// A service does not answer; exit code 1.
    #[error("{0}")]
    Unreachable(String),
    /// The stream is not at the version that was expected; exit code 4.
    #[error("{0}")]
    VersionConflict(String),
    /// What is stored is damaged; exit code 5.
    #[error("{0}")]
    Integrity(String),
    /// A backup is damaged; exit code 5.
    #[error("{0}")]
    DamagedBackup(String),
    /// The store failed; the exit code says how.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A file could not be read or written; exit code 1.
    #[error("{place}: {source}")]
    File {
        /// Which.
        place: String,
        /// Why.
        source: std::io::Error,
    },
    /// Whoever read the output has gone: nothing to tell.
    #[error("the output was closed")]
    OutputClosed,
}

impl Failure {
    /// A failure with a file or stream.
    pub fn file(place: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let place = place.into();
        move |source| Self::File { place, source }
    }

    /// A failure to write to standard output.
    pub fn output(source: std::io::Error) -> Self {
        if source.kind() == ErrorKind::BrokenPipe {
            Self::OutputClosed
        } else {
            Self::File {
                place: "standard output".to_owned(),
                source,
            }
        }
    }

    /// Tells what went wrong on standard error, and gives the exit code.
    pub fn tell(&self) -> ExitCode {
        if matches!(self, Self::OutputClosed) {
            return ExitCode::SUCCESS;
        }
        eprintln!("redress: {self}");
        let mut source = match self {
            // The message has the cause in it.
            Self::File { .. } => None,
            _ => std::error::Error::source(self),
        };
        while let Some(cause) = source {
            eprintln!("  because: {cause}");
            source = cause.source();
        }
        if self.is_about_backup() {
            eprintln!(
                "  what can be done: use another backup, or make a new one in a directory of its own"
            );
        } else if self.code() == INTEGRITY {
            eprintln!(
                "  what can be done: restore a backup of the journal; or see what `redress log \
                 verify` says, and cut a damaged log with `redress log cut`, which keeps what it cuts"
            );
        }
        ExitCode::from(self.code())
    }

    /// Whether it is a backup that is damaged, and not the store.
    fn is_about_backup(&self) -> bool {
        match self {
            Self::DamagedBackup(_) => true,
            Self::Engine(error) => {
                matches!(error, EngineError::Backup(_)) && error.is_integrity_failure()
            }
            Self::Usage(_)
            | Self::Failed(_)
            | Self::Refused { .. }
            | Self::Unreachable(_)
            | Self::VersionConflict(_)
            | Self::Integrity(_)
            | Self::File { .. }
            | Self::OutputClosed => false,
        }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed(_) | Self::Unreachable(_) | Self::File { .. } | Self::OutputClosed => 1,
            Self::Refused { .. } => REFUSED,
            Self::VersionConflict(_) => VERSION_CONFLICT,
            Self::Integrity(_) | Self::DamagedBackup(_) => INTEGRITY,
            Self::Engine(EngineError::Backup(BackupError::NotApart { .. })) => 2,
            Self::Engine(EngineError::Locked(redress_store::lock::LockError::InUse { .. })) => 6,
            Self::Engine(error) if error.is_integrity_failure() => INTEGRITY,
            Self::Engine(_) => 1,
        }
    }
}
