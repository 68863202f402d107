//! Why the writer takes no more commands.

use std::error::Error;
use std::io;

use crate::error::EngineError;

/// The failure that stopped the writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    because: String,
    disk_full: bool,
}

impl Stop {
    /// A stop that no error stands behind.
    pub fn because(because: impl Into<String>) -> Self {
        Self {
            because: because.into(),
            disk_full: false,
        }
    }

    /// A stop after an error, with whether it was for want of room on the disk: then the operator
    /// has something else to do than after a fault.
    pub fn after(error: &(dyn Error + 'static)) -> Self {
        let mut cause = Some(error);
        let mut disk_full = false;
        while let Some(one) = cause {
            disk_full |= one.downcast_ref::<io::Error>().is_some_and(|failure| {
                matches!(
                    failure.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
                )
            });
            cause = one.source();
        }
        Self {
            because: error.to_string(),
            disk_full,
        }
    }

    /// What whoever hands in a command is told.
    pub fn error(self) -> EngineError {
        let because = self.because;
        match self.disk_full {
            true => EngineError::DiskFull { because },
            false => EngineError::Stopped { because },
        }
    }

    /// The failure in words.
    pub fn as_str(&self) -> &str {
        &self.because
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::Stop;
    use crate::error::EngineError;

    #[derive(Debug, thiserror::Error)]
    #[error("while writing")]
    struct Outer(#[source] io::Error);

    #[test]
    fn a_full_disk_is_told_apart_however_deep_the_cause_lies() {
        let full = Outer(io::Error::from(io::ErrorKind::StorageFull));
        assert!(matches!(
            Stop::after(&full).error(),
            EngineError::DiskFull { because } if because == "while writing"
        ));
        let other = Outer(io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(matches!(
            Stop::after(&other).error(),
            EngineError::Stopped { .. }
        ));
    }
}
