//! Places that must lie apart: keys beside what they open would protect nothing.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::error::BackupError;
use crate::file::FileError;

/// Refuses two places of which one lies inside the other, or is the other, whatever links and `..`
/// they are named by. They need not exist.
///
/// # Errors
/// [`BackupError::NotApart`]; or a path that cannot be followed.
pub fn keep_apart(one: &Path, other: &Path) -> Result<(), BackupError> {
    let (here, there) = (resolved(one)?, resolved(other)?);
    if here.starts_with(&there) || there.starts_with(&here) {
        return Err(BackupError::NotApart {
            one: one.to_path_buf(),
            other: other.to_path_buf(),
        });
    }
    Ok(())
}

/// The path with every link followed as far as it exists.
fn resolved(path: &Path) -> Result<PathBuf, FileError> {
    let absolute = std::path::absolute(path).map_err(FileError::when("find", path))?;
    let mut reached = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => {
                reached.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                reached.push(component);
                match reached.canonicalize() {
                    Ok(found) => reached = found,
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(FileError::when("find", path)(error)),
                }
            }
        }
    }
    Ok(reached)
}
