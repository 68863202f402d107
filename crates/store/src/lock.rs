//! One process at a time: the lock on a data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::file::{FileError, create_directory};

const LOCK_FILE: &str = "lock";

/// Why a data directory could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has the store open.
    #[error("the store in {} is in use by {}", directory.display(), holder(*pid))]
    InUse {
        /// The data directory.
        directory: PathBuf,
        /// The process that has it, when it could be read from the lock file.
        pid: Option<u32>,
    },
    /// A restore into the directory was begun and has not finished: what is there is no store.
    #[error("a restore into {} has not finished; run it again", directory.display())]
    Restoring {
        /// The data directory.
        directory: PathBuf,
    },
    /// The lock file could not be created, written or locked.
    #[error(transparent)]
    File(#[from] FileError),
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(
        || "another process".to_owned(),
        |pid| format!("process {pid}"),
    )
}

/// The exclusive right to use a data directory, held as long as this value lives. The operating
/// system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct StoreLock {
    /// Never read again; closing it releases the lock.
    _file: File,
}

impl StoreLock {
    /// Takes the data directory (created if missing) for this process, and writes the process id
    /// into the lock file so that the next one can say who has it. A place that a restore has left
    /// unfinished is refused.
    pub fn acquire(directory: &Path) -> Result<Self, LockError> {
        let lock = Self::acquire_unfinished(directory)?;
        if crate::backup::is_unfinished(directory) {
            return Err(LockError::Restoring {
                directory: directory.to_path_buf(),
            });
        }
        Ok(lock)
    }

    /// [`StoreLock::acquire`] for whoever restores into the directory.
    pub(crate) fn acquire_unfinished(directory: &Path) -> Result<Self, LockError> {
        create_directory(directory)?;
        let path = directory.join(LOCK_FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(FileError::when("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let pid = file
                    .read_to_string(&mut text)
                    .ok()
                    .and_then(|_| text.trim().parse().ok());
                return Err(LockError::InUse {
                    directory: directory.to_path_buf(),
                    pid,
                });
            }
            Err(TryLockError::Error(error)) => {
                return Err(FileError::when("lock", &path)(error).into());
            }
        }
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| writeln!(file, "{}", std::process::id()))
            .map_err(FileError::when("write", &path))?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::{LockError, StoreLock};

    #[test]
    fn a_second_holder_is_told_who_has_the_store() {
        let directory = tempfile::tempdir().unwrap();
        let first = StoreLock::acquire(directory.path()).unwrap();
        match StoreLock::acquire(directory.path()) {
            Err(LockError::InUse { pid, .. }) => assert_eq!(pid, Some(std::process::id())),
            other => panic!("expected the lock to be in use, got {other:?}"),
        }
        drop(first);
        StoreLock::acquire(directory.path()).unwrap();
    }
}
