//! Documents that the service keeps in its own folder: a file each, replaced whole, so that a restart
//! finds one that was written to its end.

use std::fs;
use std::path::{Path, PathBuf};

use redress_store::file::{self, FileError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why what is kept cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeptFileError {
    /// A file or its folder cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file or a folder cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file cannot be taken away.
    #[error("{} cannot be removed: {source}", path.display())]
    Remove {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not say what it should.
    #[error("{} does not say what it should: {source}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A document cannot be written down.
    #[error("{} cannot be written down: {source}", path.display())]
    Unwritable {
        /// Where it would have been.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

/// Reads a document; `None` where there is no file.
///
/// # Errors
/// When the file cannot be read or does not say what it should.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, KeptFileError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(KeptFileError::Read {
                path: path.to_owned(),
                source,
            });
        }
    };
    let read = serde_json::from_slice(&bytes);
    read.map(Some).map_err(|source| KeptFileError::Malformed {
        path: path.to_owned(),
        source,
    })
}

/// Puts a document in place of what was there; it is on the disk then, and only its owner may read
/// it. The folder is made if it is missing.
///
/// # Errors
/// When it cannot be written.
pub fn put<T: Serialize>(path: &Path, document: &T) -> Result<(), KeptFileError> {
    let bytes =
        serde_json::to_vec_pretty(document).map_err(|source| KeptFileError::Unwritable {
            path: path.to_owned(),
            source,
        })?;
    if let Some(folder) = path.parent() {
        file::create_directory(folder)?;
    }
    Ok(file::replace(path, &bytes, true)?)
}

/// Takes a document away, if it is there. A name that is not gone from the disk would be there again
/// after a crash.
///
/// # Errors
/// When it cannot be removed.
pub fn remove(path: &Path) -> Result<(), KeptFileError> {
    let gone = |removed: std::io::Result<()>| match removed {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    };
    // A file that is not there may have been taken away before without that being on the disk.
    let synced = gone(fs::remove_file(path)).and_then(|()| match path.parent() {
        Some(folder) => gone(fs::File::open(folder).and_then(|folder| folder.sync_all())),
        None => Ok(()),
    });
    synced.map_err(|source| KeptFileError::Remove {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_again_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/kept.json");
        assert_eq!(read::<Vec<u32>>(&path).unwrap(), None);
        remove(&path).unwrap();
        for document in [vec![1, 2], vec![3]] {
            put(&path, &document).unwrap();
            assert_eq!(read(&path).unwrap(), Some(document));
        }
        remove(&path).unwrap();
        assert_eq!(read::<Vec<u32>>(&path).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_used_is_told_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.json");
        fs::write(&path, "{ half").unwrap();
        let malformed = read::<Vec<u32>>(&path).unwrap_err();
        assert!(matches!(malformed, KeptFileError::Malformed { .. }));
        assert!(malformed.to_string().contains("kept.json"), "{malformed}");
        let unreadable = read::<Vec<u32>>(folder.path()).unwrap_err();
        assert!(matches!(unreadable, KeptFileError::Read { .. }));
    }
}
