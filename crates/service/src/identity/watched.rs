//! A file that is read again when it has changed, so that keys can be replaced while the service
//! runs.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::RwLock;

use super::IdentityError;

/// What tells one content from another: a replaced file has another number, a changed one another
/// time or size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    modified: (i64, i64),
    size: u64,
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            size: metadata.size(),
        }
    }
}

/// What a file says.
pub struct Watched<T> {
    path: PathBuf,
    read: fn(&[u8]) -> Result<T, String>,
    known: RwLock<(Option<Stamp>, Arc<T>)>,
}

impl<T> Watched<T> {
    /// Reads a file that must be there.
    ///
    /// # Errors
    /// When it is not, or says what cannot be read.
    pub fn new(path: &Path, read: fn(&[u8]) -> Result<T, String>) -> Result<Self, IdentityError> {
        let failed = |because: String| IdentityError::File {
            path: path.display().to_string(),
            because,
        };
        let stamp = stamp(path);
        let bytes = fs::read(path).map_err(|error| failed(error.to_string()))?;
        let value = read(&bytes).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            read,
            known: RwLock::new((stamp, Arc::new(value))),
        })
    }

    /// Reads a file that may come later.
    ///
    /// # Errors
    /// When it is there and says what cannot be read.
    pub fn of_one_to_come(
        path: &Path,
        read: fn(&[u8]) -> Result<T, String>,
    ) -> Result<Self, IdentityError>
    where
        T: Default,
    {
        if path.exists() {
            return Self::new(path, read);
        }
        Ok(Self {
            path: path.to_owned(),
            read,
            known: RwLock::new((None, Arc::default())),
        })
    }

    /// What it says now. A file that has gone, or cannot be read any more, still says what it said:
    /// nobody gets in, or is left out, by a write that went wrong. It is tried again at each look,
    /// since what kept it from being read may leave no trace in the file: only the owner changed.
    pub fn get(&self) -> Arc<T> {
        let now = stamp(&self.path);
        {
            let known = self.known.read();
            if known.0 == now || now.is_none() {
                return Arc::clone(&known.1);
            }
        }
        let mut known = self.known.write();
        if known.0 != now {
            let read = fs::read(&self.path)
                .map_err(|error| error.to_string())
                .and_then(|bytes| (self.read)(&bytes));
            let path = self.path.display();
            match read {
                Ok(value) => {
                    tracing::info!(%path, "read again");
                    *known = (now, Arc::new(value));
                }
                Err(because) => {
                    tracing::error!(%path, because, "cannot be read; what it said still holds");
                }
            }
        }
        Arc::clone(&known.1)
    }
}

/// What a file is known by now; `None` when it cannot be looked at.
pub fn stamp(path: &Path) -> Option<Stamp> {
    fs::metadata(path)
        .ok()
        .map(|metadata| Stamp::from(&metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, String> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        match text.starts_with("good") {
            true => Ok(text),
            false => Err("not good".to_owned()),
        }
    }

    #[test]
    fn what_could_not_be_read_is_tried_again_though_the_file_shows_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        fs::write(&path, "good 1").unwrap();
        let watched = Watched::new(&path, read).unwrap();
        fs::write(&path, "broken!").unwrap();
        let broken = fs::metadata(&path).unwrap();
        assert_eq!(*watched.get(), "good 1");
        // The same file, as large and as old: what kept it from being read left no trace in it.
        fs::write(&path, "good  2").unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(broken.modified().unwrap()).unwrap();
        assert_eq!(stamp(&path), Some(Stamp::from(&broken)));
        assert_eq!(*watched.get(), "good  2");
        // What was read is not read again while nothing shows a change.
        fs::write(&path, "good  3").unwrap();
        file.set_modified(broken.modified().unwrap()).unwrap();
        assert_eq!(*watched.get(), "good  2");
    }
}
