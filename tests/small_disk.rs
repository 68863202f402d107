//! A disk that fills up.

use std::path::Path;
use std::process::Command;

/// A small disk in memory, taken away again in the end.
pub struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// `None` where this machine lets nobody mount one.
    ///
    /// # Panics
    /// When there is no folder for temporary files.
    #[must_use]
    pub fn of(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o"])
            .arg(format!("size={size}"))
            .arg("tmpfs")
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self { folder }),
            Ok(_) | Err(_) => None,
        }
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes room on it.
    ///
    /// # Panics
    /// When it cannot be made larger.
    pub fn grow(&self) {
        let status = Command::new("mount")
            .args(["-o", "remount,size=256m"])
            .arg(self.folder.path())
            .status();
        assert!(status.is_ok_and(|status| status.success()));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("-l")
            .arg(self.folder.path())
            .status();
    }
}
