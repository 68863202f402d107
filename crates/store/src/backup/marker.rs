//! The mark of a restore that is under way. As long as it is there, the place is no store: it could
//! otherwise be opened with a part of the log.

use std::path::{Path, PathBuf};

use super::error::BackupError;
use crate::file::{self, FileError};

const FILE: &str = "restoring";
const WORDS: &str = "A restore into this place was begun and has not finished. Run it again.\n";

/// Whether a restore into the place was begun and not finished.
pub(crate) fn is_unfinished(directory: &Path) -> bool {
    directory.join(FILE).exists()
}

/// Whether a path is the mark, or a mark that was being made.
pub(super) fn is_mark(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem == FILE)
}

/// Marks a place, durably.
pub(super) fn set(directory: &Path) -> Result<(), FileError> {
    file::replace(&mark(directory), WORDS.as_bytes(), false)
}

/// Takes the mark away, durably: the place is a store now.
pub(super) fn remove(directory: &Path) -> Result<(), BackupError> {
    file::remove_if_present(&mark(directory))?;
    Ok(file::sync_directory(directory)?)
}

fn mark(directory: &Path) -> PathBuf {
    directory.join(FILE)
}
