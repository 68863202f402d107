//! Files that are either there whole or not there: the steps that make a write survive a power cut.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::step::{self, Safeguard, Step};

/// Suffix of a file that is still being written; a leftover one was never in use.
const UNFINISHED: &str = "new";

/// An operation on a file or a folder failed; says which operation on which path.
#[derive(Debug, thiserror::Error)]
#[error("could not {action} {}: {source}", path.display())]
pub struct FileError {
    /// What was being done, as a verb: "read", "sync", …
    pub action: &'static str,
    /// The file or folder it was done to.
    pub path: PathBuf,
    /// What the operating system answered; its kind tells a full disk from a missing file.
    pub source: io::Error,
}

impl FileError {
    /// Turns an I/O error into one that says what was done to which path; for `map_err`.
    pub(crate) fn when(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self {
            action,
            path: path.to_path_buf(),
            source,
        }
    }
}

/// Makes the names inside a folder durable: a synced file whose name is not is lost all the same.
pub(crate) fn sync_directory(directory: &Path) -> Result<(), FileError> {
    File::open(directory)
        .and_then(|handle| handle.sync_all())
        .map_err(FileError::when("sync", directory))
}

/// Makes what was written to a file durable.
pub(crate) fn sync(path: &Path) -> Result<(), FileError> {
    File::open(path)
        .and_then(|handle| handle.sync_data())
        .map_err(FileError::when("sync", path))
}

/// Creates a folder and those above it, as far as they are missing, durably: what is synced inside
/// a folder is lost all the same when the folder's own name is.
pub fn create_directory(directory: &Path) -> Result<(), FileError> {
    if directory.is_dir() {
        return Ok(());
    }
    let parent = match directory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    create_directory(parent)?;
    match fs::create_dir(directory) {
        // Another process may have been faster.
        Err(error) if !directory.is_dir() => Err(FileError::when("create", directory)(error)),
        _ => sync_directory(parent),
    }
}

/// Creates `parent/name` if it is missing, durably, and returns its path.
pub(crate) fn ensure_directory(parent: &Path, name: &str) -> Result<PathBuf, FileError> {
    let directory = parent.join(name);
    if !directory.is_dir() {
        fs::create_dir_all(&directory).map_err(FileError::when("create", &directory))?;
        sync_directory(parent)?;
    }
    Ok(directory)
}

/// Puts `bytes` at `path`, replacing what was there: after a crash the file has either its old or
/// its new content, whole. With `private`, only the owner may read it.
pub fn replace(path: &Path, bytes: &[u8], private: bool) -> Result<(), FileError> {
    replace_with(path, private, |file| {
        file.write_all(bytes)
            .map_err(FileError::when("write", path))
    })
}

/// [`replace`] with content that is written piece by piece; when writing it fails, what was there
/// stays.
pub(crate) fn replace_with<E: From<FileError>>(
    path: &Path,
    private: bool,
    write: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    let unfinished = match step::is_without(Safeguard::ReplaceByRename) {
        false => unfinished_path(path),
        true => path.to_path_buf(),
    };
    remove_if_present(&unfinished)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    if private {
        restrict_to_owner(&mut options);
    }
    let mut file = options
        .open(&unfinished)
        .map_err(FileError::when("create", &unfinished))?;
    reached_of_vault(private, Step::BeforeVaultWrite);
    write(&mut file)?;
    file.sync_all()
        .map_err(FileError::when("sync", &unfinished))?;
    reached_of_vault(private, Step::BeforeVaultRename);
    fs::rename(&unfinished, path).map_err(FileError::when("rename", &unfinished))?;
    reached_of_vault(private, Step::AfterVaultRename);
    Ok(path.parent().map_or(Ok(()), sync_directory)?)
}

/// Files that only their owner may read are the vault's.
fn reached_of_vault(private: bool, step: Step) {
    if private {
        step::reached(step);
    }
}

/// Removes what interrupted calls of [`replace`] left behind in a folder.
pub(crate) fn remove_unfinished(directory: &Path) -> Result<(), FileError> {
    for path in paths_in(directory)? {
        if is_unfinished(&path) {
            remove_if_present(&path)?;
        }
    }
    Ok(())
}

/// Whether a path is one that an interrupted call of [`replace`] left behind.
pub(crate) fn is_unfinished(path: &Path) -> bool {
    path.extension().is_some_and(|suffix| suffix == UNFINISHED)
}

/// Every path directly inside a folder, in no particular order.
pub(crate) fn paths_in(directory: &Path) -> Result<Vec<PathBuf>, FileError> {
    fs::read_dir(directory)
        .and_then(|names| {
            names
                .map(|name| name.map(|found| found.path()))
                .collect::<io::Result<Vec<_>>>()
        })
        .map_err(FileError::when("list", directory))
}

/// Removes a file; one that is not there is fine.
pub(crate) fn remove_if_present(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FileError::when("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// The name a file has until it is whole.
fn unfinished_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(".");
    name.push(UNFINISHED);
    PathBuf::from(name)
}

#[cfg(unix)]
fn restrict_to_owner(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn restrict_to_owner(_options: &mut OpenOptions) {}

#[cfg(test)]
mod tests {
    use super::create_directory;

    #[test]
    fn folders_are_made_as_far_as_they_are_missing() {
        let directory = tempfile::tempdir().unwrap();
        let deep = directory.path().join("a").join("b");
        create_directory(&deep).unwrap();
        create_directory(&deep).unwrap();
        assert!(deep.is_dir());
        std::fs::write(deep.join("file"), b"").unwrap();
        let error = create_directory(&deep.join("file")).unwrap_err();
        assert!(error.path.ends_with("file"));
    }
}
