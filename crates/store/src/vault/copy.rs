//! Copies of the keys, in a place apart from every copy of the log, and the way back.
//!
//! Wrapped keys are copied file by file, each replaced in one step and only by what was checked; the
//! key that wraps them never is. A key that was destroyed is destroyed in the copy as soon as the
//! copy is brought up. How far numbers were used is not copied: the log that a copy is restored
//! with may lack its end, and without that mark no number of the copy is given to anybody again.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::absent::{self, Absent};
use super::batch::{self, BATCH_KEYS, Batch};
use super::error::VaultError;
use super::{FOLDER, STORE_KEY_FILE, wrapped_store_key};
use crate::file::{
    self, FileError, create_directory, ensure_directory, paths_in, remove_unfinished,
};

#[cfg(test)]
mod tests;

/// What a run copied of the keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeysReport {
    /// Files that were new or had changed.
    pub files_copied: u64,
    /// Files that were there already.
    pub files_kept: u64,
}

/// What a copy of keys holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeysChecked {
    /// Files.
    pub files: u64,
    /// The first number that it does not reach.
    pub end: u64,
    /// Keys that were destroyed.
    pub destroyed: u64,
}

/// Brings a copy of the keys of a data directory, in use or not, up to what they are now. The
/// directory is created if missing.
///
/// # Errors
/// A directory that holds something else or the keys of another store; damage in the store's own
/// files, which then stay in the copy as they are.
pub fn copy_keys(data_directory: &Path, directory: &Path) -> Result<KeysReport, VaultError> {
    let vault = data_directory.join(FOLDER);
    create_directory(directory)?;
    refuse_something_else(directory)?;
    remove_unfinished(directory)?;
    refuse_other_keys(&vault, directory)?;
    let mut report = KeysReport::default();
    // The store's key first: it tells whose keys these are.
    let mut names = vec![STORE_KEY_FILE.to_owned()];
    if vault.join(absent::FILE).exists() {
        names.push(absent::FILE.to_owned());
    }
    let listed = batch::list(&vault)?;
    names.extend(listed.iter().map(|number| batch::name_of_file(*number)));
    for number in batch::list(directory)? {
        if !listed.contains(&number) {
            let file = batch::path(&vault, number);
            return Err(VaultError::BatchMissing { file });
        }
    }
    for name in names {
        let bytes = checked_bytes(&vault.join(&name))?;
        let copy = directory.join(&name);
        if fs::read(&copy).is_ok_and(|there| there == bytes) {
            report.files_kept += 1;
        } else {
            file::replace(&copy, &bytes, true)?;
            report.files_copied += 1;
        }
    }
    Ok(report)
}

/// Reads every file of a copy of keys and checks it. A log that names keys, all below `named`, must
/// find them there.
///
/// # Errors
/// The first file that is damaged or missing; a copy that is older than the log.
pub fn check_keys(directory: &Path, named: u64) -> Result<KeysChecked, VaultError> {
    let mut checked = KeysChecked::default();
    for path in key_files(directory)? {
        checked_bytes(&path)?;
        checked.files += 1;
    }
    wrapped_store_key(&directory.join(STORE_KEY_FILE))?;
    let absent = Absent::read(directory)?;
    checked.end = absent.below;
    for number in batch::list(directory)? {
        if number != checked.end {
            let file = batch::path(directory, checked.end);
            return Err(VaultError::BatchMissing { file });
        }
        checked.destroyed += Batch::read(directory, number)?.destroyed();
        checked.end += BATCH_KEYS;
    }
    if named > checked.end {
        return Err(VaultError::UnknownKey { number: named - 1 });
    }
    Ok(checked)
}

/// Puts a copy of keys into a data directory, durably; how many files.
///
/// # Errors
/// A damaged file.
pub fn restore_keys(directory: &Path, data_directory: &Path) -> Result<u64, VaultError> {
    let vault = ensure_directory(data_directory, FOLDER)?;
    let mut files = 0;
    for path in key_files(directory)? {
        let bytes = checked_bytes(&path)?;
        file::replace(
            &vault.join(path.file_name().unwrap_or_default()),
            &bytes,
            true,
        )?;
        files += 1;
    }
    Ok(files)
}

/// Notes in a data directory without keys that those of its log, all below `named`, are not there,
/// and that the store key that was in use up to `position` is not either. Texts that they sealed
/// stay sealed; new ones get numbers from there on.
///
/// # Errors
/// When it cannot be written.
pub fn note_not_restored(
    data_directory: &Path,
    named: u64,
    position: u64,
) -> Result<(), VaultError> {
    let vault = ensure_directory(data_directory, FOLDER)?;
    Ok(Absent::all(named, position).write(&vault)?)
}

/// Whether a data directory holds keys that were wrapped by somebody's key-encryption key.
pub fn has_keys(data_directory: &Path) -> bool {
    paths_in(&data_directory.join(FOLDER))
        .is_ok_and(|paths| paths.iter().any(|path| is_wrapped(path)))
}

fn is_wrapped(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name != absent::FILE)
}

/// The files of a copy of keys; other files in its directory are not its own.
fn key_files(directory: &Path) -> Result<Vec<PathBuf>, VaultError> {
    let mut paths: Vec<PathBuf> = paths_in(directory)?
        .into_iter()
        .filter(|path| is_key_file(path))
        .collect();
    paths.sort();
    Ok(paths)
}

fn is_key_file(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name == STORE_KEY_FILE || name == absent::FILE)
        || path
            .extension()
            .is_some_and(|suffix| suffix == batch::SUFFIX)
}

/// The bytes of a vault's file, checked as what its name says.
fn checked_bytes(path: &Path) -> Result<Vec<u8>, VaultError> {
    let bytes = fs::read(path).map_err(FileError::when("read", path))?;
    let name = path.file_name().unwrap_or_default();
    let is_whole = if name == STORE_KEY_FILE {
        super::parse_store_key(&bytes).is_some()
    } else if name == absent::FILE {
        Absent::parse(&bytes).is_some()
    } else {
        Batch::parse_file(path, &bytes)?.is_some()
    };
    match is_whole {
        true => Ok(bytes),
        false => Err(VaultError::Corrupt {
            file: path.to_path_buf(),
        }),
    }
}

fn refuse_something_else(directory: &Path) -> Result<(), VaultError> {
    let is_ours = |path: &PathBuf| is_key_file(path) || file::is_unfinished(path);
    match paths_in(directory)?.iter().all(is_ours) {
        true => Ok(()),
        false => Err(VaultError::NotACopy {
            directory: directory.to_path_buf(),
        }),
    }
}

/// The store's own key, wrapped, is different in every store.
fn refuse_other_keys(vault: &Path, directory: &Path) -> Result<(), VaultError> {
    let own = vault.join(STORE_KEY_FILE);
    let own = fs::read(&own).map_err(FileError::when("read", &own))?;
    let path = directory.join(STORE_KEY_FILE);
    let other = || VaultError::KeysOfAnother {
        directory: directory.to_path_buf(),
    };
    match fs::read(&path) {
        Ok(theirs) if theirs == own => Ok(()),
        Ok(_) => Err(other()),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(FileError::when("read", &path)(error).into())
        }
        Err(_) if batch::list(directory)?.is_empty() => Ok(()),
        Err(_) => Err(other()),
    }
}
