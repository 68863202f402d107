//! Files and folders that tests share.

use std::fs;
use std::path::{Path, PathBuf};

use crate::workspace;

/// The scenarios of the project, in the order of their file names.
///
/// # Panics
/// When the folder cannot be read.
#[must_use]
pub fn scenarios() -> Vec<PathBuf> {
    let folder = workspace().join("tests/scenarios");
    let mut files: Vec<PathBuf> = entries(&folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort();
    assert!(
        files.len() > 90,
        "the scenarios are in {}",
        folder.display()
    );
    files
}

/// Copies everything in a folder to another one, which is made if it is not there.
///
/// # Panics
/// When something cannot be copied.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap_or_else(|error| panic!("{}: {error}", to.display()));
    for source in entries(from) {
        let target = to.join(source.file_name().unwrap_or_default());
        if source.is_dir() {
            copy_folder(&source, &target);
        } else {
            fs::copy(&source, &target)
                .unwrap_or_else(|error| panic!("{}: {error}", source.display()));
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .and_then(|found| found.map(|entry| Ok(entry?.path())).collect())
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}
